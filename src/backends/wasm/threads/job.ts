/**
 * One call of a kernel as numbers in shared memory, cut into chunks of rows or columns that the threads of a pool take one after another. Which thread
 * computes a chunk does not matter to the bits.
 *
 * The words are in memory of their own, not in that of the kernels. Whoever takes a chunk reads the call only afterwards: a call cannot
 * end, and so its words cannot be overwritten, before the chunk is done. A thread that comes late finds no open chunk.
 */
import type { Columns } from "./columns.js";

// Places of the words; those that different threads wait for or write are 64 bytes apart, the size of a cache line.
/** Counts the calls; workers sleep on it. */
export const CALLS = 0;
/** Chunks that nobody has taken. */
export const OPEN = 16;
/** Chunks that are done; the caller sleeps on it. */
export const DONE = 32;
/** Workers that sleep, or are about to. */
export const ASLEEP = 48;
/** Workers that have started. */
export const READY = 64;
/** 1 once a chunk has failed. */
export const FAILED = 65;
/** The number of the export. */
const FUNCTION = 80;
/**
 * From here on: how much is cut, unit, chunks, bytes of scratch memory, whether each thread has scratch memory (else each chunk),
 * arguments, and where columns are cut: rows (else 0) and the place of the number of columns.
 */
const LENGTH = 81;
const CHUNKS = 83;
/** The first word of the arguments and their steps, which are doubles. */
const FIRST = 96;
const MOST_ARGUMENTS = 32;

/** Bytes of the words of a call. */
export const JOB_BYTES = FIRST * 4 + 2 * MOST_ARGUMENTS * 8;

/** A call of an export, and how it is cut. */
export interface Call {
  readonly name: string;
  readonly rows: number;
  /** Where these are cut in place of the rows. */
  readonly columns?: Columns;
  /** Chunks begin at multiples of so many rows, or columns. */
  readonly unit: number;
  readonly chunks: number;
  /** Bytes of scratch memory of a lane; 0 where the export needs none. */
  readonly scratchBytes: number;
  /** The arguments after the range; the first is the address of the scratch memory of all lanes where the export needs some. */
  readonly args: readonly number[];
}

type Export = (...args: readonly number[]) => void;

/** How long a thread looks for news before it sleeps, in milliseconds: longer would slow what else the processor does. */
const SPIN_MS = 0.05;

/** Waits a moment for a word to differ from `value`. Returns whether it does. */
export function spin(words: Int32Array, at: number, value: number): boolean {
  const end = performance.now() + SPIN_MS;
  // Rounds are counted too, as some browsers coarsen the clock.
  for (let round = 0; round < 2000; round++) {
    for (let i = 0; i < 50; i++) if (Atomics.load(words, at) !== value) return true;
    if (performance.now() > end) break;
  }
  return false;
}

/** A thread's side of the words. */
export class Job {
  readonly words: Int32Array;
  readonly #numbers: Float64Array;
  /** In the order of the module, which is the same in each thread. */
  readonly #names: readonly string[];
  readonly #exports: readonly Export[];

  constructor(memory: SharedArrayBuffer, exports: WebAssembly.Exports) {
    this.words = new Int32Array(memory);
    this.#numbers = new Float64Array(memory, FIRST * 4);
    this.#names = Object.keys(exports);
    this.#exports = Object.values(exports) as Export[];
  }

  /** Lays a call open. The last one must have ended. `lanes`: threads that may take chunks. */
  begin({ name, rows, columns, unit, chunks, scratchBytes, args }: Call, lanes: number): void {
    const { words } = this;
    words[FUNCTION] = this.#names.indexOf(name);
    const how = columns ? [rows, columns.place] : [0, 0];
    words.set([columns?.count ?? rows, unit, chunks, scratchBytes, +(chunks > lanes), args.length, ...how], LENGTH);
    this.#numbers.set(args);
    if (columns) this.#numbers.set(columns.steps, MOST_ARGUMENTS);
    Atomics.store(words, FAILED, 0);
    Atomics.store(words, DONE, 0);
    Atomics.store(words, OPEN, chunks);
    Atomics.add(words, CALLS, 1);
    if (Atomics.load(words, ASLEEP) > 0) Atomics.notify(words, CALLS, chunks - 1);
  }

  /** Takes chunks and computes them until none is open. Returns how many. `lane`: the number of this thread, 0 for the caller. */
  help(lane: number): number {
    const { words } = this;
    let taken = 0;
    for (let open; (open = Atomics.load(words, OPEN)) > 0;) {
      if (Atomics.compareExchange(words, OPEN, open, open - 1) !== open) continue;
      this.#compute(words[CHUNKS] - open, lane);
      taken++;
    }
    return taken;
  }

  #compute(chunk: number, lane: number): void {
    const { words } = this;
    const [length, unit, chunks, scratchBytes, byLane, count, rows, place] = words.subarray(LENGTH, LENGTH + 8);
    const from = (i: number) => (i === chunks ? length : Math.floor((i * Math.floor(length / unit)) / chunks) * unit);
    let [begin, end] = [from(chunk), from(chunk + 1)];
    const args = Array.from(this.#numbers.subarray(0, count));
    if (scratchBytes > 0) args[0] += scratchBytes * (byLane ? lane : chunk);
    if (rows > 0) {
      for (let i = 0; i < count; i++) args[i] += begin * this.#numbers[MOST_ARGUMENTS + i];
      args[place] = end - begin;
      [begin, end] = [0, rows];
    }
    try {
      this.#exports[words[FUNCTION]](begin, end, ...args);
    } catch {
      Atomics.store(words, FAILED, 1);
    }
    if (Atomics.add(words, DONE, 1) === chunks - 1) Atomics.notify(words, DONE);
  }
}
