import { ArgumentError } from "../errors.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import { pad } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkImage } from "./check.js";

type Sides = readonly [before: number, after: number];

export interface ZeroPadding2DOptions extends LayerOptions {
  /** One number for all sides (1 unless given), [height, width], or [[top, bottom], [left, right]]. */
  padding?: number | readonly [height: number, width: number] | readonly [height: Sides, width: Sides];
}

export class ZeroPadding2DLayer extends Layer {
  static override className = "ZeroPadding2D";
  readonly padding: readonly [height: Sides, width: Sides];

  constructor(options: ZeroPadding2DOptions = {}) {
    super(options, ["padding"]);
    const padding = options.padding ?? 1;
    const both: readonly unknown[] = Array.isArray(padding) ? padding : [padding, padding];
    const sides = both.map((side) => (Array.isArray(side) ? side : [side, side]));
    if (
      sides.length !== 2 ||
      sides.some((side) => side.length !== 2 || side.some((n) => !Number.isInteger(n) || n < 0))
    ) {
      throw new ArgumentError(
        `${this.label}: padding ${JSON.stringify(padding)}; expected a whole number, [height, width] or [[top, bottom], [left, right]].`,
      );
    }
    this.padding = sides as unknown as [Sides, Sides];
  }

  override call(x: Tensor): Tensor {
    const [[top, bottom], [left, right]] = this.padding;
    return pad(x, [0, top, left, 0], [0, bottom, right, 0]);
  }

  override computeOutputShape(shape: PartialShape): PartialShape {
    const [batch, height, width, channels] = checkImage(this.label, shape);
    const grown = (size: number | null, [before, after]: Sides) => (size === null ? null : before + size + after);
    return [batch, grown(height, this.padding[0]), grown(width, this.padding[1]), channels];
  }
}

/** Zeros around frames: [batch, height, width, channels] to [batch, top + height + bottom, left + width + right, channels]. */
export const ZeroPadding2D = callable(ZeroPadding2DLayer);
