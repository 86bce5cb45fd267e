/** Gradient descent, with or without momentum. */
import type { SgdStep } from "../kernels.js";
import { Optimizer } from "../optimizer.js";
import type { Tensor, Variable } from "../tensor.js";
import type { BuiltInOptimizerOptions } from "./extension.js";

/** The options of `SGD`; the learning rate is 0.01 by default. */
export interface SgdOptions extends BuiltInOptimizerOptions {
  /** The factor with which the last step is added to the next one, from 0 to 1; 0 by default. */
  momentum?: number;
  /** Whether the update follows Nesterov's rule (1983): the gradient is applied after the momentum's step. False by default. */
  nesterov?: boolean;
}

export class SgdOptimizer extends Optimizer {
  protected override readonly isInPlace = true;
  readonly #step: Omit<SgdStep, "learningRate">;

  constructor(options: SgdOptions) {
    const { momentum = 0, nesterov = false } = options;
    super("SGD", options, 0.01, Object.keys(options), momentum > 0 ? ["momentum"] : []);
    this.#step = { momentum, nesterov };
  }

  protected override update(w: Tensor, [velocity]: readonly Variable[], g: Tensor, learningRate: number): void {
    const { momentum } = this.#step;
    w.backend.kernels.sgd(w.buffer, momentum > 0 ? velocity.buffer : undefined, g.buffer, {
      ...this.#step,
      learningRate,
    });
  }
}
