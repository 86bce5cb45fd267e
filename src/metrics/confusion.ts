/** Counts of right and wrong decisions at thresholds: what precision, recall and the areas under curves are made of. */
import { ArgumentError, checkNumber, checkNumbers, ShapeError, shapeText } from "../errors.js";
import { asRows, targetLike } from "../loss.js";
import type { RunningMetric } from "../metric.js";
import type { Tensor } from "../tensor.js";
import { type BatchRows, type Definition, runningMetric } from "./running.js";

/** Sums of weights at each threshold, and for each label where these are counted apart. */
export interface Confusion {
  readonly truePositives: Float64Array;
  readonly falsePositives: Float64Array;
  readonly trueNegatives: Float64Array;
  readonly falseNegatives: Float64Array;
}

/** How outputs are decided upon. */
export interface Decision {
  /** The thresholds, rising. An output is positive where it is larger. */
  readonly thresholds: readonly number[];
  /** Whether the thresholds are spread evenly over [0, 1]; Keras then sorts outputs into bins. */
  readonly isEven?: boolean;
  /** Only the k largest outputs of a row can be positive; undefined for all. */
  readonly topK?: number | undefined;
  /** Only this column of the rows counts; undefined for all. */
  readonly classId?: number | undefined;
  /** The number of labels that are counted apart, 1 by default. */
  readonly labels?: number;
  /** A factor of the weights for each column; undefined for 1. */
  readonly labelWeights?: readonly number[] | undefined;
}

/** The threshold that every output of the k largest passes. */
const everyTopK = -1e10;

const { fround } = Math;

/** Starts to count: sums of zero. */
export function noDecisions({ thresholds, labels = 1 }: Decision): Confusion {
  const sums = () => new Float64Array(thresholds.length * labels);
  return { truePositives: sums(), falsePositives: sums(), trueNegatives: sums(), falseNegatives: sums() };
}

/**
 * Adds the decisions of a batch. Numbers are compared in single precision, in which Keras computes; an even list of
 * thresholds is searched by bins, as there: a bin reaches from above a threshold to the next one.
 */
export function countDecisions(sums: Confusion, decision: Decision, batch: BatchRows): void {
  const { thresholds, classId, topK, labels = 1, labelWeights } = decision;
  const { yTrue, yPred, weights, columns } = batch;
  const count = thresholds.length;
  const passedBy = decision.isEven ? evenly(thresholds) : oneByOne(thresholds);
  // The weight of those that pass exactly `n` thresholds, at n, by target and label; summed up from the end below.
  const passing = [false, true].map(() => new Float64Array((count + 1) * labels));
  for (let from = 0; from < yPred.length; from += columns) {
    const largest = topK === undefined ? undefined : largestPlaces(yPred, from, columns, topK);
    for (let column = classId ?? 0; column < (classId === undefined ? columns : classId + 1); column++) {
      const i = from + column;
      const weight = (weights?.[i] ?? 1) * (labelWeights?.[column] ?? 1);
      const passed = passedBy(largest && !largest.has(column) ? everyTopK : yPred[i]);
      passing[yTrue[i] !== 0 ? 1 : 0][passed * labels + (labels > 1 ? column : 0)] += weight;
    }
  }
  addUp(passing[1], sums.truePositives, sums.falseNegatives, count, labels);
  addUp(passing[0], sums.falsePositives, sums.trueNegatives, count, labels);
}

/** Adds what passes a threshold to `above`, and what does not to `below`. */
function addUp(passing: Float64Array, above: Float64Array, below: Float64Array, count: number, labels: number): void {
  for (let label = 0; label < labels; label++) {
    let [passes, all] = [0, 0];
    for (let n = 0; n <= count; n++) all += passing[n * labels + label];
    for (let t = count - 1; t >= 0; t--) {
      passes += passing[(t + 1) * labels + label];
      above[t * labels + label] += passes;
      below[t * labels + label] += all - passes;
    }
  }
}

