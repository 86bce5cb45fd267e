/** The best of one rate among the thresholds at which another rate is high enough. */
import { checkNumber, checkOptions } from "../errors.js";
import type { RunningMetric } from "../metric.js";
import { type Confusion, countingMetric, type Decision } from "./confusion.js";
import { checkCount, type NamedMetricOptions, ratio } from "./running.js";

/** The options that the four of them share. */
interface TradeOffOptions extends NamedMetricOptions {
  /** The number of thresholds that are tried, spread evenly over [0, 1]; 200 by default. 1 means 0.5. */
  numThresholds?: number;
  /** Only this column counts; all by default. */
  classId?: number;
}
/** The options of `SensitivityAtSpecificity`. */
export interface SensitivityAtSpecificityOptions extends TradeOffOptions {
  /** The least specificity, from 0 to 1. */
  specificity: number;
}
/** The options of `SpecificityAtSensitivity`. */
export interface SpecificityAtSensitivityOptions extends TradeOffOptions {
  /** The least sensitivity, from 0 to 1. */
  sensitivity: number;
}
/** The options of `PrecisionAtRecall`. */
export interface PrecisionAtRecallOptions extends TradeOffOptions {
  /** The least recall, from 0 to 1. */
  recall: number;
}
/** The options of `RecallAtPrecision`. */
export interface RecallAtPrecisionOptions extends TradeOffOptions {
  /** The least precision, from 0 to 1. */
  precision: number;
}

type Rate = (sums: Confusion, i: number) => number;
const recall: Rate = (sums, i) => ratio(sums.truePositives[i], sums.truePositives[i] + sums.falseNegatives[i]);
const precision: Rate = (sums, i) => ratio(sums.truePositives[i], sums.truePositives[i] + sums.falsePositives[i]);
const specificity: Rate = (sums, i) => ratio(sums.trueNegatives[i], sums.trueNegatives[i] + sums.falsePositives[i]);

/** Makes a metric: the largest of `wanted` where `bounded` is at least the value of the option. */
const tradeOff =
  <Options extends TradeOffOptions>(className: string, option: string, wanted: Rate, bounded: Rate) =>
  (options: Options): RunningMetric => {
    checkOptions(className, options ?? 0, [option, "numThresholds", "classId", "name"]);
    const { numThresholds = 200, classId } = options;
    checkCount(className, "numThresholds", numThresholds, 1);
    if (classId !== undefined) checkNumber(className, "classId", classId, "a whole number from 0");
    const value = (options as unknown as Readonly<Record<string, number>>)[option];
    const least = Math.fround(checkNumber(className, option, value, "a number from 0 to 1"));
    const isEven = numThresholds > 1;
    const thresholds = Array.from({ length: numThresholds }, (_, i) => (isEven ? i / (numThresholds - 1) : 0.5));
    const decision: Decision = { thresholds, isEven, classId };
    const maker = className.charAt(0).toLowerCase() + className.slice(1);
    return countingMetric({ className, maker, direction: "up", config: options, decision }, (sums) =>
      thresholds.reduce(
        (best, _, i) => (Math.fround(bounded(sums, i)) >= least ? Math.max(best, wanted(sums, i)) : best),
        0,
      ),
    );
  };

export const SensitivityAtSpecificity = /* @__PURE__ */ tradeOff<SensitivityAtSpecificityOptions>(
  "SensitivityAtSpecificity",
  "specificity",
  recall,
  specificity,
);
export const SpecificityAtSensitivity = /* @__PURE__ */ tradeOff<SpecificityAtSensitivityOptions>(
  "SpecificityAtSensitivity",
  "sensitivity",
  specificity,
  recall,
);
export const PrecisionAtRecall = /* @__PURE__ */ tradeOff<PrecisionAtRecallOptions>(
  "PrecisionAtRecall",
  "recall",
  precision,
  recall,
);
export const RecallAtPrecision = /* @__PURE__ */ tradeOff<RecallAtPrecisionOptions>(
  "RecallAtPrecision",
  "precision",
  recall,
  precision,
);
