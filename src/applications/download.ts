/** Downloads that report their progress. */
import { FileError } from "../errors.js";
import { reasonOf, reporterOf, type TransferOptions } from "../transfer.js";

/** Options of downloads of weights. */
export interface DownloadOptions extends TransferOptions {
  /**
   * The folder on a server from which Keras's files of "imagenet" weights are downloaded, under their own names. By
   * default the environment variable ZOETROPE_WEIGHTS_URL if it is set, else Keras's own server.
   */
  weightsUrl?: string | URL;
}

/** Far more than any MobileNet; protects from servers that never stop sending. */
const maxBytes = 2 ** 28;

/**
 * Downloads all bytes at an address.
 * @param where The start of error messages.
 * @throws FileError when the download fails or is incomplete; the reason of `signal`; whatever `onProgress` throws.
 */
export async function download(where: string, address: string | URL, options: DownloadOptions): Promise<Uint8Array> {
  const { signal } = options;
  /** Awaits the network, with its errors as FileError. */
  const awaitNetwork = async <T>(what: Promise<T>): Promise<T> => {
    try {
      return await what;
    } catch (error) {
      signal?.throwIfAborted();
      throw new FileError(`${where}: cannot be downloaded (${reasonOf(error)}).`, { cause: error });
    }
  };
  const answer = await awaitNetwork(fetch(address, { signal }));
  if (!answer.ok) {
    await answer.body?.cancel();
    throw new FileError(`${where}: cannot be downloaded (status ${answer.status}).`);
  }
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const reader = answer.body?.getReader();
  try {
    const report = reporterOf(answer, options);
    for (;;) {
      const piece = reader && (await awaitNetwork(reader.read())).value;
      if (!piece) break;
      pieces.push(piece);
      if (report(piece.length) > maxBytes)
        throw new FileError(`${where}: is longer than ${maxBytes} bytes, the limit.`);
    }
  } catch (error) {
    await reader?.cancel().catch(() => {});
    throw error;
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}
