/** Trains both heads on the same windows. */
import { setImmediate as letOthersRun } from "node:timers/promises";
import { Adam, random } from "../../index.js";
import type { EpochPoint } from "../../report/index.js";
import { ProgressBar } from "../progress.js";
import { percent } from "../terminal.js";
import { readBatch } from "./batches.js";
import type { Heads } from "./head.js";
import { drawWindows, evenWindows, type Window, windowsPerEpoch } from "./windows.js";
import { lossAndAccuracy, probabilities, type TestPlan } from "./testing.js";

const batchSize = 8;
/**
 * A step of Adam changes every weight by about the rate, and features are positive: what comes of a unit with n inputs changes by
 * n times as much. The first layers have 9,216 and 50,176. At 1e-3 gates saturate and the units of the mean's head die.
 */
const learningRates = { convLstm: 3e-4, mean: 3e-5 };
/** Training ends before its last epoch where the losses of both heads have come this low: nothing is left to learn. */
const learntLoss = 0.002;
/** The curve is drawn with so many held-out windows at most; all of them are looked at in the end. */
const curveWindows = 128;

export interface Fit {
  curve: EpochPoint[];
  baselineCurve: EpochPoint[];
  /** Updates so far. */
  steps: number;
}

export interface FitPlan extends TestPlan {
  epochs: number;
  seed: number;
}

/**
 * A number of epochs that is fixed before, the rate falling along half a cosine; less where both heads have learnt all training
 * windows. What is held out draws its curve and decides nothing.
 * @param fit is filled as training goes on, so that it is there when training is interrupted.
 * @throws the signal's reason.
 */
export async function fitHeads(plan: FitPlan, fit: Fit): Promise<void> {
  const { heads, split, frames, classes, epochs } = plan;
  const perClass = Math.ceil(windowsPerEpoch(split.train, frames) / classes);
  const perEpoch = perClass * classes;
  compile(heads, epochs * Math.ceil(perEpoch / batchSize));
  const all = evenWindows(split.test, frames);
  const held = all.filter((_, i) => (i * curveWindows) % all.length < curveWindows);
  const progress = new ProgressBar(plan.screen, epochs * perEpoch, { unit: "window" });
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const draw = await draws(plan.seed, epoch, 2 * perEpoch);
      const windows = drawWindows(split.train, frames, perClass, draw);
      const trained = await trainEpoch(plan, windows, fit, ({ seen, loss, accuracy }) => {
        const text = `loss ${loss.toFixed(3)}  accuracy ${percent(accuracy, 0).padStart(5)}`;
        progress.update((epoch - 1) * perEpoch + seen, `epoch ${epoch}/${epochs}  ${text}`);
      });
      const tested = await heldOut(heads, held, plan);
      fit.curve.push(pointOf(epoch, trained.convLstm, tested.convLstm));
      fit.baselineCurve.push(pointOf(epoch, trained.mean, tested.mean));
      if (Math.max(trained.convLstm.loss, trained.mean.loss) < learntLoss) break;
    }
  } finally {
    progress.finish();
  }
}

type Standing = { loss: number; accuracy: number };

const pointOf = (epoch: number, trained: Standing, tested: Standing): EpochPoint => ({
  epoch,
  ...trained,
  valLoss: tested.loss,
  valAccuracy: tested.accuracy,
});

/** One update of both heads for every batch. Gives the means over the epoch, each window's as before its update. */
async function trainEpoch(
  { heads, frames, classes, signal }: FitPlan,
  windows: readonly Window[],
  fit: Fit,
  onBatch: (standing: Standing & { seen: number }) => void,
): Promise<Record<keyof Heads, Standing>> {
  const means = { convLstm: { loss: 0, accuracy: 0 }, mean: { loss: 0, accuracy: 0 } };
  for (let seen = 0; seen < windows.length;) {
    signal.throwIfAborted();
    const batch = await readBatch(windows.slice(seen, seen + batchSize), { frames, classes });
    const [size] = batch.targets.shape;
    seen += size;
    for (const [name, x] of [["convLstm", batch.features], ["mean", batch.means]] as const) {
      const { loss, accuracy } = await heads[name].trainOnBatch(x, batch.targets);
      means[name].loss += (loss - means[name].loss) * (size / seen);
      means[name].accuracy += (accuracy - means[name].accuracy) * (size / seen);
    } // prettier-ignore
    fit.steps++;
    onBatch({ ...means.convLstm, seen });
    await letOthersRun(); // Ctrl-C, for one
  }
  return means;
}

function compile(heads: Heads, steps: number): void {
  for (const name of ["convLstm", "mean"] as const) {
    const fall = (step: number) => 0.01 + 0.99 * (0.5 + 0.5 * Math.cos((Math.PI * step) / steps));
    const optimizer = Adam({ learningRate: (step) => learningRates[name] * fall(step) });
    heads[name].compile({ optimizer, loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  }
}

/** Both heads on held-out windows. */
async function heldOut(heads: Heads, windows: readonly Window[], plan: FitPlan) {
  const result = await probabilities(heads, windows, plan);
  const truth = windows.map(({ clip }) => clip.label);
  return { convLstm: lossAndAccuracy(result.convLstm, truth), mean: lossAndAccuracy(result.mean, truth) };
}

/** Numbers in [0, 1), the same for the same seed and epoch. */
export async function draws(seed: number, epoch: number, count: number): Promise<() => number> {
  const numbers = random([Math.max(1, count)], { seed: (Math.imul(seed, 0x9e3779b1) + epoch) >>> 0 });
  const values = await numbers.data();
  numbers.dispose();
  let next = 0;
  return () => values[next++];
}
