/** Filling and moving elements. */
import type { Kernels } from "../../kernels.js";
import type { StridedSize } from "../../shape.js";
import type { ReferenceBuffer } from "./buffer.js";

/** The index of every element of a strided walk, in the order of the walk. */
export function placesOf({ shape, strides, offset }: StridedSize): Int32Array {
  const places = new Int32Array(shape.reduce((a, b) => a * b, 1)).fill(offset);
  let inner = places.length;
  shape.forEach((size, axis) => {
    inner /= size;
    for (let i = 0; i < places.length; i++) places[i] += (Math.floor(i / inner) % size) * strides[axis];
  });
  return places;
}

export const move = {
  fill(y, value) {
    y.values.fill(value);
  },

  copyFrom(y, x, size) {
    placesOf(size).forEach((place, i) => (y.values[i] = x.values[place]));
  },

  copyInto(y, x, size) {
    placesOf(size).forEach((place, i) => (y.values[place] = x.values[i]));
  },

  gather(y, table, indices, rows, width, tableRows) {
    for (let r = 0; r < rows; r++) {
      const row = indices.values[r];
      for (let j = 0; j < width; j++) {
        y.values[r * width + j] = isRow(row, tableRows) ? table.values[row * width + j] : NaN;
      }
    }
  },

  gatherGrad(dTable, dy, indices, rows, width, tableRows) {
    dTable.values.fill(0);
    for (let r = 0; r < rows; r++) {
      const row = indices.values[r];
      if (!isRow(row, tableRows)) continue;
      for (let j = 0; j < width; j++) dTable.values[row * width + j] += dy.values[r * width + j];
    }
  },
} satisfies Partial<Kernels<ReferenceBuffer>>;

const isRow = (index: number, tableRows: number) => Number.isInteger(index) && index >= 0 && index < tableRows;
