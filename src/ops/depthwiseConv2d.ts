/** Convolution of each channel separately. */
import { computeLike, op } from "../op.js";
import { depthwiseConv2dSize } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { ConvOptions } from "./conv2d.js";
import { biasGrad, checkBias, throughActivation } from "./epilogue.js";

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
  const size = depthwiseConv2dSize("depthwiseConv2d", x.shape, kernel.shape, options);
  const { bias, activation = "linear" } = options;
  const filters = size.channels * size.depthMultiplier;
  checkBias("depthwiseConv2d", bias, filters);
  return op({
    name: "depthwiseConv2d",
    inputs: bias ? [x, kernel, bias] : [x, kernel],
    shape: [size.batch, size.outHeight, size.outWidth, filters],
    forward: (k, y) => k.depthwiseConv2d(y, x.buffer, kernel.buffer, bias?.buffer, size, activation),
    backward: (dy, y) => {
      const dz = throughActivation(dy, y, activation);
      return [
        () => computeLike(x, (k, dx) => k.depthwiseConv2dGradInput(dx, dz.buffer, kernel.buffer, size)),
        () => computeLike(kernel, (k, dw) => k.depthwiseConv2dGradFilter(dw, x.buffer, dz.buffer, size)),
        () => biasGrad(dz, filters),
      ];
    },
  });
}
