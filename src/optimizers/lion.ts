/** Lion. */
import { Optimizer } from "../optimizer.js";
import { affine, sign, subtract } from "../ops/index.js";
import type { Tensor, Variable } from "../tensor.js";
import type { BuiltInOptimizerOptions } from "./extension.js";
import { optimizerFactory } from "./factory.js";
import { mix } from "./mix.js";

/** The options of `Lion`; the learning rate is 0.001 by default. */
export interface LionOptions extends BuiltInOptimizerOptions {
  /** The share of the momentum in the direction of the step, 0.9 by default. */
  beta1?: number;
  /** The decay rate of the momentum, 0.99 by default. */
  beta2?: number;
}

class LionOptimizer extends Optimizer {
  readonly #beta1: number;
  readonly #beta2: number;

  constructor(options: LionOptions) {
    super("Lion", options, 1e-3, ["beta1", "beta2"], ["momentum"]);
    const { beta1 = 0.9, beta2 = 0.99 } = options;
    this.#beta1 = beta1;
    this.#beta2 = beta2;
  }

  protected override update(w: Tensor, [m]: readonly Variable[], g: Tensor, learningRate: number): void {
    this.assign(w, subtract(w, affine(sign(mix(m, g, this.#beta1)), learningRate)));
    this.assign(m, mix(m, g, this.#beta2));
  }
}

export const Lion = /* @__PURE__ */ optimizerFactory<LionOptions>("Lion", (options) => new LionOptimizer(options), [
  "beta1",
  "beta2",
]);
