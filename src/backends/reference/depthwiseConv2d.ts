/** Convolution of each channel separately: all three kernels loop over the same products. */
import type { Kernels } from "../../kernels.js";
import type { DepthwiseConv2dSize } from "../../shape.js";
import type { ReferenceBuffer } from "./buffer.js";
import { addBiasAndActivate } from "./epilogue.js";
import { forTaps } from "./window.js";

/** Calls `visit` with the indices in y, x and kernel of each product y += x kernel. */
function forProducts(size: DepthwiseConv2dSize, visit: (y: number, x: number, kernel: number) => void): void {
  const { channels, depthMultiplier } = size;
  forTaps(size, (out, tap, pixel) => {
    for (let c = 0; c < channels; c++) {
      for (let d = 0; d < depthMultiplier; d++) {
        const filter = c * depthMultiplier + d;
        visit(
          out * channels * depthMultiplier + filter,
          pixel * channels + c,
          tap * channels * depthMultiplier + filter,
        );
      }
    }
  });
}

export const depthwiseConv2d = {
  depthwiseConv2d(y, x, kernel, bias, size, activation) {
    const sums = new Float64Array(y.length);
    forProducts(size, (i, j, k) => (sums[i] += x.values[j] * kernel.values[k]));
    addBiasAndActivate(y, sums, size.channels * size.depthMultiplier, bias, activation);
  },

  depthwiseConv2dGradInput(dx, dy, kernel, size) {
    const sums = new Float64Array(dx.length);
    forProducts(size, (i, j, k) => (sums[j] += dy.values[i] * kernel.values[k]));
    dx.values.set(sums);
  },

  depthwiseConv2dGradFilter(dKernel, x, dy, size) {
    const sums = new Float64Array(dKernel.length);
    forProducts(size, (i, j, k) => (sums[k] += dy.values[i] * x.values[j]));
    dKernel.values.set(sums);
  },
} satisfies Partial<Kernels<ReferenceBuffer>>;
