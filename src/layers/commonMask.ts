import { maximum } from "../ops/index.js";
import type { Tensor } from "../tensor.js";

/**
 * Gives the mask of tensors joined element by element, as in Keras: a time step counts where it counts for one of them;
 * no mask if one has none.
 */
export const commonMask = (masks: readonly (Tensor | undefined)[]): Tensor | undefined =>
  masks.every((mask) => mask !== undefined) ? masks.reduce((a, b) => maximum(a, b)) : undefined;
