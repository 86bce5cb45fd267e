/** `zoetrope predict --live source`: says what it sees after each frame, as frames come. */
import { withoutSecrets } from "../address.js";
import { MobileNet, mobileNet, stream, tensor, type Tensor } from "../index.js";
import { rankLabels } from "../inspect/index.js";
import * as node from "../node/index.js";
import { printableName } from "../printable.js";
import { readModel, showDownload } from "./download.js";
import type { Outcome } from "./outcome.js";
import { whileShown } from "./progress.js";
import { percent, plural, type Screen } from "./terminal.js";
import { readClassifier } from "./train/classifier.js";
import { rateOf } from "./train/options.js";

export interface LiveOptions {
  /** A film, a camera, a stream's address, or "-". */
  live: string;
  /** A model that `train` has written; MobileNet, which sees one frame at a time, by default. */
  model?: string | undefined;
  alpha: number;
  size: number;
}

/** Frames per second that MobileNet is given, which was not trained for a rate. */
const usualRate = 5;
const numLabels = 3;

interface Label {
  label: string;
  score: number;
}

/** What labels frames one after the other. */
interface Labeller {
  readonly rate: number;
  readonly size: number;
  /** How many frames make a window, after which it begins anew; undefined where each frame is seen alone. */
  readonly window?: number;
  see(frame: Float32Array): Promise<Label[]>;
  reset?(): void;
  end(): void;
}

/**
 * Writes a line for each frame until the source ends. A model of `train` knows windows of so many frames, so it begins
 * anew after each window.
 * @param films reads the frames; `say` receives what is known of each frame, for `--json`.
 * @throws FileError for a source that cannot be read; the signal's reason when it is aborted.
 */
export async function predictLive(
  screen: Screen,
  options: LiveOptions,
  signal: AbortSignal,
  say: (json: object) => void,
  films: Pick<typeof node, "readFrames" | "readLive" | "isLive"> = node,
): Promise<Outcome> {
  const { live: source } = options;
  const labeller = options.model === undefined ? await mobileNetLabeller(screen, options, signal) : await trainedLabeller(screen, options.model, signal); // prettier-ignore
  const { rate, size, window } = labeller;
  const settings = { rate, size, signal };
  const isLive = source === "-" || films.isLive(source);
  const frames = isLive ? films.readLive(source === "-" ? process.stdin : source, settings) : films.readFrames(source, settings); // prettier-ignore
  let count = 0;
  try {
    for await (const { timeSeconds, rgb } of frames) {
      if (window && count > 0 && count % window === 0) labeller.reset!();
      const labels = await labeller.see(mobileNet.preprocessInput(rgb));
      signal.throwIfAborted();
      const shown = labels.slice(0, numLabels);
      screen.write(`${timeSeconds.toFixed(2).padStart(8)} s  ${shown.map(({ label, score }) => `${printableName(label)} ${percent(score, 1)}`).join("  ")}\n`); // prettier-ignore
      const place = window ? { window: Math.floor(count / window), frameOfWindow: count % window } : {};
      say({ source: withoutSecrets(source), frame: count, timeSeconds, ...place, labels });
      count++;
    }
  } finally {
    labeller.end();
  }
  screen.write(`${printableName(withoutSecrets(source))}: ended after ${plural(count, "frame")}\n`);
  return { json: undefined };
}

/** A model of `train` as a stream. */
async function trainedLabeller(screen: Screen, file: string, signal: AbortSignal): Promise<Labeller> {
  const model = await readModel(screen, file, { compile: false, signal });
  const classifier = readClassifier(file, model, model.metadata.classifier);
  const live = stream(model);
  return {
    rate: rateOf(classifier),
    size: classifier.size,
    window: classifier.frames,
    see: async (frame) => rankLabels(await valuesOf(await live.step<Tensor>(frame, { signal })), classifier.classes),
    reset: () => live.reset(),
    end: () => live.dispose(),
  };
}

/** MobileNet with its ImageNet labels. */
async function mobileNetLabeller(screen: Screen, { alpha, size }: LiveOptions, signal: AbortSignal): Promise<Labeller> {
  const model = await whileShown(screen, "reading MobileNet", () =>
    showDownload(screen, "MobileNet's weights", (onProgress) =>
      MobileNet({ weights: "imagenet", alpha, inputShape: [size, size, 3], onProgress, signal }),
    ),
  );
  return {
    rate: usualRate,
    size,
    async see(frame) {
      const x = tensor(frame, [1, size, size, 3]);
      const y = await model.predict(x, { signal });
      x.dispose();
      const [labels] = await mobileNet.decodePredictions(y, { top: 5 });
      y.dispose();
      return labels.map(({ label, score }) => ({ label, score }));
    },
    end: () => model.dispose(),
  };
}

async function valuesOf(y: Tensor): Promise<number[]> {
  const values = Array.from(await y.data());
  y.dispose();
  return values;
}
