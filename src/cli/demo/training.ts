/** Trains a network of the demo on an endless sequence of new clips. */
import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import { movingDigitBatches, type MovingDigits } from "../../datasets/index.js";
import { cos } from "../../elementary.js";
import { Adam, type ModelLayer } from "../../index.js";
import type { ProgressBar } from "../progress.js";
import { plural, percent } from "../terminal.js";

/** Batches of 32 give half as many updates for the same work, and a much lower accuracy. */
const batchSize = 16;

/** The model is validated every so many clips, once its accuracy on recent training clips reaches `validateFrom`. */
const validateEvery = 800;
const validateFrom = 0.96;

export interface TrainingPlan {
  seed: number;
  /** The maximum number of clips. */
  clips: number;
  /** Training stops earlier when the accuracy on these clips reaches the goal; never by default. */
  validation?: { set: MovingDigits; goal: number };
  progress: ProgressBar;
  signal: AbortSignal;
}

export interface TrainingReport {
  clips: number;
  seconds: number;
  /** The accuracy on the last `validateEvery` training clips after `n` clips, 0 to 1. */
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
    const recent = validateEvery / batchSize;
    const recently = { loss: mean(losses.slice(-recent)), accuracy: mean(accuracies.slice(-recent)) };
    plan.progress.update(
      clips,
      `loss ${recently.loss.toFixed(3)}  accuracy ${percent(recently.accuracy, 1).padStart(7)}`,
    );
    await yieldToEventLoop(); // so that Ctrl-C is noticed
    plan.signal.throwIfAborted();
    const isDue = clips === plan.clips || (clips % validateEvery === 0 && recently.accuracy >= validateFrom);
    if (plan.validation && isDue && (await reachesGoal(model, plan, clips))) break;
  }
  const accuracyAt = (n: number) => mean(accuracies.slice(Math.max(0, (n - validateEvery) / batchSize), n / batchSize));
  return { clips, seconds: (performance.now() - began) / 1000, accuracyAt };
}

async function reachesGoal(model: ModelLayer, plan: TrainingPlan, clips: number): Promise<boolean> {
  const { set, goal } = plan.validation!;
  const { accuracy } = await model.evaluate(set.clips, set.labels, { signal: plan.signal });
  const verdict = accuracy >= goal ? "good enough" : `the goal is ${percent(goal, 1)}`;
  plan.progress.note(`validation after ${plural(clips, "clip")}: ${percent(accuracy, 1)}, ${verdict}`);
  return accuracy >= goal;
}

/**
 * Adam's learning rate: it rises over the first 640 clips, while Adam's averages are inaccurate, and falls along half a
 * cosine to a tenth at 6400 clips. At the full rate the validation accuracy fluctuates so much that one in three checks
 * passes by chance.
 */
function learningRate(clips: number): number {
  const warmUp = Math.min(1, (clips + batchSize) / 640);
  const fall = 0.5 + 0.5 * cos(Math.PI * Math.min(1, clips / 6400));
  return 3e-3 * warmUp * (0.1 + 0.9 * fall);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
