/**
 * Metrics: one rule each, target and output to a value a sample, and one table, name -> metric. What each means is told at its
 * public name, in ../metrics.ts. Ops come from their own files, as in ../losses/rules.ts.
 */
import { checkOptions, ShapeError, shapeText } from "../errors.js";
import { divide, equal, greater, maximum, multiply } from "../ops/arithmetic.js";
import { sqrt, square } from "../ops/elementwise.js";
import { reshape } from "../ops/move.js";
import { argMax, mean, sum } from "../ops/reduce.js";
import { sameShape } from "../shape.js";
import { scope } from "../scope.js";
import { tensor, type Tensor } from "../tensor.js";

/** Target and output to a value a sample. */
export type MetricRule = (yTrue: Tensor, yPred: Tensor) => Tensor;

/** A metric as a function: the mean over all samples, of shape []. Over batches a model takes the mean of all values. */
export interface Metric {
  (yTrue: Tensor, yPred: Tensor): Tensor;
  readonly name: string;
  readonly perSample: MetricRule;
  /** Which way is better; callbacks ask. */
  readonly direction: "up" | "down" | undefined;
  /** The options that it was made with, where it takes some. */
  readonly config: object | undefined;
}

/** A metric from a rule that gives a value a sample. */
export function metricFrom(name: string, rule: MetricRule, direction?: Metric["direction"], config?: object): Metric {
  const perSample: MetricRule = (yTrue, yPred) => scope(() => rule(yTrue, yPred));
  const metric = (yTrue: Tensor, yPred: Tensor): Tensor => scope(() => mean(perSample(yTrue, yPred)));
  return Object.defineProperty(Object.assign(metric, { perSample, direction, config }), "name", { value: name });
}

/** A value of a batch, and over how many samples (or elements) it is the mean. */
export interface Measured {
  readonly value: Tensor;
  readonly count: number | Tensor;
}

/** A metric's mean over what is not masked, with the number of values in it: what a mean over several batches needs. */
export const measure = (metric: Metric, yTrue: Tensor, yPred: Tensor): Measured =>
  scope(() => {
    const values = metric.perSample(yTrue, yPred);
    const { mask } = yPred;
    if (!mask || mask.shape.length > values.shape.length) return { value: mean(values), count: values.size };
    const perStep = mean(reshape(values, [...mask.shape, -1]), -1); // some rules give a value an element
    const count = sum(mask);
    return { value: divide(sum(multiply(perStep, mask)), maximum(count, 1)), count };
  });

const unfit = (name: string, yTrue: Tensor, yPred: Tensor, expected: string): ShapeError =>
  new ShapeError(
    `${name}: targets ${shapeText(yTrue.shape)} against outputs ${shapeText(yPred.shape)}; expected ${expected}.`,
  );

/** The target as class numbers [batch, ...] from one-hot rows. */
function classesOfRows(name: string, yTrue: Tensor, yPred: Tensor): Tensor {
  if (!sameShape(yTrue.shape, yPred.shape)) throw unfit(name, yTrue, yPred, "one-hot rows of equal shape");
  return argMax(yTrue);
}

/** The target as class numbers [batch, ...] where it holds them, perhaps with a last axis of 1. */
function classesOfNumbers(name: string, yTrue: Tensor, yPred: Tensor): Tensor {
  const lead = yPred.shape.slice(0, -1);
  if (!sameShape(yTrue.shape, lead) && !sameShape(yTrue.shape, [...lead, 1])) {
    throw unfit(name, yTrue, yPred, `one class number a row, ${shapeText(lead)}`);
  }
  return reshape(yTrue, lead);
}

type Classes = typeof classesOfRows;

const largestIs = (name: string, classes: Classes): Metric =>
  metricFrom(name, (yTrue, yPred) => equal(classes(name, yTrue, yPred), argMax(yPred)), "up");

/** Whether fewer than k outputs are larger than that of the target's class: ties count as inside, as in TensorFlow. */
const amongLargest = (name: string, k: number, classes: Classes): Metric =>
  metricFrom(
    name,
    (yTrue, yPred) => {
      const numbers = tensor(Array.from({ length: yPred.shape.at(-1)! }, (_, i) => i));
      const oneHot = equal(reshape(classes(name, yTrue, yPred), [...yPred.shape.slice(0, -1), 1]), numbers);
      const right = sum(multiply(oneHot, yPred), -1, true);
      // No class, no hit: the sum of the one-hot row is 0 then.
      return multiply(sum(oneHot, -1), greater(k, sum(greater(yPred, right), -1)));
    },
    "up",
    { k },
  );

export function BinaryAccuracy(options: { threshold?: number } = {}): Metric {
  checkOptions("BinaryAccuracy", options, ["threshold"]);
  const { threshold = 0.5 } = options;
  return metricFrom(
    "binaryAccuracy",
    (yTrue, yPred) => {
      if (yTrue.size !== yPred.size) throw unfit("binaryAccuracy", yTrue, yPred, "equal shapes");
      return equal(reshape(yTrue, yPred.shape), greater(yPred, threshold));
    },
    "up",
    { threshold },
  );
}

export function TopKCategoricalAccuracy(options: { k?: number } = {}): Metric {
  checkOptions("TopKCategoricalAccuracy", options, ["k"]);
  return amongLargest("topKCategoricalAccuracy", options.k ?? 5, classesOfRows);
}

export function SparseTopKCategoricalAccuracy(options: { k?: number } = {}): Metric {
  checkOptions("SparseTopKCategoricalAccuracy", options, ["k"]);
  return amongLargest("sparseTopKCategoricalAccuracy", options.k ?? 5, classesOfNumbers);
}

export const binaryAccuracy = BinaryAccuracy();
export const categoricalAccuracy = largestIs("categoricalAccuracy", classesOfRows);
export const sparseCategoricalAccuracy = largestIs("sparseCategoricalAccuracy", classesOfNumbers);
export const topKCategoricalAccuracy = TopKCategoricalAccuracy();
export const sparseTopKCategoricalAccuracy = SparseTopKCategoricalAccuracy();

export const accuracy = metricFrom(
  "accuracy",
  (yTrue, yPred) => accuracyFor(yTrue, yPred).perSample(yTrue, yPred),
  "up",
);

function accuracyFor(yTrue: Tensor, yPred: Tensor): Metric {
  if (yPred.shape.at(-1) === 1) return binaryAccuracy;
  if (yTrue.shape.length < yPred.shape.length || yTrue.shape.at(-1) === 1) return sparseCategoricalAccuracy;
  return categoricalAccuracy;
}

/** The cosine of the angle between the rows of targets and outputs: the loss of this name with its sign turned. */
const cosineSimilarity = metricFrom(
  "cosineSimilarity",
  (yTrue, yPred) => {
    if (!sameShape(yTrue.shape, yPred.shape)) throw unfit("cosineSimilarity", yTrue, yPred, "equal shapes");
    const unit = (x: Tensor) => divide(x, sqrt(maximum(sum(square(x), -1, true), 1e-14)));
    return sum(multiply(unit(yTrue), unit(yPred)), -1);
  },
  "up",
);

/** Every metric of this file by its name. The losses are metrics too; a model looks there second. */
export const metrics: Readonly<Record<string, Metric>> = {
  accuracy,
  acc: accuracy,
  ...Object.fromEntries(
    [
      ...[binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy],
      ...[topKCategoricalAccuracy, sparseTopKCategoricalAccuracy, cosineSimilarity],
    ].map((metric) => [metric.name, metric]),
  ),
};
