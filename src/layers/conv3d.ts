import { callable } from "../layer.js";
import { conv3d } from "../ops/index.js";
import type { Tensor } from "../tensor.js";
import { ConvLayer, type ConvLayerOptions } from "./conv.js";

/** The options of `Conv3D`. */
export type Conv3DOptions = ConvLayerOptions;

/** The class of the layers that `Conv3D` makes. */
export class Conv3DLayer extends ConvLayer {
  static override className = "Conv3D";
  static override rank = 3;

  constructor(options: Conv3DOptions) {
    super(options);
  }

  override call([x]: Tensor[]): Tensor[] {
    const { groups, bias } = this;
    return [this.activation.apply(conv3d(x, this.kernel, { ...this.window.options, groups, bias }))];
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
export const Conv3D = callable(Conv3DLayer);
