/** Keras's files of weights trained on ImageNet: their names, their download, and their arrays by weight. */
import { withoutSecrets } from "../address.js";
import { FileError } from "../errors.js";
import { hostModule } from "../host.js";
import type { ModelLayer } from "../model.js";
import type { HostArray } from "../tensor.js";
import { download, type DownloadOptions } from "./download.js";
import { downloadCache, sha256 } from "./downloadCache.js";

/**
 * One of the sets of weights trained on ImageNet: Keras has a file for each alpha and size, with and without the
 * classifier.
 */
export interface ImagenetWeights {
  /** 0.25, 0.5, 0.75 or 1. */
  alpha: number;
  /** 128, 160, 192 or 224. */
  size: number;
  /** Whether the classifier is included. */
  includeTop: boolean;
}

/** The bytes of a file of weights that has not been parsed yet. */
export interface FoundWeights {
  /** The whole file. */
  bytes: ArrayBuffer | Uint8Array;
  /** The start of error messages. */
  where: string;
  /** Stores the bytes in the cache; to be called once they have been read without error. */
  keep?: () => Promise<void>;
}

const kerasUrl = "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet/";
const alphaNames: Readonly<Record<number, string>> = { 0.25: "2_5", 0.5: "5_0", 0.75: "7_5", 1: "1_0" };

/**
 * A file from the cache, or else from the server. Keras publishes no digests of its files: that of the first download is
 * kept, and whatever comes later has to have it.
 * @throws FileError, which says where the file is and where to put it, when it cannot be downloaded, and when another
 * file is there than at first; the signal's reason.
 */
export async function kerasFile(wanted: ImagenetWeights, options: DownloadOptions): Promise<FoundWeights> {
  const { alpha, size, includeTop } = wanted;
  const name = `mobilenet_${alphaNames[alpha]}_${size}_tf${includeTop ? "" : "_no_top"}`;
  const folder = folderUrl(options.weightsUrl);
  const address = `${folder}${name}.h5`;
  const cache = downloadCache(address, `${name}${await markOf(folder)}.h5`);
  const [kept, known] = await Promise.all([cache.read(), cache.readDigest()]);
  const place = cache.path ?? withoutSecrets(address);
  if (kept) {
    const digest = await sha256(kept);
    const where = `MobileNet: ${place} (kept from an earlier download; remove it to download it again)`;
    if (known === digest) return { bytes: kept, where };
    if (known === undefined) return { bytes: kept, where, keep: () => cache.writeDigest(kept, digest).catch(() => {}) };
    console.warn(`MobileNet: ${place} has changed since it was kept (its SHA-256 is another); it is downloaded again.`);
  }
  const where = `MobileNet: ${address}`;
  const bytes = await download(where, address, options).catch((error) => {
    if (!(error instanceof FileError)) throw error;
    const remedy = cache.path
      ? `put it at ${cache.path}, or pass weights: its path`
      : "pass weights: its URL, or bytes";
    throw new FileError(`${error.message.slice(0, -1)}; fetch it by other means and ${remedy}.`);
  });
  const digest = await sha256(bytes);
  if (known !== undefined && digest !== known) {
    const advice = `if this one is right, remove ${cache.digestPlace}`;
    throw new FileError(`${where}: its SHA-256 is ${digest}, that of the first download ${known}; ${advice}.`);
  }
  const keep = () =>
    cache.write(bytes, digest).catch((error: Error) => {
      const reason = withoutSecrets(error.message);
      console.warn(`MobileNet: ${name}.h5 will be downloaded again next time, as it cannot be kept: ${reason}`);
    });
  return { bytes, where, keep };
}

/** What the name of a file in the cache has where it is not from Keras's own server, so that one is not taken for another. */
const markOf = async (folder: string): Promise<string> =>
  folder === kerasUrl ? "" : `-${(await sha256(new TextEncoder().encode(folder)))?.slice(0, 16)}`;

/** The address of the folder of Keras's files, with a slash at its end. */
function folderUrl(given: string | URL | undefined): string {
  const { env } = (hostModule("node:process") ?? { env: {} }) as { env: Record<string, string | undefined> };
  return String(given ?? (env.ZOETROPE_WEIGHTS_URL || kerasUrl)).replace(/\/*$/, "/");
}

/**
 * The arrays of a .h5 file by the names of the model's weights. Layers and their arrays are matched by order, as in
 * Keras, whose versions name them differently (`depthwise_kernel:0`, `kernel`).
 * @throws FileError when the file is not a .h5 file of weights, or a layer has another number of arrays; the signal's
 * reason.
 */
export async function kerasArrays(
  model: ModelLayer,
  bytes: Uint8Array,
  where: string,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, HostArray>> {
  const { readLegacyWeights } = await import("../formats/keras/weights/legacyFile.js");
  const groups = (await readLegacyWeights(where, bytes, { signal })).filter(({ values }) => values.length > 0);
  const layers = model.layers.filter(({ weights }) => weights.length > 0);
  const arrays = new Map<string, HostArray>();
  for (const [i, { weights, label }] of layers.entries()) {
    const values = groups[i]?.values ?? [];
    if (values.length !== weights.length) {
      const held = groups[i] ? `${values.length} arrays in its layer "${groups[i].layer}"` : `${groups.length} layers`;
      throw new FileError(`${where}: holds ${held}; ${label}, layer ${i + 1} of ${layers.length}, needs ${weights.length} arrays.`); // prettier-ignore
    }
    weights.forEach((weight, j) => arrays.set(weight.name, values[j]));
  }
  return arrays;
}
