/** How far a download is: a line that stays in its place and goes in the end in a terminal, one line elsewhere. */
import type { DownloadProgress } from "../index.js";
import { bar, canMove, clearLine, type Screen } from "./terminal.js";

const barWidth = 24;
const redrawMs = 100;
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

/**
 * Shows what the listener is told that `work` is given.
 * @param what the line begins with: "MobileNet's weights".
 */
export async function showDownload<T>(
  screen: Screen,
  what: string,
  work: (onProgress: (progress: DownloadProgress) => void) => Promise<T>,
): Promise<T> {
  let drawnMs = -Infinity;
  const draw = ({ loadedBytes, totalBytes = 0 }: DownloadProgress) => {
    if (performance.now() - drawnMs < redrawMs) return;
    drawnMs = performance.now();
    const drawn = totalBytes ? `${bar(loadedBytes / totalBytes, barWidth)} ` : "";
    const text = `${what}: ${drawn}${megabytes(loadedBytes)}${totalBytes ? ` of ${megabytes(totalBytes)}` : ""} MB`;
    screen.write(clearLine + text.slice(0, (screen.columns ?? 80) - 1));
  };
  const say = ({ loadedBytes, totalBytes }: DownloadProgress) => {
    if (loadedBytes === 0) screen.write(`${what}: downloading${totalBytes ? `, ${megabytes(totalBytes)} MB` : ""}\n`);
  };
  try {
    return await work(canMove(screen) ? draw : say);
  } finally {
    if (drawnMs > 0) screen.write(clearLine);
  }
}
