/** Matrix products. */
import type { Kernels } from "../../kernels.js";
import type { ReferenceBuffer } from "./buffer.js";
import { activations } from "./elementwise.js";

export const gemm = {
  gemm(c, a, b, bias, size, activation = "linear") {
    const { m, n, k, transA, transB, batch, aBatchStride, bBatchStride } = size;
    const activate = activations[activation];
    for (let s = 0; s < batch; s++) {
      const aStart = s * aBatchStride;
      const bStart = s * bBatchStride;
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let l = 0; l < k; l++) {
            const aValue = a.values[aStart + (transA ? l * m + i : i * k + l)];
            const bValue = b.values[bStart + (transB ? j * k + l : l * n + j)];
            sum += aValue * bValue;
          }
          c.values[(s * m + i) * n + j] = activate(bias ? sum + bias.values[j] : sum);
        }
      }
    }
  },
} satisfies Partial<Kernels<ReferenceBuffer>>;
