/** The area under a curve of decisions at many thresholds. */
import { log } from "../elementary.js";
import { ArgumentError, checkList, checkNumber, checkOptions, ShapeError, shapeText, shown } from "../errors.js";
import type { RunningMetric } from "../metric.js";
import { sigmoid } from "../ops/elementwise.js";
import {
  type Confusion,
  countDecisions,
  type Decision,
  decisionRows,
  isEven,
  noDecisions,
  thresholdList,
} from "./confusion.js";
import { checkCount, checkName, type NamedMetricOptions, ratio, runningMetric, total } from "./running.js";

/** The options of `AUC`. */
export interface AUCOptions extends NamedMetricOptions {
  /** The number of thresholds, spread evenly over [0, 1]; 200 by default. */
  numThresholds?: number;
  /**
   * "ROC" (the default): recall over the rate of false positives. "PR": precision over recall. "PRGAIN": the gain of
   * precision over that of recall (Flach and Kull, 2015).
   */
  curve?: "ROC" | "PR" | "PRGAIN";
  /**
   * "interpolation" (the default): trapezoids, for "PR" the interpolation of Davis and Goadrich (2006). "minoring" and
   * "majoring": rectangles of the lower and of the higher side.
   */
  summationMethod?: "interpolation" | "minoring" | "majoring";
  /** The thresholds between 0 and 1, to which these two are added; by default those of `numThresholds`. */
  thresholds?: readonly number[];
  /** Whether each column is a label with an area of its own, and the value is their mean; false by default. */
  multiLabel?: boolean;
  /** The number of labels, with `multiLabel`; by default that of the first batch. */
  numLabels?: number;
  /** The weight of each label: in the mean of areas with `multiLabel`, otherwise of its decisions. All 1 by default. */
  labelWeights?: readonly number[];
  /** Whether outputs are logits, whose sigmoid is taken; false by default. */
  fromLogits?: boolean;
}

const optionNames = ["numThresholds", "curve", "summationMethod", "thresholds", "multiLabel", "numLabels"];

export function AUC(options: AUCOptions = {}): RunningMetric {
  checkOptions("AUC", options, [...optionNames, "labelWeights", "fromLogits", "name"]);
  const { curve = "ROC", summationMethod = "interpolation", multiLabel = false, fromLogits = false } = options;
  const { labelWeights, numLabels } = options;
  checkName("AUC", "curve", curve, ["ROC", "PR", "PRGAIN"]);
  checkName("AUC", "summationMethod", summationMethod, ["interpolation", "minoring", "majoring"]);
  if (numLabels !== undefined) checkNumber("AUC", "numLabels", numLabels, "a whole number from 1");
  if (numLabels !== undefined && !multiLabel) {
    throw new ArgumentError("AUC: numLabels without multiLabel; give multiLabel: true, or leave numLabels out.");
  }
  if (labelWeights !== undefined) {
    checkList("AUC", "labelWeights", labelWeights, Object(labelWeights).length as number, "a number from 0");
  }
  const between = inner("AUC", options);
  const thresholds = [-1e-7, ...between, 1 + 1e-7];
  const decision: Decision = {
    thresholds,
    isEven: isEven([0, ...between, 1]) || (options.thresholds === undefined && thresholds.length === 2),
    labelWeights: multiLabel ? undefined : labelWeights,
  };
  return runningMetric({
    className: "AUC",
    maker: "auc",
    direction: "up",
    config: options,
    fit(name, yTrue, yPred) {
      const [target, output] = decisionRows(name, yTrue, fromLogits ? sigmoid(yPred) : yPred, {});
      const columns = output.shape.at(-1)!;
      if (multiLabel && output.shape.length !== 2) {
        throw new ShapeError(`${name}: outputs ${shapeText(yPred.shape)} with multiLabel; expected [batch, labels].`);
      }
      for (const [option, count] of Object.entries({ numLabels, labelWeights: labelWeights?.length })) {
        if (count !== undefined && count !== columns) {
          throw new ShapeError(`${name}: ${option} of ${count}, outputs ${shapeText(yPred.shape)}; expected as many.`);
        }
      }
      return [target, output];
    },
    start(counted) {
      let [labels, sums] = (counted ?? [multiLabel ? (numLabels ?? 0) : 1]) as [number, (Confusion | null)?];
      return {
        add(batch) {
          if (multiLabel) labels ||= batch.columns;
          sums ??= noDecisions({ thresholds, labels });
          countDecisions(sums, { ...decision, labels }, batch);
        },
        result() {
          if (!sums) return 0;
          const areas = Array.from({ length: labels }, (_, label) =>
            area(pointsOf(sums!, label, labels), curve, summationMethod),
          );
          if (!labelWeights || !multiLabel) return total(areas) / labels;
          return ratio(total(areas.map((x, i) => x * labelWeights[i])), total(labelWeights));
        },
        sums: () => [labels, sums],
      };
    },
  });
}

