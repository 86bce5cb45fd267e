/** Pooling over all of space, by rank. */
import { type ComputeOptions, callable, type LayerOptions } from "../layer.js";
import { divide, max, mean, multiply, reshape, sum } from "../ops/index.js";
import { where } from "../ops/where.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { SpaceLayer } from "./space.js";

/** The options of the layers that pool all of space, such as `GlobalAveragePooling2D`. */
export interface GlobalPoolingOptions extends LayerOptions {
  /** Whether the axes of space stay, with size 1; false by default. */
  keepdims?: boolean;
}

/** The base of the layers that pool all of space. */
export abstract class GlobalPoolingLayer extends SpaceLayer {
  /** Whether the axes of space stay, with size 1. */
  readonly keepdims: boolean;
  /** The op that reduces the axes of space. */
  protected abstract readonly reduce: typeof mean;

  constructor(options: GlobalPoolingOptions = {}) {
    super(options, ["keepdims"]);
    this.keepdims = options.keepdims ?? false;
  }

  override stepper(): string {
    return "it pools over the time axis";
  }

  override call([x]: Tensor[], _options: ComputeOptions): Tensor[] {
    return [this.reduce(x, [1, 2, 3].slice(0, this.rank), this.keepdims)];
  }

  protected override spaceOut(space: PartialShape): PartialShape {
    return this.keepdims ? space.map(() => 1) : [];
  }
}

/** The class of `GlobalAveragePooling1D` layers, for subclasses and `instanceof`. */
export class GlobalAveragePooling1DLayer extends GlobalPoolingLayer {
  static override className = "GlobalAveragePooling1D";
  static override rank = 1;
  protected override readonly reduce = mean;

  /** With a mask, the mean of the time steps that count. */
  override call([x]: Tensor[], options: ComputeOptions): Tensor[] {
    const [mask] = options.masks;
    if (!mask) return super.call([x], options);
    const weights = reshape(mask, [...mask.shape, 1]);
    return [divide(sum(multiply(where(mask, x), weights), 1, this.keepdims), sum(weights, 1, this.keepdims))];
  }
}

/**
 * Makes a layer that gives the mean of each channel over time: `[batch, time, channels]` to `[batch, channels]`. With a
 * mask, over the time steps that count.
 */
export const GlobalAveragePooling1D = /* @__PURE__ */ callable(GlobalAveragePooling1DLayer);

/** The class of `GlobalAveragePooling2D` layers, for subclasses and `instanceof`. */
export class GlobalAveragePooling2DLayer extends GlobalPoolingLayer {
  static override className = "GlobalAveragePooling2D";
  protected override readonly reduce = mean;
}

/**
 * Makes a layer that gives the mean of each channel over the frame: `[batch, height, width, channels]` to
 * `[batch, channels]`.
 */
export const GlobalAveragePooling2D = /* @__PURE__ */ callable(GlobalAveragePooling2DLayer);

/** The class of `GlobalAveragePooling3D` layers, for subclasses and `instanceof`. */
export class GlobalAveragePooling3DLayer extends GlobalPoolingLayer {
  static override className = "GlobalAveragePooling3D";
  static override rank = 3;
  protected override readonly reduce = mean;
}

/**
 * Makes a layer that gives the mean of each channel over the volume: `[batch, depth, height, width, channels]` to
 * `[batch, channels]`.
 */
export const GlobalAveragePooling3D = /* @__PURE__ */ callable(GlobalAveragePooling3DLayer);

/** The class of `GlobalMaxPooling1D` layers, for subclasses and `instanceof`. */
export class GlobalMaxPooling1DLayer extends GlobalPoolingLayer {
  static override className = "GlobalMaxPooling1D";
  static override rank = 1;
  protected override readonly reduce = max;
}

/**
 * Makes a layer that gives the largest value of each channel over time: `[batch, time, channels]` to
 * `[batch, channels]`.
 */
export const GlobalMaxPooling1D = /* @__PURE__ */ callable(GlobalMaxPooling1DLayer);

/** The class of `GlobalMaxPooling2D` layers, for subclasses and `instanceof`. */
export class GlobalMaxPooling2DLayer extends GlobalPoolingLayer {
  static override className = "GlobalMaxPooling2D";
  protected override readonly reduce = max;
}

/**
 * Makes a layer that gives the largest value of each channel in the frame: `[batch, height, width, channels]` to
 * `[batch, channels]`.
 */
export const GlobalMaxPooling2D = /* @__PURE__ */ callable(GlobalMaxPooling2DLayer);

/** The class of `GlobalMaxPooling3D` layers, for subclasses and `instanceof`. */
export class GlobalMaxPooling3DLayer extends GlobalPoolingLayer {
  static override className = "GlobalMaxPooling3D";
  static override rank = 3;
  protected override readonly reduce = max;
}

/**
 * Makes a layer that gives the largest value of each channel in the volume: `[batch, depth, height, width, channels]`
 * to `[batch, channels]`.
 */
export const GlobalMaxPooling3D = /* @__PURE__ */ callable(GlobalMaxPooling3DLayer);
