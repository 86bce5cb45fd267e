/** Selects elements of two tensors by a mask. */
import { compute, record } from "../op.js";
import { scope } from "../scope.js";
import { broadcastShapes, broadcastSize } from "../shape.js";
import { constantTensor, type Tensor } from "../tensor.js";
import { sumTo } from "./arithmetic.js";
import { reshape } from "./move.js";

/**
 * Selects `a` where `mask` is not 0 and `b` where it is 0, bit by bit. mask: the first axes of a; b: 0 by default. What
 * is not selected has the gradient 0 and no effect, not even as NaN.
 */
export const where = (mask: Tensor, a: Tensor, b?: Tensor): Tensor =>
  scope(() => {
    const isUsed = alignMask(mask, a);
    const zero = constantTensor([], 0, a.backend);
    const other = b ?? zero;
    const shape = [isUsed, other].reduce((all, x) => broadcastShapes("where", all, x.shape), [...a.shape]);
    const select = (x: Tensor, rest: Tensor) =>
      compute("where", [x, rest], shape, (k, y) => {
        const { shape: sizes, aStrides: strides } = broadcastSize(shape, rest.shape, isUsed.shape);
        k.copyFrom(y, rest.buffer, { shape: sizes, strides, offset: 0 });
        k.copyWhere(y, x.buffer, isUsed.buffer, broadcastSize(shape, x.shape, isUsed.shape));
      });
    const y = select(a, other);
    const backward = ([dy]: readonly (Tensor | undefined)[]) => [
      () => sumTo(select(dy!, zero), a.shape),
      () => sumTo(select(zero, dy!), other.shape),
    ];
    record({ name: "where", inputs: [a, other], outputs: [y], backward }, [isUsed, zero]);
    return y;
  });

/** Appends axes of size 1 to a mask of the first axes of x, so that it broadcasts along the others. */
export const alignMask = (mask: Tensor, x: Tensor): Tensor =>
  reshape(
    mask,
    x.shape.map((_, axis) => mask.shape[axis] ?? 1),
  );
