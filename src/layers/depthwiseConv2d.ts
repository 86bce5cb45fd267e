import { callable } from "../layer.js";
import { depthwiseConv2d } from "../ops/index.js";
import { elements, type PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { checkImage, lastSize, positiveInteger } from "./check.js";
import { KernelLayer, type KernelLayerOptions } from "./kernelLayer.js";
import type { WeightOptions } from "./weightOptions.js";
import { readWindow, type Window, type WindowLayerOptions, windowOptions, windowShape } from "./window.js";

export interface DepthwiseConv2DOptions extends KernelLayerOptions, WindowLayerOptions, WeightOptions<"depthwise"> {
  /** Size of the window: a number, or [height, width]. */
  kernelSize: number | readonly number[];
  /** Results for each channel; 1 by default. */
  depthMultiplier?: number;
}

export class DepthwiseConv2DLayer extends KernelLayer {
  static override className = "DepthwiseConv2D";
  readonly depthMultiplier: number;
  readonly window: Window;
  /** [height, width, channels, depthMultiplier]. */
  kernel!: Variable;

  constructor(options: DepthwiseConv2DOptions) {
    super(options, ["kernelSize", "depthMultiplier", ...windowOptions], ["depthwise"]);
    this.depthMultiplier = positiveInteger(this.label, "depthMultiplier", options.depthMultiplier ?? 1);
    this.window = readWindow(this.label, "kernelSize", options.kernelSize, options);
  }

  override build([shape]: PartialShape[]): void {
    const channels = lastSize(this.label, shape, "channels", undefined);
    this.kernel = this.addKernel([...this.window.kernel, channels, this.depthMultiplier]);
    this.addBias(channels * this.depthMultiplier);
  }

  override call([x]: Tensor[]): Tensor[] {
    const { bias, activation } = this;
    const y = depthwiseConv2d(x, this.kernel, { ...this.window.options, bias, activation: activation.epilogue });
    return [activation.after(y)];
  }

  override computeOutputShape([shape]: PartialShape[]): PartialShape[] {
    const x = checkImage(this.label, shape);
    const channels = lastSize(this.label, x, "channels", this.built ? this.kernel.shape[2] : undefined);
    return [[x[0], ...windowShape(this.label, x.slice(1), this.window), channels * this.depthMultiplier]];
  }

  override macs(_inputs: PartialShape[], [output]: PartialShape[]): number {
    return elements(output.slice(1)) * elements(this.window.kernel);
  }
}

/**
 * Makes a layer that convolves every channel by itself: x `[batch, height, width, channels]`, result
 * `[batch, height', width', channels depthMultiplier]`, in which the results of a channel stand side by side. Weights:
 * kernel `[kernelHeight, kernelWidth, channels, depthMultiplier]` ("glorotUniform" by default), bias
 * `[channels depthMultiplier]` ("zeros"). Strides may differ between height and width, which TensorFlow refuses.
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, strides beside dilation, and unknown names.
 */
export const DepthwiseConv2D = callable(DepthwiseConv2DLayer);
