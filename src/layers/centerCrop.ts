import { callable, Layer, type LayerOptions } from "../layer.js";
import { resize2d, slice } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkImage, count } from "./check.js";
import { cropToAspect } from "./resizing.js";

export interface CenterCropOptions extends LayerOptions {
  height: number;
  width: number;
}

export class CenterCropLayer extends Layer {
  static override className = "CenterCrop";
  readonly height: number;
  readonly width: number;

  constructor(options: CenterCropOptions) {
    super(options, ["height", "width"]);
    this.height = count(this.label, "height", options.height);
    this.width = count(this.label, "width", options.width);
  }

  override call([x]: Tensor[]): Tensor[] {
    const { height, width } = this;
    const [, rows, columns] = x.shape;
    if (rows < height || columns < width) return [resize2d(cropToAspect(x, height, width), [height, width])];
    const start = [0, Math.floor((rows - height) / 2), Math.floor((columns - width) / 2), 0];
    return [slice(x, start, [-1, height, width, -1])];
  }

  override computeOutputShape([shape]: PartialShape[]): PartialShape[] {
    const [batch, , , channels] = checkImage(this.label, shape);
    return [[batch, this.height, this.width, channels]];
  }
}

/**
 * The middle of frames: [batch, any, any, channels] to [batch, height, width, channels]. Frames that are smaller are cut to the
 * shape height : width, then resized (bilinear).
 */
export const CenterCrop = callable(CenterCropLayer);
