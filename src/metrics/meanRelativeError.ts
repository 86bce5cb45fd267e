/** The error as a part of given numbers, a metric of Keras 2. */
import { ArgumentError, checkNumber, checkOptions, shown } from "../errors.js";
import { asRows, targetLike } from "../loss.js";
import type { Metric } from "../metric.js";
import { divide, subtract } from "../ops/arithmetic.js";
import { abs } from "../ops/elementwise.js";
import { tensor } from "../tensor.js";
import { metricName, namedMetric, type NamedMetricOptions } from "./running.js";

/** The options of `MeanRelativeError`. */
export interface MeanRelativeErrorOptions extends NamedMetricOptions {
  /** What errors are divided by: a number, or one for each column. Where it is 0, the value is 0. */
  normalizer: number | readonly number[];
}

export function MeanRelativeError(options: MeanRelativeErrorOptions): Metric {
  checkOptions("MeanRelativeError", options ?? 0, ["normalizer", "name"]);
  const { normalizer } = options;
  const numbers: unknown = typeof normalizer === "number" ? [normalizer] : normalizer;
  if (!Array.isArray(numbers) || numbers.length === 0) {
    throw new ArgumentError(
      `MeanRelativeError: normalizer ${shown(normalizer)}; expected a number, or a list of them.`,
    );
  }
  const divisors = numbers.map((x) => checkNumber("MeanRelativeError", "normalizer", x, "a finite number"));
  const name = metricName("MeanRelativeError", options, "meanRelativeError");
  return namedMetric(
    "meanRelativeError",
    name,
    (yTrue, yPred) => {
      const output = asRows(yPred);
      const error = abs(subtract(targetLike(name, yTrue, output), output));
      return divide(error, tensor(divisors.map((x) => x || Infinity)));
    },
    "down",
    options,
  );
}
