import type { CallOptions } from "../layer.js";
import { maximum } from "../ops/index.js";
import type { Tensor } from "../tensor.js";

/** Of tensors joined element by element, as Keras has it: a step counts where it counts for one of them; no mask if one has none. */
export function commonMask(mask: CallOptions["mask"]): Tensor | undefined {
  const masks = [mask].flat();
  return masks.every((one) => one !== undefined) ? masks.reduce((a, b) => maximum(a, b)) : undefined;
}
