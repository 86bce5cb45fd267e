/** ScheduleFreeAdamW. */
import { checkNumbers } from "../errors.js";
import { Optimizer } from "../optimizer.js";
import { add, affine, divide, sqrt, square, subtract } from "../ops/index.js";
import { overwrite, type Tensor, type Variable } from "../tensor.js";
import { missing } from "./adam.js";
import type { BuiltInOptimizerOptions } from "./extension.js";
import { optimizerFactory } from "./factory.js";
import { mix } from "./mix.js";

/** The options of `ScheduleFreeAdamW`; the learning rate is 0.0025 by default. */
export interface ScheduleFreeAdamWOptions extends BuiltInOptimizerOptions {
  /** The share of the average in the weights that are trained, above 0 and below 1; 0.9 by default. */
  beta1?: number;
  /** The decay rate of the mean of the squared gradients, 0.999 by default. */
  beta2?: number;
  /** The number that is added to the square root, 1e-8 by default. */
  epsilon?: number;
  /** The number of updates in which the learning rate rises from 0, 0 by default. */
  warmupSteps?: number;
}

const optionNames = ["beta1", "beta2", "epsilon", "warmupSteps"] as const;

class ScheduleFreeOptimizer extends Optimizer {
  override readonly interleaved = 2;
  readonly #numbers: { beta1: number; beta2: number; epsilon: number; warmupSteps: number };

  constructor(options: ScheduleFreeAdamWOptions) {
    super("ScheduleFreeAdamW", options, 0.0025, optionNames, ["momentum", "velocity"]);
    checkNumbers("ScheduleFreeAdamW", options, "a number above 0, below 1", ["beta1"]);
    checkNumbers("ScheduleFreeAdamW", options, "a number from 0", ["warmupSteps"]);
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, warmupSteps = 0 } = options;
    this.#numbers = { beta1, beta2, epsilon, warmupSteps };
  }

  /** The first slot begins as the weight. */
  override slotsOf(weight: Tensor): readonly Variable[] {
    const isNew = !this.slots.has(weight);
    const slots = super.slotsOf(weight);
    if (isNew) overwrite(slots[0], weight);
    return slots;
  }

  protected override update(w: Tensor, [z, v]: readonly Variable[], g: Tensor, learningRate: number): void {
    const { beta1, beta2, epsilon, warmupSteps } = this.#numbers;
    const t = this.updates + 1;
    const rate = learningRate * (warmupSteps > 0 ? Math.min(t / warmupSteps, 1) : 1);
    // The weight is (1 - beta1) z + beta1 x, where x is the average of all z so far.
    const x = affine(subtract(w, affine(z, 1 - beta1)), 1 / beta1);
    this.assign(v, mix(v, square(g), beta2));
    const root = affine(sqrt(affine(v, 1 / missing(beta2, t))), 1, epsilon);
    this.assign(z, subtract(z, divide(affine(g, rate), root)));
    const average = add(affine(x, 1 - 1 / t), affine(z, 1 / t));
    this.assign(w, mix(z, average, 1 - beta1));
  }
}

export const ScheduleFreeAdamW = /* @__PURE__ */ optimizerFactory<ScheduleFreeAdamWOptions>(
  "ScheduleFreeAdamW",
  (options) => new ScheduleFreeOptimizer(options),
  optionNames,
);
