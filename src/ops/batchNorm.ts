/** Batch normalization (Ioffe and Szegedy, 2015) over all axes but the last. */
import { checkNumber, checkOptions, ShapeError, shapeText } from "../errors.js";
import { checkSize, checkTensors, compute, computeLike, op } from "../op.js";
import { flatSize, type NormSize, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** Options of `batchNormTraining`. */
export interface BatchNormTraining {
  /** The number that is added to the variance. */
  epsilon: number;
  /**
   * The number of time steps on the first axis of x, [batch * steps, ...], 1 by default. Each has its own
   * statistics, as in Keras 3, which calls a layer once per time step.
   */
  steps?: number;
}

function normSize(x: Tensor, gamma: Tensor, beta: Tensor, steps: number, epsilon: number): NormSize {
  checkNumber("batchNorm", "epsilon", epsilon, "a number");
  checkTensors("batchNorm", [x, gamma]);
  const channels = gamma.size;
  if (x.shape.at(-1) !== channels || x.shape.length < 2 || x.shape[0] % steps !== 0) {
    throw new ShapeError(
      `batchNorm: expected [batch of a multiple of ${steps}, ..., ${channels}], received ${shapeText(x.shape)}.`,
    );
  }
  checkSize("batchNorm", "beta", beta, [channels]);
  return { outer: x.shape[0] / steps, groups: steps, inner: sizeOf(x.shape.slice(1, -1)), channels };
}

/**
 * Normalizes x by its own mean and variance over all axes but the last (Ioffe and Szegedy, 2015):
 * y = (x - mean) / sqrt(variance + epsilon) gamma + beta.
 *
 * x, y: [batch, ..., channels]; gamma, beta: [channels]. Also returns the moments [2, steps, channels], mean and biased
 * variance, for moving averages; no gradient passes through them.
 *
 * @throws ShapeError when the shapes do not fit; ArgumentError when `steps` is no whole number from 1.
 */
export function batchNormTraining(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  options: BatchNormTraining,
): { y: Tensor; moments: Tensor } {
  checkOptions("batchNorm", options, ["epsilon", "steps"]);
  const { epsilon, steps = 1 } = options;
  if (steps !== 1) checkNumber("batchNorm", "steps", steps, "a whole number from 1");
  const size = normSize(x, gamma, beta, steps, epsilon);
  const moments = compute("moments", [x], [2, steps, size.channels], (k, m) => k.moments(m, x.buffer, size));
  const y = normalize(x, gamma, beta, moments, epsilon, size, (dy, sums) =>
    computeLike(x, (k, dx) =>
      k.batchNormGrad(dx, dy.buffer, x.buffer, moments.buffer, gamma.buffer, sums.buffer, epsilon, size),
    ),
  );
  return { y, moments };
}

/**
 * Normalizes x by given statistics, as batch normalization does in inference (Ioffe and Szegedy, 2015):
 * y = (x - mean) / sqrt(variance + epsilon) gamma + beta.
 *
 * x, y: [batch, ..., channels]; gamma, beta: [channels]; moments: [2, 1, channels], mean and variance, which get no
 * gradient.
 *
 * @throws ShapeError when the shapes do not fit.
 */
export function batchNorm(x: Tensor, gamma: Tensor, beta: Tensor, moments: Tensor, epsilon: number): Tensor {
  const size = normSize(x, gamma, beta, 1, epsilon);
  checkSize("batchNorm", "moments", moments, [2, 1, size.channels]);
  return normalize(x, gamma, beta, moments, epsilon, size, (dy) =>
    scaledByRootVariance(dy, gamma, moments, epsilon, size),
  );
}

/** Normalizes x by these moments. `gradient` computes dx from dy and the sums of `gradSums`. */
function normalize(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  moments: Tensor,
  epsilon: number,
  size: NormSize,
  gradient: (dy: Tensor, sums: Tensor) => Tensor,
): Tensor {
  return op({
    name: "batchNorm",
    inputs: [x, gamma, beta],
    saved: [moments],
    forward: (k, y) => k.batchNorm(y, x.buffer, moments.buffer, gamma.buffer, beta.buffer, epsilon, size),
    backward: (dy) => {
      const sums = gradSums(dy, x, moments, epsilon, size);
      return [() => gradient(dy, sums), ...parameterGrads(sums, size)];
    },
  });
}

const gradSums = (dy: Tensor, x: Tensor, moments: Tensor, epsilon: number, size: NormSize): Tensor =>
  compute("batchNorm", [dy, x, moments], [2, size.groups, size.channels], (k, sums) =>
    k.batchNormGradSums(sums, dy.buffer, x.buffer, moments.buffer, epsilon, size),
  );

/** Computes the gradients of gamma (second row of the sums) and of beta (first row), summed over all time steps. */
function parameterGrads(sums: Tensor, { groups, channels }: NormSize): [() => Tensor, () => Tensor] {
  const row = (index: number) => () =>
    compute("batchNorm", [sums], [channels], (k, d) => {
      const part = sums.backend.view(sums.buffer, index * groups * channels, groups * channels);
      k.sum(d, part, { outer: 1, length: groups, inner: channels });
    });
  return [row(1), row(0)];
}

/** Computes dx = dy gamma / sqrt(variance + epsilon): batch normalization of dy with a mean and a beta of 0. */
function scaledByRootVariance(dy: Tensor, gamma: Tensor, moments: Tensor, epsilon: number, size: NormSize): Tensor {
  const zero = compute("batchNorm", [gamma], gamma.shape, (k, y) => k.fill(y, 0));
  const around = compute("batchNorm", [moments], moments.shape, (k, m) => {
    k.fill(m, 0);
    k.copyInto(
      m,
      moments.backend.view(moments.buffer, size.channels, size.channels),
      flatSize(size.channels, size.channels),
    );
  });
  return computeLike(dy, (k, dx) =>
    k.batchNorm(dx, dy.buffer, around.buffer, gamma.buffer, zero.buffer, epsilon, size),
  );
}
