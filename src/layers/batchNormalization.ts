import { ShapeError, shapeText } from "../errors.js";
import { getInitializer, type Initializer, type InitializerFunction } from "../initializers.js";
import { callable, type ComputeOptions } from "../layer.js";
import { batchNorm, batchNormTraining, multiply, stack, transpose } from "../ops/index.js";
import { batchNormMasked } from "../ops/batchNormMasked.js";
import { alignMask } from "../ops/where.js";
import { moveMoments } from "../ops/movingMoments.js";
import { normalizeAxis, type PartialShape } from "../shape.js";
import { ones, type Tensor, type Variable, zeros } from "../tensor.js";
import { knownSize, share } from "./check.js";
import { NormalizationLayer, type NormalizationOptions } from "./normalization.js";

/** The options of `BatchNormalization`. */
export interface BatchNormalizationOptions extends NormalizationOptions {
  /** The axis of the channels; the last by default. */
  axis?: number;
  /** The share of the moving averages that an update keeps; 0.99 by default. */
  momentum?: number;
  /** First values of the moving mean; "zeros" by default. */
  movingMeanInitializer?: Initializer;
  /** First values of the moving variance; "ones" by default. */
  movingVarianceInitializer?: Initializer;
}

/** The class of `BatchNormalization` layers, for subclasses and `instanceof`. */
export class BatchNormalizationLayer extends NormalizationLayer {
  static override className = "BatchNormalization";
  /** The axis of the channels. */
  readonly axis: number;
  /** The share of the moving averages that an update keeps. */
  readonly momentum: number;
  readonly #movingMean: InitializerFunction;
  readonly #movingVariance: InitializerFunction;
  /** The moving mean of each channel, `[channels]`. */
  movingMean!: Variable;
  /** The moving variance of each channel, `[channels]`. */
  movingVariance!: Variable;

  constructor(options: BatchNormalizationOptions = {}) {
    super(options, ["axis", "momentum", "movingMeanInitializer", "movingVarianceInitializer"]);
    this.axis = options.axis ?? -1;
    this.momentum = share(this.label, "momentum", options.momentum ?? 0.99);
    this.#movingMean = getInitializer(this.label, options.movingMeanInitializer ?? "zeros");
    this.#movingVariance = getInitializer(this.label, options.movingVarianceInitializer ?? "ones");
  }

  override build([shape]: PartialShape[]): void {
    const channels = [this.#channels(shape)];
    const moving = (name: string, initializer: InitializerFunction) =>
      this.addWeight(name, channels, { initializer, trainable: false });
    this.addScaleAndShift(channels);
    this.movingMean = moving("moving_mean", this.#movingMean);
    this.movingVariance = moving("moving_variance", this.#movingVariance);
  }

  override call([x]: Tensor[], { training, timeSteps, masks: [mask] }: ComputeOptions): Tensor[] {
    const axis = normalizeAxis(this.label, this.axis, x.shape.length);
    const last = x.shape.length - 1;
    const isTraining = training && this.trainable;
    const used = mask && multiply(ones(x.shape), alignMask(mask, x));
    if (axis === last) return [this.#normalize(x, isTraining, timeSteps, used)];
    const order = x.shape.map((_, i) => (i === axis ? last : i === last ? axis : i)); // its own inverse
    const turned = (whole: Tensor) => transpose(whole, order);
    return [turned(this.#normalize(turned(x), isTraining, timeSteps, used && turned(used)))];
  }

  /** x: [batch, ..., channels]; used: 1 for the elements that count in the statistics, 0 for the others. */
  #normalize(x: Tensor, training: boolean, timeSteps: number, used: Tensor | undefined): Tensor {
    const { movingMean, movingVariance, epsilon } = this;
    const gamma = this.gamma ?? ones(movingMean.shape);
    const beta = this.beta ?? zeros(movingMean.shape);
    if (!training) {
      const moments = stack([stack([movingMean]), stack([movingVariance])]);
      return batchNorm(x, gamma, beta, moments, epsilon);
    }
    const options = { epsilon, steps: timeSteps };
    const { y, moments } = used
      ? batchNormMasked(x, gamma, beta, { ...options, used })
      : batchNormTraining(x, gamma, beta, options);
    moveMoments(movingMean, movingVariance, moments, this.momentum);
    return y;
  }

  protected override checkShape(x: PartialShape): void {
    this.#channels(x, this.built ? this.movingMean.size : undefined);
  }

  #channels(shape: PartialShape, built?: number): number {
    if (shape.length < 2) {
      throw new ShapeError(`${this.label}: expected [batch, ..., channels], received ${shapeText(shape)}.`);
    }
    return knownSize(this.label, shape, "channels", built, normalizeAxis(this.label, this.axis, shape.length));
  }
}

/**
 * Makes a layer that normalizes every channel (Ioffe and Szegedy, 2015): (x - mean) / sqrt(variance + epsilon) gamma +
 * beta. x `[batch, ..., channels]`, result of the same shape. Weights, each `[channels]`: gamma ("ones" by default),
 * beta ("zeros"), moving_mean ("zeros"), moving_variance ("ones").
 *
 * In training (unless frozen by `trainable = false`) mean and variance are those of x, and the moving averages follow
 * them; otherwise the moving averages are used. The variance is the biased one throughout, as in Keras 3. Inside
 * TimeDistributed each time step has its own statistics and updates the averages once, as if the layer had been called
 * for one time step after the other. Masked time steps are left out of the statistics; they are normalized like the
 * others.
 *
 * @throws ArgumentError for unknown names.
 * @example
 * const y = BatchNormalization()(Conv2D({ filters: 8, kernelSize: 3, useBias: false })(x));
 */
export const BatchNormalization = callable(BatchNormalizationLayer);
