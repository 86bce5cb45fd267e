/** Downloads: their bytes, how far they are, and what ends them early. */
import { FileError } from "./errors.js";

/** How far a download is. */
export interface DownloadProgress {
  /** Bytes received so far. */
  loadedBytes: number;
  /** The file's size; undefined when the server does not state it. */
  totalBytes: number | undefined;
}

/** Options of what may download a file. */
export interface TransferOptions {
  /**
   * Called as bytes of a download arrive, of several files for each of them; not for files that are read from a disk,
   * the package, a cache or memory. None by default.
   */
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Aborts reading and downloading; the promise rejects with the signal's reason. None by default. */
  signal?: AbortSignal | undefined;
}

/** How many milliseconds a server may be silent. */
const patience = 60_000;

/**
 * The bytes at an address, or of an answer, piece by piece.
 * @param where what errors begin with.
 * @throws FileError, while it is iterated, where the bytes cannot be received, or the server is silent for a minute; the
 * signal's reason; whatever `onProgress` throws.
 */
export async function* receive(
  where: string,
  source: string | URL | Response,
  { onProgress, signal }: TransferOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const own = new AbortController();
  const stop = (reason?: unknown) => own.abort(reason);
  let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  own.signal.onabort = () => reader?.cancel().catch(() => {}); // a read that waits then ends
  const failed = (reason: string): never => {
    throw new FileError(`${where}: cannot be downloaded (${reason}).`);
  };
  const network = async <T>(work: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => stop(new Error("nothing came for a minute")), patience);
    try {
      const result = await work;
      own.signal.throwIfAborted();
      return result;
    } catch (error) {
      signal?.throwIfAborted();
      // Node's fetch hides the reason ("getaddrinfo ENOTFOUND example.org") behind "fetch failed". The error is not made
      // the cause of this one, as it may quote the address with what is secret in it.
      const { cause, message } = error as { cause?: { message?: string; code?: string }; message: string };
      return failed(cause?.message || cause?.code || message);
    } finally {
      clearTimeout(timer);
    }
  };
  signal?.addEventListener("abort", stop);
  try {
    signal?.throwIfAborted();
    const answer = source instanceof Response ? source : await network(fetch(source, { signal: own.signal }));
    reader = answer.body?.getReader();
    if (!answer.ok) failed(`status ${answer.status}`);
    // Of a compressed file the server states the compressed length, sometimes without saying to a page that it is one.
    const stated = answer.headers.get("content-encoding") ? NaN : Number(answer.headers.get("content-length"));
    let loadedBytes = 0;
    for (let piece; ; yield piece) {
      onProgress?.({ loadedBytes, totalBytes: stated && loadedBytes <= stated ? stated : undefined });
      piece = reader && (await network(reader.read())).value;
      if (!piece) return;
      loadedBytes += piece.length;
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    stop();
  }
}
