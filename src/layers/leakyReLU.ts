import { leakyRelu } from "../activations/basic.js";
import { ArgumentError } from "../errors.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

export interface LeakyReLUOptions extends LayerOptions {
  /** 0.3 unless given. */
  negativeSlope?: number;
}

export class LeakyReLULayer extends Layer {
  static override className = "LeakyReLU";
  readonly negativeSlope: number;

  constructor(options: LeakyReLUOptions = {}) {
    super(options, ["negativeSlope"]);
    this.negativeSlope = options.negativeSlope ?? 0.3;
    if (!(this.negativeSlope >= 0)) {
      throw new ArgumentError(`${this.label}: negativeSlope ${this.negativeSlope}; expected a number from 0.`);
    }
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override call([x]: Tensor[]): Tensor[] {
    return [leakyRelu(x, { negativeSlope: this.negativeSlope })];
  }

  override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
    return shapes;
  }
}

/** x above 0, negativeSlope x below. Any shape, result alike. (The activation "leakyRelu" has the slope 0.2.) */
export const LeakyReLU = callable(LeakyReLULayer);
