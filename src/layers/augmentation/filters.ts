/** Augmentations that sharpen and blur. */
import { ArgumentError, checkList, shown } from "../../errors.js";
import { callable } from "../../layer.js";
import { add, clip, depthwiseConv2d, multiply, subtract } from "../../ops/index.js";
import { exp } from "../../powers.js";
import { type Tensor, tensor } from "../../tensor.js";
import { applyWhere, column, type Draws, type Factor, type Range, readFactor } from "./augmentation.js";
import { FactorLayer, type ValueRangeOptions } from "./colour.js";

/** Computes each channel's sums over windows, with zeros around frames. `kernel`: rows by columns. */
function filter(x: Tensor, kernel: readonly number[], rows: number, columns: number): Tensor {
  const channels = x.shape[3];
  const repeated = kernel.flatMap((weight) => new Array<number>(channels).fill(weight));
  return depthwiseConv2d(x, tensor(Float32Array.from(repeated), [rows, columns, channels, 1]), { padding: "same" });
}

/** The class of `RandomSharpness` layers, for subclasses and `instanceof`. */
export class RandomSharpnessLayer extends FactorLayer {
  static override className = "RandomSharpness";
  static override bounds: Range = [0, 1];

  protected override transform(x: Tensor, draws: Draws): Tensor {
    const smooth = filter(x, [1, 1, 1, 1, 5, 1, 1, 1, 1].map((weight) => weight / 13), 3, 3); // prettier-ignore
    const shares = draws.numbers(this.factor).map((factor) => 1 - 2 * factor);
    return clip(add(x, multiply(column(shares), subtract(smooth, x))), ...this.valueRange);
  }
}

/**
 * Makes a layer that blurs or sharpens frames at random in training, from smooth (0) over unchanged (0.5) to sharp (1),
 * and gives x itself otherwise: `[batch, height, width, channels]` or clips with an axis of time, whose frames change
 * alike.
 *
 * @throws ArgumentError for a factor outside of 0 to 1, and for no range of values.
 */
export const RandomSharpness = /* @__PURE__ */ callable(RandomSharpnessLayer);

/** The largest side of a window, as its weights are computed on the host. */
const largestKernel = 1023;

/** The options of `RandomGaussianBlur`. */
export interface RandomGaussianBlurOptions extends ValueRangeOptions {
  /** The probability, 0 to 1: its largest value or a range from which it is drawn; 1 by default. */
  factor?: Factor;
  /** The size of the windows, a number or a pair; 3 by default. */
  kernelSize?: number | readonly number[];
  /** The standard deviation in pixels: its largest value, 0 to 1, or the two ends of a range; 1 by default. */
  sigma?: Factor;
}

/** The class of `RandomGaussianBlur` layers, for subclasses and `instanceof`. */
export class RandomGaussianBlurLayer extends FactorLayer {
  static override className = "RandomGaussianBlur";
  static override bounds: Range = [0, 1];
  /** The size of the windows. */
  readonly kernelSize: readonly number[];
  /** The range of standard deviations. */
  readonly sigma: Range;

  constructor(options: RandomGaussianBlurOptions = {}) {
    super({ factor: 1, ...options }, ["kernelSize", "sigma"]);
    const { kernelSize = 3, sigma = 1 } = Object(options) as RandomGaussianBlurOptions;
    this.kernelSize = checkList(this.label, "kernelSize", kernelSize, 2, "a whole number from 1");
    if (this.kernelSize.some((size) => size % 2 === 0 || size > largestKernel)) {
      throw new ArgumentError(
        `${this.label}: kernelSize ${shown(this.kernelSize)}; expected odd numbers up to ${largestKernel}.`,
      );
    }
    this.sigma = readFactor(this.label, "sigma", sigma, [0, 1], true);
  }

  protected override transform(x: Tensor, draws: Draws): Tensor {
    const flags = draws.flags(this.factor);
    const [across, down] = this.kernelSize.map((size) => bell(size, draws.once(this.sigma) + 1e-6));
    // As in Keras, where the two sizes differ, the products fill the window row by row.
    const kernel = down.flatMap((a) => across.map((b) => a * b));
    return clip(applyWhere(flags, filter(x, kernel, this.kernelSize[0], this.kernelSize[1]), x), ...this.valueRange);
  }
}

/** The weights of a window of a normal distribution, which sum to 1. */
function bell(size: number, sigma: number): number[] {
  const weights = Array.from({ length: size }, (_, i) => {
    const distance = (i - (size - 1) / 2) / sigma;
    return exp(-0.5 * distance * distance);
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/**
 * Makes a layer that blurs frames by chance in training, by one pair of standard deviations for the whole batch, and
 * gives x itself otherwise: `[batch, height, width, channels]` or clips with an axis of time, whose frames change alike.
 *
 * @throws ArgumentError for factors outside of 0 to 1, sizes that are not odd, and no range of values.
 */
export const RandomGaussianBlur = /* @__PURE__ */ callable(RandomGaussianBlurLayer);
