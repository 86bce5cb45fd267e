/**
 * Pooling by rank: the window slides over frames; sequences are frames of one column, and depth is pooled after height
 * and width.
 */
import { callable, type LayerOptions } from "../layer.js";
import { averagePool2d, maxPool2d, reshape } from "../ops/index.js";
import type { Padding, PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { SpaceLayer } from "./space.js";
import { readWindow, type Window, windowShape } from "./window.js";

/** The options of `MaxPooling1D`, `AveragePooling1D` and those of 2D and 3D. */
export interface PoolingOptions extends LayerOptions {
  /** Size of the window: a number, or one for each axis ([height, width]); 2 by default. */
  poolSize?: number | readonly number[];
  /** How far the window moves from one result to the next: a number, or one for each axis; `poolSize` by default. */
  strides?: number | readonly number[] | null;
  /** "valid" (whole windows only, the default) or "same" (size / stride, rounded up). */
  padding?: Padding | (string & {});
}

/** The base of the pooling layers. */
export abstract class PoolingLayer extends SpaceLayer {
  /** Size, strides and padding of the window. */
  readonly window: Window;
  /** The op that pools frames. */
  protected abstract readonly pool: typeof maxPool2d;

  constructor(options: PoolingOptions = {}) {
    super(options, ["poolSize", "strides", "padding"]);
    const { poolSize = 2, strides, padding = "valid" } = options;
    this.window = readWindow(this.label, "poolSize", poolSize, { strides: strides ?? poolSize, padding }, this.rank);
  }

  override call([x]: Tensor[]): Tensor[] {
    const [shape] = this.computeOutputShape([x.shape]) as number[][];
    const [batch, first, ...rest] = x.shape as [number, number, ...number[]];
    if (this.rank === 2) return [this.#over(x, 0, 1)];
    if (this.rank === 1) return [reshape(this.#over(reshape(x, [batch, first, 1, ...rest]), 0), shape)];
    const frames = this.#over(reshape(x, [batch * first, ...rest]), 1, 2);
    return [reshape(this.#over(reshape(frames, [batch, first, shape[2] * shape[3], shape[4]]), 0), shape)];
  }

  /** Pools frames, of which height is the window's axis `down` and width its axis `across`, if any. */
  #over(frames: Tensor, down: number, across?: number): Tensor {
    const { kernel, options } = this.window;
    const both = (sizes: readonly number[]) => [sizes[down], across === undefined ? 1 : sizes[across]] as const;
    return this.pool(frames, both(kernel), { padding: options.padding, strides: both(options.strides) });
  }

  protected override spaceOut(space: PartialShape): PartialShape {
    return windowShape(this.label, space, this.window);
  }
}

/** The class of `MaxPooling1D` layers, for subclasses and `instanceof`. */
export class MaxPooling1DLayer extends PoolingLayer {
  static override className = "MaxPooling1D";
  static override rank = 1;
  protected override readonly pool = maxPool2d;
}

/**
 * Makes a layer that gives the largest value in each window of time: `[batch, time, channels]` to
 * `[batch, time', channels]`. Padding is never the largest value; the gradient goes to the first of equal values.
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, or an unknown padding.
 */
export const MaxPooling1D = /* @__PURE__ */ callable(MaxPooling1DLayer);

/** The class of `MaxPooling2D` layers, for subclasses and `instanceof`. */
export class MaxPooling2DLayer extends PoolingLayer {
  static override className = "MaxPooling2D";
  protected override readonly pool = maxPool2d;
}

/**
 * Makes a layer that gives the largest value in each window of frames: `[batch, height, width, channels]` to `[batch,
 * height', width', channels]`. Padding is never the largest value; the gradient goes to the first of equal values.
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, or an unknown padding.
 */
export const MaxPooling2D = /* @__PURE__ */ callable(MaxPooling2DLayer);

/** The class of `MaxPooling3D` layers, for subclasses and `instanceof`. */
export class MaxPooling3DLayer extends PoolingLayer {
  static override className = "MaxPooling3D";
  static override rank = 3;
  protected override readonly pool = maxPool2d;
}

/**
 * Makes a layer that gives the largest value in each window of volumes: `[batch, depth, height, width, channels]` to
 * `[batch, depth', height', width', channels]`. Padding is never the largest value; the gradient goes to the first of
 * equal values.
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, or an unknown padding.
 */
export const MaxPooling3D = /* @__PURE__ */ callable(MaxPooling3DLayer);

/** The class of `AveragePooling1D` layers, for subclasses and `instanceof`. */
export class AveragePooling1DLayer extends PoolingLayer {
  static override className = "AveragePooling1D";
  static override rank = 1;
  protected override readonly pool = averagePool2d;
}

/**
 * Makes a layer that gives the mean of each window of time: `[batch, time, channels]` to `[batch, time', channels]`.
 * Padding does not count.
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, or an unknown padding.
 */
export const AveragePooling1D = /* @__PURE__ */ callable(AveragePooling1DLayer);

/** The class of `AveragePooling2D` layers, for subclasses and `instanceof`. */
export class AveragePooling2DLayer extends PoolingLayer {
  static override className = "AveragePooling2D";
  protected override readonly pool = averagePool2d;
}

/**
 * Makes a layer that gives the mean of each window of frames: `[batch, height, width, channels]` to
 * `[batch, height', width', channels]`. Padding does not count.
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, or an unknown padding.
 */
export const AveragePooling2D = /* @__PURE__ */ callable(AveragePooling2DLayer);

/** The class of `AveragePooling3D` layers, for subclasses and `instanceof`. */
export class AveragePooling3DLayer extends PoolingLayer {
  static override className = "AveragePooling3D";
  static override rank = 3;
  protected override readonly pool = averagePool2d;
}

/**
 * Makes a layer that gives the mean of each window of volumes: `[batch, depth, height, width, channels]` to
 * `[batch, depth', height', width', channels]`. Padding does not count.
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, or an unknown padding.
 */
export const AveragePooling3D = /* @__PURE__ */ callable(AveragePooling3DLayer);
