/** Convolution of each channel separately. */
import { checkTensors } from "../op.js";
import { depthwiseConv2dSize } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { ConvOptions } from "./conv2d.js";
import { productOp } from "./epilogue.js";

/**
 * Convolves each channel of x: [batch, height, width, channels] separately, with a kernel
 * [height, width, channels, depthMultiplier].
 *
 * The result is activation(x * kernel + bias): [batch, outHeight, outWidth, channels * depthMultiplier]; its channel
 * c * depthMultiplier + d is channel c of x convolved with kernel[:, :, c, d].
 *
 * @param options Strides 1, padding "valid", dilation 1, no bias and no activation by default; bias: [channels *
 * depthMultiplier].
 * @throws ShapeError when the shapes do not fit; ArgumentError when an option is not allowed.
 */
export function depthwiseConv2d(x: Tensor, kernel: Tensor, options: ConvOptions = {}): Tensor {
  checkTensors("depthwiseConv2d", [x, kernel]);
  const size = depthwiseConv2dSize("depthwiseConv2d", x.shape, kernel.shape, options);
  const shape = [size.batch, size.outHeight, size.outWidth, size.channels * size.depthMultiplier];
  return productOp("depthwiseConv2d", [x, kernel], shape, options, {
    forward: (k, y, bias, activation) => k.depthwiseConv2d(y, x.buffer, kernel.buffer, bias, size, activation),
    gradInput: (k, dx, dy) => k.depthwiseConv2dGradInput(dx, dy, kernel.buffer, size),
    gradWeights: (k, dw, dy) => k.depthwiseConv2dGradFilter(dw, x.buffer, dy, size),
  });
}
