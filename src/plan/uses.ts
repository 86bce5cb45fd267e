/** Which rows write to and read each slot. */
import type { Buffer } from "../kernels.js";
import { read, type Row, written } from "./row.js";

/** The rows that use a slot or buffer, in order. */
export interface Uses {
  readonly writers: Row[];
  readonly readers: Row[];
}

/** Gives the rows that use each slot and buffer. */
export function usesOf(rows: readonly Row[]): Map<Buffer, Uses> {
  const uses = new Map<Buffer, Uses>();
  const of = (buffer: Buffer): Uses => {
    if (!uses.has(buffer)) uses.set(buffer, { writers: [], readers: [] });
    return uses.get(buffer)!;
  };
  for (const row of rows) {
    for (const buffer of written(row)) of(buffer).writers.push(row);
    for (const buffer of new Set(read(row))) of(buffer).readers.push(row);
  }
  return uses;
}

/**
 * The rows whose results matter: those that lead to the wanted slots, those that write to memory of others, and those that
 * call functions of others: reads, and writes of numbers that are drawn.
 */
export function neededRows(rows: readonly Row[], wanted: Iterable<Buffer>, isOwn: (buffer: Buffer) => boolean): Row[] {
  const needed = new Set(wanted);
  const kept: Row[] = [];
  for (const row of [...rows].reverse()) {
    const targets = written(row);
    const calls = row.args.some((x) => typeof x === "function");
    if (!calls && targets.every((buffer) => isOwn(buffer) && !needed.has(buffer))) continue;
    kept.push(row);
    for (const buffer of read(row)) needed.add(buffer);
  }
  return kept.reverse();
}
