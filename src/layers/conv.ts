/** Convolutions of one, two and three dimensions. */
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { callable } from "../layer.js";
import { conv1d, conv2d, conv3d } from "../ops/index.js";
import { elements, type PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { type CausalOptions, causalBefore, causalWindow, padBefore } from "./causal.js";
import { positiveInteger } from "./check.js";
import { ConvolutionLayer, type ConvolutionOptions, type ConvolveOptions } from "./convolution.js";
import type { WeightOptions } from "./weightOptions.js";
import type { WindowLayerOptions } from "./window.js";

/** The options of `Conv1D`, `Conv2D` and `Conv3D`. */
export interface ConvLayerOptions extends ConvolutionOptions, WeightOptions<"kernel"> {
  /** Number of channels of the result. Required. */
  filters: number;
  /** Number of groups into which channels and filters are split; the filters of a group read only its channels. 1 by default. */
  groups?: number;
}

/** The base of Conv1D, Conv2D and Conv3D. */
export abstract class ConvLayer extends ConvolutionLayer {
  /** Number of channels of the result. */
  readonly filters: number;
  /** Number of groups into which channels and filters are split. */
  readonly groups: number;
  /** The weights `[...window, channels / groups, filters]`. */
  kernel!: Variable;

  constructor(options: ConvLayerOptions, window?: WindowLayerOptions) {
    super(options, ["filters", "kernelSize", "groups"], ["kernel"], window);
    this.filters = positiveInteger(this.label, "filters", options.filters);
    this.groups = positiveInteger(this.label, "groups", options.groups ?? 1);
    if (this.filters % this.groups !== 0) {
      throw new ArgumentError(`${this.#ungrouped(this.filters, "filters")}.`);
    }
  }

  protected override buildKernels(channels: number): void {
    this.kernel = this.addKernel([...this.window.kernel, channels / this.groups, this.filters]);
  }

  /** Gives the number of filters. @throws ShapeError where the channels cannot be split into the groups. */
  protected override filtersFor(channels: number, x: PartialShape): number {
    if (channels % this.groups === 0) return this.filters;
    throw new ShapeError(`${this.#ungrouped(channels, "channels")}, received ${shapeText(x)}.`);
  }

  #ungrouped(count: number, what: string): string {
    return `${this.label}: ${count} ${what} do not fall into ${this.groups} groups`;
  }

  override macs([input]: PartialShape[], [output]: PartialShape[]): number {
    return (elements(output.slice(1)) * elements(this.window.kernel) * input.at(-1)!) / this.groups;
  }
}

/** The options of `Conv1D`. */
export interface Conv1DOptions extends Omit<ConvLayerOptions, "padding">, CausalOptions {}

/** The class of `Conv1D` layers, for subclasses and `instanceof`. */
export class Conv1DLayer extends ConvLayer {
  static override className = "Conv1D";
  static override rank = 1;
  /** Number of zeros before the first time step: that of "causal" padding, 0 otherwise. */
  readonly before: number;

  constructor(options: Conv1DOptions) {
    super(options, causalWindow(options));
    this.before = causalBefore(options, this.window);
  }

  protected override convolve(x: Tensor, options: ConvolveOptions): Tensor {
    return conv1d(padBefore(x, this.before), this.kernel, { ...options, groups: this.groups });
  }

  protected override spaceOut([time]: PartialShape): PartialShape {
    return super.spaceOut([time === null ? null : this.before + time]);
  }
}

/**
 * Makes a layer that convolves over time: x `[batch, time, channels]`, result `[batch, time', filters]`.
 * Weights: kernel `[kernelSize, channels / groups, filters]` ("glorotUniform" by default), bias `[filters]` ("zeros").
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, strides beside dilation, and unknown names.
 * @example
 * const y = Conv1D({ filters: 32, kernelSize: 3, padding: "causal", dilationRate: 2 })(x);
 */
export const Conv1D = /* @__PURE__ */ callable(Conv1DLayer);

/** The options of `Conv2D`. */
export type Conv2DOptions = ConvLayerOptions;

/** The class of `Conv2D` layers, for subclasses and `instanceof`. */
export class Conv2DLayer extends ConvLayer {
  static override className = "Conv2D";

  constructor(options: Conv2DOptions) {
    super(options);
  }

  protected override convolve(x: Tensor, options: ConvolveOptions): Tensor {
    return conv2d(x, this.kernel, { ...options, groups: this.groups });
  }
}

/**
 * Makes a layer that convolves over frames: x `[batch, height, width, channels]`, result
 * `[batch, height', width', filters]`. Weights: kernel `[kernelHeight, kernelWidth, channels / groups, filters]`
 * ("glorotUniform" by default), bias `[filters]` ("zeros").
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, strides beside dilation, and unknown names.
 * @example
 * const y = Conv2D({ filters: 32, kernelSize: 3, strides: 2, padding: "same", activation: "relu" })(x);
 */
export const Conv2D = /* @__PURE__ */ callable(Conv2DLayer);

/** The options of `Conv3D`. */
export type Conv3DOptions = ConvLayerOptions;

/** The class of `Conv3D` layers, for subclasses and `instanceof`. */
export class Conv3DLayer extends ConvLayer {
  static override className = "Conv3D";
  static override rank = 3;

  constructor(options: Conv3DOptions) {
    super(options);
  }

  /** Convolves x, and applies the whole activation function to the result: the op has none. */
  override call([x]: Tensor[]): Tensor[] {
    return [this.activation.apply(this.convolve(x, { ...this.window.options, bias: this.bias }))];
  }

  protected override convolve(x: Tensor, options: ConvolveOptions): Tensor {
    return conv3d(x, this.kernel, { ...options, groups: this.groups });
  }
}

/**
 * Makes a layer that convolves over volumes, or over clips as volumes of time: x
 * `[batch, depth, height, width, channels]`, result `[batch, depth', height', width', filters]`. Weights: kernel
 * `[kernelDepth, kernelHeight, kernelWidth, channels / groups, filters]` ("glorotUniform" by default), bias `[filters]`
 * ("zeros").
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, strides beside dilation, and unknown names.
 */
export const Conv3D = /* @__PURE__ */ callable(Conv3DLayer);
