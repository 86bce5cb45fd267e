/** The moving mean that most optimizers keep. */
import { add, affine } from "../ops/index.js";
import type { Tensor } from "../tensor.js";

/** share old + (1 - share) fresh. Both have the same shape. */
export const mix = (old: Tensor, fresh: Tensor, share: number): Tensor =>
  add(affine(old, share), affine(fresh, 1 - share));
