import { maximum } from "../ops/index.js";
import type { Tensor } from "../tensor.js";

/** Of tensors joined element by element, as Keras has it: a step counts where it counts for one of them; no mask if one has none. */
export const commonMask = (masks: readonly (Tensor | undefined)[]): Tensor | undefined =>
  masks.every((mask) => mask !== undefined) ? masks.reduce((a, b) => maximum(a, b)) : undefined;
