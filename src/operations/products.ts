/** Products of matrices and tensors, made of the ops. Names, defaults and meanings are those of `keras.ops`. */
import { ArgumentError, ShapeError, shapeText, shown } from "../errors.js";
import { checkTensors } from "../op.js";
import { matMul, multiply, reshape, transpose } from "../ops/index.js";
import { broadcastShapes, normalizeAxis, sizeOf } from "../shape.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { broadcastTo, whole } from "./moves.js";

/**
 * Multiplies matrices as NumPy does: leading axes broadcast, and a vector is a row on the left, a column on the right.
 */
export function matMulBroadcast(a: Tensor, b: Tensor): Tensor {
  checkTensors("matMul", [a, b]);
  return scope(() => {
    const x = a.shape.length === 1 ? reshape(a, [1, ...a.shape]) : a;
    const y = b.shape.length === 1 ? reshape(b, [...b.shape, 1]) : b;
    const product = productOf(x, y);
    const rank = product.shape.length;
    const isGone = (axis: number) => (axis === rank - 2 && x !== a) || (axis === rank - 1 && y !== b);
    return x === a && y === b ? product : reshape(product, product.shape.filter((_, axis) => !isGone(axis))); // prettier-ignore
  });
}

function productOf(x: Tensor, y: Tensor): Tensor {
  if (x.shape.length < 2 || y.shape.length <= 2) return matMul(x, y); // or it refuses them
  const batch = broadcastShapes("matMul", x.shape.slice(0, -2), y.shape.slice(0, -2));
  const spread = (t: Tensor) => {
    const full = [...batch, ...t.shape.slice(-2)];
    return full.length === t.shape.length && full.every((n, i) => n === t.shape[i]) ? t : broadcastTo(t, full);
  };
  return matMul(spread(x), spread(y));
}

/** The sum of products over the last axis of a and the last but one of b, with the other axes of both, a's first. */
export function dot(a: Tensor, b: Tensor): Tensor {
  checkTensors("dot", [a, b]);
  if (a.shape.length === 0 || b.shape.length === 0) return multiply(a, b);
  return tensorDot(a, b, [[-1], [b.shape.length === 1 ? -1 : -2]]);
}

/** The sum of products over some axes of a and as many of b: the last and first n, or named ones. */
export function tensorDot(a: Tensor, b: Tensor, axes: number | readonly (number | readonly number[])[] = 2): Tensor {
  checkTensors("tensorDot", [a, b]);
  const [aAxes, bAxes] = contracted(a, b, axes);
  const free = (x: Tensor, used: readonly number[]) => x.shape.map((_, i) => i).filter((i) => !used.includes(i));
  const [aFree, bFree] = [free(a, aAxes), free(b, bAxes)];
  const sizes = (x: Tensor, list: readonly number[]) => list.map((axis) => x.shape[axis]);
  if (String(sizes(a, aAxes)) !== String(sizes(b, bAxes))) {
    throw new ShapeError(
      `tensorDot: axes ${shown(axes)} of ${shapeText(a.shape)} and ${shapeText(b.shape)} differ in size.`,
    );
  }
  return scope(() => {
    const inner = sizeOf(sizes(a, aAxes));
    const left = reshape(transpose(a, [...aFree, ...aAxes]), [sizeOf(sizes(a, aFree)), inner]);
    const right = reshape(transpose(b, [...bAxes, ...bFree]), [inner, sizeOf(sizes(b, bFree))]);
    return reshape(matMul(left, right), [...sizes(a, aFree), ...sizes(b, bFree)]);
  });
}

function contracted(
  a: Tensor,
  b: Tensor,
  axes: number | readonly (number | readonly number[])[],
): [number[], number[]] {
  if (typeof axes === "number") {
    const count = whole("tensorDot", "axes", axes, 0);
    const last = Array.from({ length: count }, (_, i) => i - count);
    return [last.map((axis) => normalizeAxis("tensorDot", axis, a.shape.length)), last.map((axis) => normalizeAxis("tensorDot", axis + count, b.shape.length))]; // prettier-ignore
  }
  if (!Array.isArray(axes) || axes.length !== 2) throw new ArgumentError(`tensorDot: axes ${shown(axes)}; expected a number, or the axes of both.`); // prettier-ignore
  const of = (x: Tensor, list: number | readonly number[]) => [list].flat().map((axis) => normalizeAxis("tensorDot", axis, x.shape.length)); // prettier-ignore
  return [of(a, axes[0] as number), of(b, axes[1] as number)];
}
