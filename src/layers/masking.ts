import { ShapeError, shapeText } from "../errors.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import { affine, equal, max, multiply, reshape } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

export interface MaskingOptions extends LayerOptions {
  /** 0 unless given. */
  maskValue?: number;
}

export class MaskingLayer extends Layer {
  static override className = "Masking";
  readonly maskValue: number;

  constructor(options: MaskingOptions = {}) {
    super(options, ["maskValue"]);
    this.maskValue = options.maskValue ?? 0;
  }

  override call([x]: Tensor[]): Tensor[] {
    const isUsed = max(affine(equal(x, this.maskValue), -1, 1), -1, true);
    const y = multiply(x, isUsed);
    y.mask = reshape(isUsed, x.shape.slice(0, -1));
    return [y];
  }

  override computeOutputShape([x]: PartialShape[]): PartialShape[] {
    if (x.length > 1) return [x];
    throw new ShapeError(`${this.label}: expected [batch, time, features], received ${shapeText(x)}.`);
  }
}

/**
 * Marks the steps that only fill up a sequence: those whose features all equal `maskValue` become zeros, and the mask that
 * hangs on the result (`y.mask`, [batch, time] of 1 and 0) tells the layers after it to skip them. Recurrent layers keep their
 * states there, batch normalization leaves them out of its statistics, losses and metrics do not count them. The mask passes
 * through Dense, Dropout, activations, normalizations, TimeDistributed and recurrent layers that return sequences; it ends at
 * convolutions, pooling, Flatten and Reshape. x: [batch, time, features], result alike.
 */
export const Masking = callable(MaskingLayer);
