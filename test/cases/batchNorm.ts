import type { NormSize } from "../../src/shape.js";
import { type Case, numbers, rounding, roundings, runOnReference, type Tolerance } from "./case.js";

const epsilon = 1e-3;

function* sizes(): Iterable<NormSize> {
  const counts = [...Array.from({ length: 17 }, (_, i) => i + 1), 19, 32, 35, 40];
  for (const channels of counts) {
    for (const [outer, groups, inner] of [[1, 1, 1], [4, 1, 9], [2, 3, 5], [3, 4, 1], [1, 2, 131]]) {
      yield { outer, groups, inner, channels };
    }
  }
} // prettier-ignore

const text = (s: NormSize) => `[${s.outer}, ${s.groups}, ${s.inner}, ${s.channels}]`;
const elements = (s: NormSize) => s.outer * s.groups * s.inner * s.channels;
/** The statistic that element i belongs to. */
const statisticOf =
  ({ groups, inner, channels }: NormSize) =>
  (i: number) =>
    (Math.floor(i / channels / inner) % groups) * channels + (i % channels);

/** Sizes, each with x around 0 and with x far from it. */
function* inputs(): Iterable<{ name: string; size: NormSize; x: Float32Array; moments: Float32Array }> {
  for (const size of sizes()) {
    for (const mean of [0.25, 1e4]) {
      const x = numbers(elements(size), 1, 1, mean);
      const half = size.groups * size.channels;
      const moments = Float32Array.from(runOnReference((k, m, [x]) => k.moments(m, x, size), [x], 2 * half).y);
      yield { name: `${text(size)} around ${mean}`, size, x, moments };
    }
  }
}

export function* moments(): Iterable<Case> {
  for (const { name, size, x } of inputs()) {
    const half = size.groups * size.channels;
    yield {
      name,
      length: 2 * half,
      inputs: [x],
      run: (k, m, [x]) => k.moments(m, x, size),
      tolerance: momentsTolerance(size),
    };
  }
}

/**
 * The mean is a sum; the variance a sum of squares that are small because the mean was subtracted first, and wrong by the
 * square of the mean's own error.
 */
const momentsTolerance =
  (size: NormSize): Tolerance =>
  ([x]) => {
    const n = size.outer * size.inner;
    const half = size.groups * size.channels;
    const largest = x.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    const meanError = (n + 1) * rounding * largest;
    return (expected, i) => (i < half ? meanError : (n + 4) * rounding * expected + meanError ** 2);
  };

export function* batchNorm(): Iterable<Case> {
  for (const { name, size, x, moments } of inputs()) {
    const { channels } = size;
    const [gamma, beta] = [numbers(channels, 2, 0.5, 1), numbers(channels, 3)];
    yield {
      name,
      length: x.length,
      inputs: [x, moments, gamma, beta],
      run: (k, y, [x, moments, gamma, beta]) => k.batchNorm(y, x, moments, gamma, beta, epsilon, size),
      // Roundings of a product and of the sum with beta: the mean is subtracted first, whatever its size.
      tolerance: roundings(8, ([x, moments, gamma, beta]) => {
        const xHat = normalized(x, moments, size);
        return (i) => Math.abs(xHat(i) * gamma[i % channels]) + Math.abs(beta[i % channels]);
      }),
    };
  }
  const size = { outer: 2, groups: 1, inner: 3, channels: 5 };
  yield {
    name: "variance 0, gamma 0",
    length: 30,
    inputs: [numbers(30, 1), Float32Array.of(0, 1, 0, 1, 0, 0, 0, 1, 1, 0), Float32Array.of(1, 0, 0, 1, 1), numbers(5, 3)],
    run: (k, y, [x, moments, gamma, beta]) => k.batchNorm(y, x, moments, gamma, beta, epsilon, size),
    tolerance: roundings(8, () => () => 1 / Math.sqrt(epsilon)),
  };
} // prettier-ignore

function normalized(x: Float32Array, moments: Float32Array, size: NormSize): (i: number) => number {
  const half = size.groups * size.channels;
  const statistic = statisticOf(size);
  return (i) => (x[i] - moments[statistic(i)]) / Math.sqrt(moments[half + statistic(i)] + epsilon);
}

export function* batchNormGradSums(): Iterable<Case> {
  for (const { name, size, x, moments } of inputs()) {
    const half = size.groups * size.channels;
    yield {
      name,
      length: 2 * half,
      inputs: [numbers(x.length, 4), x, moments],
      run: (k, sums, [dy, x, moments]) => k.batchNormGradSums(sums, dy, x, moments, epsilon, size),
      tolerance: roundings(size.outer * size.inner + 6, ([dy, x, moments]) => {
        const xHat = normalized(x, moments, size);
        const statistic = statisticOf(size);
        const sums = new Float64Array(2 * half);
        x.forEach((_, i) => {
          sums[statistic(i)] += Math.abs(dy[i]);
          sums[half + statistic(i)] += Math.abs(dy[i] * xHat(i));
        });
        return (i) => sums[i];
      }),
    };
  }
}

export function* batchNormGrad(): Iterable<Case> {
  for (const { name, size, x, moments } of inputs()) {
    const { outer, groups, inner, channels } = size;
    yield {
      name,
      length: x.length,
      inputs: [numbers(x.length, 4), x, moments, numbers(channels, 2, 0.5, 1), numbers(2 * groups * channels, 5, 4)],
      run: (k, dx, [dy, x, moments, gamma, sums]) => k.batchNormGrad(dx, dy, x, moments, gamma, sums, epsilon, size),
      tolerance: roundings(8, ([dy, x, moments, gamma, sums]) => {
        const half = groups * channels;
        const xHat = normalized(x, moments, size);
        return (i) => {
          const s = statisticOf(size)(i);
          const terms = Math.abs(dy[i]) + (Math.abs(sums[s]) + Math.abs(xHat(i) * sums[half + s])) / (outer * inner);
          return (Math.abs(gamma[i % channels]) * terms) / Math.sqrt(moments[half + s] + epsilon);
        };
      }),
    };
  }
}
