/** Zeros around the axes of space, by rank. */
import { callable, type LayerOptions } from "../layer.js";
import { pad } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { readSides, type Sides, type SidesOption } from "./sides.js";
import { SpaceLayer } from "./space.js";

/** The options of `ZeroPadding1D`, `ZeroPadding2D` and `ZeroPadding3D`. */
export interface ZeroPaddingOptions extends LayerOptions {
  /**
   * How many zeros: one number for all sides (1 by default), one for each axis ([height, width]), or two ([[top,
   * bottom], [left, right]]).
   */
  padding?: SidesOption;
}

/** The base of the layers that put zeros around the axes of space. */
export abstract class ZeroPaddingLayer extends SpaceLayer {
  /** The numbers of zeros before and after, for each axis of space. */
  readonly padding: readonly Sides[];

  constructor(options: ZeroPaddingOptions = {}) {
    super(options, ["padding"]);
    this.padding = readSides(this.label, "padding", options.padding ?? 1, this.rank);
  }

  override call([x]: Tensor[]): Tensor[] {
    const side = (which: 0 | 1) => [0, ...this.padding.map((sides) => sides[which]), 0];
    return [pad(x, side(0), side(1))];
  }

  protected override spaceOut(space: PartialShape): PartialShape {
    return this.padding.map(([before, after], i) => (space[i] === null ? null : before + space[i] + after));
  }
}

/** The class of `ZeroPadding1D` layers, for subclasses and `instanceof`. */
export class ZeroPadding1DLayer extends ZeroPaddingLayer {
  static override className = "ZeroPadding1D";
  static override rank = 1;
}

/**
 * Makes a layer that puts zeros around sequences: `[batch, time, channels]` to
 * `[batch, before + time + after, channels]`; one at each end by default.
 *
 * @throws ArgumentError for a `padding` that is no list of whole numbers from 0.
 */
export const ZeroPadding1D = /* @__PURE__ */ callable(ZeroPadding1DLayer);

/** The class of `ZeroPadding2D` layers, for subclasses and `instanceof`. */
export class ZeroPadding2DLayer extends ZeroPaddingLayer {
  static override className = "ZeroPadding2D";
}

/**
 * Makes a layer that puts zeros around frames: `[batch, height, width, channels]` to `[batch, top + height + bottom,
 * left + width + right, channels]`; one on each side by default.
 *
 * @throws ArgumentError for a `padding` that is no list of whole numbers from 0.
 */
export const ZeroPadding2D = /* @__PURE__ */ callable(ZeroPadding2DLayer);

/** The class of `ZeroPadding3D` layers, for subclasses and `instanceof`. */
export class ZeroPadding3DLayer extends ZeroPaddingLayer {
  static override className = "ZeroPadding3D";
  static override rank = 3;
}

/**
 * Makes a layer that puts zeros around volumes: `[batch, depth, height, width, channels]` to
 * `[batch, depth', height', width', channels]`; one on each side by default.
 *
 * @throws ArgumentError for a `padding` that is no list of whole numbers from 0.
 */
export const ZeroPadding3D = /* @__PURE__ */ callable(ZeroPadding3DLayer);
