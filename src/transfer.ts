/** Downloads: how far they are, and what aborts them. */

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
  /** Aborts a download; the promise rejects with the signal's reason. None by default. */
  signal?: AbortSignal | undefined;
}

/**
 * Makes a function that adds received bytes, reports how far the download is, and returns the sum. It is called with 0
 * at once.
 */
export function reporterOf({ headers }: Response, { onProgress }: TransferOptions): (bytes: number) => number {
  // Of a compressed file the server states the compressed length, sometimes without saying to a page that it is one.
  const stated = !headers.get("content-encoding") && headers.get("content-length");
  let loadedBytes = 0;
  const report = (bytes: number) => {
    loadedBytes += bytes;
    onProgress?.({ loadedBytes, totalBytes: stated && loadedBytes <= +stated ? +stated : undefined });
    return loadedBytes;
  };
  report(0);
  return report;
}

/** Why a download failed: Node's fetch hides the reason ("getaddrinfo ENOTFOUND example.org") behind "fetch failed". */
export function reasonOf(error: unknown): string {
  const { cause, message } = error as { cause?: { message?: string; code?: string }; message: string };
  return cause?.message || cause?.code || message;
}
