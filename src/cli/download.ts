/**
 * Shows the progress of a download: in a terminal a line that is redrawn and cleared at the end, elsewhere one line.
 */
import type { DownloadProgress } from "../index.js";
import { bar, canMove, clearLine, type Screen } from "./terminal.js";

const barWidth = 24;
const redrawMs = 100;
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

/**
 * Runs `work` with a listener that shows the progress of its download.
 * @param what the beginning of the line: "MobileNet's weights".
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
