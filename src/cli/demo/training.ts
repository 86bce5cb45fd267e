/** Trains a network of the demo on an endless list of new clips. */
import { setImmediate as letOthersRun } from "node:timers/promises";
import { movingDigitBatches, type MovingDigits } from "../../datasets/index.js";
import { Adam, type ModelLayer } from "../../index.js";
import type { ProgressBar } from "../progress.js";
import { count, percent } from "../terminal.js";

/** Twice as many steps as with 32 clips for the same work, and far more is learnt. */
const batchSize = 16;

/** Validation is looked at every so many clips, once the training clips of late are this well classified. */
const checkEvery = 800;
const promising = 0.96;

export interface TrainingPlan {
  seed: number;
  /** Clips at most. */
  clips: number;
  /** Stops before, where the accuracy on these clips reaches the goal. */
  validation?: { set: MovingDigits; goal: number };
  progress: ProgressBar;
  signal: AbortSignal;
}

export interface TrainingReport {
  clips: number;
  seconds: number;
  /** Share of training clips classified correctly so far, when `n` clips had been seen, over the `checkEvery` before. */
  accuracyAt(n: number): number;
}

export async function train(model: ModelLayer, plan: TrainingPlan): Promise<TrainingReport> {
  const began = performance.now();
  const optimizer = Adam({ learningRate: (step) => learningRate(step * batchSize) });
  model.compile({ optimizer, loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  const batches = movingDigitBatches({ batchSize, seed: plan.seed });
  const losses: number[] = [];
  const accuracies: number[] = [];
  let clips = 0;
  while (clips < plan.clips) {
    const [x, y] = batches.next().value;
    const { loss, accuracy } = await model.trainOnBatch(x, y);
    clips += batchSize;
    losses.push(loss);
    accuracies.push(accuracy);
    const recent = checkEvery / batchSize;
    const standing = { loss: mean(losses.slice(-recent)), accuracy: mean(accuracies.slice(-recent)) };
    plan.progress.update(
      clips,
      `loss ${standing.loss.toFixed(3)}  accuracy ${percent(standing.accuracy, 1).padStart(7)}`,
    );
    await letOthersRun(); // Ctrl-C, for one
    plan.signal.throwIfAborted();
    const isDue = clips === plan.clips || (clips % checkEvery === 0 && standing.accuracy >= promising);
    if (plan.validation && isDue && (await reachesGoal(model, plan, clips))) break;
  }
  plan.progress.finish();
  const accuracyAt = (n: number) => mean(accuracies.slice(Math.max(0, (n - checkEvery) / batchSize), n / batchSize));
  return { clips, seconds: (performance.now() - began) / 1000, accuracyAt };
}

async function reachesGoal(model: ModelLayer, plan: TrainingPlan, clips: number): Promise<boolean> {
  const { set, goal } = plan.validation!;
  const { accuracy } = await model.evaluate(set.clips, set.labels, { signal: plan.signal });
  const verdict = accuracy >= goal ? "good enough" : `the goal is ${percent(goal, 1)}`;
  plan.progress.note(`validation after ${count(clips, "clip")}: ${percent(accuracy, 1)}, ${verdict}`);
  return accuracy >= goal;
}

/**
 * Adam's rate: rises over the first 640 clips, while its averages are young, and falls along half a cosine over the first
 * 6400, to a tenth. (So that the weights come to rest: at the full rate one check of validation in three is mere luck.)
 */
function learningRate(clips: number): number {
  const warmUp = Math.min(1, (clips + batchSize) / 640);
  const fall = 0.5 + 0.5 * Math.cos(Math.PI * Math.min(1, clips / 6400));
  return 3e-3 * warmUp * (0.1 + 0.9 * fall);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
