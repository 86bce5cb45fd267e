/** Max pooling. */
import type { Kernels } from "../../kernels.js";
import type { ReferenceBuffer } from "./buffer.js";
import { forTaps } from "./window.js";

export const pool = {
  maxPool2d(y, x, size) {
    const { channels } = size;
    y.values.fill(-Infinity);
    forTaps(size, (out, _tap, pixel) => {
      for (let c = 0; c < channels; c++) {
        const i = out * channels + c;
        y.values[i] = Math.max(y.values[i], x.values[pixel * channels + c]);
      }
    });
  },

  maxPool2dGrad(dx, dy, x, size) {
    const { channels } = size;
    // For each output, the index of the first largest input; -1 before the first.
    const largest = new Int32Array(dy.length).fill(-1);
    forTaps(size, (out, _tap, pixel) => {
      for (let c = 0; c < channels; c++) {
        const i = out * channels + c;
        const j = pixel * channels + c;
        if (largest[i] < 0 || x.values[j] > x.values[largest[i]]) largest[i] = j;
      }
    });
    dx.values.fill(0);
    largest.forEach((j, i) => {
      if (j >= 0) dx.values[j] += dy.values[i];
    });
  },
} satisfies Partial<Kernels<ReferenceBuffer>>;
