/** Memory of kernel calls that are recorded before they run (see plan/recorder.ts). */
import type { Buffer, Root } from "./kernels.js";

/** Memory that recorded calls write to. A run of the record gives it memory on the backend. */
export class Slot implements Buffer {
  readonly root: Root = { version: 0 };
  /** The memory on the backend, of a slot that outlives the record. */
  real: Buffer | undefined;

  constructor(
    readonly length: number,
    readonly kind?: "weight" | undefined,
  ) {}
}

/** A part of a slot or buffer, which is viewed when the record runs; `viewOf` makes it. */
export class SlotView implements Buffer {
  readonly root: Root;

  constructor(
    readonly of: Buffer,
    readonly offset: number,
    readonly length: number,
  ) {
    this.root = of.root;
  }
}

/** The part of `length` elements of a slot, a buffer or a part of one. */
export const viewOf = (buffer: Buffer, offset: number, length: number): SlotView =>
  buffer instanceof SlotView
    ? new SlotView(buffer.of, buffer.offset + offset, length)
    : new SlotView(buffer, offset, length);
