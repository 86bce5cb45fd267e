/** Downloads that report their progress. */
import { FileError } from "../errors.js";

/** How far a download is. */
export interface DownloadProgress {
  /** Bytes received so far. */
  loadedBytes: number;
  /** The file's size; undefined when the server does not state it. */
  totalBytes: number | undefined;
}

/** Options of downloads of weights. */
export interface DownloadOptions {
  /**
   * Called as bytes of a download arrive; not for files that are read from the package, a path or the cache. None by
   * default.
   */
  onProgress?: (progress: DownloadProgress) => void;
  /** Aborts a download; MobileNet then rejects with the signal's reason. None by default. */
  signal?: AbortSignal;
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
  const { onProgress, signal } = options;
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
  const length = lengthOf(answer);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let loadedBytes = 0;
  // More bytes than stated: the server compressed the file and stated the compressed length without saying so to a
  // page.
  const report = () => onProgress?.({ loadedBytes, totalBytes: loadedBytes > length! ? undefined : length });
  const reader = answer.body?.getReader();
  try {
    report();
    for (;;) {
      const piece = reader && (await awaitNetwork(reader.read())).value;
      if (!piece) break;
      pieces.push(piece);
      loadedBytes += piece.length;
      if (loadedBytes > maxBytes) throw new FileError(`${where}: is longer than ${maxBytes} bytes, the limit.`);
      report();
    }
  } catch (error) {
    await reader?.cancel().catch(() => {});
    throw error;
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

/** The length that the server states; undefined when it compresses the file, as that length is the compressed one. */
function lengthOf({ headers }: Response): number | undefined {
  const length = headers.get("content-encoding") ? null : headers.get("content-length");
  return length === null ? undefined : Number(length);
}

/** Node's fetch hides the reason ("getaddrinfo ENOTFOUND example.org") behind "fetch failed". */
function reasonOf(error: unknown): string {
  const { cause, message } = error as { cause?: { message?: string; code?: string }; message: string };
  return cause?.message || cause?.code || message;
}
