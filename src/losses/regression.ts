/** Losses between numbers: means over the last axis, and the cosine of an angle. */
import { checkNumber, checkOptions } from "../errors.js";
import { epsilon, type Loss, type LossRule, meanLoss, rowLoss, unitRows } from "../loss.js";
import { add, divide, maximum, minimum, multiply, subtract } from "../ops/arithmetic.js";
import { abs, affine, exp, log, negative, square } from "../ops/elementwise.js";
import { sum } from "../ops/reduce.js";
import type { Tensor } from "../tensor.js";

export const meanSquaredError = meanLoss("meanSquaredError", (t, y) => square(subtract(t, y)));
export const meanAbsoluteError = meanLoss("meanAbsoluteError", (t, y) => abs(subtract(t, y)));
export const meanAbsolutePercentageError = meanLoss("meanAbsolutePercentageError", (t, y) =>
  affine(abs(divide(subtract(t, y), maximum(abs(t), epsilon))), 100),
);
export const meanSquaredLogarithmicError = meanLoss("meanSquaredLogarithmicError", (t, y) => {
  const logOf = (x: Tensor) => log(affine(maximum(x, epsilon), 1, 1));
  return square(subtract(logOf(t), logOf(y)));
});
export const logCosh = meanLoss("logCosh", (t, y) => {
  const error = abs(subtract(y, t));
  return affine(add(error, log(affine(exp(affine(error, -2)), 1, 1))), 1, -Math.LN2);
});
export const poisson = meanLoss("poisson", (t, y) => subtract(y, multiply(t, log(affine(y, 1, epsilon)))));

/** The options of `Huber`. */
export interface HuberOptions {
  /** The error at which the parabola becomes a straight line, 1 by default. */
  delta?: number;
}

export function Huber(options: HuberOptions = {}): Loss {
  checkOptions("Huber", options, ["delta"]);
  const { delta = 1 } = options;
  checkNumber("Huber", "delta", delta, "a number above 0");
  const rule: LossRule = (t, y) => {
    const error = abs(subtract(y, t));
    const inner = minimum(error, delta);
    return add(affine(square(inner), 0.5), affine(subtract(error, inner), delta));
  };
  return meanLoss("huber", rule, options);
}

export const huber = Huber();

export const cosineSimilarity = rowLoss("cosineSimilarity", (t, y) =>
  negative(sum(multiply(unitRows(t), unitRows(y)), -1)),
);
