/** `zoetrope photo.jpg`: labels photographs and films with MobileNet. */
import { basename } from "node:path";
import { FileError, MobileNet, mobileNet, type ModelLayer, type Prediction, type Tensor } from "../index.js";
import { type Clip, readClip, type Skipped } from "../node/index.js";
import { printableName } from "../printable.js";
import { clipsAt, skippedBecause } from "./clipsAt.js";
import type { Outcome } from "./outcome.js";
import { showDownload } from "./download.js";
import { type ProgressBar, ProgressLine, whileShown, withProgress } from "./progress.js";
import { bar, percent, type Screen } from "./terminal.js";

const numLabels = 5;
/** Frames that are read of a film; its scores are their mean. */
const framesOfFilm = 32;

/** The MobileNet that labels the frames. */
export interface LabelOptions {
  /** The factor of its numbers of filters. */
  alpha: number;
  /** Width and height of its input in pixels. */
  size: number;
}

/**
 * Labels each photograph or film with MobileNet's ImageNet classes. Files that cannot be read are listed, and the
 * others are labelled.
 * @throws FileError when the only path cannot be read, or weights that are not in the package cannot be downloaded.
 */
export async function labelPictures(
  screen: Screen,
  paths: readonly string[],
  { alpha, size }: LabelOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  const model = await whileShown(screen, "reading MobileNet", () =>
    showDownload(screen, "MobileNet's weights", (onProgress) =>
      MobileNet({ weights: "imagenet", alpha, inputShape: [size, size, 3], onProgress, signal }),
    ),
  );
  const clips: object[] = [];
  const skipped: Skipped[] = [];
  for (const path of await clipsAt(paths, skipped, signal)) {
    signal.throwIfAborted();
    try {
      const clip = await readWithProgress(screen, path, { frames: framesOfFilm, size, signal });
      const input = mobileNetInput(clip);
      const output = await predictWithProgress(screen, model, input, { frames: input.shape[0], batchSize: 8, signal });
      const [labels] = await mobileNet.decodePredictions(await meanOfRows(output), { top: numLabels });
      output.dispose();
      screen.write(`${describe(clip)}\n\n${labelRows(labels)}\n`);
      clips.push({ path, width: clip.width, height: clip.height, labels });
    } catch (error) {
      skipped.push(skippedBecause(error, path, signal));
    }
  }
  if (clips.length === 0 && skipped.length < 2) {
    const [{ path, reason } = { path: paths.join(", "), reason: "no clips in it." }] = skipped;
    throw new FileError(`${printableName(path)}: ${reason}`);
  }
  const which = alpha === 1 ? "" : `alpha ${alpha}, `;
  if (clips.length > 0) screen.write(`MobileNet v1, ${which}${size}, trained on the 1000 classes of ImageNet\n`);
  for (const { path, reason } of skipped) screen.write(`skipped ${printableName(path)}: ${printableName(reason)}\n`);
  return { json: { clips, skipped }, exitCode: skipped.length > 0 ? 1 : 0 };
}

/** Reads a clip and shows meanwhile how far that is, without a number of frames, as it may be one picture. */
export async function readWithProgress(
  screen: Screen,
  path: string,
  options: { frames: number; size: number; signal: AbortSignal },
): Promise<Clip> {
  const line = new ProgressLine(screen);
  const show = (done: number) => line.show(done / options.frames, () => `reading ${printableName(basename(path))}`);
  show(0);
  return readClip(path, { ...options, onProgress: show }).finally(() => line.finish());
}

/** Runs MobileNet on frames and shows a progress bar meanwhile. */
export function predictWithProgress(
  screen: Screen,
  model: ModelLayer,
  x: Parameters<ModelLayer["predict"]>[0],
  { frames, ...options }: { frames: number; batchSize?: number; signal: AbortSignal },
): Promise<Tensor> {
  const doing = "MobileNet";
  const work = (progress: ProgressBar) =>
    model.predict(x, { ...options, onProgress: (share) => progress.update(Math.round(share * frames), doing) });
  return withProgress(screen, frames, "frame", work, doing);
}

/** Describes a clip: `pedestrians.mp4: 384x288, 12.0 s; 32 frames of it, their middle square at 224x224`. */
export function describe({ path, kind, width, height, durationSeconds, shape }: Clip): string {
  const length = durationSeconds === undefined ? "" : `, ${durationSeconds.toFixed(1)} s`;
  const what = kind === "picture" ? "its middle square" : `${shape[0]} frames of it, their middle square`;
  return `${printableName(basename(path))}: ${width}x${height}${length}; ${what} at ${shape[1]}x${shape[2]}`;
}

/** The input of MobileNet: [frames, size, size, 3], of a picture one frame. */
function mobileNetInput({ kind, frames, shape: [count, height, width, channels] }: Clip) {
  const used = kind === "picture" ? 1 : count;
  const data = mobileNet.preprocessInput(frames.subarray(0, used * height * width * channels));
  return { data, shape: [used, height, width, channels] };
}

/** The mean over the rows: from [rows, columns] to [1, columns]. */
async function meanOfRows(output: { shape: readonly number[]; data(): Promise<Float32Array> }) {
  const [rows, columns] = output.shape;
  const values = await output.data();
  const data = new Float32Array(columns);
  values.forEach((value, i) => (data[i % columns] += value / rows));
  return { data, shape: [1, columns] };
}

/** A line for each label with its score and a bar. */
export function labelRows(labels: readonly Pick<Prediction, "label" | "score">[]): string {
  const names = labels.map(({ label }) => printableName(label));
  const nameWidth = Math.max(...names.map((name) => name.length));
  return labels
    .map(({ score }, i) => {
      const line = `  ${names[i].padEnd(nameWidth)}  ${percent(score, 1).padStart(7)}  ${bar(score, 30)}`;
      return `${line.trimEnd()}\n`;
    })
    .join("");
}
