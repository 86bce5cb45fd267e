/** The coefficient of determination. */
import { checkNumber, checkOptions, ShapeError, shapeText } from "../errors.js";
import { targetLike } from "../loss.js";
import type { RunningMetric } from "../metric.js";
import { checkName, type NamedMetricOptions, runningMetric, total } from "./running.js";

/** The options of `R2Score`. */
export interface R2ScoreOptions extends NamedMetricOptions {
  /**
   * How the scores of the columns become one: "uniform_average" (the default) their mean, "variance_weighted_average"
   * their mean by the variance of the targets. Null gives a score for each column.
   */
  classAggregation?: "uniform_average" | "variance_weighted_average" | null;
  /** The number of independent variables, for the adjusted score; 0 (the default) for the plain one. */
  numRegressors?: number;
}

export function R2Score(options: R2ScoreOptions = {}): RunningMetric {
  checkOptions("R2Score", options, ["classAggregation", "numRegressors", "name"]);
  const { classAggregation = "uniform_average", numRegressors = 0 } = options;
  checkName("R2Score", "classAggregation", classAggregation, ["uniform_average", "variance_weighted_average", null]);
  checkNumber("R2Score", "numRegressors", numRegressors, "a whole number from 0");
  return runningMetric({
    className: "R2Score",
    maker: "r2Score",
    direction: "up",
    config: options,
    fit(name, yTrue, yPred) {
      const target = targetLike(name, yTrue, yPred);
      if (yPred.shape.length === 2) return [target, yPred];
      throw new ShapeError(`${name}: outputs ${shapeText(yPred.shape)}; expected [batch, columns].`);
    },
    start(counted = [[], 0]) {
      let [sums, elements] = counted as [Moments[], number];
      return {
        add({ yTrue, yPred, weights, columns }) {
          if (elements === 0)
            sums = Array.from({ length: columns }, () => ({ weight: 0, sum: 0, squares: 0, error: 0 }));
          elements += yTrue.length;
          for (let i = 0; i < yTrue.length; i++) {
            const [moments, t, weight] = [sums[i % columns], yTrue[i], weights?.[i] ?? 1];
            moments.weight += weight;
            moments.sum += weight * t;
            moments.squares += weight * t * t;
            const error = t - yPred[i];
            moments.error += weight * error * error;
          }
        },
        result() {
          const spreads = sums.map(({ weight, sum, squares }) => squares - (sum * sum) / weight);
          const scores = sums.map(({ error }, i) => finiteOrZero(1 - error / spreads[i]));
          const adjusted = (score: number) => adjust(score, elements, numRegressors);
          if (classAggregation === null) return scores.map(adjusted);
          if (classAggregation === "uniform_average") return adjusted(total(scores) / scores.length);
          return adjusted(total(scores.map((x, i) => x * spreads[i])) / total(spreads));
        },
        sums: () => [sums, elements],
      };
    },
  });
}

/** Weighted sums over the rows of a column. */
interface Moments {
  weight: number;
  sum: number;
  squares: number;
  error: number;
}

/** Of a column whose targets are all equal: 0, as in Keras, unless it is met exactly (0 / 0). */
const finiteOrZero = (score: number): number => (Math.abs(score) === Infinity ? 0 : score);

/** The adjusted score; the plain one where there are too few elements (Keras counts elements, not rows). */
const adjust = (score: number, elements: number, regressors: number): number =>
  regressors === 0 || regressors >= elements - 1
    ? score
    : 1 - ((1 - score) * (elements - 1)) / (elements - regressors - 1);
