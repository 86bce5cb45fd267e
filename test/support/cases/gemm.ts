import type { EpilogueActivation } from "../../../src/kernels.js";
import { type GemmSize, gemmSize } from "../../../src/shape.js";
import {
  absolute,
  both,
  type Case,
  exact,
  lazily,
  leastResult,
  longSumOf,
  numbers,
  sumOf,
  type Tolerance,
  ulps,
} from "./case.js";

export const activations: EpilogueActivation[] = ["linear", "relu", "relu6", "sigmoid", "tanh"];

/** The error that the activation of an epilogue adds to that of the sum: none of them has a slope above 1. */
export const activationError = (activation: EpilogueActivation): Tolerance =>
  activation === "sigmoid" || activation === "tanh" ? both(ulps(4), absolute(leastResult)) : exact;

const outerSizes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 15, 16, 17, 31, 33, 64];
const depths = [1, 2, 3, 5, 8, 64, 257, 600];

export function* gemm(): Iterable<Case> {
  for (const m of outerSizes) for (const n of outerSizes) for (const k of depths) yield* allTransposes(m, n, k);
  // Sums of nothing: the bias, through the activation.
  for (const activation of activations) yield gemmCase(gemmSize(3, 0, 5), true, activation);
  yield gemmCase(gemmSize(3, 0, 5));
  // Larger than any block.
  yield* allTransposes(130, 70, 520);
  yield* allTransposes(20, 300, 1030);
  for (const [m, n, k] of [[1, 1, 1], [5, 9, 7], [4, 16, 8], [17, 6, 33]]) yield* batches(m, n, k); // prettier-ignore
  for (const m of [1, 5, 6, 8, 13, 17]) {
    for (const n of [1, 3, 4, 5, 8, 16, 17, 35]) for (const k of [3, 64]) yield* epilogues(m, n, k);
  }
}

function* allTransposes(m: number, n: number, k: number): Iterable<Case> {
  for (const transA of [false, true])
    for (const transB of [false, true]) yield gemmCase(gemmSize(m, k, n, transA, transB));
}

/** Both operands batched, and one of them repeated. */
function* batches(m: number, n: number, k: number): Iterable<Case> {
  for (const [transA, transB] of [[false, false], [false, true], [true, false]]) {
    for (const [aBatchStride, bBatchStride] of [[m * k, k * n], [m * k, 0], [0, k * n]]) {
      yield gemmCase({ ...gemmSize(m, k, n, transA, transB), batch: 3, aBatchStride, bBatchStride });
    }
  }
} // prettier-ignore

function* epilogues(m: number, n: number, k: number): Iterable<Case> {
  for (const activation of activations) {
    yield gemmCase(gemmSize(m, k, n), true, activation);
    yield gemmCase(gemmSize(m, k, n), false, activation);
  }
  yield gemmCase(gemmSize(m, k, n, true, true), true, "relu");
  yield gemmCase({ ...gemmSize(m, k, n), batch: 2, aBatchStride: m * k, bBatchStride: k * n }, true, "tanh");
}

function gemmCase(size: GemmSize, withBias = false, activation: EpilogueActivation = "linear"): Case {
  const { m, n, k, batch, aBatchStride, bBatchStride, transA, transB } = size;
  const elements = (matrix: number, stride: number) => (stride === 0 ? matrix : batch * matrix);
  const scale = activation === "linear" ? 1 : 4 / Math.sqrt(k); // so that activations see both their ends
  const linear: Case["run"] = (g, c, [a, b, bias]) => g.gemm(c, a, b, bias, size);
  return lazily({
    name:
      `${m}x${k}x${n}${transA ? " transA" : ""}${transB ? " transB" : ""}` +
      `${batch > 1 ? ` batch ${batch} (${aBatchStride}, ${bBatchStride})` : ""}${withBias ? " bias" : ""} ${activation}`,
    length: batch * m * n,
    inputs: () => {
      const a = numbers(elements(m * k, aBatchStride), 1);
      const b = numbers(elements(k * n, bBatchStride), 2, scale);
      return withBias ? [a, b, numbers(n, 3)] : [a, b];
    },
    run: (g, c, [a, b, bias]) => g.gemm(c, a, b, bias, size, activation),
    tolerance: both(sumOf(k + 1, linear), activationError(activation)),
  });
}

/** Plain matrices, MobileNet's last layer, and the gradient of a kernel of LSTM(128) over 32 sequences of 50 steps. */
export const timedGemm = (): Case[] => {
  const timed = (name: string, size: GemmSize, weights: number[] = []): Case =>
    Object.assign(gemmCase(size), { name, weights, tolerance: longSumOf(size.k) });
  return [
    timed("512x512x512", gemmSize(512, 512, 512)),
    timed("1x1024x1000", gemmSize(1, 1024, 1000), [1]),
    timed("64x1600x512 transA", gemmSize(64, 1600, 512, true)),
  ];
};
