/** How much work a kernel call is, and into how many chunks its rows are cut. */
import type { Conv2dSize, DepthwiseConv2dSize, GemmSize } from "../../../shape.js";
import { UNIT } from "./columns.js";

type Sizes = Partial<GemmSize & Conv2dSize & DepthwiseConv2dSize>;

/** Multiply-adds that take as long as reading or writing an element. */
const PER_ELEMENT = 3;

/**
 * The work of a kernel call, about in multiply-adds: those of the kernel table, and the elements of all buffers. Unlike the table it is
 * short, and right only to a factor of two; a test compares them.
 */
export function workOf(args: readonly unknown[]): number {
  let work = 0;
  for (const arg of args as (Sizes & { root?: unknown; length?: number })[]) {
    if (typeof arg !== "object") continue;
    if (arg.root) work += arg.length! * PER_ELEMENT;
    else if (arg.k! >= 0) work += arg.batch! * arg.m! * arg.n! * arg.k!;
    else if (arg.kernelHeight) {
      const perPixel = arg.filters
        ? (arg.filters * arg.channels!) / arg.groups!
        : arg.channels! * (arg.depthMultiplier ?? 1);
      work += arg.batch! * arg.outHeight! * arg.outWidth! * arg.kernelHeight * arg.kernelWidth! * perPixel;
    }
  }
  return work;
}

/** How many times as long as reading and writing their elements take those that compute exponentials or logarithms of them. */
const slowness: Readonly<Record<string, number>> = {
  ...{ exp: 3, log: 16, sigmoid: 4, tanh: 6 },
  ...{ lstmGates: 7, lstmGatesGrad: 2, gruGates: 7 },
};

/** The most work of one row of exports that prepare or complete a kernel: they are a small part of its work. */
const rowWork: Readonly<Record<string, number>> = {
  fill: 64,
  copy: 4096,
  clip: 128,
  sigmoid: 256,
  tanh: 320,
  addParts: 512,
  batchNormTable: 64,
  batchNormGradTable: 64,
  normGradScale: 64,
};

/** The work of one of the calls of which a kernel consists. */
export const partOfWork = (name: string, rows: number, kernelWork: number): number =>
  Math.min(kernelWork * (slowness[name] ?? 1), rows * (rowWork[name] ?? Infinity));

/** Rows of the matrix kernel's tiles in both builds. */
const TILE = 12;
/** Exports whose chunks begin at whole tiles. */
const tiled = /^(gemm|conv2d)$/;
/**
 * Rows that make reading the weights worth while, and columns that make preparing the rows so. Winograd's rows are tiles of the result, and
 * read more weights; of a kernel's gradient they are units of channels, each of which transforms all of dy.
 */
const goodRows: Readonly<Record<string, number>> = {
  ...{ gemm: 96, conv2d: 96, winograd: 48, winogradGradFilter: 8 },
  columns: 256,
};

/** The least work of a chunk, where there are more chunks than threads: about 20 µs. */
const LEAST_CHUNK = 5e5;
/** The most work of a chunk, about 0.1 s, so that a worker that died is soon told from one that is busy. */
const MOST = 2 ** 31;

/**
 * Multiples at which chunks of an export's rows begin, or of "columns", and their number: 1 where splitting does not pay, with less work than `least`, or four
 * times as much where workers have to be woken.
 */
export function cut(
  name: string,
  rows: number,
  work: number,
  threads: number,
  asleep: boolean,
  least: number,
): [unit: number, chunks: number] {
  const unit = name === "columns" ? UNIT : tiled.test(name) && least > 0 ? TILE : 1;
  const units = Math.floor(rows / unit);
  if (units < 2 || work < (asleep ? 4 * least : least)) return [unit, 1];
  // Several for each thread, so that one that is interrupted does not keep the others waiting for long.
  const wanted = Math.min(4 * threads, Math.floor(work / LEAST_CHUNK), Math.floor(rows / (goodRows[name] ?? 1)));
  const even = wanted > threads ? wanted - (wanted % threads) : threads;
  return [unit, Math.min(units, Math.max(even, Math.ceil(work / MOST)))];
}
