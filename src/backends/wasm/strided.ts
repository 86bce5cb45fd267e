/** Walks over several axes, with strides, in calls of four axes each, which is what the kernels take. */
import { type Shape, stridesOf } from "../../shape.js";
import type { Runner } from "./runner.js";

export type Four = [number, number, number, number];

/** Joins neighbouring axes that lie in one piece on both sides. `otherStrides`: row-major by default. */
export function joinAxes(shape: Shape, strides: Shape, otherStrides: Shape = stridesOf(shape)): [Shape, Shape, Shape] {
  const sizes: number[] = [];
  const first: number[] = [];
  const second: number[] = [];
  for (let axis = 0; axis < shape.length; axis++) {
    const size = shape[axis];
    if (size === 1) continue;
    const last = sizes.length - 1;
    const joins = last >= 0 && first[last] === strides[axis] * size && second[last] === otherStrides[axis] * size;
    if (joins) {
      sizes[last] *= size;
      first[last] = strides[axis];
      second[last] = otherStrides[axis];
    } else {
      sizes.push(size);
      first.push(strides[axis]);
      second.push(otherStrides[axis]);
    }
  }
  return [sizes, first, second];
}

/**
 * Calls `each` with the last four axes (padded by ones in front) for every place on the axes before them; with the offsets of
 * both sides, and that of a row-major result.
 */
export function alongFourAxes(
  shape: Shape,
  aStrides: Shape,
  bStrides: Shape,
  each: (n: Four, a: Four, b: Four, aAt: number, bAt: number, yAt: number) => void,
): void {
  const lead = Math.max(shape.length - 4, 0);
  const pad = (list: Shape, value: number) => [...new Array(4).fill(value), ...list].slice(-4) as Four;
  const [n, a, b] = [pad(shape.slice(lead), 1), pad(aStrides.slice(lead), 0), pad(bStrides.slice(lead), 0)];
  const inner = n[0] * n[1] * n[2] * n[3];
  const outer = shape.slice(0, lead).reduce((product, size) => product * size, 1);
  for (let place = 0; place < outer; place++) {
    let [rest, aAt, bAt] = [place, 0, 0];
    for (let axis = lead - 1; axis >= 0; axis--) {
      const index = rest % shape[axis];
      rest = (rest - index) / shape[axis];
      aAt += index * aStrides[axis];
      bAt += index * bStrides[axis];
    }
    each(n, a, b, aAt, bAt, place * inner);
  }
}

/** Rows of a walk over four axes, as the kernels count them: pieces of the last axis. */
export const rowsOf = (run: Runner, [n0, n1, n2, n3]: Four): number =>
  n0 * n1 * n2 * Math.ceil(n3 / run.constants.PIECE);
