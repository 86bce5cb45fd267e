/** Activation functions over an axis: they make positive numbers whose sum is 1, or the logarithms of such. */
import { defineActivation } from "../activation.js";
import { stopGradient } from "../op.js";
import * as ops from "../ops/index.js";
import { normalizeAxis } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** The options of activations along an axis. */
export interface AxisOptions {
  /** The axis, the last by default. */
  axis?: number;
}

/** Applies `work`, which reduces or normalizes the last axis, to another axis. */
function alongAxis(where: string, x: Tensor, axis: number, work: (x: Tensor) => Tensor): Tensor {
  const last = x.shape.length - 1;
  const at = normalizeAxis(where, axis, last + 1);
  if (at === last) return work(x);
  const order = x.shape.map((_, i) => (i === at ? last : i === last ? at : i)); // its own inverse
  return ops.transpose(work(ops.transpose(x, order)), order);
}

const overAxis = (name: string, work: (x: Tensor) => Tensor) =>
  defineActivation<AxisOptions>(name, (x, { axis = -1 }) => alongAxis(name, x, axis, work), ["axis"]);

/** Computes e^x divided by its sum over an axis, the last by default. */
export const softmax = overAxis("softmax", ops.softmax);

/** Computes ln softmax(x) over an axis, the last by default. */
export const logSoftmax = overAxis("logSoftmax", ops.logSoftmax);

/**
 * Computes the nearest point of the simplex along an axis, the last by default (Martins and Astudillo, 2016). The
 * threshold is found by bisection of [max - 1, max], which needs no sorting, and then computed from the values above
 * it.
 */
export const sparsemax = overAxis("sparsemax", (z) => {
  const support = stopGradient(() => {
    let low = ops.affine(ops.max(z, -1, true), 1, -1);
    for (let step = 0.5; step > 2 ** -26; step /= 2) {
      const middle = ops.affine(low, 1, step);
      const mass = ops.sum(ops.relu(ops.subtract(z, middle)), -1, true);
      low = ops.add(low, ops.affine(ops.greater(mass, 1), step));
    }
    return ops.greater(z, low);
  });
  const total = ops.affine(ops.sum(ops.multiply(z, support), -1, true), 1, -1);
  return ops.relu(ops.subtract(z, ops.divide(total, ops.sum(support, -1, true))));
});
