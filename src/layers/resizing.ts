/** Layers that resize frames. */
import { ArgumentError, checkNumber, unknownName } from "../errors.js";
import { callable, type LayerOptions } from "../layer.js";
import { add, affine, type Interpolation, pad, reshape, resize2d, slice } from "../ops/index.js";
import { interpolations } from "../ops/resize2d.js";
import type { PartialShape } from "../shape.js";
import { type Tensor, zeros } from "../tensor.js";
import { positiveInteger, positiveIntegers } from "./check.js";
import { SpaceLayer } from "./space.js";

export { resizeMatrix, type ResizeOptions } from "../ops/resize2d.js";

/** The options of `Resizing`. */
export interface ResizingOptions extends LayerOptions {
  /** Rows of the result. Required. */
  height: number;
  /** Columns of the result. Required. */
  width: number;
  /**
   * The method by which values between pixels are computed: "bilinear" (the default), "nearest", "bicubic", "lanczos3"
   * or "lanczos5".
   */
  interpolation?: Interpolation;
  /** Whether frames are first cut to the aspect ratio of the result, so that nothing is distorted; false by default. */
  cropToAspectRatio?: boolean;
  /** Whether frames are first padded to the aspect ratio of the result; false by default. */
  padToAspectRatio?: boolean;
  /** The value of the padding; 0 by default. */
  fillValue?: number;
  /** Whether frames that shrink are smoothed first; false by default. */
  antialias?: boolean;
}

const known = ["height", "width", "interpolation", "cropToAspectRatio", "padToAspectRatio", "fillValue", "antialias"];

/** The class of `Resizing` layers, for subclasses and `instanceof`. */
export class ResizingLayer extends SpaceLayer {
  static override className = "Resizing";
  /** Number of rows of the result. */
  readonly height: number;
  /** Number of columns of the result. */
  readonly width: number;
  /** The method by which values between pixels are computed. */
  readonly interpolation: Interpolation;
  /** Whether frames are first cut to the aspect ratio of the result. */
  readonly cropToAspectRatio: boolean;
  /** Whether frames are first padded to the aspect ratio of the result. */
  readonly padToAspectRatio: boolean;
  /** The value of the padding. */
  readonly fillValue: number;
  /** Whether frames that shrink are smoothed first. */
  readonly antialias: boolean;

  constructor(options: ResizingOptions) {
    super(options, known);
    this.height = positiveInteger(this.label, "height", options.height);
    this.width = positiveInteger(this.label, "width", options.width);
    this.interpolation = readInterpolation(this.label, options.interpolation ?? "bilinear");
    this.cropToAspectRatio = options.cropToAspectRatio ?? false;
    this.padToAspectRatio = options.padToAspectRatio ?? false;
    this.fillValue = checkNumber(this.label, "fillValue", options.fillValue ?? 0, "a finite number");
    this.antialias = options.antialias ?? false;
    if (this.cropToAspectRatio && this.padToAspectRatio) {
      throw new ArgumentError(`${this.label}: received cropToAspectRatio and padToAspectRatio; give one of them.`);
    }
  }

  override call([x]: Tensor[]): Tensor[] {
    const { height, width, interpolation, antialias } = this;
    return [resize2d(this.#toAspect(x), [height, width], { interpolation, antialias })];
  }

  #toAspect(x: Tensor): Tensor {
    if (this.cropToAspectRatio) return cropToAspect(x, this.height, this.width);
    return this.padToAspectRatio ? padToAspect(x, this.height, this.width, this.fillValue) : x;
  }

  protected override spaceOut(): PartialShape {
    return [this.height, this.width];
  }
}

/** A height and a width. */
type Size = readonly [height: number, width: number];

/** The largest part around the middle of frames `[rows, columns]` that has the aspect ratio height : width. */
export function partOfAspect([rows, columns]: Size, [height, width]: Size): { start: Size; size: Size } {
  const numRows = Math.max(1, Math.min(rows, Math.trunc((columns * height) / width)));
  const numColumns = Math.max(1, Math.min(columns, Math.trunc((rows * width) / height)));
  return {
    start: [Math.trunc((rows - numRows) / 2), Math.trunc((columns - numColumns) / 2)],
    size: [numRows, numColumns],
  };
}

/** What both sides of frames `[rows, columns]` lack to the aspect ratio; an odd pixel is left out, as in Keras. */
export const sidesOfAspect = ([rows, columns]: Size, [height, width]: Size): Size => [
  Math.trunc((Math.max(rows, Math.trunc((columns * height) / width)) - rows) / 2),
  Math.trunc((Math.max(columns, Math.trunc((rows * width) / height)) - columns) / 2),
];

/** Cuts out the largest part around the middle of frames that has the aspect ratio height : width. */
export function cropToAspect(x: Tensor, height: number, width: number): Tensor {
  const { start, size } = partOfAspect([x.shape[1], x.shape[2]], [height, width]);
  return slice(x, [0, ...start, 0], [-1, ...size, -1]);
}

/** Pads frames to the aspect ratio height : width. */
function padToAspect(x: Tensor, height: number, width: number, fill: number): Tensor {
  const sides = [0, ...sidesOfAspect([x.shape[1], x.shape[2]], [height, width]), 0];
  return fill === 0 ? pad(x, sides, sides) : affine(pad(affine(x, 1, -fill), sides, sides), 1, fill);
}

/**
 * Makes a layer that resizes frames: `[batch, any, any, channels]` to `[batch, height, width, channels]`. Pixels have
 * their centers at half coordinates, as in TensorFlow 2.
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, an unknown interpolation, and both ways to keep the
 * aspect ratio.
 */
export const Resizing = /* @__PURE__ */ callable(ResizingLayer);

/** The options of `CenterCrop`. */
export interface CenterCropOptions extends LayerOptions {
  /** Rows of the result. Required. */
  height: number;
  /** Columns of the result. Required. */
  width: number;
}

/** The class of `CenterCrop` layers, for subclasses and `instanceof`. */
export class CenterCropLayer extends SpaceLayer {
  static override className = "CenterCrop";
  /** Number of rows of the result. */
  readonly height: number;
  /** Number of columns of the result. */
  readonly width: number;

