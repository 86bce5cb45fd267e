/** What MobileNet sees in a photograph. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { FileError, MobileNet, mobileNet } from "../index.js";
import { showDownload } from "./download.js";
import type { Options } from "./options.js";
import { decodePicture, type Picture } from "./picture.js";
import { cropSquare, resize } from "./resize.js";
import { bar, percent, type Screen } from "./terminal.js";

const numLabels = 5;

/** @throws FileError where the file is missing or no photograph, or other weights than ours cannot be downloaded. */
export async function labelPhoto(
  screen: Screen,
  path: string,
  { alpha, size }: Pick<Options, "alpha" | "size">,
  signal: AbortSignal,
): Promise<void> {
  const picture = decodePicture(await read(path), basename(path));
  const inputShape: [number, number, number] = [size, size, 3];
  const model = await showDownload(screen, "MobileNet's weights", (onProgress) =>
    MobileNet({ weights: "imagenet", alpha, inputShape, onProgress, signal }),
  );
  const labels = await classify(model, resize(cropSquare(picture), size, size));
  const nameWidth = Math.max(...labels.map(({ label }) => label.length));
  screen.write(`${basename(path)}: ${picture.width}x${picture.height}, its middle square at ${size}x${size}\n\n`);
  for (const { label, score } of labels) {
    const line = `  ${label.padEnd(nameWidth)}  ${percent(score, 1).padStart(7)}  ${bar(score, 30)}`;
    screen.write(`${line.trimEnd()}\n`);
  }
  const which = alpha === 1 ? "" : `alpha ${alpha}, `;
  screen.write(`\nMobileNet v1, ${which}${size}, trained on the 1000 classes of ImageNet\n`);
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const reasons: Record<string, string> = {
      ENOENT: "no such file",
      EACCES: "not allowed to read it",
      EISDIR: "a folder",
    };
    const { code = "" } = error as NodeJS.ErrnoException;
    throw new FileError(`${path}: ${reasons[code] ?? code}; expected a photograph.`);
  }
}

async function classify(model: Awaited<ReturnType<typeof MobileNet>>, { rgb, width, height }: Picture) {
  const output = await model.predict(mobileNet.preprocessInput({ data: rgb, shape: [1, height, width, 3] }));
  const [labels] = await mobileNet.decodePredictions(output, { top: numLabels });
  return labels;
}
