/** MobileNet's weights: from the package, from Keras's server, from a path or URL, or as bytes. */
import { isAddress, isFileAddress } from "../address.js";
import { allFinite } from "../finite.js";
import { FileError, shapeText } from "../errors.js";
import { readSafetensors } from "../formats/safetensors.js";
import { fileSystem } from "../host.js";
import type { ModelLayer } from "../model.js";
import { sameShape } from "../shape.js";
import { isHdf5 } from "../signatures.js";
import type { HostArray } from "../tensor.js";
import type { DownloadOptions } from "./download.js";
import type { FoundWeights, ImagenetWeights } from "./kerasFiles.js";
import { readPackageFile } from "./packageFiles.js";

/** The source of weights: a path or an address, or the bytes of a file. */
export type WeightsSource = string | URL | ArrayBuffer | Uint8Array;

const shippedFile = "mobilenet-1.0-224.safetensors";
const inPage =
  'write import imagenet from "zoetrope/imagenet.safetensors?url" and pass weights: imagenet (or a URL, or bytes).';

/** Reads or downloads the bytes of the weights. @throws FileError when it fails; the signal's reason. */
export async function findWeights(
  source: WeightsSource | ImagenetWeights,
  options: DownloadOptions,
): Promise<FoundWeights> {
  if (typeof source === "object" && "alpha" in source) {
    if (source.alpha !== 1 || source.size !== 224) return (await import("./kerasFiles.js")).kerasFile(source, options);
    return { bytes: await readPackageFile(shippedFile, inPage), where: `MobileNet: ${shippedFile}` };
  }
  if (typeof source !== "string" && !(source instanceof URL)) return { bytes: source, where: "MobileNet: weights" };
  const where = `MobileNet: weights ${JSON.stringify(String(source))}`;
  const files = fileSystem();
  const isFile = isFileAddress(source);
  if (!files || (isAddress(source) && !isFile)) {
    return { bytes: await (await import("./download.js")).download(where, source, options), where };
  }
  try {
    return { bytes: await files.promises.readFile(isFile ? new URL(source) : source), where };
  } catch (error) {
    throw new FileError(`${where}: cannot be read (${(error as Error).message}).`, { cause: error });
  }
}

/**
 * Assigns the weights in a file to the model, all or none: of safetensors by name (`conv_dw_1_bn/gamma`), of Keras's
 * .h5 in the order of the layers. Further arrays in a safetensors file are ignored.
 * @throws FileError when the file is neither, or an array is missing, has another shape or a value that is not finite.
 */
export async function assignWeights(
  model: ModelLayer,
  { bytes: file, where }: FoundWeights,
  signal?: AbortSignal,
): Promise<void> {
  // As a plain Uint8Array, because `slice` of a Node Buffer makes no copy.
  const bytes =
    file instanceof Uint8Array
      ? new Uint8Array(file.buffer, file.byteOffset, file.length)
      : new Uint8Array(Object(file) as ArrayBuffer); // of what holds no bytes an empty file, which is refused below
  const arrays = await arraysOf(model, bytes, where, signal);
  const values = model.weights.map(({ name, shape }) => {
    const array = arrays.get(name);
    if (!array || !sameShape(array.shape, shape)) {
      const held = array ? `a "${name}" of ${shapeText(array.shape)}` : `no "${name}"`;
      throw new FileError(`${where}: holds ${held}; ${model.label} needs one of ${shapeText(shape)}.`);
    }
    if (!allFinite(array.data)) throw new FileError(`${where}: "${name}" holds values that are not finite.`);
    return array;
  });
  model.setWeights(values);
}

/** The file's arrays by the names of the model's weights. */
async function arraysOf(
  model: ModelLayer,
  bytes: Uint8Array,
  where: string,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, HostArray>> {
  if (!isHdf5(bytes)) return readSafetensors(bytes, where).tensors;
  return (await import("./kerasFiles.js")).kerasArrays(model, bytes, where, signal);
}
