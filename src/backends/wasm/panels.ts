/** Packing matrices into panels, the layout of the matrix kernel's second operand. */
import type { WasmBuffer } from "./heap.js";
import type { Runner } from "./runner.js";

/** A matrix [k, n] in a buffer. If it is `transposed`, it is stored as [n, k]. */
export interface Operand {
  readonly buffer: WasmBuffer;
  /** Offset of its first element in the buffer, in bytes. */
  readonly shift: number;
  /** Distance between its rows as they are stored, in bytes. */
  readonly rowBytes: number;
  readonly k: number;
  readonly n: number;
  readonly transposed: boolean;
}

/** Bytes of a matrix [k, n] in panels. */
export const panelBytes = ({ constants: { PANEL } }: Runner, k: number, n: number): number =>
  Math.ceil(n / PANEL) * PANEL * k * 4;

/**
 * Calls `use` with the address of the packed operand. The panels of a weight are cached until it changes; others last
 * for the call.
 */
export function withPanels(run: Runner, b: Operand, use: (panels: number) => void): void {
  const key = `panels ${b.shift} ${b.rowBytes} ${b.k} ${b.n} ${b.transposed}`;
  withDerived(run, b.buffer, key, panelBytes(run, b.k, b.n), (panels) => pack(run, panels, b), use);
}

/**
 * Calls `use` with the address of `bytes` of memory that `fill` has computed from a buffer. Of a weight they are cached
 * until it changes, under `key`; of other buffers they last for the call.
 */
export function withDerived(
  run: Runner,
  { isWeight, root }: WasmBuffer,
  key: string,
  bytes: number,
  fill: (ptr: number) => void,
  use: (ptr: number) => void,
): void {
  if (!isWeight) {
    return run.withMemory(bytes, (ptr) => {
      fill(ptr);
      use(ptr);
    });
  }
  const { ptr } = run.derived.get(
    key,
    [root],
    () => run.heap.reserve(bytes),
    (allocation) => fill(allocation.ptr),
  );
  use(ptr);
}

function pack(run: Runner, panels: number, { buffer, shift, rowBytes, k, n, transposed }: Operand): void {
  const name = transposed ? "packPanelsTransposed" : "packPanels";
  run.rows(name, Math.ceil(n / run.constants.PANEL), panels, buffer.ptr + shift, rowBytes, k, n);
}
