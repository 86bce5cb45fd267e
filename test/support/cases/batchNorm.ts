import type { NormSize } from "../../../src/shape.js";
import { type Case, lazily, likely, numbers, rounding, roundings, runOnReference, type Tolerance } from "./case.js";

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

interface Input {
  size: NormSize;
  /** The mean of x. */
  mean: number;
  /** How many roundings of a sum of n terms add up. */
  adding: (n: number) => number;
}

/** Sizes, each with x around 0 and with x far from it. */
function* inputs(): Iterable<Input> {
  for (const size of sizes()) for (const mean of [0.25, 1e4]) yield { size, mean, adding: (n) => n };
}

const nameOf = ({ size, mean }: Input) => `${text(size)} around ${mean}`;
const xOf = ({ size, mean }: Input) => numbers(elements(size), 1, 1, mean);

function momentsOf(x: Float32Array, size: NormSize): Float32Array {
  const { y } = runOnReference((k, m, [x]) => k.moments(m, x, size), [x], 2 * size.groups * size.channels);
  return Float32Array.from(y);
}

function momentsCase(input: Input): Case {
  const { size, adding } = input;
  return lazily({
    name: nameOf(input),
    length: 2 * size.groups * size.channels,
    inputs: () => [xOf(input)],
    run: (k, m, [x]) => k.moments(m, x, size),
    tolerance: momentsTolerance(size, adding(size.outer * size.inner)),
  });
}

export function* moments(): Iterable<Case> {
  for (const input of inputs()) yield momentsCase(input);
}

/**
 * The mean is a sum of `n` roundings; the variance a sum of squares that are small because the mean was subtracted first, and
 * wrong by the square of the mean's own error.
 */
const momentsTolerance =
  (size: NormSize, n: number): Tolerance =>
  ([x]) => {
    const half = size.groups * size.channels;
    const largest = x.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    const meanError = (n + 1) * rounding * largest;
    return (expected, i) => (i < half ? meanError : (n + 4) * rounding * expected + meanError ** 2);
  };

function batchNormCase(input: Input): Case {
  const { size } = input;
  const { channels } = size;
  return lazily({
    name: nameOf(input),
    length: elements(size),
    inputs: () => {
      const x = xOf(input);
      return [x, momentsOf(x, size), numbers(channels, 2, 0.5, 1), numbers(channels, 3)];
    },
    run: (k, y, [x, moments, gamma, beta]) => k.batchNorm(y, x, moments, gamma, beta, epsilon, size),
    // Roundings of a product and of the sum with beta: the mean is subtracted first, whatever its size.
    tolerance: roundings(8, ([x, moments, gamma, beta]) => {
      const xHat = normalized(x, moments, size);
      return (i) => Math.abs(xHat(i) * gamma[i % channels]) + Math.abs(beta[i % channels]);
    }),
  });
}

export function* batchNorm(): Iterable<Case> {
  for (const input of inputs()) yield batchNormCase(input);
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

function batchNormGradSumsCase(input: Input): Case {
  const { size, adding } = input;
  const half = size.groups * size.channels;
  return lazily({
    name: nameOf(input),
    length: 2 * half,
    inputs: () => {
      const x = xOf(input);
      return [numbers(x.length, 4), x, momentsOf(x, size)];
    },
    run: (k, sums, [dy, x, moments]) => k.batchNormGradSums(sums, dy, x, moments, epsilon, size),
    tolerance: roundings(adding(size.outer * size.inner) + 6, ([dy, x, moments]) => {
      const xHat = normalized(x, moments, size);
      const statistic = statisticOf(size);
      const sums = new Float64Array(2 * half);
      x.forEach((_, i) => {
        sums[statistic(i)] += Math.abs(dy[i]);
        sums[half + statistic(i)] += Math.abs(dy[i] * xHat(i));
      });
      return (i) => sums[i];
    }),
  });
}

export function* batchNormGradSums(): Iterable<Case> {
  for (const input of inputs()) yield batchNormGradSumsCase(input);
}

function batchNormGradCase(input: Input): Case {
  const { size } = input;
  const { outer, groups, inner, channels } = size;
  return lazily({
    name: nameOf(input),
    length: elements(size),
    inputs: () => {
      const x = xOf(input);
      const [gamma, sums] = [numbers(channels, 2, 0.5, 1), numbers(2 * groups * channels, 5, 4)];
      return [numbers(x.length, 4), x, momentsOf(x, size), gamma, sums];
    },
    run: (k, dx, [dy, x, moments, gamma, sums]) => k.batchNormGrad(dx, dy, x, moments, gamma, sums, epsilon, size),
    tolerance: roundings(8, ([dy, x, moments, gamma, sums]) => {
      const half = groups * channels;
      const xHat = normalized(x, moments, size);
      const statistic = statisticOf(size);
      return (i) => {
        const s = statistic(i);
        const terms = Math.abs(dy[i]) + (Math.abs(sums[s]) + Math.abs(xHat(i) * sums[half + s])) / (outer * inner);
        return (Math.abs(gamma[i % channels]) * terms) / Math.sqrt(moments[half + s] + epsilon);
      };
    }),
  });
}

export function* batchNormGrad(): Iterable<Case> {
  for (const input of inputs()) yield batchNormGradCase(input);
}

/** A frame at 224, a batch of 16 frames at 64, and 8 time steps with separate statistics. */
const timedSizes: NormSize[] = [
  { outer: 1, groups: 1, inner: 112 * 112, channels: 32 },
  { outer: 16, groups: 1, inner: 32 * 32, channels: 8 },
  { outer: 1, groups: 8, inner: 7 * 7, channels: 1024 },
];

const timed = (make: (input: Input) => Case) =>
  function* (): Iterable<Case> {
    for (const size of timedSizes) {
      yield Object.assign(make({ size, mean: 0.25, adding: likely }), { name: text(size) });
    }
  };

export const timedNorms = {
  moments: timed(momentsCase),
  batchNorm: timed(batchNormCase),
  batchNormGradSums: timed(batchNormGradSumsCase),
  batchNormGrad: timed(batchNormGradCase),
};
