/** Plans: what a model computes for inputs of given shapes, as rows that a backend runs in order. */
import type { AnyBackend, Buffer } from "../backend.js";
import { flatSize, sizeOf, type Shape } from "../shape.js";
import { Slot } from "../slot.js";
import { Constant, type Constants, constantSlots } from "./constants.js";
import { joinRows } from "./join.js";
import type { Recording } from "./recorder.js";
import { buffersAt, macsOf, read, type Row, withBuffers, written } from "./row.js";
import { splitRows } from "./split.js";
import { neededRows, usesOf } from "./uses.js";

/** A row, with the memory of others that it writes to, and the slots that no later row uses. */
export interface Step {
  readonly row: Row;
  /** The places of its arguments that are memory. */
  readonly places: readonly number[];
  readonly changed: readonly Buffer[];
  readonly last: readonly Slot[];
}

/** The rows of a model for inputs of given shapes. */
export interface Plan {
  readonly backend: AnyBackend;
  readonly inputs: readonly Slot[];
  readonly outputs: readonly { readonly slot: Slot; readonly shape: Shape }[];
  readonly steps: readonly Step[];
  /** The constants that the rows read. */
  readonly constants: readonly Constant[];
  /** All memory that is not the plan's: constants, and what others own. */
  readonly sources: readonly Buffer[];
  /** The slots of tensors that outlive the run. */
  readonly kept: ReadonlySet<Buffer>;
  /** Buffers to free after the run. */
  readonly freed: readonly Buffer[];
  /** The multiply-adds of all rows. */
  readonly macs: number;
  /** The layer because of which it is not kept: it did something else in a second recording. */
  readonly odd?: string | undefined;
}

/**
 * Makes a plan of a recording.
 * @param constants where to keep what depends on weights alone; undefined leaves the rows as the layers made them.
 * @param macsAtOnce the multiply-adds between two pauses: rows with more are split.
 */
export function planOf(recording: Recording, constants: Constants | undefined, macsAtOnce: number): Plan {
  const { backend, inputs, freed } = recording;
  const kept = new Set<Buffer>(recording.kept);
  const [outputs, copies] = ownOutputs(recording);
  const wanted = new Set<Buffer>([...outputs.map(({ slot }) => slot), ...kept]);
  const isOwn = (buffer: Buffer) => buffer instanceof Slot && !kept.has(buffer);
  let rows = neededRows([...recording.rows, ...copies], wanted, isOwn);
  if (constants) {
    const fixed = constantSlots(rows, usesOf(rows), new Set([...inputs, ...wanted]));
    rows = neededRows(joinRows(rows, fixed, wanted), wanted, isOwn);
    rows = withConstants(rows, fixed, constants);
  }
  rows = splitRows(rows, macsAtOnce);
  const used = rows.flatMap((row) => [...written(row), ...read(row)]);
  const sources = [...new Set(used)].filter((x) => !(x instanceof Slot));
  const macs = rows.reduce((sum, row) => sum + macsOf(row), 0);
  return {
    backend,
    inputs,
    outputs,
    steps: stepsOf(rows, wanted),
    constants: sources.filter((x) => x instanceof Constant),
    sources,
    kept,
    freed,
    macs,
  };
}

/** Each output with a slot of its own, and the copies that this needs: a model may give an input, or one tensor twice. */
function ownOutputs({ outputs, rows }: Recording): [Plan["outputs"], Row[]] {
  const copies: Row[] = [];
  const computed = new Set(rows.flatMap(written));
  const own = outputs.map(({ buffer, shape }) => {
    if (buffer instanceof Slot && computed.delete(buffer)) return { slot: buffer, shape };
    const slot = new Slot(sizeOf(shape));
    copies.push({ kernel: "copyFrom", args: [slot, buffer, flatSize(slot.length)], layers: [] });
    return { slot, shape };
  });
  return [own, copies];
}

/** The rows that remain when constants take the place of the slots that are fixed. */
function withConstants(rows: readonly Row[], fixed: Set<Buffer>, constants: Constants): Row[] {
  const known = new Map<Buffer, Constant>();
  const isFixed = (row: Row) => written(row).every((buffer) => fixed.has(buffer));
  const fixedRows = rows.filter(isFixed);
  const isSlot = (buffer: Buffer) => buffer instanceof Slot;
  const constantFor = (buffer: Buffer): Buffer => {
    if (!fixed.has(buffer)) return buffer;
    const found = known.get(buffer) ?? constants.get(buffer as Slot, neededRows(fixedRows, [buffer], isSlot));
    known.set(buffer, found);
    return found;
  };
  return rows.filter((row) => !isFixed(row)).map((row) => withBuffers(row, constantFor));
}

/** The rows, each with the slots that it is the last to use. */
function stepsOf(rows: readonly Row[], wanted: Set<Buffer>): Step[] {
  const seen = new Set<Buffer>(wanted);
  const steps = [...rows].reverse().map((row): Step => {
    const last = [...new Set([...written(row), ...read(row)])].filter(
      (x) => x instanceof Slot && !seen.has(x),
    ) as Slot[];
    for (const slot of last) seen.add(slot);
    return { row, places: buffersAt(row), changed: written(row).filter((x) => !(x instanceof Slot)), last };
  });
  return steps.reverse();
}
