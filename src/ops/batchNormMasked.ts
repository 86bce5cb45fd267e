/** Batch normalization with statistics over the elements that a mask selects. */
import { sizeOf } from "../shape.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { add, divide, multiply, subtract } from "./arithmetic.js";
import { affine, sqrt, square } from "./elementwise.js";
import { reshape, stack } from "./move.js";
import { sum } from "./reduce.js";

/** The constant of Keras that prevents a division by 0 for a mask of zeros. */
const least = 1e-7;

/**
 * Normalizes x by the mean and the biased variance of its masked elements (Ioffe and Szegedy, 2015).
 *
 * x: [batch * steps, ..., channels], where each of `steps` time steps has its own statistics; gamma, beta: [channels];
 * `used`: the shape of x, 1 for elements that count in the statistics and 0 for others. All elements of x are
 * normalized. Also returns the moments [2, steps, channels].
 */
export function batchNormMasked(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  { epsilon, steps = 1, used }: { epsilon: number; steps?: number; used: Tensor },
): { y: Tensor; moments: Tensor } {
  return scope(() => {
    const [rows, ...rest] = x.shape;
    const channels = rest.at(-1)!;
    const grouped = [rows / steps, steps, sizeOf(rest.slice(0, -1)), channels];
    const [values, counts] = [reshape(x, grouped), reshape(used, grouped)];
    const count = affine(sum(counts, [0, 2], true), 1, least);
    const average = (part: Tensor) => divide(sum(multiply(part, counts), [0, 2], true), count);
    const mean = average(values);
    const centred = subtract(values, mean);
    const variance = average(square(centred));
    const normal = divide(centred, sqrt(affine(variance, 1, epsilon)));
    const moments = reshape(stack([mean, variance]), [2, steps, channels]);
    return { y: reshape(add(multiply(normal, gamma), beta), x.shape), moments };
  });
}
