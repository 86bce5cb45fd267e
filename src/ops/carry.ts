/** What recurrent ops share: masked time steps, and parts of the backward pass. */
import { type Buffer, compute } from "../op.js";
import { flatSize, gemmSize } from "../shape.js";
import { constantTensor, type Tensor } from "../tensor.js";
import { where } from "./where.js";

/** Repeats a mask: [time, batch] for the rows of a state, of which each sample has as many: [time, rows]. */
export const rowMask = (mask: Tensor, rows: number): Tensor => {
  const [time, batch] = mask.shape;
  return where(mask, constantTensor([time, batch, rows / (batch || 1)], 1, mask.backend));
};

/**
 * Writes `next` into the state `held`: [batch, ...] in place, but keeps the samples that are masked at time step t. mask:
 * [time, batch]. Returns the buffer of `held`.
 */
export function carry(held: Tensor, next: Buffer, mask: Tensor, t: number): Buffer {
  const { backend, buffer } = held;
  const [, batch] = mask.shape;
  const width = held.size / (batch || 1);
  const used = backend.view(mask.buffer, t * batch, batch);
  backend.kernels.copyWhere(buffer, next, used, { shape: [batch, width], aStrides: [width, 1], bStrides: [1, 0] });
  return buffer;
}

/**
 * Computes dh at time step t: the recurrent part, from time step t + 1, plus that of output t, a part of dhs: [time,
 * ...state]. Gives the recurrent part itself, if there is one, where outputs have no gradients.
 */
export function gradOfState(recurrent: Tensor | undefined, dhs: Tensor | undefined, t: number): Tensor | undefined {
  if (!dhs) return recurrent;
  return compute("add", [dhs], dhs.shape.slice(1), (k, y) => {
    const n = y.length;
    const outside = dhs.backend.view(dhs.buffer, t * n, n);
    if (recurrent) k.add(y, recurrent.buffer, outside, { shape: [n], aStrides: [1], bStrides: [1] });
    else k.copyFrom(y, outside, flatSize(n));
  });
}

/** Gives the states before each time step: [time, ...state], from the one before the first and those after each. */
export const statesBefore = (first: Tensor, hs: Tensor): Tensor =>
  compute("concat", [hs], hs.shape, (k, y) => {
    const n = first.size;
    k.copyInto(y, first.buffer, flatSize(n));
    if (hs.size > n) k.copyInto(y, hs.backend.view(hs.buffer, 0, hs.size - n), flatSize(hs.size - n, n));
  });

/** Computes the gradient of weights: [units, columns] from what they multiplied in all time steps, and dz of all. */
export const gradOfMatrix = (weights: Tensor, x: Tensor, dz: Tensor): Tensor =>
  compute("matMul", [weights], weights.shape, (k, dw) => {
    const [units, columns] = weights.shape;
    k.gemm(dw, x.buffer, dz.buffer, undefined, gemmSize(units, x.size / units, columns, true));
  });
