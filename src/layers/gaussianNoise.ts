import { ArgumentError } from "../errors.js";
import { type ComputeOptions, callable, Layer, type LayerOptions } from "../layer.js";
import { add } from "../ops/index.js";
import { type RandomStream, randomStream } from "../random.js";
import type { PartialShape } from "../shape.js";
import { type Tensor, tensor } from "../tensor.js";

export interface GaussianNoiseOptions extends LayerOptions {
  /** The noise's standard deviation, from 0 to 1. */
  stddev: number;
  /** Without one, the next stream of the global seed (`setSeed`). */
  seed?: number | null;
}

export class GaussianNoiseLayer extends Layer {
  static override className = "GaussianNoise";
  readonly stddev: number;
  /** Moves on with every mask; kept with the model. */
  random: RandomStream;

  constructor(options: GaussianNoiseOptions) {
    super(options, ["stddev", "seed"]);
    this.stddev = options.stddev;
    if (!(this.stddev >= 0 && this.stddev <= 1)) {
      throw new ArgumentError(`${this.label}: stddev ${options.stddev}; expected a number from 0 to 1.`);
    }
    this.random = randomStream(options.seed);
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override call([x]: Tensor[], { training }: ComputeOptions): Tensor[] {
    if (!training || this.stddev === 0) return [x];
    const noise = Float32Array.from({ length: x.size }, () => this.stddev * this.random.normal());
    return [add(x, tensor(noise, x.shape))];
  }

  override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
    return shapes;
  }
}

/** In training, adds normal noise around 0; otherwise hands x on. Any shape, result alike. */
export const GaussianNoise = callable(GaussianNoiseLayer);
