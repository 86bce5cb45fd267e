/** Augmentations that mix the frames of a batch. */
import { log } from "../../elementary.js";
import { checkNumber } from "../../errors.js";
import { callable } from "../../layer.js";
import { add, gather, multiply, subtract } from "../../ops/index.js";
import { where } from "../../ops/where.js";
import { pow } from "../../powers.js";
import { type Tensor, tensor } from "../../tensor.js";
import {
  AugmentationLayer,
  type AugmentationOptions,
  column,
  type Draws,
  type Factor,
  type Range,
  readFactor,
} from "./augmentation.js";
import { boxes } from "./boxes.js";

/** Draws from the gamma distribution of a shape (Marsaglia and Tsang, "A simple method", 2000). */
function gamma(draws: Draws, shape: number): number {
  if (shape < 1) return gamma(draws, shape + 1) * pow(1 - draws.once([0, 1]), 1 / shape);
  const d = shape - 1 / 3;
  for (;;) {
    const x = draws.normal();
    const root = 1 + x / Math.sqrt(9 * d);
    const v = root * root * root;
    if (v > 0 && log(1 - draws.once([0, 1])) < 0.5 * x * x + d - d * v + d * log(v)) return d * v;
  }
}

/** Draws from the beta distribution of two equal parameters. */
function beta(draws: Draws, alpha: number): number {
  const [a, b] = [gamma(draws, alpha), gamma(draws, alpha)];
  return a + b === 0 ? Number(draws.once([0, 1]) < 0.5) : a / (a + b); // both underflow where alpha is tiny
}

/** Gives each frame that of the same place in another clip. */
const shuffled = (x: Tensor, draws: Draws): Tensor => gather(x, tensor(draws.shuffledRows()));

/** The options of `MixUp`. */
export interface MixUpOptions extends AugmentationOptions {
  /** The two parameters of the beta distribution of shares, above 0; 0.2 by default. */
  alpha?: number;
}

/** The class of `MixUp` layers, for subclasses and `instanceof`. */
export class MixUpLayer extends AugmentationLayer {
  static override className = "MixUp";
  /** The parameters of the distribution of shares. */
  readonly alpha: number;

  constructor(options: MixUpOptions = {}) {
    super(options, ["alpha"]);
    this.alpha = checkNumber(this.label, "alpha", options.alpha ?? 0.2, "a number above 0");
  }

  protected override transform(x: Tensor, draws: Draws): Tensor {
    const other = shuffled(x, draws);
    const shares = column(draws.spread(() => beta(draws, this.alpha)));
    return add(other, multiply(shares, subtract(x, other)));
  }
}

/**
 * Makes a layer that mixes each frame of the batch with another in training (Zhang et al., "mixup", 2017), and gives x
 * itself otherwise: `[batch, height, width, channels]` or clips with an axis of time, which are mixed whole. As for
 * Keras's layer on tensors, targets stay as they are.
 *
 * @throws ArgumentError for an alpha that is not above 0.
 */
export const MixUp = /* @__PURE__ */ callable(MixUpLayer);

/** The options of `CutMix`. */
export interface CutMixOptions extends AugmentationOptions {
  /** The parameters of the beta distribution of shares, 0 to 1: the largest value or a range; 1 by default. */
  factor?: Factor;
}

/** The class of `CutMix` layers, for subclasses and `instanceof`. */
export class CutMixLayer extends AugmentationLayer {
  static override className = "CutMix";
  /** The range of the parameters of the distribution of shares. */
  readonly factor: Range;

  constructor(options: CutMixOptions = {}) {
    super(options, ["factor"]);
    this.factor = readFactor(this.label, "factor", options.factor ?? 1, [0, 1], true);
  }

  protected override transform(x: Tensor, draws: Draws): Tensor {
    const alpha = draws.once(this.factor) + 1e-6;
    const sides = draws.spread(() => Math.sqrt(1 - beta(draws, alpha)));
    const box = boxes(draws, x.shape, sides, sides);
    return where(box, shuffled(x, draws), x);
  }
}

/**
 * Makes a layer that puts a box of another frame of the batch into each frame in training (Yun et al., "CutMix", 2019),
 * and gives x itself otherwise: `[batch, height, width, channels]` or clips with an axis of time, which are mixed whole.
 * As for Keras's layer on tensors, targets stay as they are.
 *
 * @throws ArgumentError for a factor outside of 0 to 1.
 */
export const CutMix = /* @__PURE__ */ callable(CutMixLayer);
