/** Metrics: a rule computes a value for each sample from target and output, and a function computes the mean. */
import { checkTensors } from "./op.js";
import { divide, maximum, multiply } from "./ops/arithmetic.js";
import { reshape } from "./ops/move.js";
import { mean, sum } from "./ops/reduce.js";
import { where } from "./ops/where.js";
import { scope } from "./scope.js";
import type { Tensor } from "./tensor.js";

/** Computes a value for each sample, [batch, ...], from target and output. A user-defined metric is one. */
export type MetricRule = (yTrue: Tensor, yPred: Tensor) => Tensor;

/**
 * A metric as a function: the mean over all samples, of shape []. Over several batches a model computes the mean of all
 * values.
 */
export interface Metric {
  (yTrue: Tensor, yPred: Tensor): Tensor;
  /** The name in the table and in the logs, in camelCase. */
  readonly name: string;
  /** The values of the samples, one by one. */
  readonly perSample: MetricRule;
  /**
   * Whether more ("up") or less ("down") is better, for callbacks that monitor it; undefined where that is not known.
   */
  readonly direction: "up" | "down" | undefined;
  /** The options that the metric was made with; undefined where it has none. */
  readonly config: object | undefined;
}

/** Makes a metric from a rule. */
export function metricFrom(name: string, rule: MetricRule, direction?: Metric["direction"], config?: object): Metric {
  const perSample: MetricRule = (yTrue, yPred) => {
    checkTensors(name, [yTrue, yPred]);
    return scope(() => rule(yTrue, yPred));
  };
  const metric = (yTrue: Tensor, yPred: Tensor): Tensor => scope(() => mean(perSample(yTrue, yPred)));
  return Object.defineProperty(Object.assign(metric, { perSample, direction, config }), "name", { value: name });
}

/** A mean over a batch, with the number of samples (or elements) that it is the mean of. */
export interface Measured {
  readonly value: Tensor;
  readonly count: number | Tensor;
}

/**
 * Computes the mean of a metric over the values that are not masked, and their number, which a mean over several batches
 * needs.
 */
export const measure = (metric: Metric, yTrue: Tensor, yPred: Tensor): Measured =>
  scope(() => {
    const values = metric.perSample(yTrue, yPred);
    const { mask } = yPred;
    if (!mask || mask.shape.length > values.shape.length) return { value: mean(values), count: values.size };
    const perStep = mean(reshape(values, [...mask.shape, -1]), -1); // some rules give a value for each element
    const count = sum(mask);
    return { value: divide(sum(multiply(where(mask, perStep), mask)), maximum(count, 1)), count };
  });
