/** Cropping of the axes of space, by rank. */
import { ShapeError, shapeText } from "../errors.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import { slice } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkSpace } from "./check.js";
import { readSides, type Sides, type SidesOption } from "./sides.js";

export interface CroppingOptions extends LayerOptions {
  /**
   * How much is cut off: one number for all sides, one for each axis ([height, width]), or two ([[top, bottom], [left,
   * right]]). 1 by default, but 0 for Cropping2D.
   */
  cropping?: SidesOption;
}

export abstract class CroppingLayer extends Layer {
  readonly cropping: readonly Sides[];

  /** @param rank the number of axes of space. */
  constructor(
    options: CroppingOptions,
    byDefault: number,
    readonly rank: number,
  ) {
    super(options, ["cropping"]);
    this.cropping = readSides(this.label, "cropping", options.cropping ?? byDefault, rank);
  }

  override call([x]: Tensor[]): Tensor[] {
    return [
      slice(x, [0, ...this.cropping.map(([before]) => before), 0], this.computeOutputShape([x.shape])[0] as number[]),
    ];
  }

  override computeOutputShape([shape]: PartialShape[]): PartialShape[] {
    const x = checkSpace(this.label, shape, this.rank);
    const rest = this.cropping.map(([before, after], i) => {
      const size = x[i + 1];
      return size === null ? null : size - before - after;
    });
    if (rest.some((size) => size !== null && size < 1)) {
      throw new ShapeError(
        `${this.label}: cropping ${JSON.stringify(this.cropping)} leaves nothing of ${shapeText(x)}.`,
      );
    }
    return [[x[0], ...rest, x.at(-1)!]];
  }
}

export class Cropping1DLayer extends CroppingLayer {
  static override className = "Cropping1D";

  constructor(options: CroppingOptions = {}) {
    super(options, 1, 1);
  }
}

/**
 * Makes a layer that cuts off the first and last time steps: `[batch, time, channels]` to `[batch, time', channels]`;
 * one at each end by default.
 *
 * @throws ArgumentError for a `cropping` that is no list of whole numbers from 0.
 */
export const Cropping1D = /* @__PURE__ */ callable(Cropping1DLayer);

export class Cropping2DLayer extends CroppingLayer {
  static override className = "Cropping2D";

  constructor(options: CroppingOptions = {}) {
    super(options, 0, 2);
  }
}

/**
 * Makes a layer that cuts off the borders of frames: `[batch, height, width, channels]` to
 * `[batch, height', width', channels]`; nothing by default.
 *
 * @throws ArgumentError for a `cropping` that is no list of whole numbers from 0.
 */
export const Cropping2D = /* @__PURE__ */ callable(Cropping2DLayer);

export class Cropping3DLayer extends CroppingLayer {
  static override className = "Cropping3D";

  constructor(options: CroppingOptions = {}) {
    super(options, 1, 3);
  }
}

/**
 * Makes a layer that cuts off the borders of volumes: `[batch, depth, height, width, channels]` to
 * `[batch, depth', height', width', channels]`; 1 at each end by default.
 *
 * @throws ArgumentError for a `cropping` that is no list of whole numbers from 0.
 */
export const Cropping3D = /* @__PURE__ */ callable(Cropping3DLayer);
