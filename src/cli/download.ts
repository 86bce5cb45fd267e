/** Shows the progress of downloads. */
import { basename } from "node:path";
import { withoutSecrets } from "../address.js";
import { type LoadedModel, loadModel } from "../formats/index.js";
import type { DownloadProgress } from "../index.js";
import { printableName } from "../printable.js";
import { ProgressLine, whileShown } from "./progress.js";
import { unlessStopped } from "./stopping.js";
import { canMove, type Screen } from "./terminal.js";

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

/**
 * Runs `work` with a listener that shows the progress of its download; outside a terminal there is a line at its beginning.
 * @param what the beginning of the line: "MobileNet's weights".
 */
export async function showDownload<T>(
  screen: Screen,
  what: string,
  work: (onProgress: (progress: DownloadProgress) => void) => Promise<T>,
): Promise<T> {
  let line: ProgressLine | undefined;
  const onProgress = ({ loadedBytes, totalBytes }: DownloadProgress) => {
    const total = totalBytes ? megabytes(totalBytes) : undefined;
    if (!line && !canMove(screen)) screen.write(`${what}: downloading${total ? `, ${total} MB` : ""}\n`);
    line ??= new ProgressLine(screen);
    const text = () => `${what}: ${megabytes(loadedBytes)}${total ? ` of ${total}` : ""} MB`;
    line.show(totalBytes && loadedBytes / totalBytes, text);
  };
  return work(onProgress).finally(() => line?.finish());
}

const isWeb = (from: string): boolean => /^https?:/i.test(from);

/** The name of the file at a path, or at an address, which may have a query behind it. */
export const nameOf = (from: string): string => basename(isWeb(from) ? withoutSecrets(from) : from);

/**
 * Reads a model of any format from a file or an address, and shows meanwhile what is done, then what of the file was not
 * taken over.
 */
export async function readModel(
  screen: Screen,
  from: string,
  options: { compile: boolean; signal: AbortSignal },
): Promise<LoadedModel> {
  const warnings: string[] = [];
  const onWarning = (message: string) => void warnings.push(message);
  const read = () =>
    showDownload(screen, printableName(nameOf(from)), (onProgress) =>
      loadModel(from, { ...options, onProgress, onWarning }),
    );
  const work = () => unlessStopped(options.signal, read());
  const what = `reading ${printableName(withoutSecrets(from))}`;
  const model = await whileShown(screen, what, work, { atOnce: isWeb(from) });
  for (const warning of warnings) screen.write(`${warning}\n`);
  return model;
}
