/** Adam with `amsgrad`. */
import { affine, divide, maximum, sqrt, square, subtract } from "../ops/index.js";
import type { Tensor, Variable } from "../tensor.js";
import { AdamOptimizer, type AdamOptions } from "./adam.js";
import { mix } from "./mix.js";

/** Adam that divides by the root of the largest mean so far. */
export class AmsgradOptimizer extends AdamOptimizer {
  protected override readonly isInPlace = false;

  constructor(name: string, options: AdamOptions) {
    super(name, options, ["momentum", "velocity", "velocityHat"]);
  }

  protected override update(w: Tensor, [m, v, most]: readonly Variable[], g: Tensor, learningRate: number): void {
    const { alpha, beta1, beta2, epsilon } = this.stepAt(learningRate);
    this.assign(m, mix(m, g, beta1));
    this.assign(v, mix(v, square(g), beta2));
    this.assign(most, maximum(most, v));
    this.assign(w, subtract(w, divide(affine(m, alpha), affine(sqrt(most), 1, epsilon))));
  }
}
