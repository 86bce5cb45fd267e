/** Transposed convolutions over time, frames and volumes. */
import { callable } from "../layer.js";
import { conv2dTranspose } from "../ops/index.js";
import { conv1dTranspose, conv3dTranspose } from "../ops/convTranspose.js";
import type { Tensor } from "../tensor.js";
import type { ConvolveOptions } from "./convolution.js";
import { ConvTransposeLayer, type ConvTransposeLayerOptions } from "./convTranspose.js";

/** The options of `Conv1DTranspose`. */
export type Conv1DTransposeOptions = ConvTransposeLayerOptions;

/** The class of `Conv1DTranspose` layers, for subclasses and `instanceof`. */
export class Conv1DTransposeLayer extends ConvTransposeLayer {
  static override className = "Conv1DTranspose";
  static override rank = 1;

  protected override spread(x: Tensor, [length]: number[], options: ConvolveOptions): Tensor {
    return conv1dTranspose(x, this.kernel, length, options);
  }
}

/**
 * Makes a layer that is the adjoint of Conv1D and makes sequences longer: every step spreads its kernel. x
 * `[batch, time, channels]`, result `[batch, time', filters]`: strides times as long with padding "same", and by
 * kernel - stride longer with "valid". Weights: kernel `[kernelSize, filters, channels]` ("glorotUniform" by default),
 * bias `[filters]` ("zeros").
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, an `outputPadding` that is not below the strides,
 * and unknown names.
 * @example
 * const y = Conv1DTranspose({ filters: 8, kernelSize: 4, strides: 2, padding: "same" })(x); // twice as long
 */
export const Conv1DTranspose = /* @__PURE__ */ callable(Conv1DTransposeLayer);

/** The options of `Conv2DTranspose`. */
export type Conv2DTransposeOptions = ConvTransposeLayerOptions;

/** The class of `Conv2DTranspose` layers, for subclasses and `instanceof`. */
export class Conv2DTransposeLayer extends ConvTransposeLayer {
  static override className = "Conv2DTranspose";

  protected override spread(x: Tensor, [height, width]: number[], options: ConvolveOptions): Tensor {
    return conv2dTranspose(x, this.kernel, [height, width], options);
  }
}

/**
 * Makes a layer that is the adjoint of Conv2D and makes frames larger: every pixel spreads its kernel. x
 * `[batch, height, width, channels]`, result `[batch, height', width', filters]`: strides times as large with padding
 * "same", and by kernel - stride larger with "valid". Weights: kernel `[kernelHeight, kernelWidth, filters, channels]`
 * ("glorotUniform" by default), bias `[filters]` ("zeros").
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, an `outputPadding` that is not below the strides,
 * and unknown names.
 */
export const Conv2DTranspose = /* @__PURE__ */ callable(Conv2DTransposeLayer);

/** The options of `Conv3DTranspose`. */
export type Conv3DTransposeOptions = ConvTransposeLayerOptions;

/** The class of `Conv3DTranspose` layers, for subclasses and `instanceof`. */
export class Conv3DTransposeLayer extends ConvTransposeLayer {
  static override className = "Conv3DTranspose";
  static override rank = 3;

  protected override spread(x: Tensor, [depth, height, width]: number[], options: ConvolveOptions): Tensor {
    return conv3dTranspose(x, this.kernel, [depth, height, width], options);
  }
}

/**
 * Makes a layer that is the adjoint of Conv3D and makes volumes larger: every element spreads its kernel. x
 * `[batch, depth, height, width, channels]`, result `[batch, depth', height', width', filters]`: strides times as large
 * with padding "same", and by kernel - stride larger with "valid". Weights: kernel
 * `[kernelDepth, kernelHeight, kernelWidth, filters, channels]` ("glorotUniform" by default), bias `[filters]`
 * ("zeros"). It is computed as transposed convolutions over frames, one for each slice of the kernel.
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, an `outputPadding` that is not below the strides,
 * and unknown names.
 */
export const Conv3DTranspose = /* @__PURE__ */ callable(Conv3DTransposeLayer);
