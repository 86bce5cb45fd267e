/** The fast backend: hand-written SIMD kernels in WebAssembly (assembly/), on memory of their own. */
import type { AdamStep, Backend, Epilogue, MemoryInfo, RmspropStep, SgdStep } from "../../kernels.js";
import type {
  BroadcastSize,
  Conv2dSize,
  DepthwiseConv2dSize,
  GateSize,
  GemmSize,
  NormSize,
  ReduceSize,
  StridedSize,
  WindowSize,
} from "../../shape.js";
import { Heap, type WasmBuffer } from "./heap.js";
import { Matrix } from "./matrix.js";
import { type Exports, load, type WasmOptions } from "./module.js";
import { alongFourAxes, joinAxes } from "./walk.js";

export type { WasmBuffer } from "./heap.js";
export type { WasmOptions } from "./module.js";

/** @throws ArgumentError where the wanted build does not run here. */
export const createWasmBackend = (options: WasmOptions = {}): Backend<WasmBuffer> => new WasmBackend(options);

/** As in assembly/depthwiseConv2d.ts: the largest kernel that its input gradient has room for. */
const MOST_TAPS = 128;
const binaryOps = ["add", "subtract", "multiply", "divide", "maximum", "minimum", "greater", "equal"] as const;

type B = WasmBuffer;
type UnaryName = "exp" | "log" | "sqrt" | "abs" | "sign" | "sigmoid" | "tanh";
type ReductionName = "sum" | "max" | "argMax";

class WasmBackend implements Backend<WasmBuffer> {
  readonly name: string;
  readonly #wasm: Exports;
  readonly #heap: Heap;
  readonly #matrix: Matrix;

  constructor(options: WasmOptions) {
    const loaded = load(options);
    this.name = loaded.name;
    this.#wasm = loaded.exports;
    this.#heap = new Heap(loaded.memory);
    this.#matrix = new Matrix(loaded.exports, this.#heap, loaded);
  }

