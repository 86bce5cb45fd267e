/** Adagrad and Adadelta, which divide by what they have summed of squared gradients. */
import { Optimizer } from "../optimizer.js";
import { add, affine, divide, multiply, sqrt, square, subtract } from "../ops/index.js";
import { checkNumbers } from "../errors.js";
import type { Tensor, Variable } from "../tensor.js";
import type { BuiltInOptimizerOptions } from "./extension.js";
import { optimizerFactory } from "./factory.js";
import { mix } from "./mix.js";

/** The options of `Adagrad`; the learning rate is 0.001 by default. */
export interface AdagradOptions extends BuiltInOptimizerOptions {
  /** The first value of the sums of squared gradients, 0.1 by default. */
  initialAccumulatorValue?: number;
  /** The number that is added under the square root, 1e-7 by default. */
  epsilon?: number;
}

class AdagradOptimizer extends Optimizer {
  readonly #first: number;
  readonly #epsilon: number;

  constructor(options: AdagradOptions) {
    const { initialAccumulatorValue = 0.1, epsilon = 1e-7 } = options;
    super("Adagrad", options, 1e-3, ["initialAccumulatorValue", "epsilon"], ["accumulator"]);
    checkNumbers("Adagrad", options, "a number from 0", ["initialAccumulatorValue"]);
    this.#first = initialAccumulatorValue;
    this.#epsilon = epsilon;
  }

  override slotsOf(weight: Tensor): readonly Variable[] {
    const isNew = !this.slots.has(weight);
    const slots = super.slotsOf(weight);
    if (isNew) weight.backend.kernels.fill(slots[0].buffer, this.#first);
    return slots;
  }

  protected override update(w: Tensor, [sum]: readonly Variable[], g: Tensor, learningRate: number): void {
    this.assign(sum, add(sum, square(g)));
    this.assign(w, subtract(w, divide(affine(g, learningRate), sqrt(affine(sum, 1, this.#epsilon)))));
  }
}

export const Adagrad = /* @__PURE__ */ optimizerFactory<AdagradOptions>(
  "Adagrad",
  (options) => new AdagradOptimizer(options),
  ["initialAccumulatorValue", "epsilon"],
);

/** The options of `Adadelta`; the learning rate is 0.001 by default. */
export interface AdadeltaOptions extends BuiltInOptimizerOptions {
  /** The decay rate of the means of squared gradients and squared steps, 0.95 by default. */
  rho?: number;
  /** The number that is added under the square roots, 1e-7 by default. */
  epsilon?: number;
}

class AdadeltaOptimizer extends Optimizer {
  override readonly interleaved = 2;
  readonly #rho: number;
  readonly #epsilon: number;

  constructor(options: AdadeltaOptions) {
    super("Adadelta", options, 1e-3, ["rho", "epsilon"], ["accumulatedGrad", "accumulatedDeltaVar"]);
    const { rho = 0.95, epsilon = 1e-7 } = options;
    this.#rho = rho;
    this.#epsilon = epsilon;
  }

  protected override update(w: Tensor, [grads, steps]: readonly Variable[], g: Tensor, learningRate: number): void {
    const root = (mean: Tensor) => sqrt(affine(mean, 1, this.#epsilon));
    this.assign(grads, mix(grads, square(g), this.#rho));
    const step = divide(multiply(root(steps), g), root(grads));
    this.assign(steps, mix(steps, square(step), this.#rho));
    this.assign(w, subtract(w, affine(step, learningRate)));
  }
}

export const Adadelta = /* @__PURE__ */ optimizerFactory<AdadeltaOptions>(
  "Adadelta",
  (options) => new AdadeltaOptimizer(options),
  ["rho", "epsilon"],
);
