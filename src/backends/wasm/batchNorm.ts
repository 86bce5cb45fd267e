/**
 * Batch normalization. Statistics are sums over rows, cut into parts; rows are then normalized with a table of factors
 * and offsets.
 */
import type { Kernels } from "../../kernels.js";
import type { NormSize } from "../../shape.js";
import { normParts } from "../../sumParts.js";
import type { WasmBuffer } from "./heap.js";
import type { Runner } from "./runner.js";

export const batchNorm = (run: Runner) =>
  ({
    moments(moments, x, size) {
      const { outer, groups, inner, channels } = size;
      const parts = normParts(size);
      const n = groups * channels;
      const mean = moments.ptr;
      const { NORM_SCRATCH_BYTES } = run.constants;
      const rows = columns(run, size) * parts;
      const shape = [outer, groups, inner, channels, parts] as const;
      run.inParts(mean, n, parts, outer * inner, (partials) =>
        run.rowsWithScratch("normSums", rows, NORM_SCRATCH_BYTES, partials, x.ptr, ...shape),
      );
      run.inParts(mean + n * 4, n, parts, outer * inner, (partials) =>
        run.rowsWithScratch("normSquares", rows, NORM_SCRATCH_BYTES, partials, x.ptr, mean, ...shape),
      );
    },

    batchNorm(y, x, moments, gamma, beta, epsilon, size) {
      const { groups, inner, channels } = size;
      withTable(run, size, (table) => {
        run.rows(
          "batchNormTable", groups * channels,
          table, moments.ptr, gamma.ptr, beta.ptr, epsilon, groups, channels,
        ); // prettier-ignore
        run.rows("batchNorm", rowsOf(size), y.ptr, x.ptr, table, groups, inner, channels);
      });
    },
  }) satisfies Partial<Kernels<WasmBuffer>>;

/** The rows that are normalized. */
export const rowsOf = ({ outer, groups, inner }: NormSize): number => outer * groups * inner;
/** The blocks of channels of all groups. */
export const columns = (run: Runner, { groups, channels }: NormSize): number => groups * run.blocks(channels);

/** Calls `use` with memory for four numbers per group and channel. */
export function withTable(run: Runner, { groups, channels }: NormSize, use: (table: number) => void): void {
  run.withMemory(4 * groups * channels * 4, use);
}
