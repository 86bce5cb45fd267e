/** Convolution of every channel by itself. */
import { compute, op } from "../op.js";
import { depthwiseConv2dSize } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { ConvOptions } from "./conv2d.js";
import { biasGrad, checkBias, throughActivation } from "./epilogue.js";

/** Every channel with kernels of its own. kernel: [height, width, channels, depthMultiplier]; result channel c * depthMultiplier + d. */
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
        () =>
          compute("depthwiseConv2d", [dz, kernel], x.shape, (k, dx) =>
            k.depthwiseConv2dGradInput(dx, dz.buffer, kernel.buffer, size),
          ),
        () =>
          compute("depthwiseConv2d", [x, dz], kernel.shape, (k, dw) =>
            k.depthwiseConv2dGradFilter(dw, x.buffer, dz.buffer, size),
          ),
        () => biasGrad(dz, filters),
      ];
    },
  });
}
