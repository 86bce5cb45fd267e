/**
 * The contract of kernels.ts as a value: what each kernel reads and writes, how its work can be split, and what it
 * costs. It is for code that treats all kernels alike: `launch`, a recorder, threads, the benchmark, the tests,
 * docs/kernels.md. A kernel without a row, or a row that does not fit its signature, does not compile.
 */
import type { Kernels } from "./kernels.js";
import { convMacs, depthwiseMacs, gemmMacs } from "./macs.js";
import {
  type BroadcastSize,
  type DepthwiseConv2dSize,
  type GateSize,
  isPointwise,
  type NormSize,
  type ReduceSize,
  sizeOf,
  type WindowSize,
} from "./shape.js";
import {
  conv2dGradFilterParts,
  depthOf,
  depthwiseConv2dGradFilterParts,
  normParts,
  pixelsOf,
  sumParts,
} from "./sumParts.js";

/** The name of a kernel. */
export type KernelName = keyof Kernels<unknown>;

/** The only property of a buffer that the table needs: its number of elements. */
export interface Sized {
  /** The number of elements. */
  readonly length: number;
}

/** The arguments of a kernel, with buffers of type B. */
export type KernelArguments<K extends KernelName, B = Sized> = Parameters<Kernels<B>[K]>;

/**
 * The way in which a kernel uses a buffer.
 * - "out": writes all of it, and does not read its old contents.
 * - "part": writes a part of it and does not change the rest.
 * - "changed": reads and writes it; "changed?": the same, or it is absent.
 * - "in": reads it; "in?": the same, or it is absent.
 * - "in or out": reads it; it may be the output itself if it has as many elements.
 */
export type Use = "out" | "part" | "changed" | "changed?" | "in" | "in?" | "in or out";

/** A kernel's row in the table. */
export interface KernelRow<Arguments extends readonly unknown[]> {
  /** The buffers, which are the first arguments, by their names in kernels.ts. */
  readonly buffers: Readonly<Record<string, Use>>;
  /** The number of elements of each buffer that a call reads or writes; all elements for "out". */
  readonly elements: (...call: Arguments) => readonly number[];
  /**
   * Number of independent rows: parts of the output that different threads may compute, or between which a call may
   * pause.
   */
  readonly rows: (...call: Arguments) => number;
  /**
   * The number of parts into which the sums of one row are cut. Partial sums are written separately and added in order.
   * The number depends only on the shape, so that results are the same to the bit however the work is split. 1 by
   * default.
   */
  readonly parts?: (...call: Arguments) => number;
  /**
   * Multiply-adds: terms of sums of products. Elementwise arithmetic, which memory bounds, does not count. 0 by
   * default.
   */
  readonly macs?: (...call: Arguments) => number;
  /**
   * Whether 0 is stored in place of a result whose size is below 2^-126, the smallest normal number in single precision,
   * and of -0; of an optimizer this concerns the slots. Where a model has become certain of its answers, or a slot
   * decays, such denormal results would arise, with which many machines compute a hundred times slower. All other
   * kernels keep them. False by default.
   */
  readonly flushes?: boolean;
}

// ── sizes ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

const distinct = (shape: readonly number[], strides: readonly number[]): number =>
  sizeOf(shape.filter((_, axis) => strides[axis] !== 0));

const inputs = (s: WindowSize): number => s.batch * s.height * s.width * s.channels;
const lines = (s: WindowSize): number => s.batch * s.outHeight;
const taps = (s: WindowSize): number => s.kernelHeight * s.kernelWidth;
const depthwiseOutputs = (s: DepthwiseConv2dSize): number => pixelsOf(s) * s.channels * s.depthMultiplier;
const depthwiseKernel = (s: DepthwiseConv2dSize): number => taps(s) * s.channels * s.depthMultiplier;
const normRows = (s: NormSize): number => s.outer * s.groups * s.inner;
const norms = (s: NormSize): number => normRows(s) * s.channels;
const statistics = (s: NormSize): number => 2 * s.groups * s.channels;
const reduced = (s: ReduceSize): number => s.outer * s.length * s.inner;
const cells = (s: GateSize): number => s.rows * s.units;

// ── rows that several kernels share ─────────────────────────────────────────────────────────────────────────────────────

const unary = {
  buffers: { y: "out", x: "in or out" },
  elements: (y: Sized) => [y.length, y.length],
  rows: (y: Sized) => y.length,
} as const;

