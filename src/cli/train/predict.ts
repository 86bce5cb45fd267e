/** `zoetrope predict clips --model file`: classifies clips with a model that was trained on a folder. */
import type { ModelLayer } from "../../index.js";
import { rankLabels } from "../../inspect/index.js";
import type { Skipped } from "../../node/index.js";
import { printableName } from "../../printable.js";
import { clipsAt, skippedBecause } from "../clipsAt.js";
import { readModel } from "../download.js";
import { type Films, realFilms } from "../films.js";
import { withProgress } from "../progress.js";
import { percent, plural, type Screen } from "../terminal.js";
import { readClassifier } from "./classifier.js";
import { preprocessFrames } from "./featureExtractor.js";
import { lengthOf } from "./features.js";
import { type Classifier, type PredictOptions, type Prediction, type PredictResult, rateOf } from "./options.js";
import { meanRow } from "./testing.js";

/**
 * Cuts clips into windows as training did, takes the mean scores over the windows, and writes a line for each clip to
 * the screen.
 * @throws FileError when the model file cannot be read, or was not made by `train`.
 * @throws the signal's reason when it is aborted.
 */
export async function predictClips(
  screen: Screen,
  { model: file, paths }: PredictOptions,
  signal: AbortSignal,
  films: Films = realFilms,
): Promise<PredictResult> {
  const model = await readModel(screen, file, { compile: false, signal });
  const classifier = readClassifier(file, model, model.metadata.classifier);
  const skipped: Skipped[] = [];
  const clips: Prediction[] = [];
  const listed = await clipsAt(paths, skipped, signal, films);
  const nameWidth = Math.max(0, ...listed.map((path) => printableName(path).length));
  const total = await withProgress(screen, listed.length, "clip", async (progress) => {
    let windows = 0;
    for (const [i, path] of listed.entries()) {
      progress.update(i, "found");
      windows += await countWindows(films, path, classifier, signal);
    }
    return windows;
  });
  await withProgress(screen, total, "window", async (progress) => {
    let done = 0;
    for (const path of listed) {
      const onWindow = () => progress.update(++done, printableName(path));
      progress.update(done, printableName(path));
      try {
        const found = await predictClip({ model, classifier, films, signal, onWindow }, path);
        clips.push(found);
        progress.note(line(found, nameWidth));
      } catch (error) {
        skipped.push(skippedBecause(error, path, signal));
        progress.note(`${printableName(path).padEnd(nameWidth)}  skipped: ${printableName(skipped.at(-1)!.reason)}`);
      }
    }
  });
  if (skipped.length > 0)
    screen.write(`${plural(clips.length, "clip")} read, ${plural(skipped.length, "file")} skipped\n`);
  return { clips, skipped };
}

const line = ({ path, labels, windows }: Prediction, width: number): string =>
  [
    printableName(path).padEnd(width),
    ...labels.slice(0, 3).map(({ label, score }) => `${printableName(label)} ${percent(score, 1)}`),
    `(${plural(windows, "window")})`,
  ].join("  ");

/** How many windows a clip has by its header; 1 where it cannot be read, which `predictClip` reports. */
const countWindows = (films: Films, path: string, classifier: Classifier, signal: AbortSignal): Promise<number> =>
  films.probe(path, { signal }).then(
    (info) => Math.max(1, Math.floor(lengthOf(info, classifier).expected / classifier.frames)),
    () => 1,
  );

interface PredictContext {
  model: ModelLayer;
  classifier: Classifier;
  films: Films;
  signal: AbortSignal;
  /** Called after each window. */
  onWindow: () => void;
}

async function predictClip(context: PredictContext, path: string): Promise<Prediction> {
  const { model, classifier, films, signal } = context;
  const rows: number[][] = [];
  for await (const frames of windowsOf(films, path, classifier, signal)) {
    const { data, shape } = preprocessFrames(frames);
    const output = await model.predict({ data, shape: [1, ...shape] }, { signal });
    rows.push([...(await output.data())]);
    output.dispose();
    context.onWindow();
  }
  return { path, labels: rankLabels(meanRow(rows), classifier.classes), windows: rows.length };
}

/**
 * Gives the windows one after the other as they are decoded; of a clip shorter than a window, one window sampled
 * evenly.
 */
async function* windowsOf(
  films: Films,
  path: string,
  { frames, size, windowSeconds }: Classifier,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array[]> {
  const rate = rateOf({ frames, windowSeconds });
  let window: Uint8Array[] = [];
  let numWindows = 0;
  for await (const { rgb } of films.readFrames(path, { rate, size, signal })) {
    if (window.push(rgb) < frames) continue;
    yield window;
    numWindows++;
    window = [];
  }
  if (numWindows > 0) return;
  const clip = await films.readClip(path, { frames, size, signal });
  const length = size * size * 3;
  yield Array.from({ length: frames }, (_, i) => clip.frames.subarray(i * length, (i + 1) * length));
}
