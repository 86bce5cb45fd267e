/** The logistic function, its approximations, and functions that are gated by it. */
import { defineActivation } from "../activation.js";
import { ArgumentError, shown } from "../errors.js";
import * as ops from "../ops/index.js";
import { normalizeAxis } from "../shape.js";
import { type Tensor, zeros } from "../tensor.js";

/**
 * Computes ln sigmoid(x) (part 0) or ln sigmoid(-x) (part 1) up to x = 64, and the value there for larger x; by a softmax
 * over x and 0: exact far from 0 and at -Infinity, gradients included.
 */
export function logSigmoidPart(x: Tensor, part: 0 | 1): Tensor {
  const both = ops.logSoftmax(ops.stack([ops.minimum(x, 64), zeros(x.shape)], -1));
  const start = x.shape.map(() => 0);
  return ops.reshape(ops.slice(both, [...start, part], [...x.shape, 1]), x.shape);
}

/** Computes 1 / (1 + e^-x). */
export const sigmoid = defineActivation("sigmoid", ops.sigmoid);

/** Computes relu6(x + 3) / 6, a piecewise linear sigmoid. Any shape; the result has the same. */
export const hardSigmoid = defineActivation("hardSigmoid", (x) => ops.affine(ops.relu6(ops.affine(x, 1, 3)), 1 / 6));

/** Computes clip(0.2 x + 0.5, 0, 1), which Keras 1 and 2 and TensorFlow.js call hard_sigmoid. */
export const hardSigmoidKeras2 = defineActivation("hardSigmoidKeras2", (x) => ops.clip(ops.affine(x, 0.2, 0.5), 0, 1));

/** Computes (x + 1) / 2, bounded by 0 and 1. */
export const sparseSigmoid = defineActivation("sparseSigmoid", (x) => ops.clip(ops.affine(x, 0.5, 0.5), 0, 1));

/** Computes ln sigmoid(x), without overflow. */
export const logSigmoid = defineActivation("logSigmoid", (x) => logSigmoidPart(x, 0));

/** Computes x sigmoid(x), also called swish (Ramachandran et al., 2017). Any shape; the result has the same. */
export const silu = defineActivation("silu", (x) => ops.multiply(x, ops.sigmoid(x)));

/** Computes x hardSigmoid(x), also called hardSwish (Howard et al., 2019). */
export const hardSilu = defineActivation("hardSilu", (x) => ops.multiply(x, hardSigmoid(x)));

/**
 * Computes a sigmoid(b), where a and b are the two halves of x along an axis (the last by default; Dauphin et al.,
 * 2017). The result is half as long on that axis.
 * @throws ArgumentError where the axis has an odd number of elements.
 */
export const glu = defineActivation<{ axis?: number }>(
  "glu",
  (x, { axis = -1 }) => {
    const at = normalizeAxis("glu", axis, x.shape.length);
    const half = x.shape[at] / 2;
    if (!Number.isInteger(half)) {
      throw new ArgumentError(`glu: ${x.shape[at]} elements on axis ${shown(axis)}; expected an even number.`);
    }
    const size = x.shape.map((n, i) => (i === at ? half : n));
    const halfFrom = (start: number) => ops.slice(x, x.shape.map((_, i) => (i === at ? start : 0)), size); // prettier-ignore
    return ops.multiply(halfFrom(0), ops.sigmoid(halfFrom(half)));
  },
  ["axis"],
  (shape, { axis = -1 } = {}) => {
    const at = normalizeAxis("glu", axis, shape.length);
    return shape.map((n, i) => (i === at && n !== null ? n / 2 : n));
  },
);
