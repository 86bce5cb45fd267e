/** Cropping of the axes of space, by rank. */
import { ShapeError, shapeText, shown } from "../errors.js";
import { callable, type LayerOptions } from "../layer.js";
import { slice } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { readSides, type Sides, type SidesOption } from "./sides.js";
import { SpaceLayer } from "./space.js";

/** The options of `Cropping1D`, `Cropping2D` and `Cropping3D`. */
export interface CroppingOptions extends LayerOptions {
  /**
   * How much is cut off: one number for all sides, one for each axis ([height, width]), or two ([[top, bottom], [left,
   * right]]). 1 by default, but 0 for Cropping2D.
   */
  cropping?: SidesOption;
}

/** The base of the cropping layers. */
export abstract class CroppingLayer extends SpaceLayer {
  /** The amount that is cut off each side by default. */
  protected static byDefault = 1;
  /** The amounts that are cut off before and after, for each axis of space. */
  readonly cropping: readonly Sides[];

  constructor(options: CroppingOptions = {}) {
    super(options, ["cropping"]);
    const { byDefault } = this.constructor as typeof CroppingLayer;
    this.cropping = readSides(this.label, "cropping", options.cropping ?? byDefault, this.rank);
  }

  override call([x]: Tensor[]): Tensor[] {
    const [shape] = this.computeOutputShape([x.shape]) as number[][];
    return [slice(x, [0, ...this.cropping.map(([before]) => before), 0], shape)];
  }

  /** Gives the sizes that are left, null for unknown ones. @throws ShapeError where nothing is left. */
  protected override spaceOut(space: PartialShape, x: PartialShape): PartialShape {
    const sizes = this.cropping.map(([before, after], i) => (space[i] === null ? null : space[i] - before - after));
    if (sizes.every((size) => size === null || size > 0)) return sizes;
    throw new ShapeError(`${this.label}: cropping ${shown(this.cropping)} leaves nothing of ${shapeText(x)}.`);
  }
}

/** The class of `Cropping1D` layers, for subclasses and `instanceof`. */
export class Cropping1DLayer extends CroppingLayer {
  static override className = "Cropping1D";
  static override rank = 1;
}

/**
 * Makes a layer that cuts off the first and last time steps: `[batch, time, channels]` to `[batch, time', channels]`;
 * one at each end by default.
 *
 * @throws ArgumentError for a `cropping` that is no list of whole numbers from 0.
 */
export const Cropping1D = /* @__PURE__ */ callable(Cropping1DLayer);

/** The class of `Cropping2D` layers, for subclasses and `instanceof`. */
export class Cropping2DLayer extends CroppingLayer {
  static override className = "Cropping2D";
  protected static override byDefault = 0;
}

/**
 * Makes a layer that cuts off the borders of frames: `[batch, height, width, channels]` to
 * `[batch, height', width', channels]`; nothing by default.
 *
 * @throws ArgumentError for a `cropping` that is no list of whole numbers from 0.
 */
export const Cropping2D = /* @__PURE__ */ callable(Cropping2DLayer);

/** The class of `Cropping3D` layers, for subclasses and `instanceof`. */
export class Cropping3DLayer extends CroppingLayer {
  static override className = "Cropping3D";
  static override rank = 3;
}

/**
 * Makes a layer that cuts off the borders of volumes: `[batch, depth, height, width, channels]` to
 * `[batch, depth', height', width', channels]`; 1 at each end by default.
 *
 * @throws ArgumentError for a `cropping` that is no list of whole numbers from 0.
 */
export const Cropping3D = /* @__PURE__ */ callable(Cropping3DLayer);
