/** Metrics of decisions at a threshold: counts of the four outcomes, precision and recall. */
import { checkOptions } from "../errors.js";
import type { RunningMetric } from "../metric.js";
import { type Confusion, countingMetric, decisionOf } from "./confusion.js";
import { type NamedMetricOptions, ratio } from "./running.js";

/** The options of `TruePositives`, `FalsePositives`, `TrueNegatives` and `FalseNegatives`. */
export interface CountOptions extends NamedMetricOptions {
  /** An output is positive where it is larger; a list gives a value for each. 0.5 by default. */
  thresholds?: number | readonly number[];
}

/** The options of `Precision` and `Recall`. */
export interface PrecisionOptions extends CountOptions {
  /** Only the k largest outputs of a row can be positive, and with no `thresholds` they all are; all outputs by default. */
  topK?: number;
  /** Only this column counts; all by default. */
  classId?: number;
}

function decisionMetric(
  className: string,
  maker: string,
  options: PrecisionOptions,
  known: readonly string[],
  direction: RunningMetric["direction"],
  value: (sums: Confusion, threshold: number) => number,
): RunningMetric {
  checkOptions(className, options, [...known, "name"]);
  const given = decisionOf(className, options);
  const order = given.thresholds.map((_, i) => i).sort((a, b) => given.thresholds[a] - given.thresholds[b]);
  const decision = { ...given, thresholds: order.map((i) => given.thresholds[i]) };
  return countingMetric({ className, maker, direction, config: options, decision }, (sums) => {
    const values = order.map((_, i) => value(sums, order.indexOf(i)));
    return values.length === 1 ? values[0] : values;
  });
}

const countOf =
  (className: string, which: keyof Confusion) =>
  (options: CountOptions = {}): RunningMetric =>
    decisionMetric(className, which, options, ["thresholds"], undefined, (sums, i) => sums[which][i]);

export const TruePositives = /* @__PURE__ */ countOf("TruePositives", "truePositives");
export const FalsePositives = /* @__PURE__ */ countOf("FalsePositives", "falsePositives");
export const TrueNegatives = /* @__PURE__ */ countOf("TrueNegatives", "trueNegatives");
export const FalseNegatives = /* @__PURE__ */ countOf("FalseNegatives", "falseNegatives");

const precisionOptions = ["thresholds", "topK", "classId"];

export const Precision = (options: PrecisionOptions = {}): RunningMetric =>
  decisionMetric("Precision", "precision", options, precisionOptions, "up", ({ truePositives, falsePositives }, i) =>
    ratio(truePositives[i], truePositives[i] + falsePositives[i]),
  );

export const Recall = (options: PrecisionOptions = {}): RunningMetric =>
  decisionMetric("Recall", "recall", options, precisionOptions, "up", ({ truePositives, falseNegatives }, i) =>
    ratio(truePositives[i], truePositives[i] + falseNegatives[i]),
  );
