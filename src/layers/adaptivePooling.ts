/**
 * Pooling to a given size: axis by axis, the windows of the results lie evenly over the axis and overlap where the size
 * does not divide it.
 */
import { ArgumentError, ShapeError, shapeText, shown } from "../errors.js";
import { callable, type LayerOptions } from "../layer.js";
import { averagePool2d, concat, maxPool2d, reshape, slice } from "../ops/index.js";
import { type PartialShape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { positiveIntegers } from "./check.js";
import { SpaceLayer } from "./space.js";

/** The options of `AdaptiveAveragePooling1D`, `AdaptiveMaxPooling1D` and those of 2D and 3D. */
export interface AdaptivePoolingOptions extends LayerOptions {
  /** The size of the result: a number, or one for each axis ([height, width]). Required. */
  outputSize: number | readonly number[];
}

/** The most windows along an axis, each of which is cut out on its own. */
const mostWindows = 4096;

/** The place of each window over an axis: from floor(i n / count) to ceil((i + 1) n / count). */
export const adaptiveWindows = (n: number, count: number): { start: number; size: number }[] =>
  Array.from({ length: count }, (_, i) => {
    const start = Math.floor((i * n) / count);
    return { start, size: Math.ceil(((i + 1) * n) / count) - start };
  });

/** The base of the adaptive pooling layers. */
export abstract class AdaptivePoolingLayer extends SpaceLayer {
  /** The size of the result along each axis. */
  readonly outputSize: readonly number[];
  /** The op that pools frames. */
  protected abstract readonly pool: typeof maxPool2d;

  constructor(options: AdaptivePoolingOptions) {
    super(options, ["outputSize"]);
    this.outputSize = positiveIntegers(this.label, "outputSize", options.outputSize, this.rank);
    if (this.outputSize.every((n) => n <= mostWindows)) return;
    throw new ArgumentError(`${this.label}: outputSize ${shown(options.outputSize)}; expected ${mostWindows} at most.`);
  }

  override call([x]: Tensor[]): Tensor[] {
    return [this.outputSize.reduce((y, count, i) => this.#along(y, i + 1, count), x)];
  }

  #along(x: Tensor, axis: number, count: number): Tensor {
    const n = x.shape[axis];
    if (n === count) return x;
    const [outer, inner] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
    const columns = reshape(x, [sizeOf(outer), n, 1, sizeOf(inner)]);
    const pooled = adaptiveWindows(n, count).map(({ start, size }) =>
      this.pool(slice(columns, [0, start], [-1, size]), [size, 1], { strides: 1, padding: "valid" }),
    );
    return reshape(concat(pooled, 1), [...outer, count, ...inner]);
  }

  /** Gives the sizes of the result. @throws ShapeError for an axis without elements. */
  protected override spaceOut(space: PartialShape, x: PartialShape): PartialShape {
    if (space.every((n) => n !== 0)) return this.outputSize;
    throw new ShapeError(`${this.label}: expected at least one element along each axis, received ${shapeText(x)}.`);
  }
}

/** The class of `AdaptiveAveragePooling1D` layers, for subclasses and `instanceof`. */
export class AdaptiveAveragePooling1DLayer extends AdaptivePoolingLayer {
  static override className = "AdaptiveAveragePooling1D";
  static override rank = 1;
  protected override readonly pool = averagePool2d;
}

/**
 * Makes a layer that reduces sequences to a given size, to the means of each channel in windows that cover them evenly:
 * `[batch, time, channels]` to `[batch, outputSize, channels]`.
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1.
 */
export const AdaptiveAveragePooling1D = /* @__PURE__ */ callable(AdaptiveAveragePooling1DLayer);

/** The class of `AdaptiveAveragePooling2D` layers, for subclasses and `instanceof`. */
export class AdaptiveAveragePooling2DLayer extends AdaptivePoolingLayer {
  static override className = "AdaptiveAveragePooling2D";
  protected override readonly pool = averagePool2d;
}

/**
 * Makes a layer that reduces frames to a given size, to the means of each channel in windows that cover them evenly:
 * `[batch, height, width, channels]` to
 * `[batch, ...outputSize, channels]`.
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1.
 */
export const AdaptiveAveragePooling2D = /* @__PURE__ */ callable(AdaptiveAveragePooling2DLayer);

/** The class of `AdaptiveAveragePooling3D` layers, for subclasses and `instanceof`. */
export class AdaptiveAveragePooling3DLayer extends AdaptivePoolingLayer {
  static override className = "AdaptiveAveragePooling3D";
  static override rank = 3;
  protected override readonly pool = averagePool2d;
}

/**
 * Makes a layer that reduces volumes to a given size, to the means of each channel in windows that cover them evenly:
 * `[batch, depth, height, width, channels]` to
 * `[batch, ...outputSize, channels]`.
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1.
 */
export const AdaptiveAveragePooling3D = /* @__PURE__ */ callable(AdaptiveAveragePooling3DLayer);

/** The class of `AdaptiveMaxPooling1D` layers, for subclasses and `instanceof`. */
export class AdaptiveMaxPooling1DLayer extends AdaptivePoolingLayer {
  static override className = "AdaptiveMaxPooling1D";
  static override rank = 1;
  protected override readonly pool = maxPool2d;
}

/**
 * Makes a layer that reduces sequences to a given size, to the largest values of each channel in windows that cover them evenly:
 * `[batch, time, channels]` to `[batch, outputSize, channels]`.
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1.
 */
export const AdaptiveMaxPooling1D = /* @__PURE__ */ callable(AdaptiveMaxPooling1DLayer);

/** The class of `AdaptiveMaxPooling2D` layers, for subclasses and `instanceof`. */
export class AdaptiveMaxPooling2DLayer extends AdaptivePoolingLayer {
  static override className = "AdaptiveMaxPooling2D";
  protected override readonly pool = maxPool2d;
}

/**
 * Makes a layer that reduces frames to a given size, to the largest values of each channel in windows that cover them evenly:
 * `[batch, height, width, channels]` to
 * `[batch, ...outputSize, channels]`.
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1.
 */
export const AdaptiveMaxPooling2D = /* @__PURE__ */ callable(AdaptiveMaxPooling2DLayer);

/** The class of `AdaptiveMaxPooling3D` layers, for subclasses and `instanceof`. */
export class AdaptiveMaxPooling3DLayer extends AdaptivePoolingLayer {
  static override className = "AdaptiveMaxPooling3D";
  static override rank = 3;
  protected override readonly pool = maxPool2d;
}

/**
 * Makes a layer that reduces volumes to a given size, to the largest values of each channel in windows that cover them evenly:
 * `[batch, depth, height, width, channels]` to
 * `[batch, ...outputSize, channels]`.
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1.
 */
export const AdaptiveMaxPooling3D = /* @__PURE__ */ callable(AdaptiveMaxPooling3DLayer);