/** The thresholds between 0 and 1. */
function inner(where: string, { numThresholds = 200, thresholds }: AUCOptions): number[] {
  checkCount(where, "numThresholds", numThresholds, 2);
  if (thresholds !== undefined && !Array.isArray(thresholds)) {
    throw new ArgumentError(`${where}: thresholds ${shown(thresholds)}; expected a list of numbers from 0 to 1.`);
  }
  if (thresholds?.length) return thresholdList(where, thresholds, 0).sort((a, b) => a - b);
  return thresholds ? [] : Array.from({ length: numThresholds - 2 }, (_, i) => (i + 1) / (numThresholds - 1));
}

/** The sums at a threshold. */
type Counts = Readonly<Record<"tp" | "fp" | "tn" | "fn", number>>;

function pointsOf(sums: Confusion, label: number, labels: number): Counts[] {
  const { truePositives, falsePositives, trueNegatives, falseNegatives } = sums;
  return Array.from({ length: truePositives.length / labels }, (_, t) => {
    const i = t * labels + label;
    return { tp: truePositives[i], fp: falsePositives[i], tn: trueNegatives[i], fn: falseNegatives[i] };
  });
}

/** The area between neighbouring points, summed up. */
function area(
  points: readonly Counts[],
  curve: NonNullable<AUCOptions["curve"]>,
  method: NonNullable<AUCOptions["summationMethod"]>,
): number {
  if (curve === "PR" && method === "interpolation") return interpolatedPrecision(points);
  const at = points.map(curves[curve]);
  return total(at.slice(1).map(([x, y], i) => (at[i][0] - x) * heights[method](at[i][1], y)));
}

const heights = {
  interpolation: (a: number, b: number) => (a + b) / 2,
  minoring: Math.min,
  majoring: Math.max,
};

const curves: Readonly<Record<NonNullable<AUCOptions["curve"]>, (counts: Counts) => [x: number, y: number]>> = {
  ROC: ({ tp, fp, tn, fn }) => [ratio(fp, fp + tn), ratio(tp, tp + fn)],
  PR: ({ tp, fp, fn }) => [ratio(tp, tp + fn), ratio(tp, tp + fp)],
  PRGAIN({ tp, fp, tn, fn }) {
    const scale = ratio(tp + fn, tn + fp);
    return tp === 0 ? [0, 1] : [Math.max(1 - (scale * fn) / tp, 0), 1 - (scale * fp) / tp];
  },
};

/** Davis and Goadrich (2006): between two points true and false positives change in proportion, precision does not. */
function interpolatedPrecision(points: readonly Counts[]): number {
  return total(
    points.slice(1).map(({ tp, fp, fn }, i) => {
      const before = points[i];
      const [p, pBefore] = [tp + fp, before.tp + before.fp];
      const gained = before.tp - tp;
      const slope = ratio(gained, Math.max(pBefore - p, 0));
      const quotient = pBefore > 0 && p > 0 ? pBefore / p : 1;
      return ratio(slope * (gained + (tp - slope * p) * log(quotient)), Math.max(tp + fn, 0));
    }),
  );
}
