import { callable, Layer, type LayerOptions } from "../layer.js";
import { maxPool2d } from "../ops/index.js";
import type { Padding, PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkImage } from "./check.js";
import { readWindow, type Window, windowShape } from "./window.js";

export interface MaxPooling2DOptions extends LayerOptions {
  /** A number, or [height, width]; 2 unless given. */
  poolSize?: number | readonly number[];
  /** As poolSize unless given. */
  strides?: number | readonly number[] | null;
  /** "valid" (whole windows only, the default) or "same" (size / stride, rounded up). */
  padding?: Padding | (string & {});
}

export class MaxPooling2DLayer extends Layer {
  static override className = "MaxPooling2D";
  readonly window: Window;

  constructor(options: MaxPooling2DOptions = {}) {
    super(options, ["poolSize", "strides", "padding"]);
    const { poolSize = 2, strides, padding = "valid" } = options;
    this.window = readWindow(this.label, "poolSize", poolSize, { strides: strides ?? poolSize, padding });
  }

  override call(x: Tensor): Tensor {
    return maxPool2d(x, this.window.kernel, this.window.options);
  }

  override computeOutputShape(shape: PartialShape): PartialShape {
    const x = checkImage(this.label, shape);
    return [x[0], ...windowShape(this.label, x.slice(1), this.window), x[3]];
  }
}

/**
 * The largest value under each window. x: [batch, height, width, channels], result [batch, height', width', channels].
 * Padding never wins, and the first of equal values has the gradient.
 */
export const MaxPooling2D = callable(MaxPooling2DLayer);
