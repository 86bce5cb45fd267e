import { ShapeError, shapeText } from "../errors.js";
import { callable, type LayerOptions } from "../layer.js";
import { add, affine, divide, mean, multiply, reshape, sqrt, square, subtract } from "../ops/index.js";
import { normalizeAxis, type PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { SameShapeLayer } from "./sameShape.js";
import { type WeightOptions, weightOptions, type WeightRules, weightRules } from "./weightOptions.js";

export interface LayerNormalizationOptions extends LayerOptions, WeightOptions<"beta" | "gamma"> {
  /** The axes over which mean and variance are taken, and which gamma and beta have; the last by default. */
  axis?: number | readonly number[];
  /** Added to the variance before its root is taken; 0.001 by default. */
  epsilon?: number;
  /** Whether there is a weight beta, added to the result; true by default. */
  center?: boolean;
  /** Whether there is a weight gamma, a factor of the result; true by default. */
  scale?: boolean;
}

export class LayerNormalizationLayer extends SameShapeLayer {
  static override className = "LayerNormalization";
  readonly axis: readonly number[];
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  readonly #gamma: WeightRules;
  readonly #beta: WeightRules;
  /** Both of the sizes of the axes. */
  gamma: Variable | undefined;
  beta: Variable | undefined;
  /** What the weights were made for. */
  #sizes: readonly number[] | undefined;

  constructor(options: LayerNormalizationOptions = {}) {
    super(options, ["axis", "epsilon", "center", "scale", ...weightOptions("beta", "gamma")]);
    this.axis = [options.axis ?? -1].flat();
    this.epsilon = options.epsilon ?? 0.001;
    this.center = options.center ?? true;
    this.scale = options.scale ?? true;
    this.#gamma = weightRules(this.label, options, "gamma", "ones");
    this.#beta = weightRules(this.label, options, "beta", "zeros");
  }

  override build([shape]: PartialShape[]): void {
    const sizes = (this.#sizes = this.#axes(shape).map((axis) => shape[axis]!));
    if (this.scale) this.gamma = this.addWeight("gamma", sizes, this.#gamma);
    if (this.center) this.beta = this.addWeight("beta", sizes, this.#beta);
  }

  override call([x]: Tensor[]): Tensor[] {
    const axes = this.#axes(x.shape);
    const centred = subtract(x, mean(x, axes, true));
    const deviation = sqrt(affine(mean(square(centred), axes, true), 1, this.epsilon));
    const repeated = x.shape.map((size, axis) => (axes.includes(axis) ? size : 1));
    const { gamma, beta } = this;
    const y = divide(centred, deviation);
    const scaled = gamma ? multiply(y, reshape(gamma, repeated)) : y;
    return [beta ? add(scaled, reshape(beta, repeated)) : scaled];
  }

  protected override checkShape(x: PartialShape): void {
    const sizes = this.#axes(x).map((axis) => x[axis]);
    if (sizes.includes(null)) {
      throw new ShapeError(`${this.label}: sizes of axes ${shapeText(this.axis)} in ${shapeText(x)} must be known.`);
    }
    if (this.#sizes && shapeText(this.#sizes) !== shapeText(sizes)) {
      throw new ShapeError(`${this.label}: was built for ${shapeText(this.#sizes)}, received ${shapeText(x)}.`);
    }
  }

  /** In order, as their weights have them. */
  #axes(shape: PartialShape): number[] {
    return this.axis.map((axis) => normalizeAxis(this.label, axis, shape.length)).sort((a, b) => a - b);
  }
}

/**
 * Makes a layer that normalizes each sample by itself (Ba et al., 2016): (x - mean) / sqrt(variance + epsilon) gamma +
 * beta. Any shape, result of the same shape. Weights of the sizes of the axes: gamma ("ones" by default), beta
 * ("zeros").
 *
 * @throws ArgumentError for unknown names.
 */
export const LayerNormalization = callable(LayerNormalizationLayer);
