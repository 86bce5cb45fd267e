/**
 * Reads safetensors files (https://huggingface.co/docs/safetensors): eight bytes with the length of a JSON header, the
 * header with dtype, shape and place of each tensor by name, then the tensors' bytes without gaps. Here are the dtypes
 * that models are saved in, F32 and F16; numberKinds.ts has the others.
 */
import { FileError } from "../errors.js";

/** A tensor of a safetensors file. */
export interface SafeTensor {
  /** The values; numbers of other kinds are converted to 32-bit floats. */
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
  readonly shape: number[];
  readonly begin: number;
  readonly end: number;
  readonly read: NumberKinds[string][1];
}

/** As in other programs. Bytes that claim a longer header are no safetensors file. */
export const maxHeaderBytes = 1e8;
/** Kinds of numbers by dtype: bytes for each, and the values in bytes. */
export type NumberKinds = Readonly<
  Record<string, readonly [numBytes: number, read: (bytes: ArrayBuffer) => Float32Array]>
>;
const floats: NumberKinds = {
  F32: [4, (bytes) => new Float32Array(bytes)],
  F16: [2, (bytes) => halfFloats(new Uint16Array(bytes))],
};

/**
 * All tensors of a safetensors file, and its metadata. The whole header is checked before memory is allocated for any
 * tensor. The public function of this name, in numberKinds.ts, checks its arguments.
 * @param source the name of the file in error messages.
 * @param kinds the kinds of numbers that are read, F32 and F16 by default.
 * @throws FileError for whatever is wrong with the file.
 */
export const readSafetensors = (bytes: Uint8Array, source: string, kinds: NumberKinds = floats): SafetensorsFile =>
  readSafetensorsBody(bytes, readSafetensorsHeader(bytes, source, kinds), source);

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
export function readSafetensorsHeader(bytes: Uint8Array, source: string, kinds: NumberKinds): SafetensorsHeader {
  const fail = failWith(source);
  const { __metadata__: metadata = {}, ...described } = parseHeader(bytes, fail);
  if (!isObject(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) {
    fail("__metadata__ in the header is not an object of texts");
  }
  const entries = Object.entries(described).map(([name, value]) => readEntry(name, value, kinds, fail));
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
  // Tensors are copies, because the file's bytes need not be aligned for floats. As a plain Uint8Array: the slice of a
  // Node Buffer, which is one too, would not be a copy.
  const body = new Uint8Array(file.buffer, file.byteOffset, file.length).subarray(bodyBegin);
  checkPlaces(entries, body.length, failWith(source));
  const tensors = new Map(
    entries.map(({ name, shape, begin, end, read }) => [name, { data: read(body.slice(begin, end).buffer), shape }]),
  );
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

function parseHeader(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  if (bytes.length < 8) fail(`${bytes.length} bytes are no safetensors file, which begins with a header`);
  const length = headerLength(bytes);
  if (length > maxHeaderBytes || length > bytes.length - 8) {
    const beginning = JSON.stringify(String.fromCharCode(...bytes.subarray(0, 8)));
    fail(`no safetensors file, or one cut off: ${bytes.length} bytes that begin with ${beginning}`);
  }
  let text = "";
  let header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + length));
    header = JSON.parse(text);
  } catch {
    fail("the header is not JSON, or not UTF-8");
  }
  if (!isObject(header)) return fail("the header is not a JSON object");
  checkKeys(text, header, fail);
  return header;
}

/** Refuses a key that stands twice in an object, of which JSON.parse uses the last one, and lists and objects in entries. */
function checkKeys(text: string, header: Record<string, unknown>, fail: Fail): void {
  const outsideOfTexts = text.replace(/\\./g, "").split('"').filter((_, i) => i % 2 === 0).join(""); // prettier-ignore
  let numKeys = 0;
  for (const item of [header, ...Object.values(header)]) if (isObject(item)) numKeys += Object.keys(item).length;
  if (outsideOfTexts.split(":").length - 1 !== numKeys || /\[[^\]]*\[/.test(outsideOfTexts)) {
    fail("the header holds a key twice, or more than lists in its entries");
  }
}

function readEntry(name: string, value: unknown, kinds: NumberKinds, fail: Fail): Entry {
  const where = `tensor ${JSON.stringify(name)}`;
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  const isKnown = typeof dtype === "string" && Object.hasOwn(kinds, dtype);
  if (!isKnown || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) {
    const wanted = `dtype ${Object.keys(kinds).join(" or ")}, shape of whole numbers from 0, data_offsets [begin, end]`;
    return fail(`${where} is ${JSON.stringify(value)}; expected ${wanted}`);
  }
  const [begin, end] = offsets;
  const [numBytes, read] = kinds[dtype];
  const wanted = shape.reduce((product, size) => product * size, numBytes);
  if (end - begin !== wanted) {
    fail(`${where}, ${dtype} [${shape.join(", ")}], takes ${wanted} bytes, its data_offsets hold ${end - begin}`);
  }
  return { name, shape, begin, end, read };
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

/** Converts 16-bit floats (IEEE 754 binary16: a sign, five bits of exponent, ten of fraction) to 32-bit ones. */
export function halfFloats(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  const values = new Float32Array(words.buffer);
  for (let i = 0; i < bits.length; i++) {
    const half = bits[i];
    // The largest exponent, of infinity and NaN, is the largest here too; all others are too small by 112.
    words[i] = ((half & 0x8000) << 16) | ((half & 0x7fff) << 13) | (~half & 0x7c00 ? 0 : 0x7f800000);
    values[i] *= 2 ** 112;
  }
  return values;
}
