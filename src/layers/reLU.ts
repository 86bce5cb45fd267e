import { ArgumentError } from "../errors.js";
import { callable, type LayerOptions } from "../layer.js";
import { affine, clip, greater, multiply, relu, subtract } from "../ops/index.js";
import type { Tensor } from "../tensor.js";
import { SameShapeLayer } from "./sameShape.js";

export interface ReLUOptions extends LayerOptions {
  /** Where the result stops growing; no bound by default. 6 makes ReLU6. */
  maxValue?: number | null;
  /** The slope below the threshold; 0 by default. */
  negativeSlope?: number;
  /** From where on the result is x; 0 by default. */
  threshold?: number;
}

const optionNames = ["maxValue", "negativeSlope", "threshold"] as const;

export class ReLULayer extends SameShapeLayer {
  static override className = "ReLU";
  readonly maxValue: number;
  readonly negativeSlope: number;
  readonly threshold: number;

  constructor(options: ReLUOptions = {}) {
    super(options, optionNames);
    this.maxValue = options.maxValue ?? Infinity;
    this.negativeSlope = options.negativeSlope ?? 0;
    this.threshold = options.threshold ?? 0;
    for (const option of optionNames) {
      if (this[option] >= 0) continue;
      throw new ArgumentError(`${this.label}: ${option} ${this[option]}; expected a number from 0.`);
    }
  }

  override call([x]: Tensor[]): Tensor[] {
    const { maxValue, negativeSlope, threshold } = this;
    const above = threshold === 0 ? x : multiply(x, greater(x, threshold));
    const positive = clip(above, 0, maxValue);
    if (negativeSlope === 0) return [positive];
    return [subtract(positive, affine(relu(affine(x, -1, threshold)), negativeSlope))];
  }
}

/**
 * Makes a layer that gives x from the threshold on, up to maxValue, and negativeSlope (x - threshold) below it. Any
 * shape, result of the same shape. At 0 and at maxValue the gradient is 0, as in Keras.
 *
 * @throws ArgumentError for an option below 0.
 */
export const ReLU = callable(ReLULayer);
