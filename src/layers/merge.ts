/** Layers that join tensors element by element. */
import { ShapeError, shapeText } from "../errors.js";
import { type CallOptions, callable, isShapeList, Layer, type LayerOptions, type OneOrMany } from "../layer.js";
import { where } from "../ops/where.js";
import { add, affine, maximum, minimum, multiply, reshape, subtract } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import { ones, type Tensor } from "../tensor.js";
import { commonMask } from "./commonMask.js";

type Join = (a: Tensor, b: Tensor) => Tensor;

export abstract class MergeLayer extends Layer {
  constructor(
    options: LayerOptions,
    protected readonly join: Join,
  ) {
    super(options);
  }

  override call(xs: Tensor[], _options?: CallOptions): Tensor {
    return this.aligned(xs).reduce((result, x) => this.join(result, x));
  }

  /** All of one rank. */
  protected aligned(xs: Tensor[]): Tensor[] {
    const rank = Math.max(...xs.map((x) => x.shape.length));
    return xs.map((x) => (x.shape.length === rank ? x : reshape(x, spread(x.shape, rank))));
  }

  override computeMask(_xs: OneOrMany<Tensor>, mask: CallOptions["mask"]): Tensor | undefined {
    return commonMask(mask);
  }

  override computeOutputShape(shapes: PartialShape | PartialShape[]): PartialShape {
    if (!isShapeList(shapes) || shapes.length < 2) {
      throw new ShapeError(`${this.label}: expected a list of at least two tensors.`);
    }
    const rank = Math.max(...shapes.map((shape) => shape.length));
    return shapes
      .map((shape) => spread(shape, rank))
      .reduce((a, b) => a.map((n, axis) => this.#joined(n, b[axis], shapes)));
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

/** The largest and the smallest: a masked step is none of the candidates, so that padding of zeros does not win. */
abstract class ExtremeLayer extends MergeLayer {
  override call(xs: Tensor[], { mask }: CallOptions = {}): Tensor {
    const [first, ...others] = this.aligned(xs);
    const [firstMask, ...masks] = [mask].flat();
    let [result, isUsed] = [first, firstMask];
    others.forEach((x, i) => {
      const y = masks[i] ? where(masks[i], x, result) : x;
      if (isUsed) result = where(isUsed, result, y);
      isUsed = isUsed && masks[i] && maximum(isUsed, masks[i]);
      result = this.join(result, y);
    });
    return result;
  }
}

/** Axes of size 1 behind the batch, up to `rank`. */
const spread = <T extends number | null>(shape: readonly T[], rank: number): T[] => [
  ...shape.slice(0, 1),
  ...new Array<T>(rank - shape.length).fill(1 as T),
  ...shape.slice(1),
];

export class AddLayer extends MergeLayer {
  static override className = "Add";

  constructor(options: LayerOptions = {}) {
    super(options, add);
  }
}

/**
 * The sum of two or more tensors: `Add()([a, b])`. Sizes are equal, or 1 and repeated; a tensor of lower rank has axes of
 * size 1 put behind its batch.
 */
export const Add = /* @__PURE__ */ callable(AddLayer);

export class MultiplyLayer extends MergeLayer {
  static override className = "Multiply";

  constructor(options: LayerOptions = {}) {
    super(options, multiply);
  }

  /** A masked step is no factor; where all are masked the product is 0. */
  override call(xs: Tensor[], { mask }: CallOptions = {}): Tensor {
    const masks = [mask].flat();
    const factors = xs.map((x, i) => (masks[i] ? where(masks[i], x, ones(x.shape)) : x));
    const product = super.call(factors);
    const isUsed = commonMask(mask);
    return isUsed ? where(isUsed, product) : product;
  }
}

/** The product of two or more tensors, with shapes as for Add. */
export const Multiply = /* @__PURE__ */ callable(MultiplyLayer);

export class AverageLayer extends MergeLayer {
  static override className = "Average";

  constructor(options: LayerOptions = {}) {
    super(options, add);
  }

  override call(xs: Tensor[]): Tensor {
    return affine(super.call(xs), 1 / xs.length);
  }
}

/** The mean of two or more tensors, with shapes as for Add. */
export const Average = /* @__PURE__ */ callable(AverageLayer);

export class MaximumLayer extends ExtremeLayer {
  static override className = "Maximum";

  constructor(options: LayerOptions = {}) {
    super(options, maximum);
  }
}

/** The largest of two or more tensors, element by element, with shapes as for Add. */
export const Maximum = /* @__PURE__ */ callable(MaximumLayer);

export class MinimumLayer extends ExtremeLayer {
  static override className = "Minimum";

  constructor(options: LayerOptions = {}) {
    super(options, minimum);
  }
}

/** The smallest of two or more tensors, element by element, with shapes as for Add. */
export const Minimum = /* @__PURE__ */ callable(MinimumLayer);

export class SubtractLayer extends MergeLayer {
  static override className = "Subtract";

  constructor(options: LayerOptions = {}) {
    super(options, subtract);
  }

  override computeOutputShape(shapes: PartialShape | PartialShape[]): PartialShape {
    if (isShapeList(shapes) && shapes.length === 2) return super.computeOutputShape(shapes);
    throw new ShapeError(`${this.label}: expected a list of two tensors.`);
  }
}

/** The first of two tensors less the second, with shapes as for Add. */
export const Subtract = /* @__PURE__ */ callable(SubtractLayer);
