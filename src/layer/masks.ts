import { reshape } from "../ops/index.js";
import type { Tensor } from "../tensor.js";

/** Gives tensors with these masks; those that have them already are left as they are. */
export const withMasks = (xs: Tensor[], masks: readonly (Tensor | undefined)[]): Tensor[] =>
  xs.map((x, i) => {
    const mask = masks[i];
    if (!mask || x.mask === mask) return x;
    const y = reshape(x, x.shape);
    y.mask = mask.as(mask.shape);
    return y;
  });
