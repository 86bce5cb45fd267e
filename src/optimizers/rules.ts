/** What each optimizer does with a gradient. Rules, defaults and the order of the steps are Keras's; optimizers.ts tells them. */
import { ArgumentError, unknownName } from "../errors.js";
import { Optimizer, type OptimizerOptions } from "./optimizer.js";
import type { Tensor, Variable } from "../tensor.js";

export interface SgdOptions extends OptimizerOptions {
  /** 0 by default. */
  momentum?: number;
  /** Looks ahead along the momentum; false by default. */
  nesterov?: boolean;
}

class SgdOptimizer extends Optimizer {
  readonly #momentum: number;
  readonly #nesterov: boolean;

  constructor(options: SgdOptions) {
    const { momentum = 0, nesterov = false } = options;
    super("SGD", options, 0.01, ["momentum", "nesterov"], momentum > 0 ? ["momentum"] : []);
    if (!(momentum >= 0 && momentum <= 1)) {
      throw new ArgumentError(`SGD: momentum ${momentum}; expected a number from 0 to 1.`);
    }
    this.#momentum = momentum;
    this.#nesterov = nesterov;
  }

  protected override update(w: Tensor, [velocity]: readonly Variable[], g: Tensor, learningRate: number): void {
    const step = { learningRate, momentum: this.#momentum, nesterov: this.#nesterov };
    w.backend.kernels.sgd(w.buffer, velocity?.buffer, g.buffer, step);
  }
}

export const SGD = (options: SgdOptions = {}): Optimizer => new SgdOptimizer(options);

export interface AdamOptions extends OptimizerOptions {
  /** How slowly the mean of the gradients forgets, .9 by default. */
  beta1?: number;
  /** How slowly the mean of their squares forgets, .999 by default. */
  beta2?: number;
  /** Added to the root, outside the bias correction; 1e-7 by default. */
  epsilon?: number;
}

class AdamOptimizer extends Optimizer {
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #epsilon: number;

  constructor(name: string, options: AdamOptions) {
    super(name, options, 1e-3, ["beta1", "beta2", "epsilon"], ["momentum", "velocity"]);
    this.#beta1 = options.beta1 ?? 0.9;
    this.#beta2 = options.beta2 ?? 0.999;
    this.#epsilon = options.epsilon ?? 1e-7;
  }

  override get variables(): Variable[] {
    const all = super.variables;
    const half = all.length / 2;
    return all.slice(0, half).flatMap((m, i) => [m, all[half + i]]);
  }

  protected override update(w: Tensor, [m, v]: readonly Variable[], g: Tensor, learningRate: number): void {
    const step = {
      alpha: adamRate(learningRate, this.#beta1, this.#beta2, this.iterations + 1),
      beta1: this.#beta1,
      beta2: this.#beta2,
      epsilon: this.#epsilon,
    };
    w.backend.kernels.adam(w.buffer, m.buffer, v.buffer, g.buffer, step);
  }
}

/** lr sqrt(1 - beta2^t) / (1 - beta1^t), rounded to f32 where Keras rounds: 1 - .999^t loses up to 1e-5 of itself there. */
function adamRate(learningRate: number, beta1: number, beta2: number, t: number): number {
  const f32 = Math.fround;
  const missing = (beta: number) => f32(1 - f32(f32(beta) ** t));
  return f32(f32(f32(learningRate) * f32(Math.sqrt(missing(beta2)))) / missing(beta1));
}

export const Adam = (options: AdamOptions = {}): Optimizer => new AdamOptimizer("Adam", options);

export const AdamW = (options: AdamOptions = {}): Optimizer =>
  new AdamOptimizer("AdamW", { weightDecay: 0.004, ...options });

export interface RmspropOptions extends OptimizerOptions {
  /** How slowly the mean of the squares forgets, .9 by default. */
  rho?: number;
  /** 0 by default. */
  momentum?: number;
  /** Added under the root, 1e-7 by default. */
  epsilon?: number;
}

class RmspropOptimizer extends Optimizer {
  readonly #rho: number;
  readonly #momentum: number;
  readonly #epsilon: number;

  constructor(options: RmspropOptions) {
    const { rho = 0.9, momentum = 0, epsilon = 1e-7 } = options;
    const slots = momentum > 0 ? ["velocity", "momentum"] : ["velocity"];
    super("RMSprop", options, 1e-3, ["rho", "momentum", "epsilon"], slots);
    this.#rho = rho;
    this.#momentum = momentum;
    this.#epsilon = epsilon;
  }

  protected override update(w: Tensor, [v, buffer]: readonly Variable[], g: Tensor, learningRate: number): void {
    const step = { learningRate, rho: this.#rho, momentum: this.#momentum, epsilon: this.#epsilon };
    w.backend.kernels.rmsprop(w.buffer, v.buffer, buffer?.buffer, g.buffer, step);
  }
}

export const RMSprop = (options: RmspropOptions = {}): Optimizer => new RmspropOptimizer(options);

export const optimizers: Readonly<Record<string, () => Optimizer>> = {
  sgd: () => SGD(),
  adam: () => Adam(),
  adamw: () => AdamW(),
  rmsprop: () => RMSprop(),
};

/** The optimizer that is meant; names in any case ("adamW"). @throws ArgumentError for a name that is not in the table. */
export function getOptimizer(where: string, optimizer: string | Optimizer): Optimizer {
  if (typeof optimizer !== "string") return optimizer;
  const name = optimizer.toLowerCase();
  if (Object.hasOwn(optimizers, name)) return optimizers[name]();
  throw unknownName(where, "optimizer", optimizer, Object.keys(optimizers));
}
