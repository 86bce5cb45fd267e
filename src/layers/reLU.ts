import { relu } from "../activations/rectifiers.js";
import { callable, type LayerOptions } from "../layer.js";
import type { Tensor } from "../tensor.js";
import { numberFrom0 } from "./check.js";
import { SameShapeLayer } from "./sameShape.js";

export interface ReLUOptions extends LayerOptions {
  /** Where the result stops growing; no bound by default. 6 makes ReLU6. */
  maxValue?: number | null;
  /** The slope below the threshold; 0 by default. */
  negativeSlope?: number;
  /** From where on the result is x; 0 by default. */
  threshold?: number;
}

export class ReLULayer extends SameShapeLayer {
  static override className = "ReLU";
  readonly maxValue: number;
  readonly negativeSlope: number;
  readonly threshold: number;

  constructor(options: ReLUOptions = {}) {
    super(options, ["maxValue", "negativeSlope", "threshold"]);
    this.maxValue = numberFrom0(this.label, "maxValue", options.maxValue ?? Infinity);
    this.negativeSlope = numberFrom0(this.label, "negativeSlope", options.negativeSlope ?? 0);
    this.threshold = numberFrom0(this.label, "threshold", options.threshold ?? 0);
  }

  override call([x]: Tensor[]): Tensor[] {
    const { maxValue, negativeSlope, threshold } = this;
    return [relu(x, { maxValue, negativeSlope, threshold })];
  }
}

/**
 * Makes a layer that gives x from the threshold on, up to maxValue, and negativeSlope (x - threshold) below it. Any
 * shape, result of the same shape. At 0 and at maxValue the gradient is 0, as in Keras.
 *
 * @throws ArgumentError for an option below 0.
 */
export const ReLU = callable(ReLULayer);
