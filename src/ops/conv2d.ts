/** Convolution over [batch, height, width, channels]. */
import type { EpilogueActivation } from "../kernels.js";
import { compute, op } from "../op.js";
import { conv2dSize, type WindowOptions } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { biasGrad, checkBias, throughActivation } from "./epilogue.js";

export interface ConvOptions extends WindowOptions {
  /** [filters]. */
  bias?: Tensor | undefined;
  activation?: EpilogueActivation;
}

/**
 * x: [batch, height, width, channels], kernel: [height, width, channels / groups, filters].
 * Strides 1, padding "valid" and dilation 1 unless given.
 * @throws ShapeError where kernel and x do not meet.
 */
export function conv2d(x: Tensor, kernel: Tensor, options: ConvOptions & { groups?: number } = {}): Tensor {
  const size = conv2dSize("conv2d", x.shape, kernel.shape, options);
  const { bias, activation = "linear" } = options;
  checkBias("conv2d", bias, size.filters);
  return op({
    name: "conv2d",
    inputs: bias ? [x, kernel, bias] : [x, kernel],
    shape: [size.batch, size.outHeight, size.outWidth, size.filters],
    forward: (k, y) => k.conv2d(y, x.buffer, kernel.buffer, bias?.buffer, size, activation),
    backward: (dy, y) => {
      const dz = throughActivation(dy, y, activation);
      return [
        () =>
          compute("conv2d", [dz, kernel], x.shape, (k, dx) => k.conv2dGradInput(dx, dz.buffer, kernel.buffer, size)),
        () => compute("conv2d", [x, dz], kernel.shape, (k, dw) => k.conv2dGradFilter(dw, x.buffer, dz.buffer, size)),
        () => biasGrad(dz, size.filters),
      ];
    },
  });
}
