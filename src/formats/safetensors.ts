/**
 * Reads safetensors files (https://huggingface.co/docs/safetensors): eight bytes with the length of a JSON header, the
 * header with dtype, shape and place of each tensor by name, then the tensors' bytes without gaps. Dtypes F32 and F16.
 */
import { FileError } from "../errors.js";

/** A tensor of a safetensors file. */
export interface SafeTensor {
  /** The values; 16-bit floats are converted to 32-bit ones. */
  readonly data: Float32Array;
  /** The sizes of its axes. */
  readonly shape: number[];
}

/** The content of a safetensors file. */
export interface SafetensorsFile {
  /** The tensors by name. */
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  /** The texts in the header, by name. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The content of the header of a file. */
export interface SafetensorsHeader {
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
  /** The positions at which the tensors' bytes begin and the file ends. */
  readonly bodyBegin: number;
  readonly fileLength: number;
}

/** The place of a tensor: bytes `begin` to `end` after the header. */
interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: number[];
  readonly begin: number;
  readonly end: number;
}

/** Enough for 60,000 tensors with names of usual length. Bytes that claim a longer header are no safetensors file. */
const maxHeaderBytes = 8 * 2 ** 20;
const bytesOf: Readonly<Record<string, number>> = { F32: 4, F16: 2 };

/**
 * All tensors of a safetensors file, and its metadata. The whole header is checked before memory is allocated for any
 * tensor.
 * @param source the name of the file in error messages, "safetensors" by default.
 * @throws FileError for whatever is wrong with the file.
 * @example
 * const { tensors, metadata } = readSafetensors(await readFile("film.safetensors"));
 * const { data, shape } = tensors.get("dense/kernel");
 */
export function readSafetensors(file: ArrayBuffer | Uint8Array, source = "safetensors"): SafetensorsFile {
  const bytes = file instanceof Uint8Array ? file : new Uint8Array(file);
  return readSafetensorsBody(bytes, readSafetensorsHeader(bytes, source), source);
}

/** How many bytes it takes to read the header, by the first eight. */
export function safetensorsHeaderEnd(beginning: Uint8Array): number {
  const length = beginning.length < 8 ? 0 : headerLength(beginning);
  return length > maxHeaderBytes ? 8 : 8 + length;
}

/**
 * Reads the header of a file, of which only the beginning is needed.
 * @param bytes the first `safetensorsHeaderEnd` bytes, or more.
 * @throws FileError where they are not the beginning of a safetensors file.
 */
export function readSafetensorsHeader(bytes: Uint8Array, source: string): SafetensorsHeader {
  const fail = failWith(source);
  const { __metadata__: metadata = {}, ...described } = parseHeader(headerText(bytes, fail), fail);
  if (!isObject(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) {
    fail("__metadata__ in the header is not an object of texts");
  }
  const entries = Object.entries(described).map(([name, value]) => readEntry(name, value, fail));
  const bodyBegin = 8 + headerLength(bytes);
  const fileLength = entries.reduce((end, entry) => Math.max(end, entry.end), 0) + bodyBegin;
  return { entries, metadata: metadata as Record<string, string>, bodyBegin, fileLength };
}

/**
 * The tensors of a whole file whose header has been read.
 * @throws FileError where they do not fill the file exactly.
 */
export function readSafetensorsBody(
  file: Uint8Array,
  { entries, metadata, bodyBegin }: SafetensorsHeader,
  source: string,
): SafetensorsFile {
  // As a plain Uint8Array: the slice of a Node Buffer, which is one too, would not be a copy.
  const body = new Uint8Array(file.buffer, file.byteOffset, file.length).subarray(bodyBegin);
  checkPlaces(entries, body.length, failWith(source));
  const tensors = new Map(entries.map((entry) => [entry.name, { data: valuesOf(body, entry), shape: entry.shape }]));
  return { tensors, metadata };
}

const failWith =
  (source: string): Fail =>
  (what) => {
    throw new FileError(`${source}: ${what}.`);
  };

type Fail = (what: string) => never;

const headerLength = (bytes: Uint8Array): number => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  return view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
};

function headerText(bytes: Uint8Array, fail: Fail): string {
  if (bytes.length < 8) fail(`${bytes.length} bytes are no safetensors file, which begins with a header`);
  const length = headerLength(bytes);
  if (length > maxHeaderBytes || length > bytes.length - 8) {
    const beginning = JSON.stringify(String.fromCharCode(...bytes.subarray(0, 8)));
    fail(`no safetensors file, or one cut off: ${bytes.length} bytes that begin with ${beginning}`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + length));
  } catch {
    return fail("the header is not UTF-8");
  }
}

function parseHeader(text: string, fail: Fail): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    fail("the header is not JSON");
  }
  if (!isObject(header)) return fail("the header is not a JSON object");
  const twice = repeatedKey(text);
  if (twice !== undefined) fail(`the header holds ${twice} twice`);
  return header;
}

/** A key that occurs twice in one object of a valid JSON text; JSON.parse would silently use the last one. */
function repeatedKey(text: string): string | undefined {
  const open: Set<unknown>[] = [];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (token.endsWith(":")) {
      const key: unknown = JSON.parse(token.slice(0, -1));
      const keys = open.at(-1)!;
      if (keys.has(key)) return token.slice(0, -1).trim();
      keys.add(key);
    }
  }
  return undefined;
}

function readEntry(name: string, value: unknown, fail: Fail): Entry {
  const where = `tensor ${JSON.stringify(name)}`;
  if (!isObject(value)) return fail(`${where} is not an object of dtype, shape and data_offsets`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(bytesOf, dtype)) {
    return fail(`${where} has dtype ${JSON.stringify(dtype)}; expected F32 or F16`);
  }
  if (!isCounts(shape)) return fail(`${where} has shape ${JSON.stringify(shape)}; expected whole numbers from 0`);
  if (!isCounts(offsets) || offsets.length !== 2) {
    return fail(`${where} has data_offsets ${JSON.stringify(offsets)}; expected [begin, end]`);
  }
  const [begin, end] = offsets;
  const wanted = shape.reduce((product, size) => product * size, bytesOf[dtype]);
  if (end - begin !== wanted) {
    fail(
      `${where}, ${dtype} [${shape.join(", ")}], takes ${wanted} bytes, its data_offsets [${begin}, ${end}] hold ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** The tensors must fill the bytes after the header, without gaps and without overlaps. */
function checkPlaces(entries: readonly Entry[], length: number, fail: Fail): void {
  let place = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== place) fail(`tensor ${JSON.stringify(name)} begins at byte ${begin} of the data, expected ${place}`);
    place = end;
  }
  if (place !== length) fail(`the tensors end at byte ${place} of the data, the file holds ${length}`);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);

/** A copy, because the file's bytes need not be aligned for floats. */
function valuesOf(body: Uint8Array, { dtype, begin, end }: Entry): Float32Array {
  const { buffer } = body.slice(begin, end);
  if (dtype === "F32") return new Float32Array(buffer);
  return halfFloats(new Uint16Array(buffer));
}

/** Converts 16-bit floats to 32-bit ones. @param bits the bits of each float. */
export function halfFloats(bits: Uint16Array): Float32Array {
  halves ??= Float32Array.from({ length: 2 ** 16 }, (_, half) => halfToNumber(half));
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = halves[bits[i]];
  return values;
}

/** The values of all 16-bit floats, by their bits. */
let halves: Float32Array | undefined;

/** The value of one 16-bit float (IEEE 754 binary16): a sign, five bits of exponent, ten of fraction. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
