/**
 * Calls of the compiled kernels. Those that compute go through `rows` or `rowsWithScratch`, with the number of their
 * independent rows: only these two split the work of a call, over threads where there are some.
 */
import { DerivedValues } from "../../derived.js";
import type { WindowSize } from "../../shape.js";
import type { Constants, Plain, Ranged, WithScratch } from "./exports.js";
import type { Allocation, Heap, WasmBuffer } from "./heap.js";
import type { Loaded } from "./module.js";

/** Computes rows 0 to `rows` by calls of `run` for ranges that cover all rows and do not overlap. */
export type Split = (rows: number, run: (begin: number, end: number) => void) => void;

/** What shares calls out over threads. */
export interface Sharer {
  /** Runs an export over all its rows, with `bytes` of scratch memory for each thread. */
  rows(name: string, rows: number, bytes: number, args: readonly number[]): void;
  /** Does some work at once, on this thread. */
  alone(work: () => void): void;
  /** Keeps memory for calls that are made later, if there are any. */
  hold(allocation: Allocation): boolean;
}

type Export = (...args: readonly number[]) => void;

/** Calls the compiled kernels on a heap. */
export class Runner {
  readonly constants: Constants;
  /**
   * Values computed from weights, which are recomputed when the weights change: at once and on this thread, as later calls
   * rely on what is there.
   */
  readonly derived: Pick<DerivedValues<Allocation>, "get" | "release">;
  /** Set once the code of threads is loaded, where there are threads. */
  sharer?: Sharer;
  readonly #exports: Readonly<Record<string, Export>>;

  constructor(
    { exports, constants }: Loaded,
    readonly heap: Heap,
    /** By default each call computes all its rows at once. */
    readonly split?: Split,
  ) {
    this.#exports = exports as Record<string, Export>;
    this.constants = constants;
    const values = new DerivedValues<Allocation>((allocation) => heap.release(allocation));
    this.derived = {
      get: (key, sources, make, fill) => values.get(key, sources, make, (value) => this.#alone(() => fill(value))),
      release: (source) => values.release(source),
    };
  }

  #alone(work: () => void): void {
    if (this.sharer) this.sharer.alone(work);
    else work();
  }

  /** Runs an export over all its rows. */
  rows<Name extends keyof Ranged>(name: Name, rows: number, ...args: Ranged[Name]): void {
    if (rows === 0) return;
    if (this.sharer) this.sharer.rows(name, rows, 0, args);
    else if (this.split) this.split(rows, (begin, end) => this.range(name, begin, end, args));
    else this.range(name, 0, rows, args);
  }

  /** Runs an export over a range of its rows, on this thread. */
  range(name: string, begin: number, end: number, args: readonly number[]): void {
    this.#exports[name](begin, end, ...args);
  }

  /** Runs an export over all its rows, with `bytes` of scratch memory. */
  rowsWithScratch<Name extends keyof WithScratch>(
    name: Name,
    rows: number,
    bytes: number,
    ...args: WithScratch[Name]
  ): void {
    if (this.sharer && bytes > 0 && rows > 0) return this.sharer.rows(name, rows, bytes, args);
    this.withMemory(bytes, (scratch) => this.rows(name as never, rows, ...([scratch, ...args] as never)));
  }

  /** Calls `use` with the address of `bytes` of memory, which is freed after the call. */
  withMemory(bytes: number, use: (ptr: number) => void): void {
    const allocation = this.heap.reserve(bytes);
    try {
      use(allocation.ptr);
    } finally {
      if (!this.sharer?.hold(allocation)) this.heap.release(allocation);
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