const unaryGrad = {
  buffers: { dx: "out", dy: "in or out", y: "in" },
  elements: (dx: Sized) => [dx.length, dx.length, dx.length],
  rows: (dx: Sized) => dx.length,
  flushes: true,
} as const;

const binary = {
  buffers: { y: "out", a: "in or out", b: "in or out" },
  elements: (_y: Sized, _a: Sized, _b: Sized, s: BroadcastSize) => [
    sizeOf(s.shape),
    distinct(s.shape, s.aStrides),
    distinct(s.shape, s.bStrides),
  ],
  rows: (_y: Sized, _a: Sized, _b: Sized, s: BroadcastSize) => sizeOf(s.shape),
} as const;

const reduction = {
  buffers: { y: "out", x: "in" },
  elements: (_y: Sized, _x: Sized, s: ReduceSize) => [s.outer * s.inner, reduced(s)],
  rows: (_y: Sized, _x: Sized, s: ReduceSize) => s.outer * s.inner,
} as const;

const rowwise = {
  buffers: { y: "out", x: "in or out" },
  elements: (_y: Sized, _x: Sized, rows: number, columns: number) => [rows * columns, rows * columns],
  rows: (_y: Sized, _x: Sized, rows: number) => rows,
} as const;

const rowwiseGrad = {
  buffers: { dx: "out", dy: "in or out", y: "in" },
  elements: (_dx: Sized, _dy: Sized, _y: Sized, rows: number, columns: number) => {
    const n = rows * columns;
    return [n, n, n];
  },
  rows: (_dx: Sized, _dy: Sized, _y: Sized, rows: number) => rows,
  flushes: true,
} as const;

