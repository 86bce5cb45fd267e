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
export function reporterOf(response: Response, onProgress: TransferOptions["onProgress"]): (bytes: number) => number {
  const length = lengthOf(response);
  let loadedBytes = 0;
  const report = (bytes: number) => {
    loadedBytes += bytes;
    // More bytes than stated: the server compressed the file and stated the compressed length without saying so to a
    // page.
    onProgress?.({ loadedBytes, totalBytes: loadedBytes > length! ? undefined : length });
    return loadedBytes;
  };
  report(0);
  return report;
}

/** The length that the server states; undefined when it compresses the file, as that length is the compressed one. */
function lengthOf({ headers }: Response): number | undefined {
  const length = headers.get("content-encoding") ? null : headers.get("content-length");
  return length === null ? undefined : Number(length);
}
