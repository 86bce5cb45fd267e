/** Filling and moving elements. */
import type { Kernels } from "../../kernels.js";
import type { WasmBuffer } from "./heap.js";
import type { Runner } from "./runner.js";
import { joinAxes, type Shape } from "../../shape.js";
import { alongFourAxes, rowsOf } from "./strided.js";

export const move = (run: Runner) =>
  ({
    fill(y, value) {
      run.fill(y, value);
    },

    copyFrom(y, x, size) {
      const [sizes, xs, ys] = joinAxes(size.shape, size.strides);
      copy(run, sizes, y.ptr, ys, x.ptr + size.offset * 4, xs);
    },

    copyInto(y, x, size) {
      const [sizes, ys, xs] = joinAxes(size.shape, size.strides);
      copy(run, sizes, y.ptr + size.offset * 4, ys, x.ptr, xs);
    },

    gather(y, table, indices, rows, width, tableRows) {
      run.rows("gather", rows, y.ptr, table.ptr, indices.ptr, width, tableRows);
    },

    gatherGrad(dTable, dy, indices, rows, width, tableRows) {
      run.rows("gatherGrad", tableRows, dTable.ptr, dy.ptr, indices.ptr, rows, width, tableRows);
    },
  }) satisfies Partial<Kernels<WasmBuffer>>;

/** Copies elements from address x to address y, each walked with its own strides. */
function copy(run: Runner, sizes: Shape, y: number, yStrides: Shape, x: number, xStrides: Shape): void {
  alongFourAxes(sizes, yStrides, xStrides, (axes, yAt, xAt) =>
    run.rows("copy", rowsOf(run, axes), y + yAt * 4, x + xAt * 4, ...axes),
  );
}