  constructor(options: CenterCropOptions) {
    super(options, ["height", "width"]);
    this.height = positiveInteger(this.label, "height", options.height);
    this.width = positiveInteger(this.label, "width", options.width);
  }

  override call([x]: Tensor[]): Tensor[] {
    const { height, width } = this;
    const [, rows, columns] = x.shape;
    if (rows < height || columns < width) return [resize2d(cropToAspect(x, height, width), [height, width])];
    const start = [0, Math.floor((rows - height) / 2), Math.floor((columns - width) / 2), 0];
    return [slice(x, start, [-1, height, width, -1])];
  }

  protected override spaceOut(): PartialShape {
    return [this.height, this.width];
  }
}

/**
 * Makes a layer that cuts out the middle of frames: `[batch, any, any, channels]` to
 * `[batch, height, width, channels]`. Frames that are smaller are cut to the aspect ratio height : width, then resized
 * ("bilinear").
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1.
 */
export const CenterCrop = /* @__PURE__ */ callable(CenterCropLayer);

/** The options of `UpSampling2D`. */
export interface UpSampling2DOptions extends LayerOptions {
  /** How many times as large frames become: a number, or [height, width]; 2 by default. */
  size?: number | readonly number[];
  /**
   * The method by which values between pixels are computed: "nearest" (the default: every pixel is repeated),
   * "bilinear", "bicubic", "lanczos3" or "lanczos5".
   */
  interpolation?: Interpolation;
}

/** The class of `UpSampling2D` layers, for subclasses and `instanceof`. */
export class UpSampling2DLayer extends SpaceLayer {
  static override className = "UpSampling2D";
  /** How many times as large frames become, `[height, width]`. */
  readonly size: readonly number[];
  /** The method by which values between pixels are computed. */
  readonly interpolation: Interpolation;

  constructor(options: UpSampling2DOptions = {}) {
    super(options, ["size", "interpolation"]);
    this.size = positiveIntegers(this.label, "size", options.size ?? 2, 2);
    this.interpolation = readInterpolation(this.label, options.interpolation ?? "nearest");
  }

  override call([x]: Tensor[]): Tensor[] {
    const [batch, height, width, channels] = x.shape;
    const { interpolation } = this;
    const [down, across] = this.size;
    if (interpolation !== "nearest") return [resize2d(x, [height * down, width * across], { interpolation })];
    // Adding zeros repeats pixels along axes of their own; the gradient sums over them.
    const pixels = reshape(x, [batch, height, 1, width, 1, channels]);
    return [reshape(add(pixels, zeros([1, 1, down, 1, across, 1])), [batch, height * down, width * across, channels])];
  }

  protected override spaceOut(space: PartialShape): PartialShape {
    return space.map((size, axis) => (size === null ? null : size * this.size[axis]));
  }
}

/** Gives the option back if it is the name of an interpolation. @throws ArgumentError */
function readInterpolation(label: string, interpolation: string): Interpolation {
  if (interpolations.includes(interpolation)) return interpolation as Interpolation;
  throw unknownName(label, "interpolation", interpolation, interpolations);
}

/**
 * Makes a layer that enlarges frames: `[batch, height, width, channels]` to
 * `[batch, height size, width size, channels]`.
 *
 * @throws ArgumentError for a size that is no whole number from 1, and an unknown interpolation.
 */
export const UpSampling2D = /* @__PURE__ */ callable(UpSampling2DLayer);