  // ── memory ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  allocate(length: number, kind?: "weight"): B {
    return this.#heap.allocate(length, kind === "weight");
  }

  free(buffer: B): void {
    this.#heap.free(buffer);
  }

  view(buffer: B, offset: number, length: number): B {
    return { ptr: buffer.ptr + offset * 4, length, bytes: 0, isWeight: false };
  }

  write(buffer: B, values: ArrayLike<number>): void {
    this.#heap.floats.set(values, this.#out(buffer) / 4);
  }

  async read(buffer: B): Promise<Float32Array> {
    return this.#heap.floats.slice(buffer.ptr / 4, buffer.ptr / 4 + buffer.length);
  }

  memory(): MemoryInfo {
    return this.#heap.info(this.name);
  }

  /** The address of a buffer that is about to change: what was packed from it is stale. */
  #out(buffer: B): number {
    if (buffer.packs) for (const pack of buffer.packs.values()) pack.fresh = false;
    return buffer.ptr;
  }

  // ── filling and moving ────────────────────────────────────────────────────────────────────────────────────────────────

  fill(y: B, value: number): void {
    this.#wasm.fill(this.#out(y), value, y.length);
  }

  copyFrom(y: B, x: B, { shape, strides, offset }: StridedSize): void {
    const to = this.#out(y);
    const [sizes, xs, ys] = joinAxes(shape, strides, undefined);
    alongFourAxes(sizes, xs, ys, (n, xStrides, yStrides, xAt, yAt) =>
      this.#wasm.copy(to + yAt * 4, x.ptr + (offset + xAt) * 4, ...n, ...yStrides, ...xStrides),
    );
  }

  copyInto(y: B, x: B, { shape, strides, offset }: StridedSize): void {
    const to = this.#out(y);
    const [sizes, ys, xs] = joinAxes(shape, strides, undefined);
    alongFourAxes(sizes, ys, xs, (n, yStrides, xStrides, yAt, xAt) =>
      this.#wasm.copy(to + (offset + yAt) * 4, x.ptr + xAt * 4, ...n, ...yStrides, ...xStrides),
    );
  }

  gather(y: B, table: B, indices: B, rows: number, width: number, tableRows: number): void {
    this.#wasm.gather(this.#out(y), table.ptr, indices.ptr, rows, width, tableRows);
  }

  gatherGrad(dTable: B, dy: B, indices: B, rows: number, width: number, tableRows: number): void {
    this.fill(dTable, 0);
    this.#wasm.gatherGrad(dTable.ptr, dy.ptr, indices.ptr, rows, width, tableRows);
  }

  // ── elementwise ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #unary(name: UnaryName): (y: B, x: B) => void {
    return (y, x) => this.#wasm[name](this.#out(y), x.ptr, y.length);
  }
  exp = this.#unary("exp");
  log = this.#unary("log");
  sqrt = this.#unary("sqrt");
  abs = this.#unary("abs");
  sign = this.#unary("sign");
  sigmoid = this.#unary("sigmoid");
  tanh = this.#unary("tanh");

  affine(y: B, x: B, scale: number, offset: number): void {
    this.#wasm.affine(this.#out(y), x.ptr, scale, offset, y.length);
  }

  clip(y: B, x: B, low: number, high: number): void {
    this.#wasm.clip(this.#out(y), x.ptr, low, high, y.length);
  }

  sigmoidGrad(dx: B, dy: B, y: B): void {
    this.#wasm.sigmoidGrad(this.#out(dx), dy.ptr, y.ptr, dx.length);
  }

  tanhGrad(dx: B, dy: B, y: B): void {
    this.#wasm.tanhGrad(this.#out(dx), dy.ptr, y.ptr, dx.length);
  }

  clipGrad(dx: B, dy: B, x: B, low: number, high: number): void {
    this.#wasm.clipGrad(this.#out(dx), dy.ptr, x.ptr, low, high, dx.length);
  }

  #binary(name: (typeof binaryOps)[number]): (y: B, a: B, b: B, size: BroadcastSize) => void {
    const op = binaryOps.indexOf(name);
    return (y, a, b, { shape, aStrides, bStrides }) => {
      const to = this.#out(y);
      alongFourAxes(shape, aStrides, bStrides, (n, as, bs, aAt, bAt, yAt) =>
        this.#wasm.binary(op, to + yAt * 4, a.ptr + aAt * 4, b.ptr + bAt * 4, ...n, ...as, ...bs),
      );
    };
  }
  add = this.#binary("add");
  subtract = this.#binary("subtract");
  multiply = this.#binary("multiply");
  divide = this.#binary("divide");
  maximum = this.#binary("maximum");
  minimum = this.#binary("minimum");
  greater = this.#binary("greater");
  equal = this.#binary("equal");

  // ── reductions and rows ───────────────────────────────────────────────────────────────────────────────────────────────

  #reduction(name: ReductionName): (y: B, x: B, size: ReduceSize) => void {
    return (y, x, { outer, length, inner }) => this.#wasm[name](this.#out(y), x.ptr, outer, length, inner);
  }
  sum = this.#reduction("sum");
  max = this.#reduction("max");
  argMax = this.#reduction("argMax");

  softmax(y: B, x: B, rows: number, columns: number): void {
    this.#wasm.softmax(this.#out(y), x.ptr, rows, columns);
  }

  softmaxGrad(dx: B, dy: B, y: B, rows: number, columns: number): void {
    this.#wasm.softmaxGrad(this.#out(dx), dy.ptr, y.ptr, rows, columns);
  }

  logSoftmax(y: B, x: B, rows: number, columns: number): void {
    this.#wasm.logSoftmax(this.#out(y), x.ptr, rows, columns);
  }

  logSoftmaxGrad(dx: B, dy: B, y: B, rows: number, columns: number): void {
    this.#wasm.logSoftmaxGrad(this.#out(dx), dy.ptr, y.ptr, rows, columns);
  }

  // ── matrices and convolutions ─────────────────────────────────────────────────────────────────────────────────────────

  gemm(c: B, a: B, b: B, size: GemmSize, epilogue: Epilogue<B> = {}): void {
    this.#matrix.gemm(this.#out(c), a, b, size, epilogue);
  }

  conv2d(y: B, x: B, kernel: B, size: Conv2dSize, epilogue: Epilogue<B> = {}): void {
    this.#matrix.conv2d(this.#out(y), x, kernel, size, epilogue);
  }

  conv2dGradInput(dx: B, dy: B, kernel: B, size: Conv2dSize): void {
    this.#matrix.conv2dGradInput(this.#out(dx), dy, kernel, size);
  }

  conv2dGradFilter(dKernel: B, x: B, dy: B, size: Conv2dSize): void {
    this.#matrix.conv2dGradFilter(this.#out(dKernel), x, dy, size);
  }

  depthwiseConv2d(y: B, x: B, kernel: B, size: DepthwiseConv2dSize, epilogue: Epilogue<B> = {}): void {
    if (size.depthMultiplier !== 1) return this.conv2d(y, x, kernel, asGroups(size), epilogue);
    this.#matrix.depthwiseConv2d(this.#out(y), x, kernel, size, epilogue);
  }

  depthwiseConv2dGradInput(dx: B, dy: B, kernel: B, size: DepthwiseConv2dSize): void {
    const isLarge = size.kernelHeight * size.kernelWidth > MOST_TAPS;
    if (size.depthMultiplier !== 1 || isLarge) return this.conv2dGradInput(dx, dy, kernel, asGroups(size));
    this.#matrix.depthwiseConv2dGradInput(this.#out(dx), dy, kernel, size);
  }

  depthwiseConv2dGradFilter(dKernel: B, x: B, dy: B, size: DepthwiseConv2dSize): void {
    if (size.depthMultiplier !== 1) return this.conv2dGradFilter(dKernel, x, dy, asGroups(size));
    this.#matrix.setWindow(size, size.channels);
    this.#wasm.depthwiseConv2dGradFilter(this.#out(dKernel), x.ptr, dy.ptr, 0, size.batch * size.outHeight, 0);
  }

  maxPool2d(y: B, x: B, size: WindowSize): void {
    this.#matrix.setWindow(size, size.channels);
    this.#wasm.maxPool2d(this.#out(y), x.ptr, 0, size.batch * size.outHeight);
  }

  maxPool2dGrad(dx: B, dy: B, x: B, size: WindowSize): void {
    this.fill(dx, 0);
    this.#matrix.setWindow(size, size.channels);
    this.#wasm.maxPool2dGrad(dx.ptr, dy.ptr, x.ptr, 0, size.batch * size.outHeight);
  }

  // ── batch normalization ───────────────────────────────────────────────────────────────────────────────────────────────

  moments(moments: B, x: B, size: NormSize): void {
    this.#wasm.moments(this.#out(moments), x.ptr, ...axes(size));
  }

  batchNorm(y: B, x: B, moments: B, gamma: B, beta: B, epsilon: number, size: NormSize): void {
    this.#withTable(size, (table) =>
      this.#wasm.batchNorm(this.#out(y), x.ptr, moments.ptr, gamma.ptr, beta.ptr, table, epsilon, ...axes(size)),
    );
  }

  batchNormGradSums(sums: B, dy: B, x: B, moments: B, epsilon: number, size: NormSize): void {
    this.#wasm.batchNormGradSums(this.#out(sums), dy.ptr, x.ptr, moments.ptr, epsilon, ...axes(size));
  }

  batchNormGrad(dx: B, dy: B, x: B, moments: B, gamma: B, sums: B, epsilon: number, size: NormSize): void {
    this.#withTable(size, (table) =>
      this.#wasm.batchNormGrad(
        this.#out(dx), dy.ptr, x.ptr, moments.ptr, gamma.ptr, sums.ptr, table, epsilon, ...axes(size),
      ),
    ); // prettier-ignore
  }

  /** Room for four numbers a group and channel. */
  #withTable({ groups, channels }: NormSize, use: (table: number) => void): void {
    const table = this.allocate(4 * groups * channels);
    use(table.ptr);
    this.free(table);
  }

  // ── the LSTM's gates ──────────────────────────────────────────────────────────────────────────────────────────────────

  lstmGates(states: B, zx: B, zh: B | undefined, c: B | undefined, keep: boolean, { rows, units }: GateSize): void {
    this.#wasm.lstmGates(this.#out(states), zx.ptr, zh?.ptr ?? 0, c?.ptr ?? 0, +keep, rows, units, 0, rows);
  }

  lstmGatesGrad(grads: B, dh: B, dc: B | undefined, states: B, c: B | undefined, { rows, units }: GateSize): void {
    const [dcPtr, cPtr] = [dc?.ptr ?? 0, c?.ptr ?? 0];
    this.#wasm.lstmGatesGrad(this.#out(grads), dh.ptr, dcPtr, states.ptr, cPtr, rows, units, 0, rows);
  }

  // ── optimizer updates ─────────────────────────────────────────────────────────────────────────────────────────────────

  sgd(w: B, velocity: B | undefined, g: B, { learningRate, momentum, nesterov }: SgdStep): void {
    this.#wasm.sgd(this.#out(w), velocity?.ptr ?? 0, g.ptr, learningRate, momentum, +nesterov, w.length);
  }

  adam(w: B, m: B, v: B, g: B, { alpha, beta1, beta2, epsilon }: AdamStep): void {
    this.#wasm.adam(this.#out(w), m.ptr, v.ptr, g.ptr, alpha, 1 - beta1, 1 - beta2, epsilon, w.length);
  }

  rmsprop(w: B, v: B, buffer: B | undefined, g: B, { learningRate, rho, momentum, epsilon }: RmspropStep): void {
    const [bufferPtr, rest] = [buffer?.ptr ?? 0, 1 - rho];
    this.#wasm.rmsprop(
      this.#out(w), v.ptr, bufferPtr, g.ptr, learningRate, rho, rest, momentum, epsilon, w.length,
    ); // prettier-ignore
  }
}

const axes = ({ outer, groups, inner, channels }: NormSize): [number, number, number, number] => [
  outer,
  groups,
  inner,
  channels,
];

/** With several filters a channel, a depthwise convolution is a grouped one: the kernels lie in memory alike. */
const asGroups = (size: DepthwiseConv2dSize): Conv2dSize => ({
  ...size,
  filters: size.channels * size.depthMultiplier,
  groups: size.channels,
});
