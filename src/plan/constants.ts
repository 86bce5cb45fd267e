/** Slots that depend on nothing but weights and constants: they are computed once, and again when a weight changes. */
import { type AnyBackend, type Buffer, bufferNow } from "../backend.js";
import { sameItems } from "../derived.js";
import { disposed } from "../errors.js";
import type { Root } from "../kernels.js";
import { Slot } from "../slot.js";
import { baseOf, buffersAt, callRow, idOf, read, type Row, textOf } from "./row.js";
import type { Uses } from "./uses.js";

/** Values from nowhere with more elements than these are made anew in each run instead of being kept. */
const mostElements = 2 ** 14;

/**
 * Finds the slots that do not depend on the inputs.
 * @param varying the slots that do, to begin with; others are added.
 */
export function constantSlots(rows: readonly Row[], uses: Map<Buffer, Uses>, varying: Set<Buffer>): Set<Buffer> {
  const order = new Map(rows.map((row, i) => [row, i]));
  const isVarying = (row: Row): boolean =>
    (/fill|write/.test(row.kernel) && baseOf(row.args[0] as Buffer).length > mostElements) ||
    read(row).some((buffer) => varying.has(buffer));
  /** Whether it is read before it is complete. */
  const isReadEarly = ({ writers, readers }: Uses): boolean =>
    readers.some((row) => order.get(row)! < order.get(writers.at(-1)!)!);
  for (let before = -1; before < varying.size;) {
    before = varying.size;
    for (const [buffer, use] of uses) {
      if (use.writers.length === 0 || varying.has(buffer)) continue;
      if (!(buffer instanceof Slot) || use.writers.some(isVarying) || isReadEarly(use)) varying.add(buffer);
    }
  }
  return new Set([...uses.keys()].filter((buffer) => buffer instanceof Slot && !varying.has(buffer)));
}

/** A buffer that is computed from weights by a few rows, whose other slots have memory only meanwhile. */
export class Constant implements Buffer {
  readonly root: Root = { version: 0 };
  readonly length: number;
  /** How many plans use it. */
  users = 0;
  /** The buffers of others that it is computed from. */
  readonly origins: readonly Buffer[];
  #buffer: Buffer | undefined;
  #versions: readonly number[] = [];

  /** @param rows the rows that lead to `slot`. */
  constructor(
    readonly key: string,
    private readonly slot: Slot,
    private readonly rows: readonly Row[],
  ) {
    this.length = slot.length;
    this.origins = [...new Set(rows.flatMap(read))].filter((x) => !(x instanceof Slot));
  }

  /** Gives the buffer, after computing it if a source has changed. @throws DisposedError where a source is freed. */
  fresh(backend: AnyBackend): Buffer {
    const versions = this.origins.map((x) => boundTo(x, backend).root.version);
    if (this.#buffer && sameItems(versions, this.#versions)) return this.#buffer;
    this.#versions = []; // also if a row fails
    if (!this.#buffer) {
      this.#buffer = backend.allocate(this.length, "weight");
      backend.numDerived++;
    }
    const own = new Map<Buffer, Buffer>([[this.slot, this.#buffer]]);
    const bound = (buffer: Buffer) => {
      if (buffer instanceof Slot && !own.has(buffer)) own.set(buffer, backend.allocate(buffer.length));
      return own.get(buffer) ?? bufferNow(buffer);
    };
    try {
      for (const row of this.rows) callRow(backend, row, bound, buffersAt(row));
    } finally {
      own.delete(this.slot);
      for (const buffer of own.values()) backend.free(buffer);
    }
    this.#versions = versions;
    return this.#buffer;
  }

  free(backend: AnyBackend): void {
    if (!this.#buffer) return;
    backend.free(this.#buffer);
    backend.numDerived--;
    this.#buffer = undefined;
  }
}

/** Gives the memory of a constant, or a buffer itself. @throws DisposedError where it has been freed. */
export function boundTo(buffer: Buffer, backend: AnyBackend): Buffer {
  if (buffer instanceof Constant) return buffer.fresh(backend);
  if (buffer.root.isFreed) throw disposed("A weight", "await predict or fit first");
  return bufferNow(buffer);
}

/** The constants of the plans of one model on one backend. Equal ones are one. */
export class Constants {
  readonly #known = new Map<string, Constant>();

  /** Gives the constant for a slot, which these rows lead to. */
  get(slot: Slot, rows: readonly Row[]): Constant {
    const places = new Map<Buffer, number>();
    const name = (buffer: Buffer) => {
      if (!(buffer instanceof Slot)) return idOf(buffer);
      if (!places.has(buffer)) places.set(buffer, places.size);
      return `${places.get(buffer)}:${buffer.length}`;
    };
    const key = name(slot) + rows.map(({ kernel, args }) => kernel + textOf(args, name)).join("");
    if (!this.#known.has(key)) this.#known.set(key, new Constant(key, slot, rows));
    return this.#known.get(key)!;
  }

  /** Counts a user of the constants of a plan more or less. Those that nobody uses any more are freed. */
  hold({ constants, backend }: { constants: readonly Constant[]; backend: AnyBackend }, change: number): void {
    for (const constant of constants) {
      constant.users += change;
      if (constant.users > 0) continue;
      constant.free(backend);
      this.#known.delete(constant.key);
    }
  }
}
