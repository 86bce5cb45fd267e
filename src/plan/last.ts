/** Puts the rows of a step of training in an order in which what it changes changes last. */
import { Slot } from "../slot.js";
import type { Buffer } from "../kernels.js";
import { read, type Row, written } from "./row.js";

/**
 * Moves the rows that write to memory of others to the end, with those that have to come after them: that read what these
 * write, or write to what these use. All rows compute what they did.
 */
export function writesLast(rows: readonly Row[]): Row[] {
  const isMoved = new Set<Row>();
  const usedByMoved = new Set<Buffer>();
  const writtenByMoved = new Set<Buffer>();
  for (const row of rows) {
    const targets = written(row);
    const isLate =
      targets.some((buffer) => !(buffer instanceof Slot) || usedByMoved.has(buffer)) ||
      read(row).some((buffer) => writtenByMoved.has(buffer));
    if (!isLate) continue;
    isMoved.add(row);
    for (const buffer of targets) writtenByMoved.add(buffer);
    for (const buffer of [...targets, ...read(row)]) usedByMoved.add(buffer);
  }
  return [...rows.filter((row) => !isMoved.has(row)), ...isMoved];
}
