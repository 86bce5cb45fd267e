/** Ops that move elements without computing. */
import { ArgumentError, checkList, ShapeError, shapeText, shown } from "../errors.js";
import { checkTensors, compute, computeLike, op, record, reshapeUntaped } from "../op.js";
import { normalizeAxis, type Shape, sizeOf, type StridedSize, stridesOf } from "../shape.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";

/**
 * Gives the elements of x another shape, in the same row-major order. The result shares the memory of x.
 *
 * @param shape One size may be -1: it is computed from the others.
 * @throws ShapeError when the shape does not have as many elements as x.
 * @example
 * reshape(zeros([2, 3, 4]), [2, -1]).shape; // [2, 12]
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  checkTensors("reshape", [x]);
  const full = completeShape(x, shape);
  const y = reshapeUntaped("reshape", x, full);
  record({
    name: "reshape",
    inputs: [x],
    outputs: [y],
    backward: ([dy]) => [() => reshapeUntaped("reshape", dy!, x.shape)],
  });
  return y;
}

function completeShape(x: Tensor, shape: Shape): Shape {
  const open = Array.isArray(shape) ? shape.indexOf(-1) : -1;
  if (open < 0) return shape; // checked where it is used
  const rest = sizeOf(shape.filter((_, axis) => axis !== open));
  if (rest === 0 || x.size % rest !== 0 || shape.lastIndexOf(-1) !== open) {
    throw new ShapeError(`reshape: ${shapeText(x.shape)} does not fit ${shapeText(shape)}; -1 must come out whole.`);
  }
  return shape.map((size, axis) => (axis === open ? x.size / rest : size));
}

/**
 * Copies the elements that a strided walk over x visits; the gradient is scattered into zeros. The walk must not visit
 * an element twice.
 */
export function walk(name: string, x: Tensor, shape: Shape, size: StridedSize): Tensor {
  return op({
    name,
    inputs: [x],
    shape,
    forward: (k, y) => k.copyFrom(y, x.buffer, size),
    backward: (dy) => [() => scatter(name, dy, x.shape, size)],
  });
}

/** Scatters dy to the elements that the walk visits; the others are zeros. */
const scatter = (name: string, dy: Tensor, shape: Shape, size: StridedSize): Tensor =>
  compute(name, [dy], shape, (k, dx) => {
    if (sizeOf(shape) !== dy.size) k.fill(dx, 0);
    k.copyInto(dx, dy.buffer, size);
  });

/**
 * Reorders the axes of x: axis i of the result is axis `axes[i]` of x.
 *
 * @param axes Each axis once; by default all in reverse order.
 * @throws ArgumentError when an axis is missing, repeated or does not exist.
 * @example
 * transpose(zeros([2, 3, 4]), [0, 2, 1]).shape; // [2, 4, 3]
 */
export function transpose(x: Tensor, axes?: readonly number[]): Tensor {
  checkTensors("transpose", [x]);
  const rank = x.shape.length;
  const given = checkList("transpose", "axes", axes ?? x.shape.map((_, i) => rank - 1 - i), rank, "a whole number");
  const order = given.map((axis) => normalizeAxis("transpose", axis, rank));
  if (new Set(order).size !== rank) {
    throw new ArgumentError(`transpose: axes ${shown(axes)} of ${shapeText(x.shape)}; expected each axis once.`);
  }
  const strides = stridesOf(x.shape);
  const shape = order.map((axis) => x.shape[axis]);
  return walk("transpose", x, shape, { shape, strides: order.map((axis) => strides[axis]), offset: 0 });
}

/**
 * Takes a part of x.
 *
 * @param start The first index on each axis; 0 for axes that are left out.
 * @param size The number of elements on each axis; -1, or left out, for all up to the end.
 * @throws ShapeError when the part does not lie inside x.
 * @example
 * slice(tensor([[1, 2, 3], [4, 5, 6]]), [0, 1], [2, 2]); // [[2, 3], [5, 6]]
 */
