/** Convolutions of each channel separately, then of all results of a place, over time and over frames. */
import { callable } from "../layer.js";
import { conv1d, conv2d, depthwiseConv2d } from "../ops/index.js";
import { depthwiseConv1d } from "../ops/depthwiseConv1d.js";
import { elements, type PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { type CausalOptions, causalBefore, causalWindow, padBefore } from "./causal.js";
import { positiveInteger } from "./check.js";
import { ConvolutionLayer, type ConvolutionOptions, type ConvolveOptions } from "./convolution.js";
import type { WeightOptions } from "./weightOptions.js";
import type { WindowLayerOptions } from "./window.js";

/** The options of `SeparableConv1D` and `SeparableConv2D`. */
export interface SeparableConvLayerOptions extends ConvolutionOptions, WeightOptions<"depthwise" | "pointwise"> {
  /** Number of channels of the result. Required. */
  filters: number;
  /** Number of results of the first convolution for each channel; 1 by default. */
  depthMultiplier?: number;
}

/** The base of SeparableConv1D and SeparableConv2D. */
export abstract class SeparableConvLayer extends ConvolutionLayer {
  /** Number of channels of the result. */
  readonly filters: number;
  /** Number of results of the first convolution for each channel. */
  readonly depthMultiplier: number;
  /** The weights of the first convolution, `[...window, channels, depthMultiplier]`. */
  depthwiseKernel!: Variable;
  /** The weights of the second convolution, `[...ones, channels depthMultiplier, filters]`. */
  pointwiseKernel!: Variable;

  constructor(options: SeparableConvLayerOptions, window?: WindowLayerOptions) {
    super(options, ["filters", "kernelSize", "depthMultiplier"], ["depthwise", "pointwise"], window);
    this.filters = positiveInteger(this.label, "filters", options.filters);
    this.depthMultiplier = positiveInteger(this.label, "depthMultiplier", options.depthMultiplier ?? 1);
  }

  protected override buildKernels(channels: number): void {
    const { depthMultiplier, filters } = this;
    const { kernel } = this.window;
    const ones = kernel.map(() => 1);
    this.depthwiseKernel = this.addKernel([...kernel, channels, depthMultiplier], "depthwise_kernel", 0);
    this.pointwiseKernel = this.addKernel([...ones, channels * depthMultiplier, filters], "pointwise_kernel", 1);
  }

  protected override filtersFor(): number {
    return this.filters;
  }

  override macs([input]: PartialShape[], [output]: PartialShape[]): number {
    const perPlace = input.at(-1)! * this.depthMultiplier;
    return elements(output.slice(1, -1)) * perPlace * (elements(this.window.kernel) + this.filters);
  }
}

/** The options of `SeparableConv1D`. */
export interface SeparableConv1DOptions extends Omit<SeparableConvLayerOptions, "padding">, CausalOptions {}

/** The class of `SeparableConv1D` layers, for subclasses and `instanceof`. */
export class SeparableConv1DLayer extends SeparableConvLayer {
  static override className = "SeparableConv1D";
  static override rank = 1;
  /** Number of zeros before the first time step: that of "causal" padding, 0 otherwise. */
  readonly before: number;

  constructor(options: SeparableConv1DOptions) {
    super(options, causalWindow(options));
    this.before = causalBefore(options, this.window);
  }

  protected override convolve(x: Tensor, { bias, activation, ...window }: ConvolveOptions): Tensor {
    const each = depthwiseConv1d(padBefore(x, this.before), this.depthwiseKernel, window);
    return conv1d(each, this.pointwiseKernel, { bias, activation });
  }

  protected override spaceOut([time]: PartialShape): PartialShape {
    return super.spaceOut([time === null ? null : this.before + time]);
  }
}

/**
 * Makes a layer that convolves each channel separately over time, then all results of a step: x
 * `[batch, time, channels]`, result `[batch, time', filters]`. Weights: depthwise kernel
 * `[kernelSize, channels, depthMultiplier]` and pointwise kernel `[1, channels depthMultiplier, filters]` (both
 * "glorotUniform" by default), bias `[filters]` ("zeros"). Padding may be "causal", as in Conv1D and Keras 2.
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, strides beside dilation, and unknown names.
 */
export const SeparableConv1D = /* @__PURE__ */ callable(SeparableConv1DLayer);

/** The options of `SeparableConv2D`. */
export type SeparableConv2DOptions = SeparableConvLayerOptions;

/** The class of `SeparableConv2D` layers, for subclasses and `instanceof`. */
export class SeparableConv2DLayer extends SeparableConvLayer {
  static override className = "SeparableConv2D";

  constructor(options: SeparableConv2DOptions) {
    super(options);
  }

  protected override convolve(x: Tensor, { bias, activation, ...window }: ConvolveOptions): Tensor {
    const each = depthwiseConv2d(x, this.depthwiseKernel, window);
    return conv2d(each, this.pointwiseKernel, { bias, activation });
  }
}

/**
 * Makes a layer that convolves each channel separately, then all results with a window of 1x1: x
 * `[batch, height, width, channels]`, result `[batch, height', width', filters]`. Weights: depthwise kernel
 * `[kernelHeight, kernelWidth, channels, depthMultiplier]` and pointwise kernel
 * `[1, 1, channels depthMultiplier, filters]` (both "glorotUniform" by default), bias `[filters]` ("zeros").
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, strides beside dilation, and unknown names.
 */
export const SeparableConv2D = /* @__PURE__ */ callable(SeparableConv2DLayer);
