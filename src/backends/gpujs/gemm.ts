/** Matrix products. */
import type { EpilogueActivation, Kernels } from "../../kernels.js";
import type { GpujsBuffer } from "./buffer.js";
import type { RunShader, Shader } from "./shader.js";

/** Each activation as an expression of `sum`. */
const activations: Record<EpilogueActivation, string> = {
  linear: "sum",
  relu: "Math.max(sum, 0)",
  relu6: "Math.min(Math.max(sum, 0), 6)",
  sigmoid: "1 / (1 + Math.exp(-sum))",
  tanh: "Math.tanh(sum)",
};

const withActivation = (activation: string) =>
  ({
    inputs: ["a", "b", "bias"],
    counts: ["k", "aBatchStride", "bBatchStride", "aRowStride", "aStep", "bColumnStride", "bStep"],
    factors: [],
    body: `
      let sum = 0;
      for (let l = 0; l < k; l++) {
        sum +=
          a[aAt + this.thread.z * aBatchStride + this.thread.y * aRowStride + l * aStep] *
          b[bAt + this.thread.z * bBatchStride + this.thread.x * bColumnStride + l * bStep];
      }
      if (biasGiven === 1) sum += bias[biasAt + this.thread.x];
      return ${activation};
    `,
  }) satisfies Shader<string, string, string>;

const shaders = Object.fromEntries(
  Object.entries(activations).map(([name, text]) => [name, withActivation(text)]),
) as Record<EpilogueActivation, ReturnType<typeof withActivation>>;

export const gemm = (run: RunShader) =>
  ({
    gemm(c, a, b, bias, { m, n, k, transA, transB, batch, aBatchStride, bBatchStride }, activation = "linear") {
      run(
        shaders[activation],
        c,
        { planes: batch, rows: m, columns: n },
        { a, b, bias },
        {
          ...{ k, aBatchStride, bBatchStride },
          ...(transA ? { aRowStride: 1, aStep: m } : { aRowStride: k, aStep: 1 }),
          ...(transB ? { bColumnStride: k, bStep: 1 } : { bColumnStride: 1, bStep: n }),
        },
      );
    },
  }) satisfies Partial<Kernels<GpujsBuffer>>;
