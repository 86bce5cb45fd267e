/** Metrics: a rule computes a value for each sample from target and output, and a function computes the mean. */
import { weigh } from "./loss.js";
import { checkTensors } from "./op.js";
import { mean, sum } from "./ops/reduce.js";
import { scope } from "./scope.js";
import { ones, type Tensor } from "./tensor.js";

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

/** The elements of a tensor, or a number. */
export type Elements = Float32Array | readonly number[];

/** What has been counted over the batches of an epoch. */
export interface Tally {
  /** Adds what was measured of a batch: the elements of each of its parts. */
  add(...parts: readonly Elements[]): void;
  /** The value so far; a list where the metric has several. */
  result(): number | readonly number[];
  /** What has been counted, as plain data, from which another can start. */
  sums(): unknown;
}

/** What was measured of a batch, and what adds it to that of the batches before. */
export interface Measured {
  readonly parts: readonly (Tensor | number)[];
  readonly start: (sums?: unknown) => Tally;
}

/**
 * A metric that is no mean over samples: it counts over all batches of an epoch, and then computes its value. As a function
 * it gives the value of one batch, a list where the metric has several (as for several thresholds).
 */
export interface RunningMetric extends Pick<Metric, "name" | "direction" | "config"> {
  (yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): Promise<number | readonly number[]>;
  /** @internal Checks and measures a batch. @throws ShapeError where targets, outputs and weights do not fit. */
  measure(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): Measured;
}

/** Starts a mean: adds sums, and the numbers (or weights) of the values in them, both times the number of samples if given. */
export function startMean(sums: unknown = [0, 0]): Tally {
  let [total, count] = sums as [number, number];
  return {
    add([sum], [number], [times] = [1]) {
      total += sum * times;
      count += number * times;
    },
    result: () => count && total / count,
    sums: () => [total, count],
  };
}

/**
 * Measures a batch: for a mean the sum of the values that are not masked, times their weights, and the sum of these
 * weights. Masks are those of time steps that the values have.
 */
export const measure = (
  metric: Metric | RunningMetric,
  yTrue: Tensor,
  yPred: Tensor,
  sampleWeight?: Tensor,
): Measured =>
  scope(() => {
    if ("measure" in metric) return metric.measure(yTrue, yPred, sampleWeight);
    const values = metric.perSample(yTrue, yPred);
    const mask = yPred.mask && yPred.mask.shape.length <= values.shape.length ? yPred.mask : undefined;
    const factors = [mask, sampleWeight].filter((x) => x !== undefined);
    const weighted = (x: Tensor) => factors.reduce((product, by) => weigh(metric.name, product, by), x);
    return { parts: [values, ones(values.shape)].map((x) => sum(weighted(x))), start: startMean };
  });
