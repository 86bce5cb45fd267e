/** Layers that join tensors element by element. */
import { ShapeError, shapeText } from "../errors.js";
import { callable, type ComputeOptions, Layer, type LayerOptions } from "../layer.js";
import { commonMask } from "../layer/masks.js";
import { sameTime } from "../layer/steps.js";
import { where } from "../ops/where.js";
import { add, affine, maximum, minimum, multiply, reshape, subtract } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import { ones, type Tensor } from "../tensor.js";

/** The base of layers that join two or more tensors, which broadcast to one shape. */
export abstract class MergeLayer extends Layer {
  /** Joins two tensors element by element. */
  protected abstract readonly join: (a: Tensor, b: Tensor) => Tensor;

  constructor(options: LayerOptions = {}) {
    super(options);
  }

  override get takesSeveral(): boolean {
    return true;
  }

  override stepper(shapes: PartialShape[]): boolean | string {
    return sameTime(shapes);
  }

  override call(xs: Tensor[], _options: ComputeOptions): Tensor[] {
    return [this.aligned(xs).reduce((result, x) => this.join(result, x))];
  }

  /** Gives all tensors the same rank. */
  protected aligned(xs: Tensor[]): Tensor[] {
    const rank = Math.max(...xs.map((x) => x.shape.length));
    return xs.map((x) => (x.shape.length === rank ? x : reshape(x, withRank(x.shape, rank))));
  }

  override computeMask(_xs: Tensor[], masks: readonly (Tensor | undefined)[]): (Tensor | undefined)[] {
    return [commonMask(masks)];
  }

  override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
    if (shapes.length < 2) {
      throw new ShapeError(`${this.label}: expected a list of at least two tensors.`);
    }
    const rank = Math.max(...shapes.map((shape) => shape.length));
    const sameRank = shapes.map((shape) => withRank(shape, rank));
    return [sameRank.reduce((a, b) => a.map((n, axis) => this.#joined(n, b[axis], shapes)))];
  }

  #joined(a: number | null, b: number | null, shapes: readonly PartialShape[]): number | null {
    if (a === b || b === 1) return a;
    if (a === 1) return b;
    if (a === null || b === null) return a ?? b;
    throw new ShapeError(
      `${this.label}: ${shapes.map(shapeText).join(" and ")} do not broadcast; sizes must be equal or 1.`,
    );
  }
}

/** The base of Maximum and Minimum: masked time steps are left out, so that padding with zeros is never the result. */
abstract class ExtremeLayer extends MergeLayer {
  /** Joins the tensors, without the time steps that are masked in only some of them. */
  override call(xs: Tensor[], { masks: [firstMask, ...masks] }: ComputeOptions): Tensor[] {
    const [first, ...others] = this.aligned(xs);
    let [result, isUsed] = [first, firstMask];
    others.forEach((x, i) => {
      const y = masks[i] ? where(masks[i], x, result) : x;
      if (isUsed) result = where(isUsed, result, y);
      isUsed = isUsed && masks[i] && maximum(isUsed, masks[i]);
      result = this.join(result, y);
    });
    return [result];
  }
}

/** Inserts axes of size 1 after the batch axis, up to `rank`. */
const withRank = <T extends number | null>(shape: readonly T[], rank: number): T[] => [
  ...shape.slice(0, 1),
  ...new Array<T>(rank - shape.length).fill(1 as T),
  ...shape.slice(1),
];

/** The class of `Add` layers, for subclasses and `instanceof`. */
export class AddLayer extends MergeLayer {
  static override className = "Add";
  protected override readonly join = add;
}

/**
 * Makes a layer that adds two or more tensors. Sizes must be equal or 1; a tensor of lower rank gets axes of
 * size 1 after its batch axis.
 *
 * @example
 * const y = Add()([x, Dense({ units: 8 })(x)]); // a residual connection
 */
export const Add = /* @__PURE__ */ callable(AddLayer);

/** The class of `Multiply` layers, for subclasses and `instanceof`. */
export class MultiplyLayer extends MergeLayer {
  static override className = "Multiply";
  protected override readonly join = multiply;

  /** Multiplies the tensors without their masked time steps; where all are masked the product is 0. */
  override call(xs: Tensor[], options: ComputeOptions): Tensor[] {
    const { masks } = options;
    const factors = xs.map((x, i) => (masks[i] ? where(masks[i], x, ones(x.shape)) : x));
    const [product] = super.call(factors, options);
    const isUsed = commonMask(masks);
    return [isUsed ? where(isUsed, product) : product];
  }
}

/**
 * Makes a layer that multiplies two or more tensors. Sizes must be equal or 1; a tensor of lower rank
 * gets axes of size 1 after its batch axis.
 */
export const Multiply = /* @__PURE__ */ callable(MultiplyLayer);

/** The class of `Average` layers, for subclasses and `instanceof`. */
export class AverageLayer extends MergeLayer {
  static override className = "Average";
  protected override readonly join = add;

  /** Gives the sum of the tensors, divided by their number. */
  override call(xs: Tensor[], options: ComputeOptions): Tensor[] {
    const [total] = super.call(xs, options);
    return [affine(total, 1 / xs.length)];
  }
}

/**
 * Makes a layer that gives the mean of two or more tensors. Sizes must be equal or 1; a tensor of lower rank
 * gets axes of size 1 after its batch axis.
 */
export const Average = /* @__PURE__ */ callable(AverageLayer);

/** The class of `Maximum` layers, for subclasses and `instanceof`. */
export class MaximumLayer extends ExtremeLayer {
  static override className = "Maximum";
  protected override readonly join = maximum;
}

/**
 * Makes a layer that gives the largest of two or more tensors, element by element. Sizes must be equal or 1;
 * a tensor of lower rank gets axes of size 1 after its batch axis.
 */
export const Maximum = /* @__PURE__ */ callable(MaximumLayer);

/** The class of `Minimum` layers, for subclasses and `instanceof`. */
export class MinimumLayer extends ExtremeLayer {
  static override className = "Minimum";
  protected override readonly join = minimum;
}

/**
 * Makes a layer that gives the smallest of two or more tensors, element by element. Sizes must be equal or 1;
 * a tensor of lower rank gets axes of size 1 after its batch axis.
 */
export const Minimum = /* @__PURE__ */ callable(MinimumLayer);

/** The class of `Subtract` layers, for subclasses and `instanceof`. */
export class SubtractLayer extends MergeLayer {
  static override className = "Subtract";
  protected override readonly join = subtract;

  /** Gives the shape that the two tensors broadcast to. @throws ShapeError where there are not two of them. */
  override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
    if (shapes.length === 2) return super.computeOutputShape(shapes);
    throw new ShapeError(`${this.label}: expected a list of two tensors.`);
  }
}

/**
 * Makes a layer that subtracts the second of two tensors from the first. Sizes must be equal or 1; a tensor
 * of lower rank gets axes of size 1 after its batch axis.
 */
export const Subtract = /* @__PURE__ */ callable(SubtractLayer);
