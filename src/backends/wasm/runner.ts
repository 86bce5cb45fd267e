/**
 * Calls of the compiled kernels. Those that compute go through `rows` or `rowsWithScratch`, with the number of their
 * independent rows: only these two split the work of a call.
 */
import { DerivedValues } from "../../derived.js";
import type { WindowSize } from "../../shape.js";
import type { Constants, Plain, Ranged, WithScratch } from "./exports.js";
import type { Allocation, Heap, WasmBuffer } from "./heap.js";
import type { Loaded } from "./module.js";
import type { Call } from "./threads/job.js";
import type { Pool } from "./threads/pool.js";
import { cut, LEAST, partOfWork, workOf } from "./threads/work.js";

/** Computes rows 0 to `rows` by calls of `run` for ranges that cover all rows and do not overlap. */
export type Split = (rows: number, run: (begin: number, end: number) => void) => void;

type Export = (...args: readonly number[]) => void;

/** A call with its part of the kernel's work. */
interface Part extends Call {
  readonly work: number;
}

/** Calls that are computed without holding up the caller. */
interface Flight {
  readonly parts: Part[];
  /** Memory that they use until the end. */
  readonly held: Allocation[];
  /** How many have been begun. */
  begun: number;
  /** Whether threads compute the last one that was begun. */
  shared: boolean;
  ended: boolean;
  /** Why it could not be completed by `settle`. */
  error?: unknown;
  /** Settles with it. */
  landed?: Promise<void>;
}

/** Threads are started after so many times the least work that is split, about 20 ms of it: a short program needs none. */
const CALLS_BEFORE_START = 400;

/** Calls the compiled kernels on a heap. */
export class Runner {
  readonly constants: Constants;
  /** Columns of a panel. */
  readonly panel: number;
  /**
   * Values computed from weights, which are recomputed when the weights change. That is done by this thread alone and at once, as later
   * calls rely on what is there.
   */
  readonly derived: Pick<DerivedValues<Allocation>, "get" | "release">;
  readonly #exports: Readonly<Record<string, Export>>;
  /** The work of the kernel that is being computed, where it may be split. */
  #work = 0;
  /** Work so far that threads could have shared. */
  #pastWork = 0;
  /** While calls are collected instead of computed. */
  #collected: Flight | undefined;
  #flight: Flight | undefined;

