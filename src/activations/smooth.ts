/** Smooth relatives of ReLU. */
import { defineActivation } from "../activation.js";
import * as ops from "../ops/index.js";
import type { Tensor } from "../tensor.js";
import { logSigmoidPart } from "./sigmoids.js";

/** Computes ln(1 + e^x), without overflow. Any shape; the result has the same. */
export const softplus = defineActivation("softplus", (x) => ops.maximum(x, ops.negative(logSigmoidPart(x, 1))));

/** Computes (x + sqrt(x^2 + b)) / 2; b is 4 by default. */
export const squareplus = defineActivation<{ b?: number }>(
  "squareplus",
  (x, { b = 4 }) => ops.affine(ops.add(x, ops.sqrt(ops.affine(ops.square(x), 1, b))), 0.5),
  ["b"],
);

/** Computes 0 up to -1, (x + 1)^2 / 4 up to 1, then x. */
export const sparsePlus = defineActivation("sparsePlus", (x) =>
  ops.add(ops.affine(ops.square(ops.affine(ops.clip(x, -1, 1), 1, 1)), 0.25), ops.relu(ops.affine(x, 1, -1))),
);

/** Computes x tanh(softplus(x)) (Misra, 2019). */
export const mish = defineActivation("mish", (x) => ops.multiply(x, ops.tanh(softplus(x))));

/** Computes the error function, to 1.5e-7: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26. */
function erf(x: Tensor): Tensor {
  const t = ops.divide(1, ops.affine(ops.abs(x), 0.3275911, 1));
  let sum = ops.affine(t, 1.061405429, -1.453152027);
  for (const coefficient of [1.421413741, -0.284496736, 0.254829592]) {
    sum = ops.affine(ops.multiply(sum, t), 1, coefficient);
  }
  const tail = ops.multiply(ops.multiply(sum, t), ops.exp(ops.negative(ops.square(x))));
  return ops.multiply(ops.sign(x), ops.affine(tail, -1, 1));
}

/** Computes tanh(sqrt(2 / pi) (x + 0.044715 x^3)), which approximates erf(x / sqrt 2). */
function erfByTanh(x: Tensor): Tensor {
  const inner = ops.affine(ops.multiply(x, ops.affine(ops.square(x), 0.044715, 1)), Math.sqrt(2 / Math.PI));
  return ops.tanh(inner);
}

/**
 * Computes x times the normal distribution's probability of values below x (Hendrycks and Gimpel, 2016): 0.5 x (1 +
 * erf(x / sqrt 2)). With `approximate`, false by default, a tanh replaces the error function. Any shape; the result
 * has the same.
 */
export const gelu = defineActivation<{ approximate?: boolean }>(
  "gelu",
  (x, { approximate = false }) => {
    const half = ops.affine(x, 0.5);
    const erfOfX = approximate ? erfByTanh(x) : erf(ops.affine(x, Math.SQRT1_2));
    return ops.multiply(half, ops.affine(erfOfX, 1, 1));
  },
  ["approximate"],
);
