import { ArgumentError } from "../errors.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import { add, affine, multiply } from "../ops/index.js";
import { type PartialShape } from "../shape.js";
import { type Tensor, tensor } from "../tensor.js";

export interface RescalingOptions extends LayerOptions {
  /** A number, or one for each channel. */
  scale: number | readonly number[];
  /** The same; 0 unless given. */
  offset?: number | readonly number[];
}

export class RescalingLayer extends Layer {
  static override className = "Rescaling";
  readonly scale: number | readonly number[];
  readonly offset: number | readonly number[];

  constructor(options: RescalingOptions) {
    super(options, ["scale", "offset"]);
    this.scale = options.scale;
    this.offset = options.offset ?? 0;
    if (![this.scale, this.offset].flat().every(Number.isFinite)) {
      throw new ArgumentError(`${this.label}: expected numbers as scale and offset.`);
    }
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override call([x]: Tensor[]): Tensor[] {
    const { scale, offset } = this;
    if (typeof scale === "number" && typeof offset === "number") return [affine(x, scale, offset)];
    const operand = (value: number | readonly number[]) => (typeof value === "number" ? value : tensor(value));
    return [add(multiply(x, operand(scale)), operand(offset))];
  }

  override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
    return shapes;
  }
}

/** x scale + offset: `Rescaling({ scale: 1 / 127.5, offset: -1 })` takes bytes to -1 ... 1. Any shape, result alike. */
export const Rescaling = callable(RescalingLayer);
