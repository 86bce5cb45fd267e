/** Bytes over the network, counted as they come. */
import { FileError } from "../errors.js";

export interface DownloadProgress {
  loadedBytes: number;
  /** undefined where the server does not say. */
  totalBytes: number | undefined;
}

export interface DownloadOptions {
  /** Called as the bytes of a download come; not for what is read from the package, a file or the cache. */
  onProgress?: (progress: DownloadProgress) => void;
  /** Ends a download; MobileNet then throws the signal's reason. */
  signal?: AbortSignal;
  /**
   * A folder on a server, in place of Keras's, from which the files of "imagenet" are downloaded under their own names. The
   * environment's ZOETROPE_WEIGHTS_URL is the default where it is set.
   */
  weightsUrl?: string | URL;
}

/** No MobileNet comes near; a server that sends on and on is left. */
const maxBytes = 2 ** 28;

/**
 * All bytes at an address.
 * @param where what errors begin with.
 * @throws FileError where they do not come, or not whole; the reason of `signal`; whatever `onProgress` throws.
 */
export async function download(where: string, address: string | URL, options: DownloadOptions): Promise<Uint8Array> {
  const { onProgress, signal } = options;
  /** What is awaited from the network. */
  const arrived = async <T>(what: Promise<T>): Promise<T> => {
    try {
      return await what;
    } catch (error) {
      signal?.throwIfAborted();
      throw new FileError(`${where}: cannot be downloaded (${reasonOf(error)}).`, { cause: error });
    }
  };
  const answer = await arrived(fetch(address, { signal }));
  if (!answer.ok) {
    await answer.body?.cancel();
    throw new FileError(`${where}: cannot be downloaded (status ${answer.status}).`);
  }
  const length = lengthOf(answer);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let loadedBytes = 0;
  // More than was said: the length of what travels packed, from a server that tells a page no more.
  const report = () => onProgress?.({ loadedBytes, totalBytes: loadedBytes > length! ? undefined : length });
  const reader = answer.body?.getReader();
  try {
    report();
    for (;;) {
      const piece = reader && (await arrived(reader.read())).value;
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

/** What the server says of the length; undefined where it packs the file on its way, as the length is the packed one then. */
function lengthOf({ headers }: Response): number | undefined {
  const length = headers.get("content-encoding") ? null : headers.get("content-length");
  return length === null ? undefined : Number(length);
}

/** Node's fetch hides the reason ("getaddrinfo ENOTFOUND example.org") behind "fetch failed". */
function reasonOf(error: unknown): string {
  const { cause, message } = error as { cause?: { message?: string; code?: string }; message: string };
  return cause?.message || cause?.code || message;
}
