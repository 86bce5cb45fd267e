/** Batch normalization of x: [outer, groups, inner, channels], with statistics for each group and channel. */
import type { Kernels } from "../../kernels.js";
import type { NormSize } from "../../shape.js";
import type { GpujsBuffer } from "./buffer.js";
import type { Box, RunShader, Shader } from "./shader.js";

const counts = ["outer", "groups", "inner", "channels"] as const;

/** In a statistic's thread (channel, group, which of two): the index in x of row `p` of outer index `o`. */
const placeAt = (o: string, p: string) => `((${o} * groups + this.thread.y) * inner + ${p}) * channels + this.thread.x`;

/**
 * The variance's thread computes the mean again. Its loops have variables of their own, as gpu.js declares all in one
 * place.
 */
const moments = {
  inputs: ["x"],
  counts,
  factors: [],
  body: `
    let mean = 0;
    for (let o = 0; o < outer; o++) {
      for (let p = 0; p < inner; p++) mean += x[xAt + ${placeAt("o", "p")}];
    }
    mean = mean / (outer * inner);
    if (this.thread.z === 0) return mean;
    let variance = 0;
    for (let q = 0; q < outer; q++) {
      for (let r = 0; r < inner; r++) {
        const centred = x[xAt + ${placeAt("q", "r")}] - mean;
        variance += centred * centred;
      }
    }
    return variance / (outer * inner);
  `,
} satisfies Shader<string, string, string>;

const readStatistic = (group: string) => `
    const mean = moments[momentsAt + ${group} * channels + this.thread.x];
    const variance = moments[momentsAt + (groups + ${group}) * channels + this.thread.x];
    const scale = 1 / Math.sqrt(variance + epsilon);
`;

const gradSums = {
  inputs: ["dy", "x", "moments"],
  counts,
  factors: ["epsilon"],
  body: `${readStatistic("this.thread.y")}
    let sum = 0;
    for (let o = 0; o < outer; o++) {
      for (let p = 0; p < inner; p++) {
        let term = dy[dyAt + ${placeAt("o", "p")}];
        if (this.thread.z === 1) term = term * (x[xAt + ${placeAt("o", "p")}] - mean) * scale;
        sum += term;
      }
    }
    return sum;
  `,
} satisfies Shader<string, string, string>;

/** In an element's thread (channel, inner, outer * groups + group): the element's index, and its group. */
const place = "(this.thread.z * inner + this.thread.y) * channels + this.thread.x";
const group = "(this.thread.z % groups)";

const forward = {
  inputs: ["x", "moments", "gamma", "beta"],
  counts,
  factors: ["epsilon"],
  body: `${readStatistic(group)}
    const xHat = (x[xAt + ${place}] - mean) * scale;
    return xHat * gamma[gammaAt + this.thread.x] + beta[betaAt + this.thread.x];
  `,
} satisfies Shader<string, string, string>;

const gradient = {
  inputs: ["dy", "x", "moments", "gamma", "sums"],
  counts,
  factors: ["epsilon"],
  body: `${readStatistic(group)}
    const n = outer * inner;
    const xHat = (x[xAt + ${place}] - mean) * scale;
    const sum = sums[sumsAt + ${group} * channels + this.thread.x];
    const sumOfXHat = sums[sumsAt + (groups + ${group}) * channels + this.thread.x];
    const centred = dy[dyAt + ${place}] - sum / n - xHat * sumOfXHat / n;
    return gamma[gammaAt + this.thread.x] * scale * centred;
  `,
} satisfies Shader<string, string, string>;

const statistics = ({ groups, channels }: NormSize): Box => ({ planes: 2, rows: groups, columns: channels });
const elements = ({ outer, groups, inner, channels }: NormSize): Box => ({
  planes: outer * groups,
  rows: inner,
  columns: channels,
});

export const batchNorm = (run: RunShader) =>
  ({
    moments: (y, x, size) => run(moments, y, statistics(size), { x }, size),

    batchNorm: (y, x, moments, gamma, beta, epsilon, size) =>
      run(forward, y, elements(size), { x, moments, gamma, beta }, { ...size, epsilon }),

    batchNormGradSums: (sums, dy, x, moments, epsilon, size) =>
      run(gradSums, sums, statistics(size), { dy, x, moments }, { ...size, epsilon }),

    batchNormGrad: (dx, dy, x, moments, gamma, sums, epsilon, size) =>
      run(gradient, dx, elements(size), { dy, x, moments, gamma, sums }, { ...size, epsilon }),
  }) satisfies Partial<Kernels<GpujsBuffer>>;
