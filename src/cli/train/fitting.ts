/** Trains both heads on the same windows. */
import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import { cos } from "../../elementary.js";
import { Adam, random } from "../../index.js";
import type { EpochPoint } from "../../report/index.js";
import { withProgress } from "../progress.js";
import { percent, plural } from "../terminal.js";
import { readBatch } from "./batches.js";
import type { TrainingCheckpoint } from "./checkpoint.js";
import type { Heads } from "./head.js";
import { drawWindows, evenWindows, type Window, windowsPerEpoch } from "./windows.js";
import { lossAndAccuracy, probabilities, type TestPlan } from "./testing.js";

const batchSize = 8;
/**
 * A step of Adam changes every weight by about the learning rate, and features are positive: the output of a unit with
 * n inputs changes by up to n times as much. The first layers have 9,216 and 50,176 inputs. At 1e-3 the gates saturate,
 * and the units of the mean head output only 0.
 */
const learningRates = { convLstm: 3e-4, mean: 3e-5 };
/** Training ends before its last epoch when the losses of both heads are below this: nothing is left to learn. */
const lowestLoss = 0.002;
/** At most so many held-out windows are evaluated after each epoch; all of them are at the end. */
const curveWindows = 128;

/** Where a training is: with the weights, all that it needs to go on. */
export interface Fit {
  curve: EpochPoint[];
  baselineCurve: EpochPoint[];
  /** The number of updates so far. */
  steps: number;
  /** The epoch that is under way, counted from 1. */
  epoch: number;
  /** How many windows of the epoch have been seen, and the means over them. */
  seen: number;
  means: Record<keyof Heads, Progress>;
}

const noMeans = (): Fit["means"] => ({ convLstm: { loss: 0, accuracy: 0 }, mean: { loss: 0, accuracy: 0 } });

export const newFit = (): Fit => ({ curve: [], baselineCurve: [], steps: 0, epoch: 1, seen: 0, means: noMeans() });

export interface FitPlan extends TestPlan {
  epochs: number;
  seed: number;
  checkpoint: TrainingCheckpoint;
}

/**
 * Trains both heads for the planned number of epochs, while the learning rate falls along half a cosine; it ends
 * earlier when both losses are near zero. The held-out windows are evaluated only for the curves. Where there is a
 * checkpoint of the same training, it goes on from there.
 * @param fit filled as training goes on, so that it can be used when training is interrupted.
 * @throws the signal's reason when it is aborted.
 */
export async function fitHeads(plan: FitPlan, fit: Fit): Promise<void> {
  const { heads, split, frames, classes, epochs } = plan;
  const perClass = Math.ceil(windowsPerEpoch(split.train, frames) / classes);
  const perEpoch = perClass * classes;
  compile(heads, epochs * Math.ceil(perEpoch / batchSize));
  const all = evenWindows(split.test, frames);
  const held = all.filter((_, i) => (i * curveWindows) % all.length < curveWindows);
  await goOn(plan, fit);
  const before = (fit.epoch - 1) * perEpoch + fit.seen;
  await withProgress(plan.screen, Math.max(1, epochs * perEpoch - before), "window", async (progress) => {
    for (; fit.epoch <= epochs && !isLearnt(fit); fit.epoch++) {
      const { epoch } = fit;
      const draw = await draws(plan.seed, epoch, 2 * perEpoch);
      const windows = drawWindows(split.train, frames, perClass, draw);
      await trainEpoch(plan, windows, fit, async () => {
        const { loss, accuracy } = fit.means.convLstm;
        const text = `loss ${loss.toFixed(3)}  accuracy ${percent(accuracy, 0).padStart(5)}`;
        progress.update((epoch - 1) * perEpoch + fit.seen - before, `epoch ${epoch}/${epochs}  ${text}`);
        await plan.checkpoint.saveIfDue(fit, (line) => progress.note(line));
      });
      const tested = await heldOut(heads, held, plan);
      fit.curve.push(pointOf(epoch, fit.means.convLstm, tested.convLstm));
      fit.baselineCurve.push(pointOf(epoch, fit.means.mean, tested.mean));
      Object.assign(fit, { seen: 0, means: noMeans() });
    }
  });
}

/** Takes up a training where an earlier run was interrupted. */
async function goOn({ checkpoint, screen }: FitPlan, fit: Fit): Promise<void> {
  const found = await checkpoint.restore((line) => screen.write(`${line}\n`));
  if (found === undefined) return;
  Object.assign(fit, found);
  screen.write(`Goes on after ${plural(fit.steps, "update")} of an earlier run that was interrupted.\n`);
}

/** Whether the last epoch has left nothing to learn. */
function isLearnt({ curve, baselineCurve }: Fit): boolean {
  const losses = [curve, baselineCurve].map((points) => points.at(-1)?.loss ?? Infinity);
  return Math.max(...losses) < lowestLoss;
}

/** Means over the windows seen so far in an epoch. */
type Progress = { loss: number; accuracy: number };

const pointOf = (epoch: number, trained: Progress, tested: Progress): EpochPoint => ({
  epoch,
  ...trained,
  valLoss: tested.loss,
  valAccuracy: tested.accuracy,
});

/** Updates both heads with every batch. The means hold each window as it was measured before the update that it is part of. */
async function trainEpoch(
  { heads, frames, classes, signal }: FitPlan,
  windows: readonly Window[],
  fit: Fit,
  onBatch: () => Promise<void>,
): Promise<void> {
  while (fit.seen < windows.length) {
    signal.throwIfAborted();
    const batch = await readBatch(windows.slice(fit.seen, fit.seen + batchSize), { frames, classes });
    const [size] = batch.targets.shape;
    fit.seen += size;
    for (const [name, x] of [["convLstm", batch.features], ["mean", batch.means]] as const) {
      const { loss, accuracy } = await heads[name].trainOnBatch(x, batch.targets);
      const means = fit.means[name];
      means.loss += (loss - means.loss) * (size / fit.seen);
      means.accuracy += (accuracy - means.accuracy) * (size / fit.seen);
    } // prettier-ignore
    fit.steps++;
    await onBatch();
    await yieldToEventLoop(); // so that Ctrl-C is noticed
  }
}

function compile(heads: Heads, steps: number): void {
  for (const name of ["convLstm", "mean"] as const) {
    const fall = (step: number) => 0.01 + 0.99 * (0.5 + 0.5 * cos((Math.PI * step) / steps));
    const optimizer = Adam({ learningRate: (step) => learningRates[name] * fall(step) });
    heads[name].compile({ optimizer, loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  }
}

/** Evaluates both heads on held-out windows. */
async function heldOut(heads: Heads, windows: readonly Window[], plan: FitPlan) {
  const result = await probabilities(heads, windows, plan);
  const truth = windows.map(({ clip }) => clip.label);
  return { convLstm: lossAndAccuracy(result.convLstm, truth), mean: lossAndAccuracy(result.mean, truth) };
}

/** Makes a generator of `count` random numbers in [0, 1), the same for the same seed and epoch. */
export async function draws(seed: number, epoch: number, count: number): Promise<() => number> {
  const numbers = random([Math.max(1, count)], { seed: (Math.imul(seed, 0x9e3779b1) + epoch) >>> 0 });
  const values = await numbers.data();
  numbers.dispose();
  let next = 0;
  return () => values[next++];
}
