import type { Tensor } from "../tensor.js";
import { add, multiply } from "./arithmetic.js";
import { affine } from "./elementwise.js";
import { reshape } from "./move.js";

/** `a` where `mask` (over its first axes) is 1, `b` (like a; zeros unless given) where it is 0. No NaN or infinity may be in the other. */
export function either(mask: Tensor, a: Tensor, b?: Tensor): Tensor {
  const wide = spread(mask, a);
  const kept = multiply(a, wide);
  return b ? add(kept, multiply(b, affine(wide, -1, 1))) : kept;
}

/** A mask of the first axes of x with axes of size 1 behind, so that it is repeated along the others. */
export const spread = (mask: Tensor, x: Tensor): Tensor =>
  reshape(
    mask,
    x.shape.map((_, axis) => mask.shape[axis] ?? 1),
  );