  constructor(
    { exports, constants, panel }: Loaded,
    readonly heap: Heap,
    /** By default each call computes all its rows at once. */
    readonly split?: Split,
    readonly pool?: Pool,
    private readonly least: number = LEAST,
  ) {
    this.#exports = exports as Record<string, Export>;
    this.constants = constants;
    this.panel = panel;
    const derived = new DerivedValues<Allocation>((allocation) => this.heap.release(allocation));
    this.derived = {
      get: (key, sources, make, fill) => derived.get(key, sources, make, (value) => this.#alone(() => fill(value))),
      release: (source) => derived.release(source),
    };
  }

  /**
   * Computes a kernel, whose arguments tell how much work it is. Weights are written by this thread alone, so that none is half changed
   * where another thread dies.
   */
  kernel(args: readonly unknown[], compute: () => void): void {
    this.#work = (args[0] as WasmBuffer).isWeight ? 0 : workOf(args);
    try {
      compute();
    } finally {
      this.#work = 0;
    }
  }

  /** Runs an export over all its rows. */
  rows<Name extends keyof Ranged>(name: Name, rows: number, ...args: Ranged[Name]): void {
    if (rows > 0) this.#run(this.#part(name, rows, 0, args));
  }

  /** Runs an export over all its rows, with `bytes` of scratch memory for each thread. */
  rowsWithScratch<Name extends keyof WithScratch>(
    name: Name,
    rows: number,
    bytes: number,
    ...args: WithScratch[Name]
  ): void {
    if (rows === 0) return;
    const part = this.#part(name, rows, bytes, args);
    const lanes = Math.min(part.chunks, this.pool?.threads ?? 1);
    this.withMemory(part.scratchBytes * lanes, (scratch) => this.#run({ ...part, args: [scratch, ...args] }));
  }

  #part(name: string, rows: number, bytes: number, args: readonly number[]): Part {
    const work = partOfWork(name, rows, this.#work);
    const [unit, chunks] = this.pool && work > 0 ? this.#cut(this.pool, name, rows, work) : [1, 1];
    const { BLOCK_BYTES } = this.constants;
    return { name, rows, unit, chunks, scratchBytes: Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES, args, work };
  }

  #cut(pool: Pool, name: string, rows: number, work: number): [unit: number, chunks: number] {
    if (pool.threads === 1 || !(pool.canWait || this.#collected)) return [1, 1];
    const { ready } = pool;
    const [unit, chunks] = cut(name, rows, work, pool.threads, ready && pool.asleep, this.least);
    if (ready || chunks === 1) return [unit, chunks];
    if ((this.#pastWork += work) > CALLS_BEFORE_START * this.least) pool.start();
    return [1, 1];
  }

  #run(part: Part): void {
    if (this.#collected) return void this.#collected.parts.push(part);
    this.settle();
    if (part.chunks === 1) return this.#runAlone(part);
    this.pool!.begin(part, part.work);
    this.pool!.help();
    this.pool!.wait();
  }

  #runAlone({ name, rows, args }: Part): void {
    const run = this.#exports[name];
    if (this.split) this.split(rows, (begin, end) => run(begin, end, ...args));
    else run(0, rows, ...args);
  }

  /** Does some work at once, without other threads. */
  #alone(work: () => void): void {
    const [collected, past] = [this.#collected, this.#work];
    this.#collected = undefined;
    this.#work = 0;
    try {
      // What was collected before it may be what it reads.
      for (const part of collected?.parts.splice(0) ?? []) this.#run({ ...part, chunks: 1 });
      work();
    } finally {
      this.#collected = collected;
      this.#work = past;
    }
  }

  // ── without holding up the caller ───────────────────────────────────────────────────────────────────────────────────────

  /** See `Backend.computeAsync`. One after another: `work` is called when earlier calls are complete. */
  async computeAsync(work: () => void): Promise<void> {
    while (this.#flight) await this.#flight.landed!.catch(() => {});
    if (!this.pool || this.pool.canWait || this.pool.threads === 1) return work();
    const flight: Flight = { parts: [], held: [], begun: 0, shared: false, ended: false };
    this.#collected = flight;
    try {
      work();
    } catch (error) {
      this.#end(flight);
      throw error;
    } finally {
      this.#collected = undefined;
    }
    this.#flight = flight;
    return (flight.landed = this.#fly(flight));
  }

  async #fly(flight: Flight): Promise<void> {
    try {
      while (!flight.ended && flight.begun < flight.parts.length) {
        this.#begin(flight, flight.parts[flight.begun++]);
        if (flight.shared) await this.pool!.waitAsync(() => flight.ended);
      }
      if (flight.error) throw flight.error as Error;
    } finally {
      this.#end(flight);
    }
  }

  #begin(flight: Flight, part: Part): void {
    // The pool may have been lost since the part was cut.
    flight.shared = part.chunks > 1 && this.pool!.ready;
    if (!flight.shared) return this.#runAlone(part);
    this.pool!.begin(part, part.work);
    this.pool!.help();
  }

  /** Completes the calls that `computeAsync` has not completed yet, before what the program does next. */
  settle(): void {
    const flight = this.#flight;
    if (!flight) return;
    this.#flight = undefined;
    try {
      if (flight.shared) this.pool!.wait();
      for (const part of flight.parts.slice(flight.begun)) this.#runAlone(part);
    } catch (error) {
      flight.error = error; // concerns whoever awaits the calls
    }
    this.#end(flight);
  }

  #end(flight: Flight): void {
    flight.ended = true;
    if (this.#flight === flight) this.#flight = undefined;
    for (const allocation of flight.held.splice(0)) this.heap.release(allocation);
  }

  // ── memory ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Calls `use` with the address of `bytes` of memory, which is freed after the call. */
  withMemory(bytes: number, use: (ptr: number) => void): void {
    const allocation = this.heap.reserve(bytes);
    const collected = this.#collected;
    try {
      use(allocation.ptr);
    } finally {
      if (collected) collected.held.push(allocation);
      else this.heap.release(allocation);
    }
  }

  /** Calls `use` with the address of a window. `groupChannels`: channels that a filter sees. */
  withWindow(s: WindowSize, groupChannels: number, use: (window: number) => void): void {
    this.withMemory(this.constants.WINDOW_BYTES, (window) => {
      this.#call("writeWindow",
        window, s.height, s.width, s.channels, s.kernelHeight, s.kernelWidth, s.strideHeight, s.strideWidth,
        s.dilationHeight, s.dilationWidth, s.padTop, s.padLeft, s.outHeight, s.outWidth, groupChannels,
      ); // prettier-ignore
      use(window);
    });
  }

  #call<Name extends keyof Plain>(name: Name, ...args: Plain[Name]): void {
    this.#exports[name](...args);
  }

  /**
   * Computes sums cut into parts: `use` writes `parts` lists of n partial sums to the address that it is called with; y
   * becomes their sums, divided by `divisor`.
   */
  inParts(y: number, n: number, parts: number, divisor: number, use: (partials: number) => void): void {
    const add = (partials: number) => this.rows("addParts", this.blocks(n), y, partials, parts, n, divisor);
    if (parts > 1) {
      return this.withMemory(parts * n * 4, (partials) => {
        use(partials);
        add(partials);
      });
    }
    use(y);
    if (divisor !== 1) add(y);
  }

  /** Number of blocks of n neighbouring elements. */
  blocks(n: number): number {
    return Math.ceil((n * 4) / this.constants.BLOCK_BYTES);
  }

  /** Sets all elements of a buffer to one value, and its padding. */
  fill(y: WasmBuffer, value: number): void {
    this.rows("fill", this.blocks(y.length), y.ptr, value);
  }
}
