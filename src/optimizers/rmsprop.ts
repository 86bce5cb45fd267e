/** RMSprop. */
import type { RmspropStep } from "../kernels.js";
import { Optimizer, optimizerFactory, type OptimizerOptions } from "../optimizer.js";
import type { Tensor, Variable } from "../tensor.js";

/** The options of `RMSprop`; the learning rate is 0.001 by default. */
export interface RmspropOptions extends OptimizerOptions {
  /** The decay rate of the mean of the squared gradients, 0.9 by default. */
  rho?: number;
  /** The factor with which the last step is added to the next one, 0 by default. */
  momentum?: number;
  /** The number that is added under the square root, 1e-7 by default. */
  epsilon?: number;
}

const optionNames = ["rho", "momentum", "epsilon"] as const;

class RmspropOptimizer extends Optimizer {
  protected override readonly isInPlace = true;
  readonly #step: Omit<RmspropStep, "learningRate">;

  constructor(options: RmspropOptions) {
    const { rho = 0.9, momentum = 0, epsilon = 1e-7 } = options;
    const slots = momentum > 0 ? ["velocity", "momentum"] : ["velocity"];
    super("RMSprop", options, 1e-3, optionNames, slots);
    this.#step = { rho, momentum, epsilon };
  }

  protected override update(w: Tensor, [v, buffer]: readonly Variable[], g: Tensor, learningRate: number): void {
    w.backend.kernels.rmsprop(w.buffer, v.buffer, buffer?.buffer, g.buffer, { ...this.#step, learningRate });
  }
}

export const RMSprop = optimizerFactory<RmspropOptions>((options) => new RmspropOptimizer(options), optionNames);
