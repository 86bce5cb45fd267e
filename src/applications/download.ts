/** Downloads of weights. */
import { FileError } from "../errors.js";
import { receive, type TransferOptions } from "../transfer.js";

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
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let left = maxBytes;
  for await (const piece of receive(where, address, options)) {
    pieces.push(piece);
    left -= piece.length;
    if (left < 0) throw new FileError(`${where}: is longer than ${maxBytes} bytes, the limit.`);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}
