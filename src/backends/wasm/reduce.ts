/** Reductions over an axis, and functions of whole rows. */
import type { Kernels } from "../../kernels.js";
import { sumParts } from "../../sumParts.js";
import type { WasmBuffer } from "./heap.js";
import type { Runner } from "./runner.js";

export const reduce = (run: Runner) =>
  ({
    sum(y, x, size) {
      const { outer, length, inner } = size;
      const parts = sumParts(size);
      run.inParts(y.ptr, outer * inner, parts, 1, (partials) =>
        run.rows("sum", parts * outer * run.blocks(inner), partials, x.ptr, outer, length, inner, parts),
      );
    },
    max(y, x, { outer, length, inner }) {
      run.rows("max", outer * inner, y.ptr, x.ptr, length, inner);
    },
    argMax(y, x, { outer, length, inner }) {
      run.rows("argMax", outer * inner, y.ptr, x.ptr, length, inner);
    },

    softmax(y, x, rows, columns) {
      run.rows("softmax", rows, y.ptr, x.ptr, columns);
    },
    softmaxGrad(dx, dy, y, rows, columns) {
      run.rows("softmaxGrad", rows, dx.ptr, dy.ptr, y.ptr, columns);
    },
    logSoftmax(y, x, rows, columns) {
      run.rows("logSoftmax", rows, y.ptr, x.ptr, columns);
    },
    logSoftmaxGrad(dx, dy, y, rows, columns) {
      run.rows("logSoftmaxGrad", rows, dx.ptr, dy.ptr, y.ptr, columns);
    },
  }) satisfies Partial<Kernels<WasmBuffer>>;
