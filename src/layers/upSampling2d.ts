import { unknownName } from "../errors.js";
import { callable, type LayerOptions } from "../layer.js";
import { add, type Interpolation, reshape, resize2d } from "../ops/index.js";
import { interpolations } from "../ops/resize2d.js";
import type { PartialShape } from "../shape.js";
import { type Tensor, zeros } from "../tensor.js";
import { positiveIntegers } from "./check.js";
import { SpaceLayer } from "./space.js";

export interface UpSampling2DOptions extends LayerOptions {
  /** How many times as large frames become: a number, or [height, width]; 2 by default. */
  size?: number | readonly number[];
  /**
   * How pixels between pixels are computed: "nearest" (the default: every pixel is repeated), "bilinear", "bicubic",
   * "lanczos3" or "lanczos5".
   */
  interpolation?: Interpolation;
}

export class UpSampling2DLayer extends SpaceLayer {
  static override className = "UpSampling2D";
  readonly size: readonly number[];
  readonly interpolation: Interpolation;

  constructor(options: UpSampling2DOptions = {}) {
    super(options, ["size", "interpolation"]);
    this.size = positiveIntegers(this.label, "size", options.size ?? 2, 2);
    this.interpolation = readInterpolation(this.label, options.interpolation ?? "nearest");
  }

  override call([x]: Tensor[]): Tensor[] {
    const [batch, height, width, channels] = x.shape;
    const [down, across] = this.size;
    if (this.interpolation !== "nearest") return [resize2d(x, [height * down, width * across], this)];
    // Adding zeros repeats pixels along axes of their own; the gradient sums over them.
    const pixels = reshape(x, [batch, height, 1, width, 1, channels]);
    return [reshape(add(pixels, zeros([1, 1, down, 1, across, 1])), [batch, height * down, width * across, channels])];
  }

  protected override spaceOut(space: PartialShape): PartialShape {
    return space.map((size, axis) => (size === null ? null : size * this.size[axis]));
  }
}

/** Gives the option back if it is the name of an interpolation. @throws ArgumentError */
export function readInterpolation(label: string, interpolation: string): Interpolation {
  if (interpolations.includes(interpolation)) return interpolation as Interpolation;
  throw unknownName(label, "interpolation", interpolation, interpolations);
}

/**
 * Makes a layer that enlarges frames: `[batch, height, width, channels]` to
 * `[batch, height size, width size, channels]`.
 *
 * @throws ArgumentError for a size that is no whole number from 1, and an unknown interpolation.
 */
export const UpSampling2D = callable(UpSampling2DLayer);
