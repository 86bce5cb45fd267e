/** Layers that join tensors element by element. */
import { ShapeError, shapeText } from "../errors.js";
import { callable, type ComputeOptions, Layer, type LayerOptions } from "../layer.js";
import { commonMask } from "../layer/masks.js";
import { where } from "../ops/where.js";
import { add, affine, maximum, minimum, multiply, reshape, subtract } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import { ones, type Tensor } from "../tensor.js";

export abstract class MergeLayer extends Layer {
  /** Joins two tensors element by element. */
  protected abstract readonly join: (a: Tensor, b: Tensor) => Tensor;

  constructor(options: LayerOptions = {}) {
    super(options);
  }

  override get takesSeveral(): boolean {
    return true;
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

/** The base of Maximum and Minimum: a masked time step is no candidate, so that padding of zeros does not win. */
abstract class ExtremeLayer extends MergeLayer {
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

/** Puts axes of size 1 behind the batch, up to `rank`. */
const withRank = <T extends number | null>(shape: readonly T[], rank: number): T[] => [
  ...shape.slice(0, 1),
  ...new Array<T>(rank - shape.length).fill(1 as T),
  ...shape.slice(1),
];

export class AddLayer extends MergeLayer {
  static override className = "Add";
  protected override readonly join = add;
}

/**
 * Makes a layer that adds two or more tensors. Sizes are equal, or 1 and repeated; a tensor of lower rank has axes of
 * size 1 put behind its batch.
 *
 * @example
 * const y = Add()([x, Dense({ units: 8 })(x)]); // a residual connection
 */
export const Add = /* @__PURE__ */ callable(AddLayer);

export class MultiplyLayer extends MergeLayer {
  static override className = "Multiply";
  protected override readonly join = multiply;

  /** A masked time step is no factor; where all are masked the product is 0. */
  override call(xs: Tensor[], options: ComputeOptions): Tensor[] {
    const { masks } = options;
    const factors = xs.map((x, i) => (masks[i] ? where(masks[i], x, ones(x.shape)) : x));
    const [product] = super.call(factors, options);
    const isUsed = commonMask(masks);
    return [isUsed ? where(isUsed, product) : product];
  }
}

/**
 * Makes a layer that multiplies two or more tensors. Sizes are equal, or 1 and repeated; a tensor of lower rank
 * has axes of size 1 put behind its batch.
 */
export const Multiply = /* @__PURE__ */ callable(MultiplyLayer);

export class AverageLayer extends MergeLayer {
  static override className = "Average";
  protected override readonly join = add;

  override call(xs: Tensor[], options: ComputeOptions): Tensor[] {
    const [total] = super.call(xs, options);
    return [affine(total, 1 / xs.length)];
  }
}

/**
 * Makes a layer that gives the mean of two or more tensors. Sizes are equal, or 1 and repeated; a tensor of lower rank
 * has axes of size 1 put behind its batch.
 */
export const Average = /* @__PURE__ */ callable(AverageLayer);

export class MaximumLayer extends ExtremeLayer {
  static override className = "Maximum";
  protected override readonly join = maximum;
}

/**
 * Makes a layer that gives the largest of two or more tensors, element by element. Sizes are equal, or 1 and repeated;
 * a tensor of lower rank has axes of size 1 put behind its batch.
 */
export const Maximum = /* @__PURE__ */ callable(MaximumLayer);

export class MinimumLayer extends ExtremeLayer {
  static override className = "Minimum";
  protected override readonly join = minimum;
}

/**
 * Makes a layer that gives the smallest of two or more tensors, element by element. Sizes are equal, or 1 and repeated;
 * a tensor of lower rank has axes of size 1 put behind its batch.
 */
export const Minimum = /* @__PURE__ */ callable(MinimumLayer);

export class SubtractLayer extends MergeLayer {
  static override className = "Subtract";
  protected override readonly join = subtract;

  override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
    if (shapes.length === 2) return super.computeOutputShape(shapes);
    throw new ShapeError(`${this.label}: expected a list of two tensors.`);
  }
}

/**
 * Makes a layer that subtracts the second of two tensors from the first. Sizes are equal, or 1 and repeated; a tensor
 * of lower rank has axes of size 1 put behind its batch.
 */
export const Subtract = /* @__PURE__ */ callable(SubtractLayer);
