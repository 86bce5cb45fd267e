/** Rows: recorded kernel calls. */
import type { AnyBackend, Buffer } from "../backend.js";
import type { KernelName } from "../kernelTable.js";
import { numWritten } from "../launch.js";
import { convMacs, depthwiseMacs, gemmMacs } from "../macs.js";
import type { Conv2dSize, DepthwiseConv2dSize, GemmSize } from "../shape.js";
import { SlotView, viewOf } from "../slot.js";

/** A recorded call of a kernel, a write of values from the host, or a read. */
export interface Row {
  readonly kernel: KernelName | "write" | "read";
  /** The arguments of the kernel; of a write the buffer and the values (or a function that draws them), of a read a function for what is read, and the buffer. */
  readonly args: readonly unknown[];
  /** The layers that made the call, as "outer/inner"; several where calls were joined. */
  readonly layers: readonly string[];
}

/** Whether an argument of a row is memory. */
export const isBuffer = (x: unknown): x is Buffer => x instanceof Object && "root" in x;

/** The slot or buffer that an argument of a row lies in. */
export const baseOf = (buffer: Buffer): Buffer => (buffer instanceof SlotView ? buffer.of : buffer);

/** The slots and buffers that a row writes to: its first arguments, one of a write. The first one of a read is none. */
export const written = ({ kernel, args }: Row): Buffer[] => buffersOf(args.slice(0, numWritten(kernel as KernelName)));

/** The slots and buffers that a row reads, apart from those that it writes to. */
export const read = (row: Row): Buffer[] => buffersOf(row.args.slice(written(row).length));

const buffersOf = (args: readonly unknown[]): Buffer[] => args.filter(isBuffer).map(baseOf);

/** A row with other slots and buffers in place of its own. */
export const withBuffers = (row: Row, other: (buffer: Buffer) => Buffer): Row => ({
  ...row,
  args: row.args.map((x) => {
    if (!isBuffer(x)) return x;
    return x instanceof SlotView ? viewOf(other(x.of), x.offset, x.length) : other(x);
  }),
});

/** The places of the arguments of a row that are memory. */
export const buffersAt = ({ args }: Row): number[] => args.flatMap((x, i) => (isBuffer(x) ? i : []));

/** Runs a row; `bound` gives the buffer of the backend for each slot. @param places those of `buffersAt`. */
export function callRow(
  backend: AnyBackend,
  { kernel, args }: Row,
  bound: (buffer: Buffer) => Buffer,
  places: readonly number[],
): void {
  const real = [...args];
  for (const i of places) {
    const x = args[i] as Buffer;
    real[i] = x instanceof SlotView ? backend.view(bound(x.of), x.offset, x.length) : bound(x);
  }
  if (kernel === "write") backend.write(real[0] as Buffer, real[1] as number[]);
  else if (kernel === "read") (real[0] as (elements: unknown) => void)(backend.read(real[1] as Buffer));
  else (backend.kernels[kernel] as (...args: unknown[]) => void)(...real);
}

/** The multiply-adds of a row. */
export function macsOf({ kernel, args }: Row): number {
  const size = args[4];
  if (kernel === "gemm") return gemmMacs(size as GemmSize);
  if (kernel === "conv2d") return convMacs(size as Conv2dSize);
  return kernel === "depthwiseConv2d" ? depthwiseMacs(size as DepthwiseConv2dSize) : 0;
}

const ids = new WeakMap<object, number>();
let lastId = 0;

/** The name of a slot, a buffer or another object in texts: a number that no other has. */
export function idOf(x: object): string {
  if (!ids.has(x)) ids.set(x, lastId++);
  return `#${ids.get(x)}`;
}

/** An argument of a row as text; `name` gives that of a slot or buffer. Equal arguments, and no others, have equal texts. */
export function textOf(x: unknown, name: (buffer: Buffer) => string): string {
  if (!(x instanceof Object)) return Object.is(x, -0) ? "-0" : String(x);
  const isView = x instanceof SlotView;
  if (isBuffer(x) && !isView) return name(x);
  if (typeof x === "function") return idOf((x as { stream?: object }).stream ?? x); // what draws numbers, by what it draws from
  const values: unknown[] = isView ? [x.of, x.offset, x.length] : Object.values(x);
  return `(${values.map((value) => textOf(value, name)).join()})`;
}
