/** Selects elements of two tensors by a mask. */
import type { Tensor } from "../tensor.js";
import { add, multiply } from "./arithmetic.js";
import { affine } from "./elementwise.js";
import { reshape } from "./move.js";

/**
 * Selects `a` where `mask` is 1 and `b` where it is 0. mask: the first axes of a; b: the shape of a, zeros by default. Both operands must be
 * finite: each is multiplied by the mask or by 1 - mask.
 */
export function where(mask: Tensor, a: Tensor, b?: Tensor): Tensor {
  const aligned = alignMask(mask, a);
  const kept = multiply(a, aligned);
  return b ? add(kept, multiply(b, affine(aligned, -1, 1))) : kept;
}

/** Appends axes of size 1 to a mask of the first axes of x, so that it broadcasts along the others. */
export const alignMask = (mask: Tensor, x: Tensor): Tensor =>
  reshape(
    mask,
    x.shape.map((_, axis) => mask.shape[axis] ?? 1),
  );
