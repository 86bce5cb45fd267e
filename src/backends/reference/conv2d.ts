/** Convolution: all three kernels loop over the same products. */
import type { Kernels } from "../../kernels.js";
import type { Conv2dSize } from "../../shape.js";
import type { ReferenceBuffer } from "./buffer.js";
import { addBiasAndActivate } from "./epilogue.js";
import { forTaps } from "./window.js";

/** Calls `visit` with the indices in y, x and kernel of each product y += x kernel. */
function forProducts(size: Conv2dSize, visit: (y: number, x: number, kernel: number) => void): void {
  const { channels, filters, groups } = size;
  const groupChannels = channels / groups;
  const groupFilters = filters / groups;
  forTaps(size, (out, tap, pixel) => {
    for (let c = 0; c < groupChannels; c++) {
      for (let f = 0; f < filters; f++) {
        const group = Math.floor(f / groupFilters);
        const channel = group * groupChannels + c;
        visit(out * filters + f, pixel * channels + channel, (tap * groupChannels + c) * filters + f);
      }
    }
  });
}

export const conv2d = {
  conv2d(y, x, kernel, bias, size, activation) {
    const sums = new Float64Array(y.length);
    forProducts(size, (i, j, k) => (sums[i] += x.values[j] * kernel.values[k]));
    addBiasAndActivate(y, sums, size.filters, bias, activation);
  },

  conv2dGradInput(dx, dy, kernel, size) {
    const sums = new Float64Array(dx.length);
    forProducts(size, (i, j, k) => (sums[j] += dy.values[i] * kernel.values[k]));
    dx.values.set(sums);
  },

  conv2dGradFilter(dKernel, x, dy, size) {
    const sums = new Float64Array(dKernel.length);
    forProducts(size, (i, j, k) => (sums[k] += dy.values[i] * x.values[j]));
    dKernel.values.set(sums);
  },
} satisfies Partial<Kernels<ReferenceBuffer>>;