export function slice(x: Tensor, start: readonly number[], size: readonly number[] = []): Tensor {
  checkTensors("slice", [x]);
  const from = x.shape.map((_, axis) => start?.[axis] ?? 0);
  const isWhole = Number.isSafeInteger;
  const shape = x.shape.map((n, axis) => {
    const length = size?.[axis] ?? -1;
    return length === -1 && isWhole(from[axis]) ? n - from[axis] : length;
  });
  const inside = shape.every(
    (n, i) => isWhole(from[i]) && isWhole(n) && from[i] >= 0 && n >= 0 && from[i] + n <= x.shape[i],
  );
  if (!inside || ![start, size].every((list) => Array.isArray(list) && list.length <= x.shape.length)) {
    throw new ShapeError(
      `slice: start ${shown(start)} and size ${shown(size)} do not lie inside ${shapeText(x.shape)}.`,
    );
  }
  const strides = stridesOf(x.shape);
  const offset = from.reduce((sum, n, axis) => sum + n * strides[axis], 0);
  return walk("slice", x, shape, { shape, strides, offset });
}

/**
 * Reverses the order of the elements along one axis; -1 is the last.
 * @throws ArgumentError when the axis does not exist.
 */
export function flip(x: Tensor, axis: number): Tensor {
  checkTensors("flip", [x]);
  const at = normalizeAxis("flip", axis, x.shape.length);
  const strides = stridesOf(x.shape);
  const offset = Math.max(x.shape[at] - 1, 0) * strides[at];
  const turned = strides.map((stride, i) => (i === at ? -stride : stride));
  return walk("flip", x, x.shape, { shape: x.shape, strides: turned, offset });
}

/**
 * Pads x with zeros: `before[i]` of them before axis i, and `after[i]` after it.
 * @throws ArgumentError when `before` or `after` is not one whole number from 0 for each axis.
 */
export function pad(x: Tensor, before: readonly number[], after: readonly number[]): Tensor {
  checkTensors("pad", [x]);
  const amounts = (name: string, given: unknown) =>
    checkList("pad", name, given, x.shape.length, "a whole number from 0");
  const front = amounts("before", before);
  const back = amounts("after", after);
  const shape = x.shape.map((n, axis) => front[axis] + n + back[axis]);
  const strides = stridesOf(shape);
  const offset = front.reduce((sum, n, axis) => sum + n * strides[axis], 0);
  const size = { shape: x.shape, strides, offset };
  return op({
    name: "pad",
    inputs: [x],
    shape,
    forward: (k, y) => {
      k.fill(y, 0);
      k.copyInto(y, x.buffer, size);
    },
    backward: (dy) => [() => computeLike(x, (k, dx) => k.copyFrom(dx, dy.buffer, size))],
  });
}

/**
 * Joins tensors along an existing axis, the last by default.
 *
 * @throws ShapeError when their other sizes differ; ArgumentError when there are no tensors, the axis does not exist,
 * or they are on different backends.
 * @example
 * concat([zeros([2, 3]), ones([2, 1])]).shape; // [2, 4]
 */
export function concat(xs: readonly Tensor[], axis = -1): Tensor {
  checkTensors("concat", xs);
  const first = xs[0];
  if (!first) throw new ArgumentError("concat: received no tensors; expected at least one.");
  const at = normalizeAxis("concat", axis, first.shape.length);
  for (const x of xs) {
    if (x.shape.length !== first.shape.length || x.shape.some((n, i) => i !== at && n !== first.shape[i])) {
      throw new ShapeError(`concat: ${shapeText(first.shape)} and ${shapeText(x.shape)} differ beside axis ${at}.`);
    }
  }
  const shape = first.shape.map((n, i) => (i === at ? xs.reduce((sum, x) => sum + x.shape[at], 0) : n));
  const strides = stridesOf(shape);
  let start = 0;
  const places = xs.map((x) => {
    const size: StridedSize = { shape: x.shape, strides, offset: start * strides[at] };
    start += x.shape[at];
    return size;
  });
  return op({
    name: "concat",
    inputs: xs,
    shape,
    forward: (k, y) => xs.forEach((x, i) => k.copyInto(y, x.buffer, places[i])),
    backward: (dy) => xs.map((x, i) => () => computeLike(x, (k, dx) => k.copyFrom(dx, dy.buffer, places[i]))),
  });
}

/**
 * Joins tensors of one shape along a new axis, the first by default.
 *
 * @throws ShapeError when their shapes differ; ArgumentError when there are no tensors or the axis does not exist.
 * @example
 * stack([zeros([2, 3]), ones([2, 3])]).shape; // [2, 2, 3]
 */
export function stack(xs: readonly Tensor[], axis = 0): Tensor {
  checkTensors("stack", xs);
  return scope(() => {
    const rank = (xs[0]?.shape.length ?? 0) + 1;
    const at = normalizeAxis("stack", axis, rank);
    const rows = xs.map((x) => reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]));
    return concat(rows, at);
  });
}
