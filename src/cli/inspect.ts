/** `zoetrope inspect`, and `zoetrope clip.mp4`: reports what a recurrent layer does with a film. */
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { ArgumentError, FileError, mobileNet, type ModelLayer, setSeed, tensor, type Tensor } from "../index.js";
import { splitAtRecurrent, traceClip } from "../inspect/index.js";
import type { Clip, FilmInfo } from "../node/index.js";
import type { LabelScore, Report, ReportClip } from "../report/index.js";
import { printableName } from "../printable.js";
import { nameOf, readModel } from "./download.js";
import { probeClip, readWindow, realFilms } from "./films.js";
import type { Outcome } from "./outcome.js";
import { checkOutputs } from "./outputs.js";
import { describe, labelRows, predictWithProgress, readWithProgress } from "./label.js";
import type { InspectCommandOptions } from "./program.js";
import { whileShown } from "./progress.js";
import { reportOutputs, reportPath, writeReport } from "./reportFiles.js";
import { seedModel } from "./seedModel.js";
import { checkStopped, unlessStopped } from "./stopping.js";
import { Stopwatch } from "./stopwatch.js";
import { percent, type Screen } from "./terminal.js";
import { readClassifier } from "./train/classifier.js";
import { UsageError } from "./usage.js";

const untrained =
  "The ConvLSTM2D is untrained: its gates and states show how random weights react to the film, and nothing that was learned. " +
  "It has no classes yet, so there is no prediction. Only MobileNet, which labels the frames, is trained. " +
  "To train a model of your own: zoetrope train FOLDER.";

/** The model that is inspected, and what is known of it. */
interface InspectedModel {
  model: ModelLayer;
  /** From MobileNet's features to its own 1000 classes; absent for a model from a file. */
  top?: ModelLayer;
  /** The names of its classes, if its file has them. */
  classes?: readonly string[];
  /** The length of the windows on which it was trained, if its file has it. */
  windowSeconds?: number;
  notes: string[];
}

/** Reads a clip, runs a model on it and writes the report. @throws FileError for a folder of several clips. */
export async function inspectClip(
  screen: Screen,
  path: string,
  options: InspectCommandOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  const target = reportPath(path, options.report);
  const pictures = await readdir(path).catch(() => []); // of a folder of numbered pictures
  const inputs = [path, ...pictures.map((name) => join(path, name)), ...(options.model ? [options.model] : [])];
  await checkOutputs(reportOutputs(target), inputs);
  const info = await unlessStopped(signal, probeClip(path, signal));
  const watch = new Stopwatch();
  setSeed(options.seed);
  const inspected = await watch.lap("model", () => openModel(screen, options.model, signal));
  const { model } = inspected;
  const clip = await watch.lap("film", () => readModelClip(screen, info, inspected, options.from, signal));
  screen.write(`${describe(clip)}\n\n`);
  await checkStopped(signal);

  const { before, after, layer } = splitAtRecurrent(model, { layer: options.layer });
  const pixels = tensor(mobileNet.preprocessInput(clip.frames), [1, ...clip.shape]);
  const features = before
    ? await watch.lap("frames", () => predictWithProgress(screen, before, pixels, { frames: pixels.shape[1], signal }))
    : pixels;
  const labels = inspected.top && (await labelFrames(inspected.top, features));

  const showBlocking = <T>(what: string, work: () => Promise<T>) =>
    watch.lap(what, () => whileShown(screen, what, work, { atOnce: true }));
  const traced = await showBlocking("gates and gradients", () =>
    traceClip(after, features, { layer, classes: inspected.classes }),
  );
  for (const x of new Set([pixels, features])) x.dispose();
  await checkStopped(signal);

  const { frames, times, shape } = clip;
  const { prediction, gradient, ...gates } = traced;
  const said = labels ? { labels } : { prediction, gradient }; // untrained weights say nothing
  const shown: ReportClip = { name: basename(path), size: shape[1], frames, times, ...gates, ...said };
  if (labels) screen.write(`What MobileNet sees, the mean over the frames:\n${labelRows(meanLabels(labels))}\n`);
  else screen.write(`What the model says:\n${labelRows(prediction.slice(0, 5))}\n`);
  for (const note of inspected.notes) screen.write(`${note}\n\n`);
  const report = reportOf(clip, inspected, shown, options);
  const paths = await showBlocking("report", () => writeReport(screen, target, report));
  const [html, png] = [paths.html, paths.png ?? ""].map(printableName);
  screen.write(`Report:     ${html}\nFilm strip: ${png}\n(${watch})\n`);
  const five = labels && { labels: labels.map((frame) => frame.slice(0, 5)) };
  const { saturation } = gates;
  return { json: { path, ...paths, layer, times, ...said, ...five, saturation, seconds: watch.laps } };
}

