/**
 * Conversions between batch-major sequences [batch, time, ...] and time-major ones [time, batch, ...]. In the latter each
 * time step is contiguous in memory.
 */
import type { Tensor } from "../tensor.js";
import { reshape, transpose } from "./move.js";

function swapFirstAxes(x: Tensor): Tensor {
  const [first, second, ...rest] = x.shape as [number, number, ...number[]];
  if (first === 1 || second === 1) return reshape(x, [second, first, ...rest]);
  return transpose(x, [1, 0, ...rest.map((_, i) => i + 2)]);
}

/** Transposes [batch, time, ...] to [time, batch, ...]. */
export const timeMajor = swapFirstAxes;
/** Transposes [time, batch, ...] to [batch, time, ...]. */
export const batchMajor = swapFirstAxes;
