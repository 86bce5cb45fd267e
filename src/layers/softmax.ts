import { softmax } from "../activations/softmaxes.js";
import { callable, type LayerOptions } from "../layer.js";
import { normalizeAxis, type PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { SameShapeLayer } from "./sameShape.js";

export interface SoftmaxOptions extends LayerOptions {
  /** The axis over which the results sum to 1; the last by default. */
  axis?: number;
}

export class SoftmaxLayer extends SameShapeLayer {
  static override className = "Softmax";
  readonly axis: number;

  constructor(options: SoftmaxOptions = {}) {
    super(options, ["axis"]);
    this.axis = options.axis ?? -1;
  }

  override call([x]: Tensor[]): Tensor[] {
    return [softmax(x, { axis: this.axis })];
  }

  protected override checkShape(x: PartialShape): void {
    normalizeAxis(this.label, this.axis, x.length);
  }
}

/**
 * Makes a layer that gives e^x / (sum of e^x over one axis). Any shape, result of the same shape. Keras also takes
 * several axes, this layer takes one.
 */
export const Softmax = callable(SoftmaxLayer);
