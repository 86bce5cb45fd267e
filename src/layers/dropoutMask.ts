import type { RandomStream } from "../random.js";
import type { Shape } from "../shape.js";
import { drawn, type Tensor } from "../tensor.js";

/**
 * Draws a mask of zeros for a share `rate` of the elements and 1 / (1 - rate) for the others, so that the mean is
 * preserved.
 */
export function dropoutMask(shape: Shape, rate: number, random: RandomStream): Tensor {
  const kept = rate === 1 ? 0 : 1 / (1 - rate);
  return drawn(shape, random, () => (random.uniform() < rate ? 0 : kept));
}
