/** Reductions over an axis, and functions of whole rows. */
import type { Kernels } from "../../kernels.js";
import type { ReduceSize } from "../../shape.js";
import type { ReferenceBuffer as B } from "./buffer.js";
import { flush } from "./flush.js";

/** y[o, i] = reduce(the elements x[o, :, i]). */
function overMiddle(y: B, x: B, { outer, length, inner }: ReduceSize, reduce: (line: Float64Array) => number): void {
  const line = new Float64Array(length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      for (let l = 0; l < length; l++) line[l] = x.values[(o * length + l) * inner + i];
      y.values[o * inner + i] = reduce(line);
    }
  }
}

/** Calls `work` with the range [from, to) of each row. */
function forRows(rows: number, columns: number, work: (from: number, to: number) => void): void {
  for (let row = 0; row < rows; row++) work(row * columns, (row + 1) * columns);
}

/** The largest of x[from .. to), and the sum of e^(x - largest) over it. */
function softmaxParts(x: B, from: number, to: number): { largest: number; sum: number } {
  let largest = -Infinity;
  for (let i = from; i < to; i++) largest = Math.max(largest, x.values[i]);
  let sum = 0;
  for (let i = from; i < to; i++) sum += Math.exp(x.values[i] - largest);
  return { largest, sum };
}

export const reduce = {
  sum: (y, x, size) => overMiddle(y, x, size, (line) => line.reduce((total, value) => total + value, 0)),

  max: (y, x, size) => overMiddle(y, x, size, (line) => line.reduce((a, b) => Math.max(a, b), -Infinity)),

  argMax: (y, x, size) =>
    overMiddle(y, x, size, (line) => line.reduce((best, value, place) => (value > line[best] ? place : best), 0)),

  softmax(y, x, rows, columns) {
    forRows(rows, columns, (from, to) => {
      const { largest, sum } = softmaxParts(x, from, to);
      for (let i = from; i < to; i++) y.values[i] = flush(Math.exp(x.values[i] - largest) / sum);
    });
  },

  softmaxGrad(dx, dy, y, rows, columns) {
    forRows(rows, columns, (from, to) => {
      let sum = 0;
      for (let i = from; i < to; i++) sum += dy.values[i] * y.values[i];
      for (let i = from; i < to; i++) dx.values[i] = flush(y.values[i] * (dy.values[i] - sum));
    });
  },

  logSoftmax(y, x, rows, columns) {
    forRows(rows, columns, (from, to) => {
      const { largest, sum } = softmaxParts(x, from, to);
      for (let i = from; i < to; i++) y.values[i] = x.values[i] - largest - Math.log(sum);
    });
  },

  logSoftmaxGrad(dx, dy, y, rows, columns) {
    forRows(rows, columns, (from, to) => {
      let sum = 0;
      for (let i = from; i < to; i++) sum += dy.values[i];
      for (let i = from; i < to; i++) {
        dx.values[i] = flush(dy.values[i] - Math.exp(y.values[i]) * sum);
      }
    });
  },
} satisfies Partial<Kernels<B>>;
