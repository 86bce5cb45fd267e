/** Slots that depend on nothing but weights and constants: they are computed once, and again when a weight changes. */
import { type AnyBackend, type Buffer, bufferNow } from "../backend.js";
import { sameItems } from "../derived.js";
import { disposed } from "../errors.js";
import type { Root } from "../kernels.js";
import { Slot } from "../slot.js";
import { baseOf, callRow, idOf, isBuffer, read, type Row, textOf, withBuffers } from "./row.js";
import type { Uses } from "./uses.js";

/** Values from nowhere with more elements than these are made anew in each run instead of being kept. */
const mostElements = 2 ** 14;

/**
 * Finds the slots that do not depend on the inputs.
 * @param varying the slots that do, to begin with; and all buffers of others that the rows write to.
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

/** A buffer that is computed from weights by a few rows. */
export class Constant implements Buffer {
  readonly root: Root = { version: 0 };
  /** How many plans use it. */
  users = 0;
  #buffer: Buffer | undefined;
  #versions: readonly number[] = [];
  readonly #sources: readonly Buffer[];

  /** @param rows the rows that write it. In their arguments constants stand for slots, and `self` for itself. */
  constructor(
    readonly key: string,
    readonly length: number,
    readonly rows: readonly Row[],
  ) {
    this.#sources = [...new Set(rows.flatMap(({ args }) => args.filter(isBuffer).map(baseOf)))].filter(
      (x) => x !== self,
    );
  }

  /** The buffers of others that it is computed from at last. */
  get origins(): Buffer[] {
    return this.#sources.flatMap((x) => (x instanceof Constant ? x.origins : [x]));
  }

  /** Gives the buffer, after computing it if a source has changed. @throws DisposedError where a source is freed. */
  fresh(backend: AnyBackend): Buffer {
    const bound = new Map<Buffer, Buffer>(this.#sources.map((x) => [x, boundTo(x, backend)]));
    const versions = this.#sources.map(({ root }) => root.version);
    if (this.#buffer && sameItems(versions, this.#versions)) return this.#buffer;
    this.#versions = []; // also if a row fails
    this.#buffer ??= backend.allocate(this.length, "weight");
    bound.set(self, this.#buffer);
    for (const row of this.rows) callRow(backend, row, (buffer) => bound.get(buffer)!);
    this.root.version++;
    this.#versions = versions;
    return this.#buffer;
  }

  free(backend: AnyBackend): void {
    if (this.#buffer) backend.free(this.#buffer);
    this.#buffer = undefined;
  }
}

/** Stands for the constant itself in its rows. */
const self: Buffer = new Slot(0);

/** Gives the memory of a constant, or a buffer itself. @throws DisposedError where it has been freed. */
export function boundTo(buffer: Buffer, backend: AnyBackend): Buffer {
  if (buffer instanceof Constant) return buffer.fresh(backend);
  if (buffer.root.isFreed) throw disposed("A weight", "await predict first");
  return bufferNow(buffer);
}

/** The constants of the plans of one model. Equal ones are one. */
export class Constants {
  readonly #known = new Map<string, Constant>();

  /** Gives the constant that these rows write to `slot`; `replaced` gives the constants for other slots. */
  get(slot: Slot, rows: readonly Row[], replaced: (buffer: Buffer) => Buffer): Constant {
    const own = rows.map((row) => withBuffers(row, (buffer) => (buffer === slot ? self : replaced(buffer))));
    const key = `${slot.length} ${own.map(({ kernel, args }) => kernel + textOf(args, idOf)).join(" ")}`;
    if (!this.#known.has(key)) this.#known.set(key, new Constant(key, slot.length, own));
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
