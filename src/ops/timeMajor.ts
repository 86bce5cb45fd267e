/** Between [batch, steps, ...], as people give sequences, and [steps, batch, ...], in which a step lies in one piece. */
import type { Tensor } from "../tensor.js";
import { reshape, transpose } from "./move.js";

function swapped(x: Tensor): Tensor {
  const [first, second, ...rest] = x.shape as [number, number, ...number[]];
  if (first === 1 || second === 1) return reshape(x, [second, first, ...rest]);
  return transpose(x, [1, 0, ...rest.map((_, i) => i + 2)]);
}

export const timeMajor = swapped;
export const batchMajor = swapped;
