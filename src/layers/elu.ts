import { elu } from "../activations/basic.js";
import { callable, type LayerOptions } from "../layer.js";
import type { Tensor } from "../tensor.js";
import { SameShapeLayer } from "./sameShape.js";

export interface ELUOptions extends LayerOptions {
  /** What the result nears for small x is -alpha; 1 by default. */
  alpha?: number;
}

export class ELULayer extends SameShapeLayer {
  static override className = "ELU";
  readonly alpha: number;

  constructor(options: ELUOptions = {}) {
    super(options, ["alpha"]);
    this.alpha = options.alpha ?? 1;
  }

  override call([x]: Tensor[]): Tensor[] {
    return [elu(x, { alpha: this.alpha })];
  }
}

/**
 * Makes a layer that gives x above 0 and alpha (e^x - 1) below (Clevert et al., 2015). Any shape, result of the same
 * shape.
 */
export const ELU = callable(ELULayer);
