/** Relatives of Adam: Adamax, Nadam and Lamb. */
import { checkNumbers } from "../errors.js";
import { Optimizer } from "../optimizer.js";
import { abs, add, affine, divide, greater, maximum, multiply, sqrt, square, subtract, sum } from "../ops/index.js";
import { where } from "../ops/where.js";
import { pow } from "../powers.js";
import { constantTensor, type Tensor, type Variable } from "../tensor.js";
import { missing } from "./adam.js";
import type { BuiltInOptimizerOptions } from "./extension.js";
import { optimizerFactory } from "./factory.js";
import { mix } from "./mix.js";

/** The options of `Adamax` and `Lamb`; the learning rate is 0.001 by default. */
export interface AdamLikeOptions extends BuiltInOptimizerOptions {
  /** The decay rate of the mean of the gradients, 0.9 by default. */
  beta1?: number;
  /** The decay rate of the mean of the squared gradients (of Adamax: of the largest gradient), 0.999 by default. */
  beta2?: number;
  /** The number that is added to the divisor, 1e-7 by default. */
  epsilon?: number;
}

const optionNames = ["beta1", "beta2", "epsilon"] as const;

abstract class AdamLikeOptimizer extends Optimizer {
  override readonly interleaved = 2;
  protected readonly beta1: number;
  protected readonly beta2: number;
  protected readonly epsilon: number;

  constructor(name: string, options: AdamLikeOptions, known: readonly string[], secondSlot = "velocity") {
    super(name, options, 1e-3, known, ["momentum", secondSlot]);
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options;
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
  }
}

class AdamaxOptimizer extends AdamLikeOptimizer {
  constructor(options: AdamLikeOptions) {
    super("Adamax", options, optionNames, "norm");
  }

  protected override update(w: Tensor, [m, u]: readonly Variable[], g: Tensor, learningRate: number): void {
    this.assign(m, mix(m, g, this.beta1));
    this.assign(u, maximum(affine(u, this.beta2), abs(g)));
    const rate = learningRate / missing(this.beta1, this.updates + 1);
    this.assign(w, subtract(w, divide(affine(m, rate), affine(u, 1, this.epsilon))));
  }
}

export const Adamax = /* @__PURE__ */ optimizerFactory<AdamLikeOptions>(
  "Adamax",
  (options) => new AdamaxOptimizer(options),
  optionNames,
);

/** The options of `Nadam`; the learning rate is 0.001 by default. */
export interface NadamOptions extends AdamLikeOptions {
  /** How fast the momentum grows: beta1 (1 - 0.96^(scheduleDecay t) / 2). 1 by default; 0.004 in Keras up to 2.10. */
  scheduleDecay?: number;
}

class NadamOptimizer extends AdamLikeOptimizer {
  readonly #decay: number;
  /** The product of the momentums of the first updates, and how many. It follows from their number alone. */
  #product = { value: 1, count: 0 };

  constructor(options: NadamOptions) {
    super("Nadam", options, [...optionNames, "scheduleDecay"]);
    checkNumbers("Nadam", options, "a number from 0", ["scheduleDecay"]);
    this.#decay = options.scheduleDecay ?? 1;
  }

  #momentumAt(t: number): number {
    return f32(this.beta1 * f32(1 - 0.5 * f32(pow(f32(0.96), this.#decay * t))));
  }

  /** The product of the momentums of t updates, as Keras keeps it. It is 0 after about a thousand. */
  momentumProduct(t: number): number {
    if (t < this.#product.count) this.#product = { value: 1, count: 0 };
    let { value, count } = this.#product;
    while (count < t && value > 0) value = f32(value * this.#momentumAt(++count));
    this.#product = { value, count: t };
    return value;
  }

  override countParams(): number {
    return super.countParams() + 1; // Keras keeps the product
  }

  protected override update(w: Tensor, [m, v]: readonly Variable[], g: Tensor, learningRate: number): void {
    const t = this.updates + 1;
    const [now, next] = [this.#momentumAt(t), this.#momentumAt(t + 1)];
    const product = this.momentumProduct(t);
    this.assign(m, mix(m, g, this.beta1));
    this.assign(v, mix(v, square(g), this.beta2));
    const mean = add(affine(m, next / (1 - product * next)), affine(g, (1 - now) / (1 - product)));
    const root = sqrt(affine(v, 1 / missing(this.beta2, t)));
    this.assign(w, subtract(w, divide(affine(mean, learningRate), affine(root, 1, this.epsilon))));
  }
}

const f32 = Math.fround;

export const Nadam = /* @__PURE__ */ optimizerFactory<NadamOptions>("Nadam", (options) => new NadamOptimizer(options), [
  ...optionNames,
  "scheduleDecay",
]);

/** The product of momentums that Keras keeps for Nadam; undefined for other optimizers. */
export const nadamProduct = (optimizer: Optimizer, updates: number): number | undefined =>
  optimizer instanceof NadamOptimizer ? optimizer.momentumProduct(updates) : undefined;

class LambOptimizer extends AdamLikeOptimizer {
  constructor(options: AdamLikeOptions) {
    super("Lamb", options, optionNames);
  }

  protected override update(w: Tensor, [m, v]: readonly Variable[], g: Tensor, learningRate: number): void {
    const t = this.updates + 1;
    this.assign(m, mix(m, g, this.beta1));
    this.assign(v, mix(v, square(g), this.beta2));
    const root = sqrt(affine(v, 1 / missing(this.beta2, t)));
    const step = divide(affine(m, 1 / missing(this.beta1, t)), affine(root, 1, this.epsilon));
    this.assign(w, subtract(w, multiply(affine(step, learningRate), trustRatio(w, step))));
  }
}

/** The norm of the weight divided by that of the step; 1 where one of them is 0. */
function trustRatio(w: Tensor, step: Tensor): Tensor {
  const [length, stepLength] = [w, step].map((x) => sqrt(sum(square(x))));
  const isSome = multiply(greater(length, 0), greater(stepLength, 0));
  return where(isSome, divide(length, stepLength), constantTensor([], 1, w.backend));
}

export const Lamb = /* @__PURE__ */ optimizerFactory<AdamLikeOptions>(
  "Lamb",
  (options) => new LambOptimizer(options),
  optionNames,
);
