/** Pooling over all of space, by rank. */
import { type ComputeOptions, callable, Layer, type LayerOptions } from "../layer.js";
import { divide, max, mean, multiply, reshape, sum } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkSpace } from "./check.js";

export interface GlobalPoolingOptions extends LayerOptions {
  /** Whether the axes of space stay, with size 1; false by default. */
  keepdims?: boolean;
}

export abstract class GlobalPoolingLayer extends Layer {
  readonly keepdims: boolean;

  /** @param rank the number of axes of space. */
  constructor(
    options: GlobalPoolingOptions,
    readonly rank: number,
    private readonly reduce: typeof mean,
  ) {
    super(options, ["keepdims"]);
    this.keepdims = options.keepdims ?? false;
  }

  override call([x]: Tensor[], _options: ComputeOptions): Tensor[] {
    return [this.reduce(x, [1, 2, 3].slice(0, this.rank), this.keepdims)];
  }

  override computeOutputShape([shape]: PartialShape[]): PartialShape[] {
    const x = checkSpace(this.label, shape, this.rank);
    return [[x[0], ...(this.keepdims ? x.slice(1, -1).map(() => 1) : []), x.at(-1)!]];
  }
}

export class GlobalAveragePooling1DLayer extends GlobalPoolingLayer {
  static override className = "GlobalAveragePooling1D";

  constructor(options: GlobalPoolingOptions = {}) {
    super(options, 1, mean);
  }

  /** With a mask, the mean of the time steps that count. */
  override call([x]: Tensor[], options: ComputeOptions): Tensor[] {
    const [mask] = options.masks;
    if (!mask) return super.call([x], options);
    const weights = reshape(mask, [...mask.shape, 1]);
    return [divide(sum(multiply(x, weights), 1, this.keepdims), sum(weights, 1, this.keepdims))];
  }
}

/**
 * Makes a layer that gives the mean of each channel over time: `[batch, time, channels]` to `[batch, channels]`. With a
 * mask, over the time steps that count.
 */
export const GlobalAveragePooling1D = /* @__PURE__ */ callable(GlobalAveragePooling1DLayer);

export class GlobalAveragePooling2DLayer extends GlobalPoolingLayer {
  static override className = "GlobalAveragePooling2D";

  constructor(options: GlobalPoolingOptions = {}) {
    super(options, 2, mean);
  }
}

/**
 * Makes a layer that gives the mean of each channel over the frame: `[batch, height, width, channels]` to [batch,
 * channels].
 */
export const GlobalAveragePooling2D = /* @__PURE__ */ callable(GlobalAveragePooling2DLayer);

export class GlobalAveragePooling3DLayer extends GlobalPoolingLayer {
  static override className = "GlobalAveragePooling3D";

  constructor(options: GlobalPoolingOptions = {}) {
    super(options, 3, mean);
  }
}

/**
 * Makes a layer that gives the mean of each channel over the volume: `[batch, depth, height, width, channels]` to
 * [batch, channels].
 */
export const GlobalAveragePooling3D = /* @__PURE__ */ callable(GlobalAveragePooling3DLayer);

export class GlobalMaxPooling1DLayer extends GlobalPoolingLayer {
  static override className = "GlobalMaxPooling1D";

  constructor(options: GlobalPoolingOptions = {}) {
    super(options, 1, max);
  }
}

/**
 * Makes a layer that gives the largest value of each channel over time: `[batch, time, channels]` to
 * `[batch, channels]`.
 */
export const GlobalMaxPooling1D = /* @__PURE__ */ callable(GlobalMaxPooling1DLayer);

export class GlobalMaxPooling2DLayer extends GlobalPoolingLayer {
  static override className = "GlobalMaxPooling2D";

  constructor(options: GlobalPoolingOptions = {}) {
    super(options, 2, max);
  }
}

/**
 * Makes a layer that gives the largest value of each channel in the frame: `[batch, height, width, channels]` to
 * [batch, channels].
 */
export const GlobalMaxPooling2D = /* @__PURE__ */ callable(GlobalMaxPooling2DLayer);

export class GlobalMaxPooling3DLayer extends GlobalPoolingLayer {
  static override className = "GlobalMaxPooling3D";

  constructor(options: GlobalPoolingOptions = {}) {
    super(options, 3, max);
  }
}

/**
 * Makes a layer that gives the largest value of each channel in the volume: `[batch, depth, height, width, channels]`
 * to `[batch, channels]`.
 */
export const GlobalMaxPooling3D = /* @__PURE__ */ callable(GlobalMaxPooling3DLayer);
