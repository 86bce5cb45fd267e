import { ArgumentError } from "../errors.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import { affine, clip, greater, multiply, relu, subtract } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

export interface ReLUOptions extends LayerOptions {
  /** Where the result stops growing; without bound unless given. 6 makes ReLU6. */
  maxValue?: number | null;
  /** Slope below the threshold, 0 unless given. */
  negativeSlope?: number;
  /** 0 unless given. */
  threshold?: number;
}

export class ReLULayer extends Layer {
  static override className = "ReLU";
  readonly maxValue: number;
  readonly negativeSlope: number;
  readonly threshold: number;

  constructor(options: ReLUOptions = {}) {
    super(options, ["maxValue", "negativeSlope", "threshold"]);
    this.maxValue = options.maxValue ?? Infinity;
    this.negativeSlope = options.negativeSlope ?? 0;
    this.threshold = options.threshold ?? 0;
    for (const option of ["maxValue", "negativeSlope", "threshold"] as const) {
      if (this[option] >= 0) continue;
      throw new ArgumentError(`${this.label}: ${option} ${this[option]}; expected a number from 0.`);
    }
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override call([x]: Tensor[]): Tensor[] {
    const { maxValue, negativeSlope, threshold } = this;
    const above = threshold === 0 ? x : multiply(x, greater(x, threshold));
    const positive = clip(above, 0, maxValue);
    if (negativeSlope === 0) return [positive];
    return [subtract(positive, affine(relu(affine(x, -1, threshold)), negativeSlope))];
  }

  override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
    return shapes;
  }
}

/**
 * x from the threshold on, up to maxValue; negativeSlope (x - threshold) below it. Any shape, result alike.
 * At 0 and at maxValue the gradient is 0, as in Keras.
 */
export const ReLU = callable(ReLULayer);
