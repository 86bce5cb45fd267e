/** An allocator in a WebAssembly.Memory: best fit; neighbouring free areas are merged. */
import { checkNumber, OutOfMemoryError } from "../../errors.js";
import type { MemoryInfo, Root } from "../../kernels.js";
import type { Constants } from "./exports.js";

/** Bytes of a page of WebAssembly memory. */
export const PAGE = 65536;

/** A buffer of the wasm backend. */
export interface WasmBuffer {
  /** Address in bytes. */
  readonly ptr: number;
  /** In elements. */
  readonly length: number;
  /** Bytes allocated; 0 for a view, which owns nothing. */
  readonly bytes: number;
  /** Whether it is used for long and seldom changes, so that values derived from it are worth caching. */
  readonly isWeight: boolean;
  /** The allocation that it is part of; for a view, that of the viewed buffer. */
  readonly root: Root;
}

/** Memory reserved from the heap. */
export interface Allocation {
  readonly ptr: number;
  readonly bytes: number;
}

interface Hole {
  ptr: number;
  bytes: number;
}

/** The allocator, and the buffers that it has allocated. */
export class Heap {
  /** Free areas below `#top`, by address. */
  readonly #holes: Hole[] = [];
  #top = PAGE; // the first page holds the kernels' static tables
  #buffers = 0;
  #usedBytes = 0;
  #floats: Float32Array;
  /** What is to be released once `keepAll` ends. */
  #late: Allocation[] | undefined;

  constructor(
    readonly memory: WebAssembly.Memory,
    readonly constants: Pick<Constants, "BLOCK_BYTES" | "SLACK_BYTES">,
  ) {
    this.#floats = new Float32Array(memory.buffer);
  }

  /** All memory as floats. Do not store it: growing the memory replaces it. */
  get floats(): Float32Array {
    if (this.#floats.buffer !== this.memory.buffer) this.#floats = new Float32Array(this.memory.buffer);
    return this.#floats;
  }

  /** Allocates a buffer. @throws OutOfMemoryError when there is no memory left. */
  allocate(length: number, isWeight: boolean): WasmBuffer {
    const { ptr, bytes } = this.reserve((length === 0 ? 1 : length) * 4);
    this.#buffers++;
    return { ptr, bytes, length, isWeight, root: { version: 0 } };
  }

  /** Frees a buffer; does nothing for a view. */
  free(buffer: WasmBuffer): void {
    if (buffer.bytes === 0) return;
    this.#buffers--;
    this.release(buffer);
  }

  /**
   * Reserves at least `asked` bytes, four an element, in whole blocks of the kernels' loops; none for 0.
   * @throws OutOfMemoryError; ArgumentError for what is no whole number of elements.
   */
  reserve(asked: number): Allocation {
    // The last door: a size that is no number would spoil the memory of all tensors.
    if (!(asked >= 0 && asked % 4 === 0)) checkNumber("wasm memory", "elements", asked / 4, "a whole number from 0");
    const { BLOCK_BYTES } = this.constants;
    const bytes = Math.ceil(asked / BLOCK_BYTES) * BLOCK_BYTES;
    const ptr = bytes === 0 ? 0 : this.#place(bytes);
    this.#usedBytes += bytes;
    return { ptr, bytes };
  }

  /** The address of the smallest hole that is large enough, else of the top. */
  #place(bytes: number): number {
    let best: Hole | undefined;
    for (const hole of this.#holes) if (hole.bytes >= bytes && !(best && best.bytes <= hole.bytes)) best = hole;
    if (!best) return this.#extend(bytes);
    const { ptr } = best;
    best.ptr += bytes;
    best.bytes -= bytes;
    if (best.bytes === 0) this.#holes.splice(this.#holes.indexOf(best), 1);
    return ptr;
  }

  #extend(bytes: number): number {
    const ptr = this.#top;
    const missing = ptr + bytes + this.constants.SLACK_BYTES - this.memory.buffer.byteLength;
    if (missing > 0) this.#grow(missing, bytes);
    this.#top += bytes;
    return ptr;
  }

  /**
   * Grows the memory by an eighth, or by what is missing if that is more, so that it grows seldom. If that fails, by
   * what is missing.
   */
  #grow(missing: number, asked: number): void {
    const least = Math.ceil(missing / PAGE);
    const comfortable = Math.max(least, Math.ceil(this.memory.buffer.byteLength / PAGE / 8));
    for (const pages of [comfortable, least]) {
      try {
        this.memory.grow(pages);
        return;
      } catch {
        // Not so much; try the smaller request.
      }
    }
    const { usedBytes, reservedBytes } = this.info("");
    throw new OutOfMemoryError(
      `wasm memory: asked for ${asked} bytes with ${usedBytes} of ${reservedBytes} in use and no more to be had; dispose tensors, use smaller batches, or raise init({ maxMemoryBytes }).`,
    );
  }

  /** Returns an allocation to the heap. */
  release(allocation: Allocation): void {
    const { ptr, bytes } = allocation;
    if (bytes === 0) return;
    if (this.#late) return void this.#late.push(allocation);
    this.#usedBytes -= bytes;
    const holes = this.#holes;
    let at = 0;
    while (at < holes.length && holes[at].ptr < ptr) at++;
    holes.splice(at, 0, { ptr, bytes });
    for (const before of [at, at - 1]) {
      const [hole, next] = [holes[before], holes[before + 1]];
      if (!hole || !next || hole.ptr + hole.bytes !== next.ptr) continue;
      hole.bytes += next.bytes;
      holes.splice(before + 1, 1);
    }
    const last = holes.at(-1)!;
    if (last.ptr + last.bytes === this.#top) {
      this.#top = last.ptr;
      holes.pop();
    }
  }

  /** Releases nothing before `end` resolves: threads that are being ended may still write. */
  keepAll(end: Promise<unknown>): void {
    this.#late ??= [];
    void end.then(() => {
      const late = this.#late ?? [];
      this.#late = undefined;
      for (const allocation of late) this.release(allocation);
    });
  }

  /** The state of the memory. */
  info(backend: string): MemoryInfo {
    return {
      backend,
      buffers: this.#buffers,
      usedBytes: this.#usedBytes,
      reservedBytes: this.memory.buffer.byteLength,
    };
  }
}
