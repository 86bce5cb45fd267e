import { callable } from "../layer.js";
import { depthwiseConv2d } from "../ops/index.js";
import { elements, type PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { positiveInteger } from "./check.js";
import { ConvolutionLayer, type ConvolutionOptions } from "./convolution.js";
import type { WeightOptions } from "./weightOptions.js";

/** The options of `DepthwiseConv2D`. */
export interface DepthwiseConv2DOptions extends ConvolutionOptions, WeightOptions<"depthwise"> {
  /** Number of results for each channel; 1 by default. */
  depthMultiplier?: number;
}

/** The class of `DepthwiseConv2D` layers, for subclasses and `instanceof`. */
export class DepthwiseConv2DLayer extends ConvolutionLayer {
  static override className = "DepthwiseConv2D";
  /** Number of results for each channel. */
  readonly depthMultiplier: number;
  /** The weights `[height, width, channels, depthMultiplier]`. */
  kernel!: Variable;

  constructor(options: DepthwiseConv2DOptions) {
    super(options, ["kernelSize", "depthMultiplier"], ["depthwise"]);
    this.depthMultiplier = positiveInteger(this.label, "depthMultiplier", options.depthMultiplier ?? 1);
  }

  protected override buildKernels(channels: number): void {
    this.kernel = this.addKernel([...this.window.kernel, channels, this.depthMultiplier]);
  }

  protected override filtersFor(channels: number): number {
    return channels * this.depthMultiplier;
  }

  override call([x]: Tensor[]): Tensor[] {
    const { bias, activation } = this;
    const y = depthwiseConv2d(x, this.kernel, { ...this.window.options, bias, activation: activation.epilogue });
    return [activation.after(y)];
  }

  override macs(_inputs: PartialShape[], [output]: PartialShape[]): number {
    return elements(output.slice(1)) * elements(this.window.kernel);
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
export const DepthwiseConv2D = callable(DepthwiseConv2DLayer);
