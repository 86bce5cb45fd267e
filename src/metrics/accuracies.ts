/** Metrics of classification. */
import { classNumbers, oneHotLike, unfit } from "../loss.js";
import { type Metric, metricFrom, type MetricRule } from "../metric.js";
import { checkNumber, checkOptions } from "../errors.js";
import { equal, greater, multiply } from "../ops/arithmetic.js";
import { reshape } from "../ops/move.js";
import { argMax, sum } from "../ops/reduce.js";
import { sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** Gives the target as class numbers [batch, ...] from one-hot rows. */
function classesOfRows(name: string, yTrue: Tensor, yPred: Tensor): Tensor {
  if (!sameShape(yTrue.shape, yPred.shape)) throw unfit(name, yTrue, yPred, "one-hot rows of equal shape");
  return argMax(yTrue);
}

type Classes = typeof classesOfRows;

const largestIs = (name: string, classes: Classes): Metric =>
  metricFrom(name, (yTrue, yPred) => equal(classes(name, yTrue, yPred), argMax(yPred)), "up");

/**
 * Whether fewer than k outputs are larger than that of the target's class: equal ones count as right, as in TensorFlow.
 */
function amongLargest(name: string, k: number, classes: Classes): Metric {
  checkNumber(name, "k", k, "a whole number from 1");
  const rule: MetricRule = (yTrue, yPred) => {
    const oneHot = oneHotLike(yPred, classes(name, yTrue, yPred));
    const right = sum(multiply(oneHot, yPred), -1, true);
    // The sum of the one-hot row is 0 where the target is no class; the value is 0 then.
    return multiply(sum(oneHot, -1), greater(k, sum(greater(yPred, right), -1)));
  };
  return metricFrom(name, rule, "up", { k });
}

/** The options of `BinaryAccuracy`. */
export interface BinaryAccuracyOptions {
  /** The largest output that means 0; a larger output means 1. 0.5 by default. */
  threshold?: number;
}

export function BinaryAccuracy(options: BinaryAccuracyOptions = {}): Metric {
  checkOptions("BinaryAccuracy", options, ["threshold"]);
  const { threshold = 0.5 } = options;
  checkNumber("BinaryAccuracy", "threshold", threshold, "a finite number");
  const rule: MetricRule = (yTrue, yPred) => {
    if (yTrue.size !== yPred.size) throw unfit("binaryAccuracy", yTrue, yPred, "equal shapes");
    return equal(reshape(yTrue, yPred.shape), greater(yPred, threshold));
  };
  return metricFrom("binaryAccuracy", rule, "up", { threshold });
}

/** The options of `TopKCategoricalAccuracy` and `SparseTopKCategoricalAccuracy`. */
export interface TopKOptions {
  /** The number of largest outputs that count, 5 by default. */
  k?: number;
}

export function TopKCategoricalAccuracy(options: TopKOptions = {}): Metric {
  checkOptions("TopKCategoricalAccuracy", options, ["k"]);
  return amongLargest("topKCategoricalAccuracy", options.k ?? 5, classesOfRows);
}

export function SparseTopKCategoricalAccuracy(options: TopKOptions = {}): Metric {
  checkOptions("SparseTopKCategoricalAccuracy", options, ["k"]);
  return amongLargest("sparseTopKCategoricalAccuracy", options.k ?? 5, classNumbers);
}

export const binaryAccuracy = BinaryAccuracy();
export const categoricalAccuracy = largestIs("categoricalAccuracy", classesOfRows);
export const sparseCategoricalAccuracy = largestIs("sparseCategoricalAccuracy", classNumbers);
export const topKCategoricalAccuracy = TopKCategoricalAccuracy();
export const sparseTopKCategoricalAccuracy = SparseTopKCategoricalAccuracy();

const accuracyRule: MetricRule = (yTrue, yPred) => accuracyFor(yTrue, yPred).perSample(yTrue, yPred);
export const accuracy = metricFrom("accuracy", accuracyRule, "up");

function accuracyFor(yTrue: Tensor, yPred: Tensor): Metric {
  if (yPred.shape.at(-1) === 1) return binaryAccuracy;
  if (yTrue.shape.length < yPred.shape.length || yTrue.shape.at(-1) === 1) return sparseCategoricalAccuracy;
  return categoricalAccuracy;
}
