import { leakyRelu } from "../activations/rectifiers.js";
import { callable, type LayerOptions } from "../layer.js";
import type { Tensor } from "../tensor.js";
import { numberFrom0 } from "./check.js";
import { SameShapeLayer } from "./sameShape.js";

export interface LeakyReLUOptions extends LayerOptions {
  /** The slope below 0; 0.3 by default. */
  negativeSlope?: number;
}

export class LeakyReLULayer extends SameShapeLayer {
  static override className = "LeakyReLU";
  readonly negativeSlope: number;

  constructor(options: LeakyReLUOptions = {}) {
    super(options, ["negativeSlope"]);
    this.negativeSlope = numberFrom0(this.label, "negativeSlope", options.negativeSlope ?? 0.3);
  }

  override call([x]: Tensor[]): Tensor[] {
    return [leakyRelu(x, { negativeSlope: this.negativeSlope })];
  }
}

/**
 * Makes a layer that gives x above 0 and negativeSlope x below (Maas et al., 2013). Any shape, result of the same
 * shape. The activation "leakyRelu" has the slope 0.2.
 *
 * @throws ArgumentError for a negative slope.
 */
export const LeakyReLU = callable(LeakyReLULayer);
