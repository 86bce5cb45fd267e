/** Softmax over any axes. */
import { logSoftmax, reshape, softmax, transpose } from "../ops/index.js";
import { sizeOf } from "../shape.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { axesFrom } from "./moves.js";

/** Makes a function over the last axis one over any axis, or over several together. */
const overAxes =
  (name: string, work: (x: Tensor) => Tensor) =>
  (x: Tensor, axis: number | readonly number[] | null = -1): Tensor => {
    const rank = x.shape.length;
    const axes = axesFrom(name, axis, rank);
    if (axes.length === 1 && axes[0] === rank - 1) return work(x);
    return scope(() => {
      const order = [...x.shape.map((_, i) => i).filter((i) => !axes.includes(i)), ...axes];
      const moved = transpose(x, order);
      const [others, together] = [moved.shape.slice(0, rank - axes.length), moved.shape.slice(rank - axes.length)];
      const rows = reshape(moved, [...others, sizeOf(together)]);
      return transpose(reshape(work(rows), moved.shape), order.map((_, i) => order.indexOf(i))); // prettier-ignore
    });
  };

/** The softmax over an axis, the last by default, or over several. */
export const softmaxOver = overAxes("softmax", softmax);

/** The logarithm of the softmax over an axis, the last by default, or over several. */
export const logSoftmaxOver = overAxes("logSoftmax", logSoftmax);
