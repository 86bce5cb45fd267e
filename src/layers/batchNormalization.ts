import { ShapeError, shapeText } from "../errors.js";
import { getInitializer, type Initializer, type InitializerFunction } from "../initializers.js";
import { type CallOptions, callable, Layer, type LayerOptions } from "../layer.js";
import { batchNorm, batchNormTraining, stack, transpose } from "../ops/index.js";
import { moveMoments } from "../ops/movingMoments.js";
import { normalizeAxis, type PartialShape } from "../shape.js";
import { ones, type Tensor, type Variable, zeros } from "../tensor.js";
import { checkOne } from "./check.js";

export interface BatchNormalizationOptions extends LayerOptions {
  /** The axis of the channels; the last unless given. */
  axis?: number;
  /** How much the moving averages keep at each update; 0.99 unless given. */
  momentum?: number;
  /** Added to the variance; 0.001 unless given. */
  epsilon?: number;
  /** Whether there is a beta, added to the result. */
  center?: boolean;
  /** Whether there is a gamma, a factor of the result. */
  scale?: boolean;
  betaInitializer?: Initializer;
  gammaInitializer?: Initializer;
  movingMeanInitializer?: Initializer;
  movingVarianceInitializer?: Initializer;
}

const initializers = {
  gamma: ["gammaInitializer", "ones"],
  beta: ["betaInitializer", "zeros"],
  moving_mean: ["movingMeanInitializer", "zeros"],
  moving_variance: ["movingVarianceInitializer", "ones"],
} as const;

export class BatchNormalizationLayer extends Layer {
  static override className = "BatchNormalization";
  readonly axis: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  readonly #initializers: Record<keyof typeof initializers, InitializerFunction>;
  /** All [channels]. */
  gamma: Variable | undefined;
  beta: Variable | undefined;
  movingMean!: Variable;
  movingVariance!: Variable;

  constructor(options: BatchNormalizationOptions = {}) {
    const ofWeights = Object.values(initializers).map(([option]) => option);
    super(options, ["axis", "momentum", "epsilon", "center", "scale", ...ofWeights]);
    this.axis = options.axis ?? -1;
    this.momentum = options.momentum ?? 0.99;
    this.epsilon = options.epsilon ?? 0.001;
    this.center = options.center ?? true;
    this.scale = options.scale ?? true;
    const read = (weight: keyof typeof initializers) => {
      const [option, usual] = initializers[weight];
      return getInitializer(this.label, options[option] ?? usual);
    };
    this.#initializers = {
      gamma: read("gamma"),
      beta: read("beta"),
      moving_mean: read("moving_mean"),
      moving_variance: read("moving_variance"),
    };
  }

  override build(shape: PartialShape): void {
    const channels = [this.#channels(shape)];
    const add = (name: keyof typeof initializers, trainable: boolean) =>
      this.addWeight(name, channels, this.#initializers[name], { trainable });
    if (this.scale) this.gamma = add("gamma", true);
    if (this.center) this.beta = add("beta", true);
    this.movingMean = add("moving_mean", false);
    this.movingVariance = add("moving_variance", false);
  }

  override call(x: Tensor, { training = false, steps = 1 }: CallOptions): Tensor {
    const axis = normalizeAxis(this.label, this.axis, x.shape.length);
    const last = x.shape.length - 1;
    if (axis === last) return this.#normalize(x, training && this.trainable, steps);
    const order = x.shape.map((_, i) => (i === axis ? last : i === last ? axis : i)); // its own inverse
    return transpose(this.#normalize(transpose(x, order), training && this.trainable, steps), order);
  }

  /** x: [batch, ..., channels]. */
  #normalize(x: Tensor, training: boolean, steps: number): Tensor {
    const { movingMean, movingVariance, epsilon } = this;
    const gamma = this.gamma ?? ones(movingMean.shape);
    const beta = this.beta ?? zeros(movingMean.shape);
    if (!training) {
      const moments = stack([stack([movingMean]), stack([movingVariance])]);
      return batchNorm(x, gamma, beta, moments, epsilon);
    }
    const { y, moments } = batchNormTraining(x, gamma, beta, { epsilon, steps });
    moveMoments(movingMean, movingVariance, moments, this.momentum);
    return y;
  }

  override computeOutputShape(shape: PartialShape): PartialShape {
    const x = checkOne(this.label, shape);
    const channels = this.#channels(x);
    if (this.built && channels !== this.movingMean.size) {
      throw new ShapeError(
        `${this.label}: was built for ${this.movingMean.size} channels, received ${shapeText(x)} with axis ${this.axis}.`,
      );
    }
    return x;
  }

  #channels(shape: PartialShape): number {
    if (shape.length < 2) {
      throw new ShapeError(`${this.label}: expected [batch, ..., channels], received ${shapeText(shape)}.`);
    }
    const size = shape[normalizeAxis(this.label, this.axis, shape.length)];
    if (size !== null) return size;
    throw new ShapeError(`${this.label}: the number of channels in ${shapeText(shape)} must be known.`);
  }
}

/**
 * Batch normalization (Ioffe and Szegedy, 2015): (x - mean) / sqrt(variance + epsilon) gamma + beta, channel by channel.
 * x: [batch, ..., channels], result alike. In training (unless frozen by `trainable = false`) mean and variance are those of
 * x, and the moving averages follow them; otherwise the moving averages are used.
 * The variance is the biased one throughout, as in Keras 3. Under TimeDistributed each step of time has statistics of its
 * own and moves the averages once, as if the layer had been called step by step.
 * Weights: gamma, beta, moving_mean, moving_variance, each [channels].
 */
export const BatchNormalization = callable(BatchNormalizationLayer);
