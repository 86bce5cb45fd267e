/** Gradients of batch normalization. */
import type { Kernels } from "../../../kernels.js";
import { normParts } from "../../../sumParts.js";
import { columns, rowsOf, withTable } from "../batchNorm.js";
import type { WasmBuffer } from "../heap.js";
import type { Runner } from "../runner.js";

export const batchNorm = (run: Runner) =>
  ({
    batchNormGradSums(sums, dy, x, moments, epsilon, size) {
      const { outer, groups, inner, channels } = size;
      const parts = normParts(size);
      const n = groups * channels;
      const rows = columns(run, size) * parts;
      const shape = [outer, groups, inner, channels, parts] as const;
      const { NORM_SCRATCH_BYTES } = run.constants;
      run.inParts(sums.ptr, 2 * n, parts, 1, (partials) =>
        run.rowsWithScratch(
          "normGradSums", rows, NORM_SCRATCH_BYTES, partials, dy.ptr, x.ptr, moments.ptr, ...shape,
        ),
      ); // prettier-ignore
      run.rows("normGradScale", n, sums.ptr + n * 4, moments.ptr + n * 4, epsilon);
    },

    batchNormGrad(dx, dy, x, moments, gamma, sums, epsilon, size) {
      const { outer, groups, inner, channels } = size;
      withTable(run, size, (table) => {
        run.rows(
          "batchNormGradTable", groups * channels,
          table, moments.ptr, gamma.ptr, sums.ptr, epsilon, outer * inner, groups, channels,
        ); // prettier-ignore
        run.rows("batchNormGrad", rowsOf(size), dx.ptr, dy.ptr, x.ptr, table, groups, inner, channels);
      });
    },
  }) satisfies Partial<Kernels<WasmBuffer>>;
