/** Matrix products. The operand b is packed in panels, or read in place where that is faster. */
import type { EpilogueActivation, Kernels } from "../../kernels.js";
import type { GemmSize } from "../../shape.js";
import { bounds, finish } from "./epilogue.js";
import type { WasmBuffer } from "./heap.js";
import { type Operand, withPanels } from "./panels.js";
import type { Runner } from "./runner.js";

/** With fewer rows of a than this, packing b costs more than it saves. */
const FEW_ROWS = 5;
/**
 * A matrix b of at most so many elements is read in place, as it fits in the first-level cache; larger ones are packed.
 */
const SMALL = 2048;

export const gemm = (run: Runner) =>
  ({
    gemm(c, a, b, bias, size, activation = "linear") {
      const { m, n, k, transA, transB, batch } = size;
      if (k === 0 || (m < FEW_ROWS && !transB && batch === 1)) {
        fewRows(run, c, a, b, bias, { ...size, m: batch * m }, activation);
      } else {
        for (let i = 0; i < batch; i++) {
          const shift = i * size.bBatchStride * 4;
          const operand: Operand = { buffer: b, shift, rowBytes: (transB ? k : n) * 4, k, n, transposed: transB };
          const aAt = { ptr: a.ptr + i * size.aBatchStride * 4, rowBytes: (transA ? m : k) * 4, transposed: transA };
          product(run, c.ptr + i * m * n * 4, aAt, operand, m, bias, activation);
        }
      }
      finish(run, c.ptr, batch * m * n, activation);
    },
  }) satisfies Partial<Kernels<WasmBuffer>>;

/** A matrix a [m, k] at an address; transposed: stored [k, m]. */
export interface LeftOperand {
  readonly ptr: number;
  readonly rowBytes: number;
  readonly transposed: boolean;
}

/** c [m, n] = a b + bias, clipped to the activation's bounds. */
export function product(
  run: Runner,
  c: number,
  a: LeftOperand,
  b: Operand,
  m: number,
  bias: WasmBuffer | undefined,
  activation: EpilogueActivation,
): void {
  const { n, k, buffer } = b;
  const [low, high] = bounds[activation];
  // Only tiles at the right edge need scratch memory.
  const scratchBytes = n % run.constants.PANEL === 0 ? 0 : run.constants.GEMM_SCRATCH_BYTES;
  const multiply = (ptr: number, rowBytes: number) =>
    run.rowsWithScratch(
      "gemm", m, scratchBytes,
      c, n * 4, a.ptr, ptr, bias?.ptr ?? 0, n, k, +a.transposed, a.rowBytes, rowBytes, low, high,
    ); // prettier-ignore
  if (!b.transposed && n * k <= SMALL && !buffer.isWeight) multiply(buffer.ptr + b.shift, b.rowBytes);
  else withPanels(run, b, (panels) => multiply(panels, 0));
}

/** c [m, n] = a b + bias for few rows: b is read once, in order, so that packing it would save nothing. */
function fewRows(
  run: Runner,
  c: WasmBuffer,
  a: WasmBuffer,
  b: WasmBuffer,
  bias: WasmBuffer | undefined,
  { m, n, k, transA }: GemmSize,
  activation: EpilogueActivation,
): void {
  const [low, high] = bounds[activation];
  startRows(run, c, m, n, bias);
  const [aRow, aStep] = transA ? [4, m * 4] : [k * 4, 4];
  run.rows("gemmFewRows", Math.ceil(n / 4), c.ptr, a.ptr, b.ptr, m, n, k, aRow, aStep);
  if (low !== -Infinity) run.rows("clip", run.blocks(m * n), c.ptr, c.ptr, low, high);
}

/** c = the bias in every row, or zeros. */
function startRows(run: Runner, c: WasmBuffer, m: number, n: number, bias: WasmBuffer | undefined): void {
  if (!bias) return run.fill(c, 0);
  const rows = m * Math.ceil(n / run.constants.CHUNK);
  run.rows("copy", rows, c.ptr, bias.ptr, 1, 1, m, n, 0, 0, n, 1, 0, 0, 0, 1);
}
