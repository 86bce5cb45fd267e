import { ShapeError, shapeText } from "../errors.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import { commonMask } from "../layer/masks.js";
import { alongOthers } from "../layer/steps.js";
import { concat } from "../ops/index.js";
import { normalizeAxis, type PartialShape } from "../shape.js";
import { ones, type Tensor } from "../tensor.js";

/** The options of `Concatenate`. */
export interface ConcatenateOptions extends LayerOptions {
  /** The axis along which the tensors are joined, not 0 (the batch); the last by default. */
  axis?: number;
}

/** The class of `Concatenate` layers, for subclasses and `instanceof`. */
export class ConcatenateLayer extends Layer {
  static override className = "Concatenate";
  /** The axis along which the tensors are joined. */
  readonly axis: number;

  constructor(options: ConcatenateOptions = {}) {
    super(options, ["axis"]);
    this.axis = options.axis ?? -1;
  }

  override get takesSeveral(): boolean {
    return true;
  }

  override stepper(shapes: PartialShape[]): boolean | string {
    return alongOthers(shapes, this.axis);
  }

  override call(xs: Tensor[]): Tensor[] {
    return [concat(xs, this.axis)];
  }

  override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
    const [first, ...others] = shapes;
    const axis = normalizeAxis(this.label, this.axis, first.length);
    const fits = (shape: PartialShape) =>
      shape.length === first.length &&
      shape.every((n, i) => i === axis || n === first[i] || n === null || first[i] === null);
    if (axis === 0 || !others.every(fits)) {
      throw new ShapeError(
        `${this.label}: ${shapes.map(shapeText).join(" and ")} do not join on axis ${this.axis}; other sizes must be equal.`,
      );
    }
    const total = shapes.reduce<number | null>(
      (sum, s) => (sum === null || s[axis] === null ? null : sum + s[axis]),
      0,
    );
    return [first.map((n, i) => (i === axis ? total : (n ?? others.map((s) => s[i]).find((m) => m !== null) ?? null)))];
  }

  /**
   * Along the time axis, masks are joined like their tensors. Along other axes a time step counts where it counts for one
   * of the tensors.
   */
  override computeMask(xs: Tensor[], masks: readonly (Tensor | undefined)[]): (Tensor | undefined)[] {
    if (!masks.some((mask) => mask)) return [];
    const all = xs.map((x, i) => masks[i] ?? ones(x.shape.slice(0, 2)));
    const alongTime = normalizeAxis(this.label, this.axis, xs[0].shape.length) === 1;
    return [alongTime ? concat(all, 1) : commonMask(all)];
  }
}

/**
 * Makes a layer that joins tensors along an axis; all other sizes must be equal.
 *
 * @example
 * const y = Concatenate({ axis: -1 })([a, b]); // [batch, 2] and [batch, 3] to [batch, 5]
 */
export const Concatenate = callable(ConcatenateLayer);
