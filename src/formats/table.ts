/**
 * All file formats, one row each. To add one, write its reader or writer in a folder of its own, add a row, and describe
 * the format in docs/files.md.
 */
import { ArgumentError } from "../errors.js";
import { isHdf5, isZip } from "../signatures.js";
import type { Format, FormatReader } from "./format.js";
import {
  nativeModelPieces,
  nativeWeightPieces,
  readNativeMetadata,
  readNativeModel,
  readNativeWeights,
} from "./native.js";

const safetensors = {
  name: "safetensors",
  reader: {
    // The length of the header, in eight bytes, is at most 2^23.
    recognizes: (beginning) => beginning.length === 8 && beginning.subarray(3).every((byte) => byte === 0),
    readModel: readNativeModel,
    readWeights: readNativeWeights,
    readMetadata: readNativeMetadata,
  },
  writeModel: nativeModelPieces,
  writeWeights: nativeWeightPieces,
} as const satisfies Format;

const keras = {
  name: "keras",
  reader: {
    recognizes: isZip,
    readModel: async (file, options) => (await import("./keras/archive.js")).readKeras(file, options),
    readWeights: async (file, layer, options) =>
      (await import("./keras/archive.js")).readKerasWeights(file, layer, options),
  },
  writeModel: async (caller, model) => [await (await import("./keras/archive.js")).writeKeras(caller, model)],
} as const satisfies Format;

/** Reads `.weights.h5` of Keras 3, and `.h5` of Keras 2 and 3, which is a whole model or weights alone. */
const hdf5 = {
  name: "weights.h5",
  reader: {
    recognizes: isHdf5,
    readModel: async (file, options) => (await import("./keras/archive.js")).readH5Model(file, options),
    readWeights: async (file, layer, options) =>
      (await import("./keras/archive.js")).readH5Weights(file, layer, options),
  },
  writeWeights: async (caller, layer) => [await (await import("./keras/archive.js")).writeWeightsFile(caller, layer)],
} as const satisfies Format;

const tfjs = {
  name: "json",
  reader: {
    recognizes: (beginning) => /^\s*\{[^\0]*$/.test(String.fromCharCode(...beginning)),
    readModel: async (file, options) => (await import("./tfjs/read.js")).readTfjsModel(file, options),
    readWeights: async (file, layer, options) => (await import("./tfjs/read.js")).readTfjsWeights(file, layer, options),
  },
} as const satisfies Format;

const onnx = {
  name: "onnx",
  writeModel: async (_, model) => [await (await import("./onnx/export.js")).exportOnnx(model)],
} as const satisfies Format;

/** The first one is written by default, and its reader says what is wrong with a file that none recognizes. */
export const formats = [safetensors, keras, hdf5, tfjs, onnx] as const;

/** The names of the formats that can be written in a way. */
export type WritableFormat<Way extends "writeModel" | "writeWeights"> = Extract<
  (typeof formats)[number],
  Required<Pick<Format, Way>>
>["name"];

/** The reader of a file, by its beginning: eight bytes or more, or the whole file. */
export function readerOf(beginning: Uint8Array): FormatReader {
  const start = beginning.subarray(0, 8);
  const rows: readonly Format[] = formats;
  return rows.find(({ reader }) => reader?.recognizes(start))?.reader ?? safetensors.reader;
}

/**
 * The format to write: the one that was asked for, or the one that the target's name ends in, or safetensors.
 * @throws ArgumentError for a format that cannot be written in this way, and for the ending of one.
 */
export function formatToWrite<Way extends "writeModel" | "writeWeights">(
  caller: string,
  way: Way,
  asked: string | undefined,
  target: unknown,
): Format & Required<Pick<Format, Way>> {
  const writable = (formats as readonly Format[]).filter(
    (format): format is Format & Required<Pick<Format, Way>> => format[way] !== undefined,
  );
  const path = typeof target === "string" || target instanceof URL ? String(target).replace(/[?#].*$/, "") : "";
  const found =
    asked === undefined
      ? writable.find(({ name }) => path.toLowerCase().endsWith(`.${name}`))
      : writable.find(({ name }) => name === asked);
  if (found) return found;
  const names = (wrap: (name: string) => string) => writable.map(({ name }) => wrap(name)).join(", ");
  if (asked !== undefined) {
    throw new ArgumentError(`${caller}: format "${asked}"; expected ${names((name) => `"${name}"`)}.`);
  }
  const foreign = /\.(keras|h5|hdf5|onnx|json)$/i.exec(path)?.[0];
  if (foreign === undefined) return writable[0];
  throw new ArgumentError(
    `${caller}: cannot write *${foreign}; expected ${names((name) => `*.${name}`)}, or { format }.`,
  );
}
