import { callable, type LayerOptions } from "../layer.js";
import { resize2d, slice } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { positiveInteger } from "./check.js";
import { cropToAspect } from "./resizing.js";
import { SpaceLayer } from "./space.js";

export interface CenterCropOptions extends LayerOptions {
  /** Rows of the result. Required. */
  height: number;
  /** Columns of the result. Required. */
  width: number;
}

export class CenterCropLayer extends SpaceLayer {
  static override className = "CenterCrop";
  readonly height: number;
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
export const CenterCrop = callable(CenterCropLayer);
