/** Matrix products and convolutions: operands packed, blocks chosen, epilogues applied. */
import type { Epilogue, EpilogueActivation } from "../../kernels.js";
import type { Conv2dSize, DepthwiseConv2dSize, GemmSize, WindowSize } from "../../shape.js";
import type { Heap, WasmBuffer } from "./heap.js";
import type { Loaded } from "./module.js";

/** As in assembly/gemm.ts: the depth and height of the blocks. */
const DEPTH = 512;
const ROWS = 192;
/** Below so many rows of a, packing b costs more than it saves. */
const FEW_ROWS = 5;
/** b as large as this (in floats) is packed for one product; smaller ones stay in the first cache as they are. */
const SMALL = 2048;

const bounds: Record<EpilogueActivation, [number, number]> = {
  linear: [-Infinity, Infinity],
  relu: [0, Infinity],
  relu6: [0, 6],
  sigmoid: [-Infinity, Infinity],
  tanh: [-Infinity, Infinity],
};

export class Matrix {
  readonly #panelColumns: number;

  constructor(
    readonly wasm: Loaded["exports"],
    readonly heap: Heap,
    { panelColumns }: Loaded,
  ) {
    this.#panelColumns = panelColumns;
  }

  gemm(c: number, a: WasmBuffer, b: WasmBuffer, size: GemmSize, epilogue: Epilogue<WasmBuffer>): void {
    const { m, n, k } = size;
    if (k === 0) return this.#startRows(c, size.batch * m, n, epilogue.bias);
    for (let i = 0; i < size.batch; i++) {
      const aPtr = a.ptr + i * size.aBatchStride * 4;
      const bPtr = b.ptr + i * size.bBatchStride * 4;
      const from: Operand = { ptr: bPtr, rowBytes: (size.transB ? k : n) * 4, k, n, transposed: size.transB };
      if (m < FEW_ROWS && !size.transB && size.batch === 1) this.#fewRows(c, aPtr, bPtr, size, epilogue);
      else this.#product(c + i * m * n * 4, aPtr, size.transA ? m : k, size.transA, b, from, m, epilogue);
    }
    this.#finish(c, size.batch * m * n, epilogue.activation);
  }

