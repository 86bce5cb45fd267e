/** Batch normalization of x: [outer, groups, inner, channels], with statistics for each group and channel. */
import type { Kernels } from "../../kernels.js";
import type { NormSize } from "../../shape.js";
import type { ReferenceBuffer as B } from "./buffer.js";

/** Calls `visit` for every element of x with its index, its statistic's index in [groups, channels] and its channel. */
function forElements(size: NormSize, visit: (i: number, statistic: number, channel: number) => void): void {
  const { outer, groups, inner, channels } = size;
  for (let row = 0; row < outer * groups * inner; row++) {
    const group = Math.floor(row / inner) % groups;
    for (let c = 0; c < channels; c++) visit(row * channels + c, group * channels + c, c);
  }
}

/** Functions that read a statistic's mean and 1 / sqrt(variance + epsilon). */
const statistics = (moments: B, epsilon: number, { groups, channels }: NormSize) => ({
  mean: (statistic: number) => moments.values[statistic],
  scale: (statistic: number) => 1 / Math.sqrt(moments.values[groups * channels + statistic] + epsilon),
});

export const batchNorm = {
  moments(moments, x, size) {
    const { outer, groups, inner, channels } = size;
    const n = outer * inner;
    const means = new Float64Array(groups * channels);
    const variances = new Float64Array(groups * channels);
    forElements(size, (i, s) => (means[s] += x.values[i] / n));
    forElements(size, (i, s) => (variances[s] += (x.values[i] - means[s]) ** 2 / n));
    moments.values.set(means);
    moments.values.set(variances, groups * channels);
  },

  batchNorm(y, x, moments, gamma, beta, epsilon, size) {
    const { mean, scale } = statistics(moments, epsilon, size);
    forElements(size, (i, s, c) => {
      y.values[i] = (x.values[i] - mean(s)) * scale(s) * gamma.values[c] + beta.values[c];
    });
  },

  batchNormGradSums(sums, dy, x, moments, epsilon, size) {
    const { mean, scale } = statistics(moments, epsilon, size);
    const half = size.groups * size.channels;
    const totals = new Float64Array(2 * half);
    forElements(size, (i, s) => {
      const xHat = (x.values[i] - mean(s)) * scale(s);
      totals[s] += dy.values[i];
      totals[half + s] += dy.values[i] * xHat;
    });
    sums.values.set(totals);
  },

  batchNormGrad(dx, dy, x, moments, gamma, sums, epsilon, size) {
    const { mean, scale } = statistics(moments, epsilon, size);
    const half = size.groups * size.channels;
    const n = size.outer * size.inner;
    forElements(size, (i, s, c) => {
      const xHat = (x.values[i] - mean(s)) * scale(s);
      const centred = dy.values[i] - sums.values[s] / n - (xHat * sums.values[half + s]) / n;
      dx.values[i] = gamma.values[c] * scale(s) * centred;
    });
  },
} satisfies Partial<Kernels<B>>;
