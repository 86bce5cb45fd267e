/** What recurrent ops share at masked time steps. */
import type { Buffer } from "../op.js";
import { constantTensor, type Tensor } from "../tensor.js";
import { concat } from "./move.js";
import { where } from "./where.js";

/**
 * Replaces the pre-activations zx: [time, batch, ..., gates units] of masked time steps by the ends of the gates, one
 * number for each gate. mask: [time, batch]. Not even NaN passes, and the gradient there is 0.
 */
export function saturate(zx: Tensor, mask: Tensor, ends: readonly number[]): Tensor {
  const units = zx.shape.at(-1)! / ends.length;
  return where(mask, zx, concat(ends.map((end) => constantTensor([units], end, zx.backend))));
}

/**
 * Writes `next` into the state `held`: [batch, ...] in place, but keeps the samples that are masked at time step t. mask:
 * [time, batch]. Returns the buffer of `held`.
 */
export function carry(held: Tensor, next: Buffer, mask: Tensor, t: number): Buffer {
  const { backend, buffer } = held;
  const [, batch] = mask.shape;
  const width = held.size / batch;
  const used = backend.view(mask.buffer, t * batch, batch);
  backend.kernels.copyWhere(buffer, next, used, { shape: [batch, width], aStrides: [width, 1], bStrides: [1, 0] });
  return buffer;
}
