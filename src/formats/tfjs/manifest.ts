/** The weights of a TensorFlow.js layers model, which are listed in model.json; their bytes are in files beside it. */
import { FileError } from "../../errors.js";
import { asList, asName, asObject, type JsonObject, showValue } from "../json.js";
import { concatBytes, plainBytes } from "../bytes.js";
import { halfFloats, type SafeTensor } from "../safetensors.js";
import type { ReadBeside } from "../sourceFile.js";

/** How a quantized number is converted: value = number * scale + min. */
interface Scaling {
  readonly scale: number;
  readonly min: number;
}

interface Entry {
  readonly name: string;
  readonly shape: number[];
  readonly size: number;
  readonly stored: keyof typeof bytesOf;
  readonly scaling: Scaling | undefined;
  readonly isInteger: boolean;
  readonly isOfOptimizer: boolean;
}

export interface Group {
  readonly entries: readonly Entry[];
  readonly paths: readonly string[];
  readonly numBytes: number;
}

export interface TfjsTensors {
  readonly weights: ReadonlyMap<string, SafeTensor>;
  /** The state of the optimizer. */
  readonly optimizer: ReadonlyMap<string, SafeTensor>;
}

const bytesOf = { float32: 4, int32: 4, float16: 2, uint16: 2, uint8: 1, bool: 1 } as const;
const plain = ["float32", "int32", "float16", "uint16", "uint8", "bool"];
const quantized = ["uint8", "uint16", "float16"];

/**
 * The list of weights in model.json.
 * @throws FileError for whatever is wrong with it, and for types that are not supported.
 */
export function readManifest(value: unknown): Group[] {
  const groups = asList("weightsManifest", value).map((group) => readGroup(group));
  const names = groups.flatMap(({ entries }) => entries.map(({ name }) => name));
  const paths = groups.flatMap((group) => group.paths);
  checkNoneTwice("weight", names);
  checkNoneTwice("file", paths);
  return groups;
}

function checkNoneTwice(what: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new FileError(`lists the ${what} ${showValue(name)} twice.`);
    seen.add(name);
  }
}

function readGroup(value: unknown): Group {
  const group = asObject("a group of weightsManifest", value);
  const paths = asList("paths of weightsManifest", group.paths).map((path) => readPath(path));
  const entries = asList("weights of weightsManifest", group.weights).map((weight) =>
    readEntry(asObject("a weight of weightsManifest", weight)),
  );
  const numBytes = entries.reduce((sum, { size, stored }) => sum + size * bytesOf[stored], 0);
  return { entries, paths, numBytes };
}

/** Names that are devices in every folder of Windows: reading from the console waits for ever. */
const device = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * A path that leads downwards.
 * @throws FileError for any other: with `..`, a scheme or backslashes, a device of Windows, or an absolute one.
 */
function readPath(value: unknown): string {
  const path = typeof value === "string" ? value.replace(/^(\.\/)+/, "") : "";
  const folders = path.split("/");
  const isPlain = folders.every((name) => !/^[. ]*$|[\\:\0-\x1f]/.test(name) && !device.test(name));
  if (isPlain && path.length <= 1024) return path;
  throw new FileError(`names the file ${showValue(value)}; expected one beside it.`);
}

function readEntry(weight: JsonObject): Entry {
  const name = asName("the name of a weight", weight.name);
  const { shape, dtype, quantization: given } = weight;
  const isShape = Array.isArray(shape) && shape.every((n) => Number.isSafeInteger(n) && n >= 0);
  const size = isShape ? (shape as number[]).reduce((product, n) => product * n, 1) : NaN;
  if (!Number.isSafeInteger(size * 4)) {
    throw new FileError(`weight ${showValue(name)} has shape ${showValue(shape)}; expected whole numbers from 0.`);
  }
  if (!plain.includes(dtype as string)) {
    throw new FileError(`weight ${showValue(name)} is ${showValue(dtype)}; expected ${plain.join(", ")}.`);
  }
  const quantization = given === undefined ? undefined : asObject(`quantization of ${showValue(name)}`, given);
  const stored = quantization ? quantization.dtype : dtype;
  if (quantization && !quantized.includes(stored as string)) {
    throw new FileError(
      `weight ${showValue(name)} is quantized as ${showValue(stored)}; expected ${quantized.join(", ")}.`,
    );
  }
  return {
    ...{ name, size, shape: shape as number[] },
    stored: stored as Entry["stored"],
    scaling: readScaling(name, quantization),
    isInteger: dtype === "int32",
    isOfOptimizer: weight.group === "optimizer",
  };
}

function readScaling(name: string, quantization: JsonObject | undefined): Scaling | undefined {
  if (!quantization || quantization.dtype === "float16") return undefined;
  const { scale, min } = quantization;
  if (Number.isFinite(scale) && Number.isFinite(min)) return { scale: scale as number, min: min as number };
  throw new FileError(
    `weight ${showValue(name)} has scale ${showValue(scale)} and min ${showValue(min)}; expected numbers.`,
  );
}

/** The values of all weights. @throws FileError where the files have more bytes than the weights need, or fewer. */
export async function readTensors(
  where: string,
  groups: readonly Group[],
  readBeside: ReadBeside,
  maxBytes: number,
): Promise<TfjsTensors> {
  const total = groups.reduce((sum, { numBytes }) => sum + numBytes, 0);
  if (total > maxBytes) throw new FileError(`${where}: its weights have ${total} bytes, the limit is ${maxBytes}.`);
  const weights = new Map<string, SafeTensor>();
  const optimizer = new Map<string, SafeTensor>();
  for (const group of groups) {
    const bytes = await groupBytes(where, group, readBeside);
    let place = 0;
    for (const entry of group.entries) {
      const end = place + entry.size * bytesOf[entry.stored];
      const tensor = { shape: entry.shape, data: valuesOf(bytes.slice(place, end).buffer, entry) };
      (entry.isOfOptimizer ? optimizer : weights).set(entry.name, tensor);
      place = end;
    }
  }
  return { weights, optimizer };
}

async function groupBytes(where: string, { paths, numBytes }: Group, readBeside: ReadBeside): Promise<Uint8Array> {
  const shards: Uint8Array[] = [];
  let length = 0;
  for (const path of paths) {
    const shard = await readBeside(path, numBytes - length);
    shards.push(shard);
    length += shard.length;
    if (length > numBytes) break;
  }
  if (length === numBytes) return shards.length === 1 ? plainBytes(shards[0]) : concatBytes(shards);
  const amount = length > numBytes ? "more" : String(length);
  throw new FileError(`${where}: its weights have ${numBytes} bytes, ${showValue(paths)} hold ${amount}.`);
}

function valuesOf(bytes: ArrayBufferLike, { stored, scaling, isInteger }: Entry): Float32Array {
  if (stored === "float32") return new Float32Array(bytes);
  if (stored === "int32") return Float32Array.from(new Int32Array(bytes));
  if (stored === "float16") return halfFloats(new Uint16Array(bytes));
  const numbers = stored === "uint16" ? new Uint16Array(bytes) : new Uint8Array(bytes);
  if (!scaling) return Float32Array.from(numbers);
  const { scale, min } = scaling;
  return Float32Array.from(numbers, (n) => (isInteger ? Math.round(n * scale + min) : n * scale + min));
}
