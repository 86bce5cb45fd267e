/** Convolution over frames. */
import type { EpilogueActivation } from "../kernels.js";
import { checkTensors } from "../op.js";
import { conv2dSize, type WindowOptions } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { productOp } from "./epilogue.js";

/** Options of convolutions. */
export interface ConvOptions extends WindowOptions {
  /** The bias that is added to each pixel of the result: [filters]. None by default. */
  bias?: Tensor | undefined;
  /** The activation function of the result, "linear" by default. It is fused into the kernel. */
  activation?: EpilogueActivation;
}

/** Options of `conv1d` and `conv2d`. */
export interface GroupedConvOptions extends ConvOptions {
  /** Number of groups that channels and filters are split into, 1 by default. */
  groups?: number;
}

/**
 * Convolves frames x: [batch, height, width, channels] with a kernel [height, width, channels / groups, filters].
 *
 * The result is activation(x * kernel + bias): [batch, outHeight, outWidth, filters].
 *
 * @param options Strides 1, padding "valid", dilation 1, groups 1, no bias and no activation by default. With groups,
 * channels and filters are split into as many groups, and the filters of a group read only its channels.
 * @throws ShapeError when the shapes do not fit; ArgumentError when an option is not allowed.
 * @example
 * const y = conv2d(zeros([1, 64, 64, 3]), kernel, { strides: 2, padding: "same", bias, activation: "relu" });
 * y.shape; // [1, 32, 32, 16] with a kernel [3, 3, 3, 16]
 */
export function conv2d(x: Tensor, kernel: Tensor, options: GroupedConvOptions = {}): Tensor {
  checkTensors("conv2d", [x, kernel]);
  const size = conv2dSize("conv2d", x.shape, kernel.shape, options);
  return productOp("conv2d", [x, kernel], [size.batch, size.outHeight, size.outWidth, size.filters], options, {
    forward: (k, y, bias, activation) => k.conv2d(y, x.buffer, kernel.buffer, bias, size, activation),
    gradInput: (k, dx, dy) => k.conv2dGradInput(dx, dy, kernel.buffer, size),
    gradWeights: (k, dw, dy) => k.conv2dGradFilter(dw, x.buffer, dy, size),
  });
}
