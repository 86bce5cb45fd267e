import { checkNumber, ShapeError, shapeText } from "../errors.js";
import { callable, type LayerOptions } from "../layer.js";
import { alongOthers } from "../layer/steps.js";
import { affine, equal, max } from "../ops/index.js";
import { where } from "../ops/where.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { SameShapeLayer } from "./sameShape.js";

/** The options of `Masking`. */
export interface MaskingOptions extends LayerOptions {
  /** The value that all features of a masked time step have; 0 by default. */
  maskValue?: number;
}

/** The class of `Masking` layers, for subclasses and `instanceof`. */
export class MaskingLayer extends SameShapeLayer {
  static override className = "Masking";
  /** The value that all features of a masked time step have. */
  readonly maskValue: number;

  constructor(options: MaskingOptions = {}) {
    super(options, ["maskValue"]);
    this.maskValue = checkNumber(this.label, "maskValue", options.maskValue ?? 0, "a number");
  }

  override call([x]: Tensor[]): Tensor[] {
    const isUsed = max(affine(equal(x, this.maskValue), -1, 1), -1);
    const y = where(isUsed, x);
    y.mask = isUsed;
    return [y];
  }

  override stepper(shapes: PartialShape[]): boolean | string {
    return alongOthers(shapes);
  }

  protected override checkShape(x: PartialShape): void {
    if (x.length > 1) return;
    throw new ShapeError(`${this.label}: expected [batch, time, features], received ${shapeText(x)}.`);
  }
}

/**
 * Makes a layer that marks padding time steps: x `[batch, time, features]`, result of the same
 * shape. Time steps whose features all equal `maskValue` become zeros, and the mask of the result (`y.mask`,
 * `[batch, time]` of 1 and 0) makes later layers skip them. Recurrent layers keep their states there, whatever the
 * values are (also NaN), batch normalization leaves them out of its statistics, losses and metrics do not count them.
 * The mask passes through Dense, Dropout, activations, normalizations, TimeDistributed and recurrent layers that return
 * sequences; it ends at convolutions, pooling, Flatten and Reshape.
 *
 * @example
 * const y = LSTM({ units: 8 })(Masking()(padded));
 */
export const Masking = callable(MaskingLayer);
