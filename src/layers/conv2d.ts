import { callable } from "../layer.js";
import { conv2d } from "../ops/index.js";
import type { Tensor } from "../tensor.js";
import { ConvLayer, type ConvLayerOptions } from "./conv.js";

/** The options of `Conv2D`. */
export type Conv2DOptions = ConvLayerOptions;

/** The class of the layers that `Conv2D` makes. */
export class Conv2DLayer extends ConvLayer {
  static override className = "Conv2D";

  constructor(options: Conv2DOptions) {
    super(options);
  }

  override call([x]: Tensor[]): Tensor[] {
    const { groups, bias, activation } = this;
    const y = conv2d(x, this.kernel, { ...this.window.options, groups, bias, activation: activation.epilogue });
    return [activation.after(y)];
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
export const Conv2D = callable(Conv2DLayer);
