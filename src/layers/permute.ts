import { ArgumentError, ShapeError, shapeText, shown } from "../errors.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import { transpose } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** The options of `Permute`. */
export interface PermuteOptions extends LayerOptions {
  /**
   * The axes of x in the order of the result, counted from 1, as the batch stays: [2, 1] transposes matrices. Required.
   */
  dims: readonly number[];
}

/** The class of `Permute` layers, for subclasses and `instanceof`. */
export class PermuteLayer extends Layer {
  static override className = "Permute";
  /** The axes of x in the order of the result, counted from 1. */
  readonly dims: readonly number[];

  constructor(options: PermuteOptions) {
    super(options, ["dims"]);
    this.dims = options.dims;
    const isOrder = Array.isArray(this.dims) && this.dims.every((_, i) => this.dims.includes(i + 1));
    if (!isOrder) {
      throw new ArgumentError(`${this.label}: dims ${shown(options.dims)}; expected 1 to n in some order.`);
    }
  }

  override call([x]: Tensor[]): Tensor[] {
    return [transpose(x, [0, ...this.dims])];
  }

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    if (x.length !== this.dims.length + 1) {
      throw new ShapeError(
        `${this.label}: expected ${this.dims.length} axes behind the batch, as dims ${shapeText(this.dims)}, received ${shapeText(x)}.`,
      );
    }
    return [[x[0], ...this.dims.map((axis) => x[axis])]];
  }
}

/**
 * Makes a layer that reorders the axes of each sample: `Permute({ dims: [2, 1] })` takes `[batch, a, b]` to
 * `[batch, b, a]`.
 *
 * @throws ArgumentError where `dims` is not 1 to n in some order.
 */
export const Permute = callable(PermuteLayer);
