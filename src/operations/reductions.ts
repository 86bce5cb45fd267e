/** Reductions over axes, made of the ops. Names, defaults and meanings are those of `keras.ops`. */
import { ArgumentError, shown } from "../errors.js";
import { abs, affine, argMax, divide, exp, log, max, mean, multiply, negative, reshape, sqrt, square, subtract, sum, add, maximum } from "../ops/index.js"; // prettier-ignore
import type { Axis } from "../ops/reduce.js";
import { scope } from "../scope.js";
import { constantTensor, type Tensor } from "../tensor.js";
import { isFinite, isTrue, select } from "./elementwise.js";
import { axesFrom, ravel } from "./moves.js";

/** The smallest element over axes, all by default. */
export const min = (x: Tensor, axis?: Axis, keepDims = false): Tensor =>
  scope(() => negative(max(negative(x), axis, keepDims)));

/** The mean of the squared distances from the mean. */
export const variance = (x: Tensor, axis?: Axis, keepDims = false): Tensor =>
  scope(() => mean(square(subtract(x, mean(x, axis, true))), axis, keepDims));

/** The square root of the variance. */
export const std = (x: Tensor, axis?: Axis, keepDims = false): Tensor => scope(() => sqrt(variance(x, axis, keepDims)));

/** The mean and the variance over axes. */
export const moments = (x: Tensor, axes: Axis, keepDims = false): Tensor[] => [
  mean(x, axes, keepDims),
  variance(x, axes, keepDims),
];

/** 1 where some element is true. */
export const any = (x: Tensor, axis?: Axis, keepDims = false): Tensor => scope(() => max(isTrue(x), axis, keepDims));

/** 1 where all elements are true. */
export const all = (x: Tensor, axis?: Axis, keepDims = false): Tensor => scope(() => min(isTrue(x), axis, keepDims));

/** The number of elements that are true. */
export const countNonzero = (x: Tensor, axis?: Axis): Tensor => scope(() => sum(isTrue(x), axis));

/** The distance between the largest and the smallest element. */
export const peakToPeak = (x: Tensor, axis?: Axis, keepDims = false): Tensor =>
  scope(() => subtract(max(x, axis, keepDims), min(x, axis, keepDims)));

/** The mean, with weights of the shape of x, or of one axis. */
export function average(x: Tensor, weights?: Tensor, axis?: Axis): Tensor {
  if (!weights) return mean(x, axis);
  return scope(() => {
    const at = weights.shape.length === 1 && typeof axis === "number" ? axesFrom("average", axis, x.shape.length)[0] : undefined; // prettier-ignore
    const w = at === undefined ? weights : reshape(weights, x.shape.map((_, i) => (i === at ? -1 : 1))); // prettier-ignore
    const spread = add(w, constantTensor(x.shape, 0, x.backend));
    return divide(sum(multiply(x, spread), axis), sum(spread, axis));
  });
}

/** The index of the first largest element along an axis, by default among all elements. */
export function argMaxOf(x: Tensor, axis?: number | null, keepDims = false): Tensor {
  return scope(() => {
    const y = axis == null ? argMax(ravel(x), 0) : argMax(x, axis);
    if (!keepDims) return y;
    const reduced = axesFrom("argMax", axis, x.shape.length);
    return reshape(y, x.shape.map((n, i) => (reduced.includes(i) ? 1 : n))); // prettier-ignore
  });
}

/** The index of the first smallest element along an axis, by default among all elements. */
export const argMin = (x: Tensor, axis?: number | null, keepDims = false): Tensor =>
  scope(() => argMaxOf(negative(x), axis, keepDims));

/** ln of the sum of e^x, without overflow. */
export const logSumExp = (x: Tensor, axis?: Axis, keepDims = false): Tensor =>
  scope(() => {
    const most = max(x, axis, true);
    const shift = select(isFinite(most), most, constantTensor([], 0, x.backend));
    const total = log(sum(exp(subtract(x, shift)), axis, keepDims));
    return add(total, reshape(shift, total.shape));
  });

