/** Reductions over axes. */
import { checkTensors, compute, computeLike, op } from "../op.js";
import { normalizeAxis, reduceSize, type ReduceSize } from "../shape.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { computeBinary } from "./arithmetic.js";
import { affine } from "./elementwise.js";
import { reshape } from "./move.js";

/** Axes of a reduction: one, several, or all (null or undefined). Negative ones count from the end. */
export type Axis = number | readonly number[] | null | undefined;

/** Gives the axes as sorted numbers from 0. */
function axesOf(where: string, axis: Axis, rank: number): number[] {
  if (axis == null) return Array.from({ length: rank }, (_, i) => i);
  const axes = [axis].flat().map((a) => normalizeAxis(where, a, rank));
  return [...new Set(axes)].sort((a, b) => a - b);
}

/** Applies `step` to each run of neighbouring axes, the last run first. Reduced axes stay as 1 until the end. */
function overAxes(where: string, x: Tensor, axis: Axis, keepDims: boolean, step: ReturnType<typeof reduceRun>): Tensor {
  checkTensors(where, [x]);
  return scope(() => {
    const axes = axesOf(where, axis, x.shape.length);
    let y = x;
    for (let last = axes.length - 1; last >= 0;) {
      let first = last;
      while (first > 0 && axes[first - 1] === axes[first] - 1) first--;
      y = step(y, axes[first], axes[last] + 1);
      last = first - 1;
    }
    if (keepDims && y !== x) return y;
    return reshape(y, keepDims ? x.shape : y.shape.filter((_, i) => !axes.includes(i)));
  });
}

type RunRule = (dy: Tensor, x: Tensor, y: Tensor, size: ReduceSize) => Tensor;

/** Reduces the neighbouring axes `from` to `to` (exclusive) of x by a kernel; `rule` is its gradient. */
const reduceRun = (name: "sum" | "max", rule: RunRule) => (x: Tensor, from: number, to: number) => {
  const size = reduceSize(x.shape, from, to);
  return op({
    name,
    inputs: [x],
    shape: x.shape.map((n, i) => (i >= from && i < to ? 1 : n)),
    forward: (k, y) => k[name](y, x.buffer, size),
    backward: (dy, y) => [() => rule(dy, x, y, size)],
  });
};

/** Repeats dy along the reduced axes. */
const repeat: RunRule = (dy, x, _y, { outer, length, inner }) =>
  computeLike(x, (k, dx) =>
    k.copyFrom(dx, dy.buffer, { shape: [outer, length, inner], strides: [inner, 0, 1], offset: 0 }),
  );

/** Divides dy equally among all elements that equal the maximum, as in TensorFlow. */
function shareAmongMaxima(dy: Tensor, x: Tensor, y: Tensor, size: ReduceSize): Tensor {
  const mask = computeBinary("equal", x, y);
  const count = compute("sum", [mask], y.shape, (k, n) => k.sum(n, mask.buffer, size));
  return computeBinary("multiply", mask, computeBinary("divide", dy, count));
}

const sumRun = reduceRun("sum", repeat);
const maxRun = reduceRun("max", shareAmongMaxima);

/**
 * Sums x over one axis, several, or all.
 *
 * @param axis A number, several, or null, the default, for all; -1 is the last.
 * @param keepDims Whether reduced axes stay, with size 1; false by default.
 * @throws ArgumentError when an axis does not exist.
 * @example
 * sum(tensor([[1, 2], [3, 4]]), 0); // [4, 6]
 */
export const sum = (x: Tensor, axis?: Axis, keepDims = false): Tensor => overAxes("sum", x, axis, keepDims, sumRun);

/**
 * Averages x over one axis, several, or all.
 *
 * @param axis A number, several, or null, the default, for all; -1 is the last.
 * @param keepDims Whether reduced axes stay, with size 1; false by default.
 * @throws ArgumentError when an axis does not exist.
 */
export const mean = (x: Tensor, axis?: Axis, keepDims = false): Tensor =>
  scope(() => {
    checkTensors("mean", [x]);
    const total = sum(x, axis, keepDims);
    return affine(total, total.size / x.size);
  });

/**
 * Takes the largest element of x over one axis, several, or all; NaN if there is one. Equal largest elements share the
 * gradient.
 *
 * @param axis A number, several, or null, the default, for all; -1 is the last.
 * @param keepDims Whether reduced axes stay, with size 1; false by default.
 * @throws ArgumentError when an axis does not exist.
 */
export const max = (x: Tensor, axis?: Axis, keepDims = false): Tensor => overAxes("max", x, axis, keepDims, maxRun);

/**
 * Finds the index of the first largest element along one axis, which is removed from the shape. It has no gradient.
 *
 * @param axis -1, the last, by default.
 * @throws ArgumentError when the axis does not exist.
 * @example
 * argMax(tensor([[1, 5, 2], [7, 0, 3]])); // [1, 0]
 */
export function argMax(x: Tensor, axis = -1): Tensor {
  checkTensors("argMax", [x]);
  const at = normalizeAxis("argMax", axis, x.shape.length);
  const shape = x.shape.filter((_, i) => i !== at);
  return compute("argMax", [x], shape, (k, y) => k.argMax(y, x.buffer, reduceSize(x.shape, at, at + 1)));
}
