/** Filling and moving elements. */
import type { Kernels } from "../../kernels.js";
import type { WasmBuffer } from "./heap.js";
import type { Runner } from "./runner.js";
import { alongFourAxes, joinAxes, rowsOf } from "./strided.js";

export const move = (run: Runner) =>
  ({
    fill(y, value) {
      run.fill(y, value);
    },

    copyFrom(y, x, { shape, strides, offset }) {
      const [sizes, xs, ys] = joinAxes(shape, strides);
      alongFourAxes(sizes, ys, xs, (axes, yAt, xAt) =>
        run.rows("copy", rowsOf(run, axes), y.ptr + yAt * 4, x.ptr + (offset + xAt) * 4, ...axes),
      );
    },

    copyInto(y, x, { shape, strides, offset }) {
      const [sizes, ys, xs] = joinAxes(shape, strides);
      alongFourAxes(sizes, ys, xs, (axes, yAt, xAt) =>
        run.rows("copy", rowsOf(run, axes), y.ptr + (offset + yAt) * 4, x.ptr + xAt * 4, ...axes),
      );
    },

    gather(y, table, indices, rows, width, tableRows) {
      run.rows("gather", rows, y.ptr, table.ptr, indices.ptr, width, tableRows);
    },

    gatherGrad(dTable, dy, indices, rows, width, tableRows) {
      run.rows("gatherGrad", tableRows, dTable.ptr, dy.ptr, indices.ptr, rows, width, tableRows);
    },
  }) satisfies Partial<Kernels<WasmBuffer>>;