async function openModel(screen: Screen, file: string | undefined, signal: AbortSignal): Promise<InspectedModel> {
  if (file === undefined) {
    const { model, top } = await whileShown(screen, "making the network", seedModel, { atOnce: true });
    return { model, top, notes: [untrained] };
  }
  const model = await readModel(screen, file, { compile: false, signal });
  const { classifier } = model.metadata;
  if (classifier === undefined) return { model, notes: [] };
  const { classes, windowSeconds } = readClassifier(file, model, classifier);
  return { model, notes: [], classes, windowSeconds };
}

/**
 * Reads as many frames as the model takes, from the whole clip or from a window of the length that it was trained on.
 */
async function readModelClip(
  screen: Screen,
  info: FilmInfo,
  { model, windowSeconds }: InspectedModel,
  from: number | undefined,
  signal: AbortSignal,
): Promise<Clip> {
  const [, frames, size] = model.inputs[0].shape;
  if (frames === null || size !== 224) {
    throw new ArgumentError(
      `inspect: ${model.label} reads [${model.inputs[0].shape.map(String).join(", ")}]; expected clips [batch, frames, 224, 224, 3].`,
    );
  }
  const { path } = info;
  const isLong = windowSeconds !== undefined && info.kind === "film" && (info.durationSeconds ?? 0) > windowSeconds;
  if (!isLong && from !== undefined) {
    throw new UsageError(`--from ${from} needs a film longer than the window of the model; ${path} is not.`);
  }
  if (!isLong) return readWithProgress(screen, path, { frames, size, signal });
  const start = from ?? (info.durationSeconds! - windowSeconds) / 2;
  const window = { rate: frames / windowSeconds, size, from: start, signal };
  const { frames: pixels, times } = await whileShown(screen, `reading ${printableName(path)}`, () =>
    readWindow(realFilms, path, frames, window),
  );
  if (times.length === frames) return { ...info, frames: pixels, shape: [frames, size, size, 3], times };
  throw new FileError(
    `${path}: ends ${times.length} frames after ${start} s, expected ${frames}; begin earlier with --from.`,
  );
}

/** The probability of each of MobileNet's labels in each frame, the best first, from features [1, frames, 7, 7, 1024]. */
async function labelFrames(top: ModelLayer, features: Tensor): Promise<LabelScore[][]> {
  const output = await top.predict({ data: await features.data(), shape: features.shape.slice(1) });
  const rows = await mobileNet.decodePredictions(output, { top: 1000 });
  output.dispose();
  return rows.map((labels) => labels.map(({ label, score }) => ({ label, score })));
}

/** The five labels with the highest mean score over the frames. */
function meanLabels(rows: readonly LabelScore[][]): LabelScore[] {
  const sums = new Map<string, number>();
  for (const { label, score } of rows.flat()) sums.set(label, (sums.get(label) ?? 0) + score / rows.length);
  const all = [...sums].map(([label, score]) => ({ label, score }));
  return all.sort((a, b) => b.score - a.score).slice(0, 5);
}

function reportOf(
  clip: Clip,
  { model, notes, top }: InspectedModel,
  shown: ReportClip,
  options: InspectCommandOptions,
): Report {
  const name = basename(clip.path);
  return {
    title: name,
    summary: top
      ? `What MobileNet sees in ${clip.shape[0]} frames of ${name}, and what ${shown.layer} does with it.`
      : `The model says ${shown.prediction![0].label} (${percent(shown.prediction![0].score, 1)}).`,
    facts: [
      ["Clip", describe(clip)],
      [
        "Model",
        options.model
          ? nameOf(options.model)
          : "MobileNet (ImageNet); untrained: ConvLSTM2D(256), Dense(256), Dense(10)",
      ],
      ["Parameters", model.countParams().toLocaleString("en-US")],
      ["Recurrent layer", shown.layer],
      ["Seed", String(options.seed)],
    ],
    notes,
    clips: [shown],
  };
}
