/** The rule of Adam and AdamW. */
import type { AdamStep } from "../kernels.js";
import { Optimizer } from "../optimizer.js";
import { pow } from "../powers.js";
import type { Tensor, Variable } from "../tensor.js";
import type { BuiltInOptimizerOptions } from "./extension.js";

/** The options of `Adam` and `AdamW`; the learning rate is 0.001 by default. */
export interface AdamOptions extends BuiltInOptimizerOptions {
  /** The decay rate of the mean of the gradients, 0.9 by default. */
  beta1?: number;
  /** The decay rate of the mean of the squared gradients, 0.999 by default. */
  beta2?: number;
  /** The number that is added to the square root, after the bias correction; 1e-7 by default. */
  epsilon?: number;
  /**
   * Whether the step is divided by the root of the largest mean so far (Reddi, Kale and Kumar, 2018); false by default.
   */
  amsgrad?: boolean;
}

export class AdamOptimizer extends Optimizer {
  protected override readonly isInPlace: boolean = true;
  override readonly interleaved = 2;
  readonly #step: Omit<AdamStep, "alpha">;

  constructor(name: string, options: AdamOptions, slotNames: readonly string[] = ["momentum", "velocity"]) {
    super(name, options, 1e-3, Object.keys(options), slotNames);
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options;
    this.#step = { beta1, beta2, epsilon };
  }

  /** The numbers of the next update. */
  protected stepAt(learningRate: number): AdamStep {
    const { beta1, beta2 } = this.#step;
    return { ...this.#step, alpha: adamRate(learningRate, beta1, beta2, this.updates + 1) };
  }

  protected override update(w: Tensor, [m, v]: readonly Variable[], g: Tensor, learningRate: number): void {
    w.backend.kernels.adam(w.buffer, m.buffer, v.buffer, g.buffer, this.stepAt(learningRate));
  }
}

/**
 * 1 - beta^t, by which means that began at 0 are divided, rounded to f32 where Keras rounds: 1 - .999^t loses up to 1e-5
 * of itself there.
 */
export const missing = (beta: number, t: number): number => f32(1 - f32(pow(f32(beta), t)));

/** lr sqrt(1 - beta2^t) / (1 - beta1^t), rounded like its parts. */
export const adamRate = (learningRate: number, beta1: number, beta2: number, t: number): number =>
  f32(f32(f32(learningRate) * f32(Math.sqrt(missing(beta2, t)))) / missing(beta1, t));

const f32 = Math.fround;
