/** Convolutions of each channel separately, over time and over frames. */
import { callable } from "../layer.js";
import { depthwiseConv2d } from "../ops/index.js";
import { depthwiseConv1d } from "../ops/depthwiseConv1d.js";
import { elements, type PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { positiveInteger } from "./check.js";
import { ConvolutionLayer, type ConvolutionOptions, type ConvolveOptions } from "./convolution.js";
import type { WeightOptions } from "./weightOptions.js";

/** The options of `DepthwiseConv1D` and `DepthwiseConv2D`. */
export interface DepthwiseConvLayerOptions extends ConvolutionOptions, WeightOptions<"depthwise"> {
  /** Number of results for each channel; 1 by default. */
  depthMultiplier?: number;
}

/** The base of DepthwiseConv1D and DepthwiseConv2D. */
export abstract class DepthwiseConvLayer extends ConvolutionLayer {
  /** Number of results for each channel. */
  readonly depthMultiplier: number;
  /** The weights `[...window, channels, depthMultiplier]`. */
  kernel!: Variable;

  constructor(options: DepthwiseConvLayerOptions) {
    super(options, ["kernelSize", "depthMultiplier"], ["depthwise"]);
    this.depthMultiplier = positiveInteger(this.label, "depthMultiplier", options.depthMultiplier ?? 1);
  }

  protected override buildKernels(channels: number): void {
    this.kernel = this.addKernel([...this.window.kernel, channels, this.depthMultiplier]);
  }

  protected override filtersFor(channels: number): number {
    return channels * this.depthMultiplier;
  }

  override macs(_inputs: PartialShape[], [output]: PartialShape[]): number {
    return elements(output.slice(1)) * elements(this.window.kernel);
  }
}

/** The options of `DepthwiseConv1D`. */
export type DepthwiseConv1DOptions = DepthwiseConvLayerOptions;

/** The class of `DepthwiseConv1D` layers, for subclasses and `instanceof`. */
export class DepthwiseConv1DLayer extends DepthwiseConvLayer {
  static override className = "DepthwiseConv1D";
  static override rank = 1;

  protected override convolve(x: Tensor, options: ConvolveOptions): Tensor {
    return depthwiseConv1d(x, this.kernel, options);
  }
}

/**
 * Makes a layer that convolves each channel separately over time: x `[batch, time, channels]`, result
 * `[batch, time', channels depthMultiplier]`, with the results of one channel next to each other. Weights: kernel
 * `[kernelSize, channels, depthMultiplier]` ("glorotUniform" by default), bias `[channels depthMultiplier]` ("zeros").
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, strides beside dilation, and unknown names.
 */
export const DepthwiseConv1D = /* @__PURE__ */ callable(DepthwiseConv1DLayer);

/** The options of `DepthwiseConv2D`. */
export type DepthwiseConv2DOptions = DepthwiseConvLayerOptions;

/** The class of `DepthwiseConv2D` layers, for subclasses and `instanceof`. */
export class DepthwiseConv2DLayer extends DepthwiseConvLayer {
  static override className = "DepthwiseConv2D";

  protected override convolve(x: Tensor, options: ConvolveOptions): Tensor {
    return depthwiseConv2d(x, this.kernel, options);
  }
}

/**
 * Makes a layer that convolves each channel separately: x `[batch, height, width, channels]`, result
 * `[batch, height', width', channels depthMultiplier]`, with the results of one channel next to each other. Weights:
 * kernel `[kernelHeight, kernelWidth, channels, depthMultiplier]` ("glorotUniform" by default), bias
 * `[channels depthMultiplier]` ("zeros"). Strides may differ between height and width, which TensorFlow refuses.
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, strides beside dilation, and unknown names.
 */
export const DepthwiseConv2D = /* @__PURE__ */ callable(DepthwiseConv2DLayer);
