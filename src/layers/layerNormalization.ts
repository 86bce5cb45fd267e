import { ShapeError, shapeText } from "../errors.js";
import { callable } from "../layer.js";
import { add, affine, divide, mean, multiply, reshape, slice, sqrt, square, subtract } from "../ops/index.js";
import { normalizeAxis, type PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { NormalizationLayer, type NormalizationOptions } from "./normalization.js";

/** The options of `LayerNormalization`. */
export interface LayerNormalizationOptions extends NormalizationOptions {
  /** The axes over which mean and variance are taken, and which gamma and beta have; the last by default. */
  axis?: number | readonly number[];
}

/** The class of `LayerNormalization` layers, for subclasses and `instanceof`. */
export class LayerNormalizationLayer extends NormalizationLayer {
  static override className = "LayerNormalization";
  /** The axes over which mean and variance are taken. */
  readonly axis: readonly number[];
  /** The sizes of the axes that the weights were made for. */
  #sizes: readonly number[] | undefined;

  constructor(options: LayerNormalizationOptions = {}) {
    super(options, ["axis"]);
    this.axis = [options.axis ?? -1].flat();
  }

  override build([shape]: PartialShape[]): void {
    const sizes = (this.#sizes = this.#axes(shape).map((axis) => shape[axis]!));
    this.addScaleAndShift(sizes);
  }

  override call([x]: Tensor[]): Tensor[] {
    const axes = this.#axes(x.shape);
    // Equal values leave 0, and not the rounding of their mean, which for a row of 1e20 is larger than epsilon.
    const [start, one] = [x.shape.map(() => 0), x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))];
    const shifted = subtract(x, slice(x, start, one));
    const centred = subtract(shifted, mean(shifted, axes, true));
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

  /**
   * Gives the axes in the order of the option, as the weights have them. As in Keras, their values repeat over x in the
   * order of its axes.
   */
  #axes(shape: PartialShape): number[] {
    return this.axis.map((axis) => normalizeAxis(this.label, axis, shape.length));
  }
}

/**
 * Makes a layer that normalizes over axes of each sample (Ba et al., 2016): (x - mean) / sqrt(variance + epsilon) gamma
 * + beta. Any shape, result of the same shape. Weights of the sizes of the axes: gamma ("ones" by default), beta
 * ("zeros").
 *
 * @throws ArgumentError for unknown names.
 */
export const LayerNormalization = callable(LayerNormalizationLayer);
