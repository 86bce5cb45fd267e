/** Zeros around the axes of space, by rank. */
import { callable, Layer, type LayerOptions } from "../layer.js";
import { pad } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkSpace } from "./check.js";
import { readSides, type Sides, type SidesOption } from "./sides.js";

export interface ZeroPaddingOptions extends LayerOptions {
  /**
   * How many zeros: one number for all sides (1 by default), one for each axis ([height, width]), or two ([[top,
   * bottom], [left, right]]).
   */
  padding?: SidesOption;
}

export abstract class ZeroPaddingLayer extends Layer {
  readonly padding: readonly Sides[];

  /** @param rank the number of axes of space. */
  constructor(
    options: ZeroPaddingOptions,
    readonly rank: number,
  ) {
    super(options, ["padding"]);
    this.padding = readSides(this.label, "padding", options.padding ?? 1, rank);
  }

  override call([x]: Tensor[]): Tensor[] {
    const side = (which: 0 | 1) => [0, ...this.padding.map((sides) => sides[which]), 0];
    return [pad(x, side(0), side(1))];
  }

  override computeOutputShape([shape]: PartialShape[]): PartialShape[] {
    const [batch, ...rest] = checkSpace(this.label, shape, this.rank);
    const grown = this.padding.map(([before, after], i) => (rest[i] === null ? null : before + rest[i] + after));
    return [[batch, ...grown, rest.at(-1)!]];
  }
}

export class ZeroPadding1DLayer extends ZeroPaddingLayer {
  static override className = "ZeroPadding1D";

  constructor(options: ZeroPaddingOptions = {}) {
    super(options, 1);
  }
}

/**
 * Makes a layer that puts zeros around sequences: `[batch, time, channels]` to
 * `[batch, before + time + after, channels]`; one at each end by default.
 *
 * @throws ArgumentError for a `padding` that is no list of whole numbers from 0.
 */
export const ZeroPadding1D = /* @__PURE__ */ callable(ZeroPadding1DLayer);

export class ZeroPadding2DLayer extends ZeroPaddingLayer {
  static override className = "ZeroPadding2D";

  constructor(options: ZeroPaddingOptions = {}) {
    super(options, 2);
  }
}

/**
 * Makes a layer that puts zeros around frames: `[batch, height, width, channels]` to `[batch, top + height + bottom,
 * left + width + right, channels]`; one on each side by default.
 *
 * @throws ArgumentError for a `padding` that is no list of whole numbers from 0.
 */
export const ZeroPadding2D = /* @__PURE__ */ callable(ZeroPadding2DLayer);

export class ZeroPadding3DLayer extends ZeroPaddingLayer {
  static override className = "ZeroPadding3D";

  constructor(options: ZeroPaddingOptions = {}) {
    super(options, 3);
  }
}

/**
 * Makes a layer that puts zeros around volumes: `[batch, depth, height, width, channels]` to
 * `[batch, depth', height', width', channels]`; one on each side by default.
 *
 * @throws ArgumentError for a `padding` that is no list of whole numbers from 0.
 */
export const ZeroPadding3D = /* @__PURE__ */ callable(ZeroPadding3DLayer);
