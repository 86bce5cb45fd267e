import { callable, Layer, type LayerOptions } from "../layer.js";
import { softmax, transpose } from "../ops/index.js";
import { normalizeAxis, type PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

export interface SoftmaxOptions extends LayerOptions {
  /** The last unless given. */
  axis?: number;
}

export class SoftmaxLayer extends Layer {
  static override className = "Softmax";
  readonly axis: number;

  constructor(options: SoftmaxOptions = {}) {
    super(options, ["axis"]);
    this.axis = options.axis ?? -1;
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override call([x]: Tensor[]): Tensor[] {
    const axis = normalizeAxis(this.label, this.axis, x.shape.length);
    const last = x.shape.length - 1;
    if (axis === last) return [softmax(x)];
    const order = x.shape.map((_, i) => (i === axis ? last : i === last ? axis : i)); // its own inverse
    return [transpose(softmax(transpose(x, order)), order)];
  }

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    normalizeAxis(this.label, this.axis, x.length);
    return [x];
  }
}

/** e^x / sum of e^x over one axis. Any shape, result alike. Keras takes several axes, we one. */
export const Softmax = callable(SoftmaxLayer);