/** The row of every kernel, by name. */
export const kernelTable = {
  fill: { buffers: { y: "out" }, elements: (y) => [y.length], rows: (y) => y.length },
  copyFrom: {
    buffers: { y: "out", x: "in" },
    elements: (_y, _x, s) => [sizeOf(s.shape), distinct(s.shape, s.strides)],
    rows: (_y, _x, s) => sizeOf(s.shape),
  },
  copyInto: {
    buffers: { y: "part", x: "in" },
    elements: (_y, _x, s) => [sizeOf(s.shape), sizeOf(s.shape)],
    rows: (_y, _x, s) => sizeOf(s.shape),
  },
  copyWhere: { ...binary, buffers: { y: "part", x: "in", mask: "in" } },
  gather: {
    buffers: { y: "out", table: "in", indices: "in" },
    elements: (_y, _table, _indices, rows, width, tableRows) => [rows * width, Math.min(rows, tableRows) * width, rows],
    rows: (_y, _table, _indices, rows) => rows,
  },
  gatherGrad: {
    buffers: { dTable: "out", dy: "in", indices: "in" },
    elements: (_dTable, _dy, _indices, rows, width, tableRows) => [tableRows * width, rows * width, rows],
    rows: (_dTable, _dy, _indices, _rows, _width, tableRows) => tableRows,
  },

  exp: unary,
  log: unary,
  sqrt: unary,
  abs: unary,
  sign: unary,
  sigmoid: unary,
  tanh: unary,
  affine: unary,
  clip: unary,

  sigmoidGrad: unaryGrad,
  tanhGrad: unaryGrad,
  clipGrad: { ...unaryGrad, buffers: { dx: "out", dy: "in or out", x: "in" } },

  add: binary,
  subtract: binary,
  multiply: binary,
  divide: binary,
  maximum: binary,
  minimum: binary,
  greater: binary,
  equal: binary,

  sum: {
    ...reduction,
    parts: (_y, _x, s) => sumParts(s),
  },
  max: reduction,
  argMax: reduction,

  softmax: { ...rowwise, flushes: true },
  softmaxGrad: rowwiseGrad,
  logSoftmax: rowwise,
  logSoftmaxGrad: rowwiseGrad,

  gemm: {
    buffers: { c: "out", a: "in", b: "in", bias: "in?" },
    elements: (_c, _a, _b, _bias, s) => [
      s.batch * s.m * s.n,
      (s.aBatchStride === 0 ? 1 : s.batch) * s.m * s.k,
      (s.bBatchStride === 0 ? 1 : s.batch) * s.k * s.n,
      s.n,
    ],
    rows: (_c, _a, _b, _bias, s) => s.batch * s.m,
    macs: (_c, _a, _b, _bias, s) => gemmMacs(s),
  },
  conv2d: {
    buffers: { y: "out", x: "in", kernel: "in", bias: "in?" },
    elements: (_y, _x, _kernel, _bias, s) => [pixelsOf(s) * s.filters, inputs(s), depthOf(s) * s.filters, s.filters],
    rows: (_y, _x, _kernel, _bias, s) => pixelsOf(s),
    macs: (_y, _x, _kernel, _bias, s) => convMacs(s),
  },
  conv2dGradInput: {
    buffers: { dx: "out", dy: "in", kernel: "in" },
    elements: (_dx, _dy, _kernel, s) => [inputs(s), pixelsOf(s) * s.filters, depthOf(s) * s.filters],
    rows: (_dx, _dy, _kernel, s) => (isPointwise(s) ? pixelsOf(s) : s.batch),
    macs: (_dx, _dy, _kernel, s) => convMacs(s),
  },
  conv2dGradFilter: {
    buffers: { dKernel: "out", x: "in", dy: "in" },
    elements: (_dKernel, _x, _dy, s) => [depthOf(s) * s.filters, inputs(s), pixelsOf(s) * s.filters],
    rows: (_dKernel, _x, _dy, s) => depthOf(s),
    parts: (_dKernel, _x, _dy, s) => conv2dGradFilterParts(s),
    macs: (_dKernel, _x, _dy, s) => convMacs(s),
  },
  depthwiseConv2d: {
    buffers: { y: "out", x: "in", kernel: "in", bias: "in?" },
    elements: (_y, _x, _kernel, _bias, s) => [
      depthwiseOutputs(s),
      inputs(s),
      depthwiseKernel(s),
      s.channels * s.depthMultiplier,
    ],
    rows: (_y, _x, _kernel, _bias, s) => lines(s),
    macs: (_y, _x, _kernel, _bias, s) => depthwiseMacs(s),
  },
  depthwiseConv2dGradInput: {
    buffers: { dx: "out", dy: "in", kernel: "in" },
    elements: (_dx, _dy, _kernel, s) => [inputs(s), depthwiseOutputs(s), depthwiseKernel(s)],
    rows: (_dx, _dy, _kernel, s) => (s.depthMultiplier === 1 ? s.batch * s.height : s.batch),
    macs: (_dx, _dy, _kernel, s) => depthwiseMacs(s),
  },
  depthwiseConv2dGradFilter: {
    buffers: { dKernel: "out", x: "in", dy: "in" },
    elements: (_dKernel, _x, _dy, s) => [depthwiseKernel(s), inputs(s), depthwiseOutputs(s)],
    rows: (_dKernel, _x, _dy, s) => s.channels * s.depthMultiplier,
    parts: (_dKernel, _x, _dy, s) => depthwiseConv2dGradFilterParts(s),
    macs: (_dKernel, _x, _dy, s) => depthwiseMacs(s),
  },
  maxPool2d: {
    buffers: { y: "out", x: "in" },
    elements: (_y, _x, s) => [pixelsOf(s) * s.channels, inputs(s)],
    rows: (_y, _x, s) => lines(s),
  },
  maxPool2dGrad: {
    buffers: { dx: "out", dy: "in", x: "in" },
    elements: (_dx, _dy, _x, s) => [inputs(s), pixelsOf(s) * s.channels, inputs(s)],
    rows: (_dx, _dy, _x, s) => s.batch,
  },

  moments: {
    buffers: { moments: "out", x: "in" },
    elements: (_moments, _x, s) => [statistics(s), norms(s)],
    rows: (_moments, _x, s) => s.groups * s.channels,
    parts: (_moments, _x, s) => normParts(s),
  },
  batchNorm: {
    buffers: { y: "out", x: "in or out", moments: "in", gamma: "in", beta: "in" },
    elements: (_y, _x, _moments, _gamma, _beta, _epsilon, s) => [
      ...[norms(s), norms(s), statistics(s), s.channels, s.channels],
    ],
    rows: (_y, _x, _moments, _gamma, _beta, _epsilon, s) => normRows(s),
  },
  batchNormGradSums: {
    buffers: { sums: "out", dy: "in", x: "in", moments: "in" },
    elements: (_sums, _dy, _x, _moments, _epsilon, s) => [statistics(s), norms(s), norms(s), statistics(s)],
    rows: (_sums, _dy, _x, _moments, _epsilon, s) => s.groups * s.channels,
    parts: (_sums, _dy, _x, _moments, _epsilon, s) => normParts(s),
  },
  batchNormGrad: {
    buffers: { dx: "out", dy: "in or out", x: "in", moments: "in", gamma: "in", sums: "in" },
    elements: (_dx, _dy, _x, _moments, _gamma, _sums, _epsilon, s) => [
      ...[norms(s), norms(s), norms(s), statistics(s), s.channels, statistics(s)],
    ],
    rows: (_dx, _dy, _x, _moments, _gamma, _sums, _epsilon, s) => normRows(s),
  },

  lstmGates: {
    buffers: { states: "out", zx: "in", zh: "in?", c: "in?", h: "in?", used: "in?" },
    elements: (_states, _zx, _zh, _c, _h, _used, keep, s) => [
      ...[(keep ? 6 : 2) * cells(s), 4 * cells(s), 4 * cells(s), cells(s), cells(s), s.rows],
    ],
    rows: (_states, _zx, _zh, _c, _h, _used, _keep, s) => s.rows,
  },
  lstmGatesGrad: {
    buffers: { grads: "out", dh: "in", dc: "in?", states: "in", c: "in?" },
    elements: (_grads, _dh, _dc, _states, _c, s) => [...[5 * cells(s), cells(s), cells(s), 6 * cells(s), cells(s)]],
    rows: (_grads, _dh, _dc, _states, _c, s) => s.rows,
    flushes: true,
  },

  gruGates: {
    buffers: { states: "out", zx: "in", zh: "in", h: "in", p: "in?", used: "in?" },
    elements: (_states, _zx, _zh, _h, p, _used, keep, s) => [
      ...[(keep ? 5 : 1) * cells(s), 3 * cells(s), (p ? 2 : 3) * cells(s), cells(s), cells(s), s.rows],
    ],
    rows: (_states, _zx, _zh, _h, _p, _used, _keep, s) => s.rows,
  },
  gruGatesGrad: {
    buffers: { grads: "out", dh: "in", more: "in?", states: "in", h: "in", drh: "in?" },
    elements: (_grads, _dh, _more, _states, _h, drh, s) => [
      ...[(drh ? 6 : 7) * cells(s), cells(s), cells(s), 5 * cells(s), cells(s), cells(s)],
    ],
    rows: (_grads, _dh, _more, _states, _h, _drh, s) => s.rows,
    flushes: true,
  },

  sgd: {
    buffers: { w: "changed", velocity: "changed?", g: "in" },
    elements: (w) => [w.length, w.length, w.length],
    rows: (w) => w.length,
    flushes: true,
  },
  adam: {
    buffers: { w: "changed", m: "changed", v: "changed", g: "in" },
    elements: (w) => [w.length, w.length, w.length, w.length],
    rows: (w) => w.length,
    flushes: true,
  },
  rmsprop: {
    buffers: { w: "changed", v: "changed", buffer: "changed?", g: "in" },
    elements: (w) => [w.length, w.length, w.length, w.length],
    rows: (w) => w.length,
    flushes: true,
  },
} as const satisfies { readonly [K in KernelName]: KernelRow<KernelArguments<K>> };

// ── reading the table ────────────────────────────────────────────────────────────────────────────────────────────────

/** A row of a kernel whose name is known at run time only. */
export type AnyKernelRow = KernelRow<readonly unknown[]>;

/** All kernels, in the order of the table. */
export const kernelNames = Object.keys(kernelTable) as KernelName[];
/**
 * A kernel's row.
 * @param kernel The name of a kernel, one of `kernelNames`.
 */
export const rowOf = (kernel: KernelName): AnyKernelRow => kernelTable[kernel] as unknown as AnyKernelRow;

/**
 * Bytes that a call in single precision reads and writes. Each buffer counts once, one that is changed in place twice.
 */
export function bytesOf(kernel: KernelName, call: readonly unknown[]): number {
  const { buffers, elements } = rowOf(kernel);
  const uses = Object.values(buffers);
  const counts = elements(...call);
  const passes = (use: Use, i: number) => (call[i] === undefined ? 0 : use.startsWith("changed") ? 2 : 1);
  return uses.reduce((sum, use, i) => sum + 4 * passes(use, i) * counts[i], 0);
}
