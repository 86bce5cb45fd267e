/** Shares the calls of a runner out over the threads of a pool. */
import type { Heap, Allocation, WasmBuffer } from "../heap.js";
import type { Loaded } from "../module.js";
import type { Runner } from "../runner.js";
import type { Call } from "./job.js";
import { columnsOf } from "./columns.js";
import { Pool } from "./pool.js";
import { cut, partOfWork, workOf } from "./work.js";

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
  /** Why `settle` could not complete it. */
  error?: unknown;
  /** Settles with it. */
  landed?: Promise<void>;
}

/** Threads are started after so many times the least work that is split, about 20 ms of it: a short program needs none. */
const TIMES_BEFORE_START = 400;

/**
 * On a processor that is busy with other programs, threads may wait for each other for longer than they save. Once so many
 * milliseconds were lost, one thread computes for a while: for REST_MS first, each time for twice as long, MOST_REST_MS at most.
 */
const LOSS_MS = 5;
const [REST_MS, MOST_REST_MS] = [20, 1000];

/** Ends the workers of backends that are used no more; so a pool must not hold the runner. */
let unused: FinalizationRegistry<Pool> | undefined;

/** What shares out the calls of one runner. */
export class Sharing {
  readonly pool: Pool;
  /** The work of the kernel that is being computed, where it may be split. */
  #work = 0;
  /** Work so far that threads could have shared. */
  #pastWork = 0;
  /** The milliseconds that were saved lately, from -LOSS_MS to LOSS_MS. */
  #saved = 0;
  #rest = REST_MS;
  #restEnd = 0;
  /** While calls are collected instead of computed. */
  #collected: Flight | undefined;
  #flight: Flight | undefined;

  /** @param least The least work that is split, in multiply-adds. */
  constructor(
    private readonly run: Runner,
    private readonly heap: Heap,
    loaded: Loaded,
    private readonly least: number,
  ) {
    this.pool = new Pool(loaded.host, loaded, heap);
    unused ??= new FinalizationRegistry((pool) => pool.close());
    unused.register(this, this.pool);
  }

  /**
   * Computes a kernel, whose arguments tell how much work it is. Weights are written by this thread alone, so that none is
   * half changed where another thread dies.
   */
  kernel(args: readonly unknown[], compute: () => void): void {
    this.#work = (args[0] as WasmBuffer).isWeight ? 0 : workOf(args);
    try {
      compute();
    } finally {
      this.#work = 0;
    }
  }

  /** Runs an export over all its rows, with `bytes` of scratch memory for each thread. */
  rows(name: string, rows: number, bytes: number, args: readonly number[]): void {
    const { pool, run } = this;
    const work = partOfWork(name, rows, this.#work);
    const all = bytes > 0 ? [0, ...args] : args;
    const columns = columnsOf(name, rows, all, pool.threads);
    const [what, length] = columns ? ["columns", columns.count] : [name, rows];
    const [unit, chunks] = work > 0 ? this.#cut(what, length, work) : [1, 1];
    const { BLOCK_BYTES } = run.constants;
    const scratchBytes = Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
    const part = { name, rows, columns, unit, chunks, scratchBytes, args: all, work };
    if (bytes === 0) return this.#run(part);
    run.withMemory(scratchBytes * Math.min(chunks, pool.threads), (scratch) =>
      this.#run({ ...part, args: [scratch, ...args] }),
    );
  }

  #cut(name: string, rows: number, work: number): [unit: number, chunks: number] {
    const { pool } = this;
    if (pool.threads === 1 || !(pool.canWait || this.#collected)) return [1, 1];
    const { ready } = pool;
    const result = cut(name, rows, work, pool.threads, ready && pool.asleep, this.least);
    if (result[1] === 1) return result;
    if (ready) return performance.now() < this.#restEnd ? [1, 1] : result;
    if ((this.#pastWork += work) > TIMES_BEFORE_START * this.least) pool.start();
    return [1, 1];
  }

  #run(part: Part): void {
    if (this.#collected) return void this.#collected.parts.push(part);
    this.settle();
    if (part.chunks === 1) return this.#runAlone(part);
    const began = performance.now();
    this.pool.begin(part, part.work);
    const taken = this.pool.help();
    const helped = performance.now();
    this.pool.wait();
    const end = performance.now();
    this.#judge(((helped - began) * part.chunks) / Math.max(taken, 1) - (end - began), end);
  }

  /** Counts the milliseconds that threads saved, and lets them rest when they cost some. */
  #judge(saved: number, now: number): void {
    this.#saved = Math.min(this.#saved + saved, LOSS_MS);
    if (this.#saved === LOSS_MS) this.#rest = REST_MS;
    if (this.#saved > -LOSS_MS || this.least === 0) return;
    this.#saved = 0;
    this.#restEnd = now + this.#rest;
    this.#rest = Math.min(2 * this.#rest, MOST_REST_MS);
  }

  #runAlone({ name, rows, args }: Part): void {
    this.run.range(name, 0, rows, args);
  }

  /** Does some work at once, without other threads. */
  alone(work: () => void): void {
    const [collected, past] = [this.#collected, this.#work];
    this.#collected = undefined;
    this.#work = 0;
    try {
      // What was collected before it may be what it reads.
      for (const part of collected?.parts.splice(0) ?? []) this.#runAlone(part);
      work();
    } finally {
      this.#collected = collected;
      this.#work = past;
    }
  }

  /** Keeps memory for calls that were collected. Returns false where there are none. */
  hold(allocation: Allocation): boolean {
    this.#collected?.held.push(allocation);
    return !!this.#collected;
  }

  // ── without holding up the caller ───────────────────────────────────────────────────────────────────────────────────────

  /** See `Backend.computeAsync`. One after another: `work` is called when earlier calls are complete. */
  async computeAsync(work: () => void): Promise<void> {
    while (this.#flight) await this.#flight.landed!.catch(() => {});
    if (this.pool.canWait || this.pool.threads === 1) return work();
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
        if (flight.shared) await this.pool.waitAsync(() => flight.ended);
      }
      if (flight.error) throw flight.error as Error;
    } finally {
      this.#end(flight);
    }
  }

  #begin(flight: Flight, part: Part): void {
    // The pool may have been lost since the part was cut.
    flight.shared = part.chunks > 1 && this.pool.ready;
    if (!flight.shared) return this.#runAlone(part);
    this.pool.begin(part, part.work);
    this.pool.help();
  }

  /** Completes the calls that `computeAsync` has not completed yet, before what the program does next. */
  settle(): void {
    const flight = this.#flight;
    if (!flight) return;
    this.#flight = undefined;
    try {
      if (flight.shared) this.pool.wait();
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
}
