/**
 * Between batch-major sequences [batch, time, ...] and time-major ones [time, batch, ...], whose time steps are
 * contiguous.
 */
import type { Tensor } from "../tensor.js";
import { reshape, transpose } from "./move.js";

function swapFirstAxes(x: Tensor): Tensor {
  const [first, second, ...rest] = x.shape as [number, number, ...number[]];
  if (first === 1 || second === 1) return reshape(x, [second, first, ...rest]);
  return transpose(x, [1, 0, ...rest.map((_, i) => i + 2)]);
}

/** [batch, time, ...] to [time, batch, ...]. */
export const timeMajor = swapFirstAxes;
/** [time, batch, ...] to [batch, time, ...]. */
export const batchMajor = swapFirstAxes;
