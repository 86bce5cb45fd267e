import { callable } from "../layer.js";
import type { Tensor } from "../tensor.js";
import { SameShapeLayer } from "./sameShape.js";

/** The class of `Identity` layers, for subclasses and `instanceof`. */
export class IdentityLayer extends SameShapeLayer {
  static override className = "Identity";

  override call([x]: Tensor[]): Tensor[] {
    return [x];
  }
}

/** Makes a layer that gives x itself: a name for a place in a graph. Any shape, result of the same shape. */
export const Identity = /* @__PURE__ */ callable(IdentityLayer);
