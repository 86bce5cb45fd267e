/** Strided walks over any number of axes, as calls of kernels that take four. */
import { type Shape, sizeOf } from "../../shape.js";
import type { Runner } from "./runner.js";

/** Four axes as the kernels take them: sizes, then the strides of both sides. */
export type Axes = [
  ...[n0: number, n1: number, n2: number, n3: number],
  ...[a0: number, a1: number, a2: number, a3: number],
  ...[b0: number, b1: number, b2: number, b3: number],
];

/**
 * Calls `each` with the last four axes (fewer are filled up with ones in front) for every position on the axes before
 * them, with the offsets of both sides and of a row-major result.
 */
export function alongFourAxes(
  shape: Shape,
  aStrides: Shape,
  bStrides: Shape,
  each: (axes: Axes, aAt: number, bAt: number, yAt: number) => void,
): void {
  const lead = shape.length - 4;
  const axes: Axes = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0];
  let inner = 1;
  for (let axis = Math.max(lead, 0); axis < shape.length; axis++) {
    inner *= axes[axis - lead] = shape[axis];
    axes[axis - lead + 4] = aStrides[axis];
    axes[axis - lead + 8] = bStrides[axis];
  }
  if (lead <= 0) return each(axes, 0, 0, 0);
  const outer = sizeOf(shape.slice(0, lead));
  for (let place = 0; place < outer; place++) {
    let [rest, aAt, bAt] = [place, 0, 0];
    for (let axis = lead - 1; axis >= 0; axis--) {
      const index = rest % shape[axis];
      rest = (rest - index) / shape[axis];
      aAt += index * aStrides[axis];
      bAt += index * bStrides[axis];
    }
    each(axes, aAt, bAt, place * inner);
  }
}

/** Rows of a walk over four axes, as the kernels count them: chunks of the last axis. */
export const rowsOf = (run: Runner, [n0, n1, n2, n3]: Axes): number =>
  n0 * n1 * n2 * Math.ceil(n3 / run.constants.CHUNK);
