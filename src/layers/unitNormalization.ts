import { callable, type LayerOptions } from "../layer.js";
import { divide, maximum, sqrt, square, sum } from "../ops/index.js";
import { normalizeAxis, type PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { SameShapeLayer } from "./sameShape.js";

/** The options of `UnitNormalization`. */
export interface UnitNormalizationOptions extends LayerOptions {
  /** The axes along which squares are summed: one, or a list; the last by default. */
  axis?: number | readonly number[];
}

/** The class of `UnitNormalization` layers, for subclasses and `instanceof`. */
export class UnitNormalizationLayer extends SameShapeLayer {
  static override className = "UnitNormalization";
  /** The axes along which squares are summed. */
  readonly axis: readonly number[];

  constructor(options: UnitNormalizationOptions = {}) {
    super(options, ["axis"]);
    this.axis = [options.axis ?? -1].flat();
  }

  override call([x]: Tensor[]): Tensor[] {
    // A length below 1e-12 counts as 1e-12, as in Keras. The bound is inside of the root, whose gradient at 0 is infinite.
    return [divide(x, sqrt(maximum(sum(square(x), this.axis, true), 1e-24)))];
  }

  protected override checkShape(x: PartialShape): void {
    for (const axis of this.axis) normalizeAxis(this.label, axis, x.length);
  }
}

/**
 * Makes a layer that divides x by its length (the root of the sum of its squares) along one or more axes. Any shape,
 * result of the same shape.
 *
 * @throws ArgumentError for an axis that x does not have.
 * @example
 * UnitNormalization()(tensor([[3, 4]])); // [[0.6, 0.8]]
 */
export const UnitNormalization = /* @__PURE__ */ callable(UnitNormalizationLayer);
