import type { RandomStream } from "../random.js";
import { type Shape, sizeOf } from "../shape.js";
import { type Tensor, tensor } from "../tensor.js";

/**
 * Draws a mask of zeros for a share `rate` of the elements and 1 / (1 - rate) for the others, so that the mean is
 * preserved.
 */
export function dropoutMask(shape: Shape, rate: number, random: RandomStream): Tensor {
  const kept = rate === 1 ? 0 : 1 / (1 - rate);
  const mask = new Float32Array(sizeOf(shape));
  for (let i = 0; i < mask.length; i++) mask[i] = random.uniform() < rate ? 0 : kept;
  return tensor(mask, shape);
}
