import { checkNumber } from "../errors.js";
import { callable, type ComputeOptions, type LayerOptions } from "../layer.js";
import { multiply } from "../ops/index.js";
import { type RandomStream, randomStream } from "../random.js";
import { drawn, type Tensor } from "../tensor.js";
import { SameShapeLayer } from "./sameShape.js";

/** The options of `GaussianDropout`. */
export interface GaussianDropoutOptions extends LayerOptions {
  /** The rate of the dropout that has noise of this strength, from 0, below 1. Required. */
  rate: number;
  /** The seed of the noise; the next stream of the global seed (`setSeed`) by default. */
  seed?: number | null;
}

/** The class of `GaussianDropout` layers, for subclasses and `instanceof`. */
export class GaussianDropoutLayer extends SameShapeLayer {
  static override className = "GaussianDropout";
  /** The rate of the dropout that has noise of this strength. */
  readonly rate: number;
  /** The random stream of the noise, which advances with each call in training and is saved with the model. */
  random: RandomStream;

  constructor(options: GaussianDropoutOptions) {
    super(options, ["rate", "seed"]);
    this.rate = checkNumber(this.label, "rate", options.rate, "a number from 0, below 1");
    this.random = randomStream(options.seed);
  }

  override call([x]: Tensor[], { training }: ComputeOptions): Tensor[] {
    const { rate, random } = this;
    if (!training || rate === 0) return [x];
    const stddev = Math.sqrt(rate / (1 - rate));
    return [
      multiply(
        x,
        drawn(x.shape, random, () => 1 + stddev * random.normal()),
      ),
    ];
  }
}

/**
 * Makes a layer that multiplies elements by normally distributed numbers of mean 1 in training, with the standard
 * deviation sqrt(rate / (1 - rate)) (Srivastava et al., 2014), and gives x itself otherwise. Any shape, result of the same
 * shape.
 *
 * @throws ArgumentError for a rate below 0 or from 1 on, for which there is no noise. (Keras fails at the first step of training.)
 */
export const GaussianDropout = /* @__PURE__ */ callable(GaussianDropoutLayer);
