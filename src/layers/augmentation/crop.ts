import { type ComputeOptions, callable } from "../../layer.js";
import { resize2d, slice } from "../../ops/index.js";
import type { PartialShape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { positiveInteger } from "../check.js";
import { cropToAspect } from "../resizing.js";
import { AugmentationLayer, type AugmentationOptions, type Draws, foldFrames, unfoldFrames } from "./augmentation.js";

/** The options of `RandomCrop`. */
export interface RandomCropOptions extends AugmentationOptions {
  /** Rows of the result. Required. */
  height: number;
  /** Columns of the result. Required. */
  width: number;
}

/** The class of `RandomCrop` layers, for subclasses and `instanceof`. */
export class RandomCropLayer extends AugmentationLayer {
  static override className = "RandomCrop";
  /** Number of rows of the result. */
  readonly height: number;
  /** Number of columns of the result. */
  readonly width: number;

  constructor(options: RandomCropOptions) {
    super(options, ["height", "width"]);
    this.height = positiveInteger(this.label, "height", options.height);
    this.width = positiveInteger(this.label, "width", options.width);
  }

  /** Cuts out a part at random in training, else the middle. */
  override call([x]: Tensor[], options: ComputeOptions): Tensor[] {
    if (options.training) return super.call([x], options);
    return [unfoldFrames(this.#middle(foldFrames(x)), x)];
  }

  /** Cuts frames to the aspect ratio of the result, around their middle, and resizes them. */
  #middle(x: Tensor): Tensor {
    const { height, width } = this;
    return resize2d(cropToAspect(x, height, width), [height, width]);
  }

  /** As in Keras, one place is drawn for the whole batch; of smaller frames a part is taken that is resized. */
  protected override transform(x: Tensor, draws: Draws): Tensor {
    const [, rows, columns] = x.shape;
    const { height, width } = this;
    const isLarger = rows > height && columns > width;
    const middle = (size: number, part: number) => Math.trunc((size - Math.max(1, Math.min(size, part))) / 2);
    const top = isLarger ? draws.integer(rows - height + 1) : middle(rows, Math.trunc((columns * height) / width));
    const left = isLarger ? draws.integer(columns - width + 1) : middle(columns, Math.trunc((rows * width) / height));
    const part = slice(x, [0, top, left, 0], [-1, Math.min(height, rows - top), Math.min(width, columns - left), -1]);
    return resize2d(part, [height, width]);
  }

  /** Gives the shape with the height and width of the result. @throws ShapeError for what are no frames or clips. */
  override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
    const [x] = super.computeOutputShape(shapes);
    return [[...x.slice(0, -3), this.height, this.width, x.at(-1)!]];
  }
}

/**
 * Makes a layer that cuts a part out of frames in training, at one place for the whole batch:
 * `[batch, any, any, channels]` to `[batch, height, width, channels]`, or the same of clips with an axis of time.
 * Otherwise, and where frames are no larger than the result, their middle part of its proportions is taken and resized
 * ("bilinear").
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1.
 */
export const RandomCrop = /* @__PURE__ */ callable(RandomCropLayer);
