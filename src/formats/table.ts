/**
 * All file formats, one row each. To add one, write its reader or writer in a folder of its own, add a row, and describe
 * the format in docs/files.md.
 */
import { ArgumentError, shown } from "../errors.js";
import { isHdf5, isZip } from "../signatures.js";
import { checkForeign, foreignBytes } from "./foreign.js";
import type { Format, FormatReader } from "./format.js";
import {
  nativeModelPieces,
  nativeWeightPieces,
  readNativeMetadata,
  readNativeModel,
  readNativeValues,
  readNativeWeights,
} from "./native.js";
import type { SourceFile } from "./sourceFile.js";

const safetensors = {
  name: "safetensors",
  reader: {
    // The length of the header, in eight bytes, is less than 2^32.
    recognizes: (beginning) => beginning.length === 8 && beginning.subarray(4).every((byte) => byte === 0),
    readModel: readNativeModel,
    readWeights: readNativeWeights,
    readValues: readNativeValues,
    readMetadata: readNativeMetadata,
  },
  writeModel: nativeModelPieces,
  writeWeights: nativeWeightPieces,
} as const satisfies Format;

const kerasFiles = () => import("./keras/archive.js");

const keras = {
  name: "keras",
  reader: {
    recognizes: isZip,
    readModel: async (...given) => (await kerasFiles()).readKeras(...given),
    readWeights: async (...given) => (await kerasFiles()).readKerasWeights(...given),
    readValues: async (file) => (await kerasFiles()).readKerasValues(file),
  },
  writeModel: async (caller, model) => [await (await kerasFiles()).writeKeras(caller, model)],
} as const satisfies Format;

/** Reads `.weights.h5` of Keras 3, and `.h5` of Keras 2 and 3, which has a whole model or only weights. */
const hdf5 = {
  name: "weights.h5",
  reader: {
    recognizes: isHdf5,
    readModel: async (...given) => (await kerasFiles()).readH5Model(...given),
    readWeights: async (...given) => (await kerasFiles()).readH5Weights(...given),
    readValues: async (file) => (await kerasFiles()).readH5Values(file),
  },
  writeWeights: async (caller, layer) => [await (await kerasFiles()).writeWeightsFile(caller, layer)],
} as const satisfies Format;

const jsonFiles = () => import("./jsonFile.js");

/** Reads the model.json of TensorFlow.js, and what Keras's `to_json()` gives, perhaps as one text in quotes. */
const json = {
  name: "json",
  reader: {
    // After the mark that some editors put before UTF-8. The reader refuses UTF-16, by its mark.
    recognizes: (beginning) =>
      /^((\xef\xbb\xbf)?\s*("\s*)?\{[^\0]*$|\xff\xfe|\xfe\xff)/.test(String.fromCharCode(...beginning)),
    mayLackWeights: true,
    readModel: async (...given) => (await jsonFiles()).readJsonModel(...given),
    readWeights: async (...given) => (await jsonFiles()).readJsonWeights(...given),
    readValues: async (file) => (await jsonFiles()).readJsonValues(file),
  },
} as const satisfies Format;

const onnx = {
  name: "onnx",
  writeModel: async (_, model) => [await (await import("./onnx/export.js")).exportOnnx(model)],
} as const satisfies Format;

/** All formats. The first is written by default, and its reader reports the error of a file that no format recognizes. */
export const formats = [safetensors, keras, hdf5, json, onnx] as const;

/** The names of the formats that can be written in a way. */
export type WritableFormat<Way extends "writeModel" | "writeWeights"> = Extract<
  (typeof formats)[number],
  Required<Pick<Format, Way>>
>["name"];

/**
 * Finds the reader of a file by its first bytes. More of them are read only where these are of no format.
 * @throws FileError for a file that is known to be something else, which it names.
 */
export async function readerOf(file: SourceFile): Promise<FormatReader> {
  const start = (await file.beginning(8)).subarray(0, 8);
  const rows: readonly Format[] = formats;
  const found = rows.find(({ reader }) => reader?.recognizes(start))?.reader;
  // What eight bytes show of safetensors, files of other kinds may have too; its header is a JSON object.
  const isOther = found === safetensors.reader && (await file.beginning(9))[8] !== 0x7b;
  if (!found || isOther) checkForeign(file.where, await file.beginning(foreignBytes));
  return found ?? safetensors.reader;
}

/**
 * Selects the format to write: the requested one, or the one that the ending of the target's name selects, or safetensors.
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
    throw new ArgumentError(`${caller}: format ${shown(asked)}; expected ${names((name) => `"${name}"`)}.`);
  }
  const ending = /\.[^.]+$/.exec(path)?.[0];
  const isOfOther = (name: string) => `.${name}`.endsWith(ending!.toLowerCase());
  if (ending === undefined || ![...formats.map(({ name }) => name), "hdf5"].some(isOfOther)) return writable[0];
  throw new ArgumentError(
    `${caller}: cannot write *${ending}; expected ${names((name) => `*.${name}`)}, or { format }.`,
  );
}
