/** Adam and AdamW. */
import type { AdamStep } from "../kernels.js";
import { Optimizer, optimizerFactory, type OptimizerOptions } from "../optimizer.js";
import type { Tensor, Variable } from "../tensor.js";

/** The options of `Adam` and `AdamW`; the learning rate is 0.001 by default. */
export interface AdamOptions extends OptimizerOptions {
  /** The decay rate of the mean of the gradients, 0.9 by default. */
  beta1?: number;
  /** The decay rate of the mean of the squared gradients, 0.999 by default. */
  beta2?: number;
  /** The number that is added to the square root, after the bias correction; 1e-7 by default. */
  epsilon?: number;
}

const optionNames = ["beta1", "beta2", "epsilon"] as const;

class AdamOptimizer extends Optimizer {
  protected override readonly isInPlace = true;
  readonly #step: Omit<AdamStep, "alpha">;

  constructor(name: string, options: AdamOptions) {
    super(name, options, 1e-3, optionNames, ["momentum", "velocity"]);
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options;
    this.#step = { beta1, beta2, epsilon };
  }

  override get variables(): Variable[] {
    const all = super.variables;
    const half = all.length / 2;
    return all.slice(0, half).flatMap((m, i) => [m, all[half + i]]);
  }

  protected override update(w: Tensor, [m, v]: readonly Variable[], g: Tensor, learningRate: number): void {
    const { beta1, beta2 } = this.#step;
    const alpha = adamRate(learningRate, beta1, beta2, this.iterations + 1);
    w.backend.kernels.adam(w.buffer, m.buffer, v.buffer, g.buffer, { ...this.#step, alpha });
  }
}

/**
 * lr sqrt(1 - beta2^t) / (1 - beta1^t), rounded to f32 where Keras rounds: 1 - .999^t loses up to 1e-5 of itself there.
 */
function adamRate(learningRate: number, beta1: number, beta2: number, t: number): number {
  const f32 = Math.fround;
  const missing = (beta: number) => f32(1 - f32(f32(beta) ** t));
  return f32(f32(f32(learningRate) * f32(Math.sqrt(missing(beta2)))) / missing(beta1));
}

export const Adam = optimizerFactory<AdamOptions>((options) => new AdamOptimizer("Adam", options), optionNames);

export const AdamW = optimizerFactory<AdamOptions>(
  (options) => new AdamOptimizer("AdamW", { weightDecay: 0.004, ...options }),
  optionNames,
);
