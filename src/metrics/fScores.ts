/** F scores: the harmonic means of precision and recall. */
import { checkNumber, checkOptions, ShapeError, shapeText } from "../errors.js";
import { unfit } from "../loss.js";
import type { RunningMetric } from "../metric.js";
import { sameShape } from "../shape.js";
import { checkName, type NamedMetricOptions, runningMetric, total } from "./running.js";

/** The options of `F1Score`. */
export interface F1ScoreOptions extends NamedMetricOptions {
  /**
   * How the scores of the classes become one: "macro" their mean, "weighted" their mean by the number of targets, "micro"
   * the score of all decisions together. Null (the default) gives a score for each class.
   */
  average?: "micro" | "macro" | "weighted" | null;
  /** An output is positive where it is larger; by default the largest of a row is, and equal ones. */
  threshold?: number | null;
}
/** The options of `FBetaScore`. */
export interface FBetaScoreOptions extends F1ScoreOptions {
  /** How many times recall counts as much as precision, 1 by default. */
  beta?: number;
}

const epsilon = 1e-7;

function fScore(className: string, options: FBetaScoreOptions, known: readonly string[]): RunningMetric {
  checkOptions(className, options, ["average", "threshold", ...known, "name"]);
  const { average = null, threshold = null, beta = 1 } = options;
  checkName(className, "average", average, ["micro", "macro", "weighted", null]);
  checkNumber(className, "beta", beta, "a number above 0");
  if (threshold !== null) checkNumber(className, "threshold", threshold, "a number from 0 to 1");
  const maker = className === "F1Score" ? "f1Score" : "fBetaScore";
  return runningMetric({
    className,
    maker,
    direction: "up",
    config: options,
    byRow: true,
    fit(name, yTrue, yPred) {
      if (!sameShape(yTrue.shape, yPred.shape)) throw unfit(name, yTrue, yPred, "equal shapes");
      if (yPred.shape.length === 2) return [yTrue, yPred];
      throw new ShapeError(`${name}: outputs ${shapeText(yPred.shape)}; expected [batch, classes].`);
    },
    start(counted) {
      let sums = counted as Sums | null | undefined;
      return {
        add({ yTrue, yPred, weights, columns }) {
          const all = (sums ??= noSums(columns));
          for (let row = 0; row * columns < yPred.length; row++) {
            const from = row * columns;
            const bound = threshold === null ? largest(yPred, from, columns) : Math.fround(threshold);
            for (let i = 0; i < columns; i++) {
              const [t, y] = [yTrue[from + i], yPred[from + i]];
              const isPositive = threshold === null ? y >= bound && Math.abs(y) > 1e-9 : y > bound;
              const weight = weights?.[row] ?? 1;
              if (isPositive) {
                all.truePositives[i] += weight * t;
                all.falsePositives[i] += weight * (1 - t);
              } else all.falseNegatives[i] += weight * t;
              all.targets[i] += weight * t;
            }
          }
        },
        result() {
          if (!sums) return 0;
          const parts = average === "micro" ? joined(sums) : sums;
          const scores = Array.from(parts.targets, (_, i) => score(parts, i, beta * beta));
          if (average === null) return scores;
          if (average !== "weighted") return total(scores) / scores.length;
          return total(scores.map((x, i) => (x * parts.targets[i]) / (total(parts.targets) + epsilon)));
        },
        sums: () => sums,
      };
    },
  });
}

type Sums = Readonly<Record<"truePositives" | "falsePositives" | "falseNegatives" | "targets", Float64Array>>;

function noSums(columns: number): Sums {
  const zeros = () => new Float64Array(columns);
  return { truePositives: zeros(), falsePositives: zeros(), falseNegatives: zeros(), targets: zeros() };
}

/** The sums over all classes. */
const joined = (sums: Sums): Sums =>
  Object.fromEntries(Object.entries(sums).map(([key, values]) => [key, Float64Array.of(total(values))])) as Sums;

function score({ truePositives, falsePositives, falseNegatives }: Sums, i: number, beta2: number): number {
  const precision = truePositives[i] / (truePositives[i] + falsePositives[i] + epsilon);
  const recall = truePositives[i] / (truePositives[i] + falseNegatives[i] + epsilon);
  return ((1 + beta2) * (precision * recall)) / (beta2 * precision + recall + epsilon);
}

function largest(values: ArrayLike<number>, from: number, count: number): number {
  let most = -Infinity;
  for (let i = from; i < from + count; i++) most = Math.max(most, values[i]);
  return most;
}

export const F1Score = (options: F1ScoreOptions = {}): RunningMetric => fScore("F1Score", options, []);
export const FBetaScore = (options: FBetaScoreOptions = {}): RunningMetric => fScore("FBetaScore", options, ["beta"]);
