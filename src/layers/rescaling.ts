import { ArgumentError } from "../errors.js";
import { callable, type LayerOptions } from "../layer.js";
import { alongOthers } from "../layer/steps.js";
import { add, affine, multiply } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import { type Tensor, tensor } from "../tensor.js";
import { SameShapeLayer } from "./sameShape.js";

/** The options of `Rescaling`. */
export interface RescalingOptions extends LayerOptions {
  /** The factor: a number, or one for each channel. */
  scale: number | readonly number[];
  /** The offset that is added after scaling: a number, or one for each channel; 0 by default. */
  offset?: number | readonly number[];
}

/** The class of `Rescaling` layers, for subclasses and `instanceof`. */
export class RescalingLayer extends SameShapeLayer {
  static override className = "Rescaling";
  /** The factor: a number, or one for each channel. */
  readonly scale: number | readonly number[];
  /** The number that is added after scaling, or one for each channel. */
  readonly offset: number | readonly number[];

  constructor(options: RescalingOptions) {
    super(options, ["scale", "offset"]);
    this.scale = options.scale;
    this.offset = options.offset ?? 0;
    if (![this.scale, this.offset].flat().every(Number.isFinite)) {
      throw new ArgumentError(`${this.label}: expected numbers as scale and offset.`);
    }
  }

  override stepper(shapes: PartialShape[]): boolean | string {
    return typeof this.scale === "object" || typeof this.offset === "object" ? alongOthers(shapes) : true;
  }

  override call([x]: Tensor[]): Tensor[] {
    const { scale, offset } = this;
    if (typeof scale === "number" && typeof offset === "number") return [affine(x, scale, offset)];
    const operand = (value: number | readonly number[]) => (typeof value === "number" ? value : tensor(value));
    return [add(multiply(x, operand(scale)), operand(offset))];
  }
}

/**
 * Makes a layer that gives x scale + offset. Any shape, result of the same shape.
 *
 * @throws ArgumentError for what is no finite number.
 * @example
 * const y = Rescaling({ scale: 1 / 127.5, offset: -1 })(bytes); // -1 to 1
 */
export const Rescaling = callable(RescalingLayer);
