/** The rule of RMSprop. */
import type { RmspropStep } from "../kernels.js";
import { Optimizer } from "../optimizer.js";
import type { Tensor, Variable } from "../tensor.js";
import type { BuiltInOptimizerOptions } from "./extension.js";

/** The options of `RMSprop`; the learning rate is 0.001 by default. */
export interface RmspropOptions extends BuiltInOptimizerOptions {
  /** The decay rate of the mean of the squared gradients, 0.9 by default. */
  rho?: number;
  /** The factor with which the last step is added to the next one, 0 by default. */
  momentum?: number;
  /** The number that is added under the square root, 1e-7 by default. */
  epsilon?: number;
  /** Whether the step is divided by the deviation of the gradients from their mean; false by default. */
  centered?: boolean;
}

export class RmspropOptimizer extends Optimizer {
  protected override readonly isInPlace: boolean = true;
  protected readonly step: Omit<RmspropStep, "learningRate">;

  constructor(options: RmspropOptions, moreSlots: readonly string[] = []) {
    const { rho = 0.9, momentum = 0, epsilon = 1e-7 } = options;
    const slots = ["velocity", ...(momentum > 0 ? ["momentum"] : []), ...moreSlots];
    super("RMSprop", options, 1e-3, Object.keys(options), slots);
    this.step = { rho, momentum, epsilon };
  }

  protected override update(w: Tensor, [v, second]: readonly Variable[], g: Tensor, learningRate: number): void {
    const buffer = this.step.momentum > 0 ? second.buffer : undefined;
    w.backend.kernels.rmsprop(w.buffer, v.buffer, buffer, g.buffer, { ...this.step, learningRate });
  }
}
