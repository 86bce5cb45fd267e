/** Matrices in panels, as the matrix kernel wants its second operand. */
import type { WasmBuffer } from "./heap.js";
import type { Runner } from "./runner.js";

/** A matrix [k, n] in a buffer; transposed: stored [n, k]. */
export interface Operand {
  readonly buffer: WasmBuffer;
  /** Where it begins in the buffer, in bytes. */
  readonly shift: number;
  /** From one of its rows to the next. */
  readonly rowBytes: number;
  readonly k: number;
  readonly n: number;
  readonly transposed: boolean;
}

/** Bytes of a [k, n] matrix in panels. */
export const panelBytes = (run: Runner, k: number, n: number): number => Math.ceil(n / run.panel) * run.panel * k * 4;

/** Hands `use` the operand in panels. Those of a weight are kept, and packed anew once it has changed; others last for the call. */
export function withPanels(run: Runner, b: Operand, use: (panels: number) => void): void {
  const bytes = panelBytes(run, b.k, b.n);
  if (!b.buffer.isWeight) {
    return run.withMemory(bytes, (panels) => {
      pack(run, panels, b);
      use(panels);
    });
  }
  const key = `panels ${b.shift} ${b.rowBytes} ${b.k} ${b.n} ${b.transposed}`;
  const { ptr } = run.derived.get(
    key,
    [b.buffer.root],
    () => run.heap.reserve(bytes),
    (allocation) => pack(run, allocation.ptr, b),
  );
  use(ptr);
}

function pack(run: Runner, panels: number, { buffer, shift, rowBytes, k, n, transposed }: Operand): void {
  const name = transposed ? "packPanelsTransposed" : "packPanels";
  run.rows(name, Math.ceil(n / run.panel), panels, buffer.ptr + shift, rowBytes, k, n, run.panel);
}
