/** What MobileNet sees in a photograph. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { FileError, MobileNet, mobileNet } from "../index.js";
import { decodePicture, type Picture } from "./picture.js";
import { cropSquare, resize } from "./resize.js";
import { bar, percent, type Screen } from "./terminal.js";

const side = 224;
const numLabels = 5;

/** @throws FileError where the file is missing or no photograph. */
export async function labelPhoto(screen: Screen, path: string): Promise<void> {
  const picture = decodePicture(await read(path), basename(path));
  const labels = await classify(resize(cropSquare(picture), side, side));
  const nameWidth = Math.max(...labels.map(({ label }) => label.length));
  screen.write(`${basename(path)}: ${picture.width}x${picture.height}, its middle square at ${side}x${side}\n\n`);
  for (const { label, score } of labels) {
    const line = `  ${label.padEnd(nameWidth)}  ${percent(score, 1).padStart(7)}  ${bar(score, 30)}`;
    screen.write(`${line.trimEnd()}\n`);
  }
  screen.write("\nMobileNet v1, 224, trained on the 1000 classes of ImageNet\n");
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

async function classify({ rgb }: Picture) {
  const model = await MobileNet({ weights: "imagenet" });
  const output = await model.predict(mobileNet.preprocessInput({ data: rgb, shape: [1, side, side, 3] }));
  const [labels] = await mobileNet.decodePredictions(output, { top: numLabels });
  return labels;
}