/** How many of the thresholds are smaller than an output; they rise. */
function oneByOne(thresholds: readonly number[]): (output: number) => number {
  const single = thresholds.map(fround);
  return (output) => {
    let [low, high] = [0, single.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (output > single[middle]) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** The same by arithmetic; where the first threshold lies below 0, every output passes it. */
function evenly(thresholds: readonly number[]): (output: number) => number {
  const steps = thresholds.length - 1;
  const least = thresholds[0] < 0 || thresholds[steps] > 1 ? 1 : 0;
  return (output) => Math.max(least, Math.ceil(fround(Math.min(Math.max(output, 0), 1) * steps)));
}

/** The columns of the k largest elements of a row; of equal ones the first. */
function largestPlaces(values: ArrayLike<number>, from: number, columns: number, k: number): Set<number> {
  const places = Array.from({ length: columns }, (_, i) => i);
  return new Set(places.sort((a, b) => values[from + b] - values[from + a] || a - b).slice(0, k));
}

/** Makes a metric that counts decisions, and computes its value from the sums. */
export const countingMetric = (
  { decision, ...metric }: Omit<Definition, "fit" | "byRow" | "start"> & { readonly decision: Decision },
  result: (sums: Confusion) => number | readonly number[],
): RunningMetric =>
  runningMetric({
    ...metric,
    fit: (name, yTrue, yPred) => decisionRows(name, yTrue, yPred, decision),
    start(counted = noDecisions(decision)) {
      const sums = counted as Confusion;
      return { add: (batch) => countDecisions(sums, decision, batch), result: () => result(sums), sums: () => sums };
    },
  });

// ── options ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Gives thresholds as a list. @throws ArgumentError for what is no number from 0 to 1. */
export function thresholdList(where: string, thresholds: unknown, usual: number): number[] {
  if (thresholds == null) return [usual];
  const list: unknown[] = Array.isArray(thresholds) ? thresholds : [thresholds];
  if (list.length === 0) throw new ArgumentError(`${where}: thresholds []; expected a number from 0 to 1, or a list.`);
  return list.map((x) => checkNumber(where, "thresholds", x, "a number from 0 to 1"));
}

/** Whether thresholds are 0, 1 and what lies evenly between, by Keras's measure. */
export function isEven(thresholds: readonly number[]): boolean {
  const steps = thresholds.length - 1;
  return steps > 1 && thresholds.every((x, i) => Math.abs(x - i / steps) <= 1e-7 + 1e-5 * Math.abs(i / steps));
}

/** The options `topK` and `classId`, and the threshold that is usual with them. @throws ArgumentError */
export function decisionOf(
  where: string,
  options: { thresholds?: unknown; topK?: number | undefined; classId?: number | undefined },
): Decision {
  const { topK, classId } = options;
  checkNumbers(where, { topK }, "a whole number from 1", ["topK"]);
  checkNumbers(where, { classId }, "a whole number from 0", ["classId"]);
  const thresholds = thresholdList(where, options.thresholds, topK === undefined ? 0.5 : everyTopK);
  return { thresholds, isEven: isEven(thresholds), topK, classId };
}

/**
 * Gives targets and outputs as rows of equal shape.
 * @throws ShapeError where they differ, and where a row has no column `classId` or fewer than `topK`.
 */
export function decisionRows(
  name: string,
  yTrue: Tensor,
  yPred: Tensor,
  { topK = 1, classId = 0 }: Pick<Decision, "topK" | "classId">,
): [Tensor, Tensor] {
  const output = asRows(yPred);
  const columns = output.shape.at(-1)!;
  if (columns > classId && columns >= topK) return [targetLike(name, yTrue, output), output];
  const [option, value] = columns > classId ? ["topK", topK] : ["classId", classId];
  throw new ShapeError(`${name}: ${option} ${value} of outputs ${shapeText(yPred.shape)}; expected as many columns.`);
}
