/** Rows: recorded kernel calls. */
import type { AnyBackend, Buffer } from "../backend.js";
import type { KernelName } from "../kernelTable.js";
import { numWritten } from "../launch.js";
import { convMacs, depthwiseMacs, gemmMacs } from "../macs.js";
import type { Conv2dSize, DepthwiseConv2dSize, GemmSize } from "../shape.js";
import { Slot, SlotView } from "../slot.js";

/** A recorded call of a kernel, a write of values from the host, or a read. */
export interface Row {
  readonly kernel: KernelName | "write" | "read";
  /** The arguments of the kernel; of a write the buffer and the values, of a read the buffer and a function for what is read. */
  readonly args: readonly unknown[];
  /** The layers that made the call, as "outer/inner"; several where calls were joined. */
  readonly layers: readonly string[];
}

/** Whether an argument of a row is memory. */
export const isBuffer = (x: unknown): x is Buffer => x instanceof Object && "root" in x;

/** The slot or buffer that an argument of a row lies in. */
export const baseOf = (buffer: Buffer): Buffer => (buffer instanceof SlotView ? buffer.of : buffer);

/** The slots and buffers that a row writes to. */
export const written = ({ kernel, args }: Row): Buffer[] =>
  kernel === "read" ? [] : buffersOf(args.slice(0, kernel === "write" ? 1 : numWritten(kernel)));

/** Whether a row keeps a part of what it writes to as it was. */
export const keepsSome = ({ kernel }: Row): boolean => kernel.startsWith("copy") && kernel !== "copyFrom";

/** The slots and buffers that a row reads, apart from what `keepsSome` is about. */
export const read = (row: Row): Buffer[] => buffersOf(row.args.slice(row.kernel === "read" ? 0 : written(row).length));

const buffersOf = (args: readonly unknown[]): Buffer[] => args.filter(isBuffer).map(baseOf);

/** A row with other slots and buffers in place of its own. */
export const withBuffers = (row: Row, other: (buffer: Buffer) => Buffer): Row => ({
  ...row,
  args: row.args.map((x) => {
    if (!isBuffer(x)) return x;
    return x instanceof SlotView ? new SlotView(other(x.of), x.offset, x.length) : other(x);
  }),
});

/** Runs a row; `bound` gives the buffer of the backend for each slot. */
export function callRow(backend: AnyBackend, { kernel, args }: Row, bound: (buffer: Buffer) => Buffer): void {
  const real = args.map((x) => {
    if (!isBuffer(x)) return x;
    return x instanceof SlotView ? backend.view(bound(x.of), x.offset, x.length) : bound(x);
  });
  if (kernel === "write") backend.write(real[0] as Buffer, real[1] as number[]);
  else if (kernel === "read") (real[1] as (elements: unknown) => void)(backend.read(real[0] as Buffer));
  else (backend.kernels[kernel] as (...args: unknown[]) => void)(...real);
}

/** The multiply-adds of a row. */
export function macsOf({ kernel, args }: Row): number {
  const size = args[4];
  if (kernel === "gemm") return gemmMacs(size as GemmSize);
  if (kernel === "conv2d") return convMacs(size as Conv2dSize);
  return kernel === "depthwiseConv2d" ? depthwiseMacs(size as DepthwiseConv2dSize) : 0;
}

/** Whether two rows of different records are the same call. Slots are known by their place in the record. */
export const sameRow = (a: Row, b: Row, places: (slot: Slot) => number | undefined): boolean =>
  a.kernel === b.kernel && same(a.args, b.args, places);

function same(a: unknown, b: unknown, places: (slot: Slot) => number | undefined): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof Slot && b instanceof Slot) return places(a) === places(b);
  if (isBuffer(a) && !(a instanceof SlotView)) return false; // another allocation
  if (!(a instanceof Object && b instanceof Object)) return false;
  if (a instanceof SlotView) {
    const other = b as Partial<SlotView>;
    return a.offset === other.offset && a.length === other.length && same(a.of, other.of, places);
  }
  const [keys, others] = [a, b].map(Object.keys);
  type Values = Record<string, unknown>;
  return keys.length === others.length && keys.every((key) => same((a as Values)[key], (b as Values)[key], places));
}