  #product(
    c: number,
    a: number,
    aRow: number,
    transA: boolean,
    b: WasmBuffer,
    from: Operand,
    m: number,
    { bias, activation = "linear" }: Epilogue<WasmBuffer>,
  ): void {
    const { n, k } = from;
    const [low, high] = bounds[activation];
    const inPlace = !from.transposed && n * k <= SMALL && !b.isWeight;
    this.#withPanels(b, from, inPlace, (panels) => {
      const ldb = inPlace ? from.rowBytes : 0;
      this.wasm.gemm(c, a, panels, bias?.ptr ?? 0, n, k, +transA, aRow * 4, ldb, low, high, 0, m);
    });
  }

  /** b is read once, in order, so that packing it would only cost. */
  #fewRows(
    c: number,
    a: number,
    b: number,
    size: GemmSize,
    { bias, activation = "linear" }: Epilogue<WasmBuffer>,
  ): void {
    const { m, n, k, transA } = size;
    const [low, high] = bounds[activation];
    this.#startRows(c, m, n, bias);
    this.wasm.gemmFewRows(c, a, b, m, n, k, transA ? 4 : k * 4, transA ? m * 4 : 4);
    if (low !== -Infinity) this.wasm.clip(c, c, low, high, m * n);
  }

  /** c = the bias in every row, or zeros. */
  #startRows(c: number, m: number, n: number, bias: WasmBuffer | undefined): void {
    if (!bias) this.wasm.fill(c, 0, m * n);
    else this.wasm.copy(c, bias.ptr, 1, 1, m, n, 0, 0, n, 1, 0, 0, 0, 1);
  }

  #finish(y: number, length: number, activation: EpilogueActivation | undefined): void {
    if (activation === "sigmoid") this.wasm.sigmoid(y, y, length);
    else if (activation === "tanh") this.wasm.tanh(y, y, length);
  }

  /** Hands `use` the operand in panels. A weight's panels are kept until the weight changes, others are given back. */
  #withPanels(b: WasmBuffer, from: Operand, inPlace: boolean, use: (panels: number) => void): void {
    if (inPlace) return use(from.ptr);
    const columns = this.#panelColumns;
    const bytes = Math.ceil(from.n / columns) * columns * from.k * 4;
    if (!b.isWeight) {
      return this.#withScratch(bytes, (panels) => {
        this.#pack(panels, from);
        use(panels);
      });
    }
    const key = `${from.ptr - b.ptr} ${from.rowBytes} ${from.k} ${from.n} ${from.transposed}`;
    const packs = (b.packs ??= new Map());
    let pack = packs.get(key);
    if (!pack) packs.set(key, (pack = { ptr: this.heap.take(round32(bytes)), bytes: round32(bytes), fresh: false }));
    if (!pack.fresh) {
      this.#pack(pack.ptr, from);
      pack.fresh = true;
    }
    use(pack.ptr);
  }

  #pack(panels: number, { ptr, rowBytes, k, n, transposed }: Operand): void {
    if (transposed) this.wasm.packPanelsTransposed(panels, ptr, rowBytes, k, n);
    else this.wasm.packPanels(panels, ptr, rowBytes, k, n);
  }

  #withScratch(bytes: number, use: (ptr: number) => void): void {
    const whole = round32(bytes);
    const ptr = this.heap.take(whole);
    try {
      use(ptr);
    } finally {
      this.heap.give(ptr, whole);
    }
  }

  setWindow(s: WindowSize, groupChannels: number): void {
    this.wasm.setWindow(
      s.height, s.width, s.channels, s.kernelHeight, s.kernelWidth, s.strideHeight, s.strideWidth,
      s.dilationHeight, s.dilationWidth, s.padTop, s.padLeft, s.outHeight, s.outWidth, groupChannels,
    ); // prettier-ignore
  }

  conv2d(y: number, x: WasmBuffer, kernel: WasmBuffer, s: Conv2dSize, epilogue: Epilogue<WasmBuffer>): void {
    const { bias, activation = "linear" } = epilogue;
    const [low, high] = bounds[activation];
    const v = convView(s);
    const rows = s.batch * s.outHeight * s.outWidth;
    if (isPointwise(s)) {
      const from: Operand = { ptr: kernel.ptr, rowBytes: s.filters * 4, k: v.k, n: s.filters, transposed: false };
      this.#product(y, x.ptr, s.channels, false, kernel, from, rows, epilogue);
      return this.#finish(y, rows * s.filters, activation);
    }
    this.setWindow(s, v.groupChannels);
    this.#withScratch((ROWS * DEPTH + 8) * 4, (block) => {
      for (let g = 0; g < s.groups; g++) {
        const shift = g * v.groupFilters * 4;
        const from: Operand = {
          ptr: kernel.ptr + shift, rowBytes: s.filters * 4, k: v.k, n: v.groupFilters, transposed: false,
        }; // prettier-ignore
        this.#withPanels(kernel, from, false, (panels) => {
          this.wasm.conv2d(
            y + shift, s.filters * 4, x.ptr + g * v.groupChannels * 4, panels,
            bias ? bias.ptr + shift : 0, block, v.groupFilters, v.k, low, high, 0, rows,
          ); // prettier-ignore
        });
      }
    });
    this.#finish(y, rows * s.filters, activation);
  }

  conv2dGradInput(dx: number, dy: WasmBuffer, kernel: WasmBuffer, s: Conv2dSize): void {
    const v = convView(s);
    const rows = s.batch * s.outHeight * s.outWidth;
    if (isPointwise(s)) {
      const from: Operand = { ptr: kernel.ptr, rowBytes: s.filters * 4, k: s.filters, n: s.channels, transposed: true };
      return this.#product(dx, dy.ptr, s.filters, false, kernel, from, rows, {});
    }
    this.setWindow(s, v.groupChannels);
    this.wasm.fill(dx, 0, s.batch * s.height * s.width * s.channels);
    this.#withScratch((ROWS * DEPTH + 8) * 4, (block) => {
      for (let g = 0; g < s.groups; g++) {
        const shift = g * v.groupFilters * 4;
        const from: Operand = {
          ptr: kernel.ptr + shift, rowBytes: s.filters * 4, k: v.groupFilters, n: v.k, transposed: true,
        }; // prettier-ignore
        this.#withPanels(kernel, from, false, (panels) => {
          this.wasm.conv2dGradInput(
            dx + g * v.groupChannels * 4, dy.ptr + shift, s.filters * 4, panels, block,
            v.groupFilters, v.k, 0, rows,
          ); // prettier-ignore
        });
      }
    });
  }

  conv2dGradFilter(dKernel: number, x: WasmBuffer, dy: WasmBuffer, s: Conv2dSize): void {
    const v = convView(s);
    const rows = s.batch * s.outHeight * s.outWidth;
    const panelBytes = Math.ceil(v.groupFilters / this.#panelColumns) * this.#panelColumns * ROWS * 4;
    this.setWindow(s, v.groupChannels);
    this.#withScratch((ROWS * DEPTH + 8) * 4, (block) =>
      this.#withScratch(panelBytes, (panels) => {
        for (let g = 0; g < s.groups; g++) {
          const shift = g * v.groupFilters * 4;
          this.wasm.conv2dGradFilter(
            dKernel + shift, s.filters * 4, x.ptr + g * v.groupChannels * 4, dy.ptr + shift, s.filters * 4,
            block, panels, v.groupFilters, 0, v.k, 0, rows, 0,
          ); // prettier-ignore
        }
      }),
    );
  }

  depthwiseConv2d(
    y: number,
    x: WasmBuffer,
    kernel: WasmBuffer,
    s: DepthwiseConv2dSize,
    { bias, activation = "linear" }: Epilogue<WasmBuffer>,
  ): void {
    const [low, high] = bounds[activation];
    this.setWindow(s, s.channels);
    this.wasm.depthwiseConv2d(y, x.ptr, kernel.ptr, bias?.ptr ?? 0, low, high, 0, s.batch * s.outHeight);
    this.#finish(y, s.batch * s.outHeight * s.outWidth * s.channels, activation);
  }

  depthwiseConv2dGradInput(dx: number, dy: WasmBuffer, kernel: WasmBuffer, s: DepthwiseConv2dSize): void {
    if (s.strideHeight !== 1 || s.strideWidth !== 1) {
      this.setWindow(s, s.channels);
      return this.wasm.depthwiseConv2dGradInput(dx, dy.ptr, kernel.ptr, 0, s.batch * s.height);
    }
    // The adjoint of a stride of 1 is the convolution with the kernel turned by half a circle.
    const [taps, c] = [s.kernelHeight * s.kernelWidth, s.channels];
    this.#withScratch(taps * c * 4, (turned) => {
      this.wasm.copy(turned, kernel.ptr + (taps - 1) * c * 4, 1, 1, taps, c, 0, 0, c, 1, 0, 0, -c, 1);
      const padTop = s.dilationHeight * (s.kernelHeight - 1) - s.padTop;
      const padLeft = s.dilationWidth * (s.kernelWidth - 1) - s.padLeft;
      const out = { height: s.outHeight, width: s.outWidth, outHeight: s.height, outWidth: s.width };
      this.setWindow({ ...s, ...out, padTop, padLeft }, c);
      this.wasm.depthwiseConv2d(dx, dy.ptr, turned, 0, -Infinity, Infinity, 0, s.batch * s.height);
    });
  }
}

/** A matrix b [k, n] as it lies in memory; transposed: stored [n, k]. */
interface Operand {
  ptr: number;
  rowBytes: number;
  k: number;
  n: number;
  transposed: boolean;
}

const round32 = (bytes: number): number => Math.ceil(bytes / 32) * 32;

const convView = (s: Conv2dSize) => ({
  groupChannels: s.channels / s.groups,
  groupFilters: s.filters / s.groups,
  k: (s.kernelHeight * s.kernelWidth * s.channels) / s.groups,
});

/** Whether the convolution is a plain matrix product over the pixels. */
const isPointwise = (s: Conv2dSize): boolean =>
  s.kernelHeight === 1 && s.kernelWidth === 1 && s.strideHeight === 1 && s.strideWidth === 1 && s.groups === 1;
