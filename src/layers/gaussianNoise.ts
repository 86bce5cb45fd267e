import { callable, type ComputeOptions, type LayerOptions } from "../layer.js";
import { add } from "../ops/index.js";
import { type RandomStream, randomStream } from "../random.js";
import { drawn, type Tensor } from "../tensor.js";
import { share } from "./check.js";
import { SameShapeLayer } from "./sameShape.js";

/** The options of `GaussianNoise`. */
export interface GaussianNoiseOptions extends LayerOptions {
  /** The noise's standard deviation, from 0 to 1. Required. */
  stddev: number;
  /** The seed of the noise; the next stream of the global seed (`setSeed`) by default. */
  seed?: number | null;
}

/** The class of `GaussianNoise` layers, for subclasses and `instanceof`. */
export class GaussianNoiseLayer extends SameShapeLayer {
  static override className = "GaussianNoise";
  /** The noise's standard deviation. */
  readonly stddev: number;
  /** The random stream of the noise, which advances with each call in training and is saved with the model. */
  random: RandomStream;

  constructor(options: GaussianNoiseOptions) {
    super(options, ["stddev", "seed"]);
    this.stddev = share(this.label, "stddev", options.stddev);
    this.random = randomStream(options.seed);
  }

  override call([x]: Tensor[], { training }: ComputeOptions): Tensor[] {
    if (!training || this.stddev === 0) return [x];
    const { stddev, random } = this;
    return [
      add(
        x,
        drawn(x.shape, random, () => stddev * random.normal()),
      ),
    ];
  }
}

/**
 * Makes a layer that adds normally distributed noise of mean 0 in training and gives x itself otherwise. Any shape,
 * result of the same shape.
 *
 * @throws ArgumentError for a standard deviation that is not between 0 and 1.
 */
export const GaussianNoise = callable(GaussianNoiseLayer);
