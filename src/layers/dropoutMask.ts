import type { RandomStream } from "../random.js";
import { type Shape, sizeOf } from "../shape.js";
import { type Tensor, tensor } from "../tensor.js";

/** A random mask: 0 for a share `rate` of its elements, and 1 / (1 - rate) for the others, so that the mean stays the same. */
export function dropoutMask(shape: Shape, rate: number, random: RandomStream): Tensor {
  const kept = rate === 1 ? 0 : 1 / (1 - rate);
  const mask = new Float32Array(sizeOf(shape));
  for (let i = 0; i < mask.length; i++) mask[i] = random.uniform() < rate ? 0 : kept;
  return tensor(mask, shape);
}
