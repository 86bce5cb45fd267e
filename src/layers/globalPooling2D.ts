import { callable, Layer, type LayerOptions } from "../layer.js";
import { max, mean } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkImage } from "./check.js";

export interface GlobalPooling2DOptions extends LayerOptions {
  /** Whether height and width stay, as 1. */
  keepdims?: boolean;
}

abstract class GlobalPooling2DLayer extends Layer {
  readonly keepdims: boolean;

  constructor(options: GlobalPooling2DOptions = {}) {
    super(options, ["keepdims"]);
    this.keepdims = options.keepdims ?? false;
  }

  override computeOutputShape(shape: PartialShape): PartialShape {
    const x = checkImage(this.label, shape);
    return this.keepdims ? [x[0], 1, 1, x[3]] : [x[0], x[3]];
  }
}

export class GlobalAveragePooling2DLayer extends GlobalPooling2DLayer {
  static override className = "GlobalAveragePooling2D";

  override call(x: Tensor): Tensor {
    return mean(x, [1, 2], this.keepdims);
  }
}

export class GlobalMaxPooling2DLayer extends GlobalPooling2DLayer {
  static override className = "GlobalMaxPooling2D";

  override call(x: Tensor): Tensor {
    return max(x, [1, 2], this.keepdims);
  }
}

/** The mean of each channel over the frame: [batch, height, width, channels] to [batch, channels]. */
export const GlobalAveragePooling2D = callable(GlobalAveragePooling2DLayer);

/** The largest value of each channel in the frame: [batch, height, width, channels] to [batch, channels]. */
export const GlobalMaxPooling2D = callable(GlobalMaxPooling2DLayer);
