import { callable } from "../layer.js";
import { conv2d, depthwiseConv2d } from "../ops/index.js";
import { elements, type PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { positiveInteger } from "./check.js";
import { ConvolutionLayer, type ConvolutionOptions } from "./convolution.js";
import type { WeightOptions } from "./weightOptions.js";

/** The options of `SeparableConv2D`. */
export interface SeparableConv2DOptions extends ConvolutionOptions, WeightOptions<"depthwise" | "pointwise"> {
  /** Number of channels of the result. Required. */
  filters: number;
  /** Number of results of the first convolution for each channel; 1 by default. */
  depthMultiplier?: number;
}

/** The class of `SeparableConv2D` layers, for subclasses and `instanceof`. */
export class SeparableConv2DLayer extends ConvolutionLayer {
  static override className = "SeparableConv2D";
  /** Number of channels of the result. */
  readonly filters: number;
  /** Number of results of the first convolution for each channel. */
  readonly depthMultiplier: number;
  /** The weights of the first convolution, `[height, width, channels, depthMultiplier]`. */
  depthwiseKernel!: Variable;
  /** The weights of the second convolution, `[1, 1, channels depthMultiplier, filters]`. */
  pointwiseKernel!: Variable;

  constructor(options: SeparableConv2DOptions) {
    super(options, ["filters", "kernelSize", "depthMultiplier"], ["depthwise", "pointwise"]);
    this.filters = positiveInteger(this.label, "filters", options.filters);
    this.depthMultiplier = positiveInteger(this.label, "depthMultiplier", options.depthMultiplier ?? 1);
  }

  protected override buildKernels(channels: number): void {
    const { depthMultiplier, filters } = this;
    const window = [...this.window.kernel, channels, depthMultiplier];
    this.depthwiseKernel = this.addKernel(window, "depthwise_kernel", 0);
    this.pointwiseKernel = this.addKernel([1, 1, channels * depthMultiplier, filters], "pointwise_kernel", 1);
  }

  protected override filtersFor(): number {
    return this.filters;
  }

  override call([x]: Tensor[]): Tensor[] {
    const { bias, activation } = this;
    const each = depthwiseConv2d(x, this.depthwiseKernel, this.window.options);
    return [activation.after(conv2d(each, this.pointwiseKernel, { bias, activation: activation.epilogue }))];
  }

  override macs([input]: PartialShape[], [output]: PartialShape[]): number {
    const perPixel = input[3]! * this.depthMultiplier;
    return elements(output.slice(1, -1)) * perPixel * (elements(this.window.kernel) + this.filters);
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
export const SeparableConv2D = callable(SeparableConv2DLayer);
