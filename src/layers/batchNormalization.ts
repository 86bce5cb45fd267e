import { ShapeError, shapeText } from "../errors.js";
import { getInitializer, type Initializer, type InitializerFunction } from "../initializers.js";
import { type CallOptions, callable, Layer, type LayerOptions } from "../layer.js";
import { batchNorm, batchNormTraining, multiply, stack, transpose } from "../ops/index.js";
import { batchNormMasked } from "../ops/batchNormMasked.js";
import { alignMask } from "../ops/where.js";
import { moveMoments } from "../ops/movingMoments.js";
import { normalizeAxis, type PartialShape } from "../shape.js";
import { ones, type Tensor, type Variable, zeros } from "../tensor.js";
import { checkOne } from "./check.js";
import { type WeightOptions, weightOptions, type WeightRules, weightRules } from "./weightOptions.js";

export interface BatchNormalizationOptions extends LayerOptions, WeightOptions<"beta" | "gamma"> {
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
  movingMeanInitializer?: Initializer;
  movingVarianceInitializer?: Initializer;
}

export class BatchNormalizationLayer extends Layer {
  static override className = "BatchNormalization";
  readonly axis: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  readonly #gamma: WeightRules;
  readonly #beta: WeightRules;
  readonly #movingMean: InitializerFunction;
  readonly #movingVariance: InitializerFunction;
  /** All [channels]. */
  gamma: Variable | undefined;
  beta: Variable | undefined;
  movingMean!: Variable;
  movingVariance!: Variable;

  constructor(options: BatchNormalizationOptions = {}) {
    super(options, [
      ...["axis", "momentum", "epsilon", "center", "scale", "movingMeanInitializer", "movingVarianceInitializer"],
      ...weightOptions("beta", "gamma"),
    ]);
    this.axis = options.axis ?? -1;
    this.momentum = options.momentum ?? 0.99;
    this.epsilon = options.epsilon ?? 0.001;
    this.center = options.center ?? true;
    this.scale = options.scale ?? true;
    this.#gamma = weightRules(this.label, options, "gamma", "ones");
    this.#beta = weightRules(this.label, options, "beta", "zeros");
    this.#movingMean = getInitializer(this.label, options.movingMeanInitializer ?? "zeros");
    this.#movingVariance = getInitializer(this.label, options.movingVarianceInitializer ?? "ones");
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override build(shape: PartialShape): void {
    const channels = [this.#channels(shape)];
    const fixed = { trainable: false };
    if (this.scale) this.gamma = this.addWeight("gamma", channels, this.#gamma.initializer, this.#gamma);
    if (this.center) this.beta = this.addWeight("beta", channels, this.#beta.initializer, this.#beta);
    this.movingMean = this.addWeight("moving_mean", channels, this.#movingMean, fixed);
    this.movingVariance = this.addWeight("moving_variance", channels, this.#movingVariance, fixed);
  }

  override call(x: Tensor, { training = false, steps = 1, mask }: CallOptions): Tensor {
    const axis = normalizeAxis(this.label, this.axis, x.shape.length);
    const last = x.shape.length - 1;
    const [given] = [mask].flat();
    const used = given && multiply(ones(x.shape), alignMask(given, x));
    if (axis === last) return this.#normalize(x, training && this.trainable, steps, used);
    const order = x.shape.map((_, i) => (i === axis ? last : i === last ? axis : i)); // its own inverse
    const turned = (whole: Tensor) => transpose(whole, order);
    return turned(this.#normalize(turned(x), training && this.trainable, steps, used && turned(used)));
  }

  /** x: [batch, ..., channels]; used: 1 for the elements that count in the statistics, 0 for the others. */
  #normalize(x: Tensor, training: boolean, steps: number, used: Tensor | undefined): Tensor {
    const { movingMean, movingVariance, epsilon } = this;
    const gamma = this.gamma ?? ones(movingMean.shape);
    const beta = this.beta ?? zeros(movingMean.shape);
    if (!training) {
      const moments = stack([stack([movingMean]), stack([movingVariance])]);
      return batchNorm(x, gamma, beta, moments, epsilon);
    }
    const work = used ? batchNormMasked : batchNormTraining;
    const { y, moments } = work(x, gamma, beta, { epsilon, steps, used: used! });
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
 * Steps that are masked count in no statistics; they are normalized like the others.
 * Weights: gamma, beta, moving_mean, moving_variance, each [channels].
 */
export const BatchNormalization = callable(BatchNormalizationLayer);
