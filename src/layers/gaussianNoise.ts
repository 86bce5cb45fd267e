import { callable, type ComputeOptions, type LayerOptions } from "../layer.js";
import { add } from "../ops/index.js";
import { type RandomStream, randomStream } from "../random.js";
import { type Tensor, tensor } from "../tensor.js";
import { numberFrom0 } from "./check.js";
import { SameShapeLayer } from "./sameShape.js";

export interface GaussianNoiseOptions extends LayerOptions {
  /** The noise's standard deviation, from 0 to 1. */
  stddev: number;
  /** The seed of the noise; by default the next stream of the global seed (`setSeed`). */
  seed?: number | null;
}

export class GaussianNoiseLayer extends SameShapeLayer {
  static override className = "GaussianNoise";
  readonly stddev: number;
  /** Moves on with every call in training; kept with the model. */
  random: RandomStream;

  constructor(options: GaussianNoiseOptions) {
    super(options, ["stddev", "seed"]);
    this.stddev = numberFrom0(this.label, "stddev", options.stddev, 1);
    this.random = randomStream(options.seed);
  }

  override call([x]: Tensor[], { training }: ComputeOptions): Tensor[] {
    if (!training || this.stddev === 0) return [x];
    const noise = Float32Array.from({ length: x.size }, () => this.stddev * this.random.normal());
    return [add(x, tensor(noise, x.shape))];
  }
}

/**
 * Makes a layer that adds normal noise around 0 in training and gives x itself otherwise. Any shape, result of the same
 * shape.
 *
 * @throws ArgumentError for a standard deviation that is not between 0 and 1.
 */
export const GaussianNoise = callable(GaussianNoiseLayer);
