import { checkNumber, ShapeError, shapeText } from "../errors.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import { alongOthers } from "../layer/steps.js";
import { affine, divide, mean, multiply, reshape, sqrt, square } from "../ops/index.js";
import { normalizeAxis, type PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";

/** The options of `RMSNormalization`. */
export interface RMSNormalizationOptions extends LayerOptions {
  /** The axes over which squares are averaged, and which the scale has: one, or a list; the last by default. */
  axis?: number | readonly number[];
  /** Added to the mean of squares before its root is taken; 1e-6 by default. */
  epsilon?: number;
}

/** The class of `RMSNormalization` layers, for subclasses and `instanceof`. */
export class RMSNormalizationLayer extends Layer {
  static override className = "RMSNormalization";
  /** The axes over which squares are averaged. */
  readonly axis: readonly number[];
  /** The number that is added to the mean of squares before its root is taken. */
  readonly epsilon: number;
  /** The weight that the result is multiplied by, of the sizes of the axes. */
  scale!: Variable;

  constructor(options: RMSNormalizationOptions = {}) {
    super(options, ["axis", "epsilon"]);
    this.axis = [options.axis ?? -1].flat();
    this.epsilon = checkNumber(this.label, "epsilon", options.epsilon ?? 1e-6, "a number from 0");
  }

  override build([shape]: PartialShape[]): void {
    this.scale = this.addWeight("scale", this.axes(shape).map((axis) => shape[axis]!), "ones"); // prettier-ignore
  }

  override stepper(shapes: PartialShape[]): boolean | string {
    return alongOthers(shapes, this.axis);
  }

  override call([x]: Tensor[]): Tensor[] {
    const axes = this.axes(x.shape);
    const root = sqrt(affine(mean(square(x), axes, true), 1, this.epsilon));
    const repeated = x.shape.map((size, axis) => (axes.includes(axis) ? size : 1));
    return [multiply(divide(x, root), reshape(this.scale, repeated))];
  }

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    const sizes = this.axes(x).map((axis) => x[axis]);
    if (sizes.includes(null)) {
      throw new ShapeError(
        `${this.label}: the sizes of axes ${shapeText(this.axis)} must be known, received ${shapeText(x)}.`,
      );
    }
    if (this.built && shapeText(this.scale.shape) !== shapeText(sizes)) {
      throw new ShapeError(`${this.label}: was built for ${shapeText(this.scale.shape)}, received ${shapeText(x)}.`);
    }
    return [x];
  }

  /** @internal Gives the axes in ascending order, as the weight has them. */
  axes(shape: PartialShape): number[] {
    return this.axis.map((axis) => normalizeAxis(this.label, axis, shape.length)).sort((a, b) => a - b);
  }
}

/**
 * Makes a layer that divides x by the root of the mean of its squares over axes of each sample (Zhang and Sennrich,
 * 2019): x / sqrt(mean(x^2) + epsilon) scale. Any shape, result of the same shape. Weight of the sizes of the axes: scale
 * ("ones").
 *
 * @throws ArgumentError for an axis that x does not have, and an epsilon that is no number from 0.
 */
export const RMSNormalization = /* @__PURE__ */ callable(RMSNormalizationLayer);
