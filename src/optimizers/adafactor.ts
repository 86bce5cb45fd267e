/** Adafactor. */
import { checkNumbers } from "../errors.js";
import { Optimizer } from "../optimizer.js";
import { affine, divide, maximum, mean, multiply, reshape, sqrt, square, subtract } from "../ops/index.js";
import { pow } from "../powers.js";
import type { Shape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import type { BuiltInOptimizerOptions } from "./extension.js";
import { optimizerFactory } from "./factory.js";
import { mix } from "./mix.js";

/** The options of `Adafactor`; the learning rate is 0.001 by default. */
export interface AdafactorOptions extends BuiltInOptimizerOptions {
  /** The mean of squared gradients keeps the share 1 - t^beta2Decay of itself in step t; -0.8 by default. */
  beta2Decay?: number;
  /** The number that is added to squared gradients, 1e-30 by default. */
  epsilon1?: number;
  /** The smallest size of a weight by which its step is multiplied, 0.001 by default. */
  epsilon2?: number;
  /** The size of a step above which it is scaled down, 1 by default. */
  clipThreshold?: number;
  /** Whether the learning rate is bounded by 1 / sqrt(t); in Keras, and so here, it always is. True by default. */
  relativeStep?: boolean;
}

const optionNames = ["beta2Decay", "epsilon1", "epsilon2", "clipThreshold", "relativeStep"] as const;

class AdafactorOptimizer extends Optimizer {
  override readonly interleaved = 3;
  readonly #numbers: { decay: number; tiny: number; smallest: number; threshold: number };

  constructor(options: AdafactorOptions) {
    super("Adafactor", options, 1e-3, optionNames, ["row", "column", "velocity"]);
    checkNumbers("Adafactor", options, "a finite number", ["beta2Decay"]);
    checkNumbers("Adafactor", options, "a number from 0", ["epsilon1", "epsilon2"]);
    checkNumbers("Adafactor", options, "a number above 0", ["clipThreshold"]);
    const { beta2Decay: decay = -0.8, epsilon1: tiny = 1e-30, epsilon2: smallest = 1e-3 } = options;
    this.#numbers = { decay, tiny, smallest, threshold: options.clipThreshold ?? 1 };
  }

  /** Weights of fewer than two axes have no means of rows and columns; a number stands in their place, as in Keras. */
  override slotShape(name: string, { shape }: Tensor): Shape {
    if (name === "row") return shape.length < 2 ? [] : shape.slice(0, -1);
    if (name === "column") return shape.length < 2 ? [] : [...shape.slice(0, -2), shape.at(-1)!];
    return shape;
  }

  protected override update(w: Tensor, slots: readonly Variable[], g: Tensor, learningRate: number): void {
    const { decay, tiny, smallest, threshold } = this.#numbers;
    const [row, column, v] = slots;
    const t = this.updates + 1;
    const share = Math.fround(1 - Math.fround(pow(t, decay)));
    const squares = affine(square(g), 1, tiny);
    if (w.shape.length < 2) this.assign(v, mix(v, squares, share));
    else {
      this.assign(row, mix(row, mean(squares, -1), share));
      this.assign(column, mix(column, mean(squares, -2), share));
      const rows = divide(row, mean(row, -1, true));
      this.assign(v, multiply(asRows(rows), reshape(column, [...w.shape.slice(0, -2), 1, w.shape.at(-1)!])));
    }
    const step = divide(g, sqrt(v));
    const bounded = divide(step, maximum(affine(size(step), 1 / threshold), 1));
    const rate = affine(maximum(size(w), smallest), Math.min(learningRate, 1 / Math.sqrt(t)));
    this.assign(w, subtract(w, multiply(bounded, rate)));
  }
}

/** The root of the mean square. */
const size = (x: Tensor): Tensor => sqrt(mean(square(x)));
const asRows = (x: Tensor): Tensor => reshape(x, [...x.shape, 1]);

export const Adafactor = /* @__PURE__ */ optimizerFactory<AdafactorOptions>(
  "Adafactor",
  (options) => new AdafactorOptimizer(options),
  optionNames,
);