/** The length of vectors along one axis, or of all elements: of order 2, 1 or infinity. */
export function norm(x: Tensor, order?: number | string | null, axis?: Axis, keepDims = false): Tensor {
  const isMatrix = Array.isArray(axis) ? axis.length === 2 : axis == null && x.shape.length === 2;
  if (Array.isArray(axis) && axis.length > 2)
    throw new ArgumentError(`norm: axis ${shown(axis)}; expected one or two.`);
  return scope(() => {
    if (order == null || (order === "fro" && isMatrix) || (order === 2 && !isMatrix)) return sqrt(sum(square(x), axis, keepDims)); // prettier-ignore
    if (isMatrix) throw new ArgumentError(`norm: order ${shown(order)} of matrices; expected null or "fro".`);
    if (order === 1) return sum(abs(x), axis, keepDims);
    if (order === Infinity || order === "inf") return max(abs(x), axis, keepDims);
    throw new ArgumentError(`norm: order ${shown(order)}; expected null, 1, 2, or "inf".`);
  });
}

/** x divided by its length along axes, where that is larger than epsilon. */
export function normalize(x: Tensor, axis: Axis = -1, order = 2, epsilon: number | null = 1e-7): Tensor {
  const least = epsilon ?? 1e-7;
  return scope(() => {
    if (order !== 2) return divide(x, maximum(norm(x, order, axis, true), least));
    return multiply(x, divide(1, sqrt(maximum(sum(square(x), axis, true), least * least))));
  });
}

/** x normalized to mean 0 and variance 1 over axes from the last ones, then scaled and shifted. */
export function layerNorm(
  x: Tensor,
  gamma?: Tensor,
  beta?: Tensor,
  axis: number | readonly number[] = -1,
  epsilon: number | null = 1e-7,
): Tensor {
  const axes = axesFrom("layerNorm", axis, x.shape.length);
  const spread = (weight: Tensor) => reshape(weight, x.shape.map((n, i) => (axes.includes(i) ? n : 1))); // prettier-ignore
  return scope(() => {
    const centred = subtract(x, mean(x, axes, true));
    const y = divide(centred, sqrt(affine(mean(square(centred), axes, true), 1, epsilon ?? 1e-7)));
    const scaled = gamma ? multiply(y, spread(gamma)) : y;
    return beta ? add(scaled, spread(beta)) : scaled;
  });
}

/** x divided by its root mean square along axes, then scaled. */
export function rmsNorm(
  x: Tensor,
  scale?: Tensor,
  axis: number | readonly number[] = -1,
  epsilon: number | null = 1e-7,
) {
  const axes = axesFrom("rmsNorm", axis, x.shape.length);
  return scope(() => {
    const y = multiply(x, divide(1, sqrt(affine(mean(square(x), axes, true), 1, epsilon ?? 1e-7))));
    if (!scale) return y;
    return multiply(y, reshape(scale, x.shape.map((n, i) => (axes.includes(i) ? n : 1)))); // prettier-ignore
  });
}

/** x normalized by a mean and a variance for each index of an axis, then scaled and shifted. */
export function batchNormOf(
  x: Tensor,
  means: Tensor,
  variances: Tensor,
  offset: Tensor | undefined,
  scale: Tensor | undefined,
  axis: number,
  epsilon = 1e-3,
): Tensor {
  const [at] = axesFrom("batchNorm", axis, x.shape.length);
  const spread = (weight: Tensor) => reshape(weight, x.shape.map((_, i) => (i === at ? -1 : 1))); // prettier-ignore
  return scope(() => {
    const y = divide(subtract(x, spread(means)), sqrt(affine(spread(variances), 1, epsilon)));
    const scaled = scale ? multiply(y, spread(scale)) : y;
    return offset ? add(scaled, spread(offset)) : scaled;
  });
}
