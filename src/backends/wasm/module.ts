/** The compiled kernels: which of the two builds, and what they export. */
import { ArgumentError } from "../../errors.js";
import { plain, relaxedPieces } from "./binary.js";
import { PAGE } from "./heap.js";
import { fromPieces } from "./pieces.js";

type Numbers = number[];

/** What assembly/index.ts exports. Pointers are addresses in bytes, counts are elements. */
export type Exports = Record<
  | "fill" | "exp" | "log" | "sqrt" | "abs" | "sign" | "sigmoid" | "tanh" | "affine" | "clip"
  | "sigmoidGrad" | "tanhGrad" | "clipGrad" | "binary" | "copy" | "gather" | "gatherGrad"
  | "sum" | "max" | "argMax" | "softmax" | "softmaxGrad" | "logSoftmax" | "logSoftmaxGrad"
  | "gemm" | "gemmFewRows" | "packPanels" | "packPanelsTransposed" | "setPanelColumns"
  | "setWindow" | "conv2d" | "conv2dGradInput" | "conv2dGradFilter"
  | "depthwiseConv2d" | "depthwiseConv2dGradInput" | "depthwiseConv2dGradFilter" | "maxPool2d" | "maxPool2dGrad"
  | "moments" | "batchNorm" | "batchNormGradSums" | "batchNormGrad"
  | "lstmGates" | "lstmGatesGrad" | "sgd" | "adam" | "rmsprop",
  (...args: Numbers) => void
>; // prettier-ignore

export interface WasmOptions {
  /** Relaxed SIMD (fused multiply-add); by default wherever the engine has it. */
  relaxed?: boolean;
  /**
   * Tiles for V8 started with --experimental-wasm-revectorize, which merges neighbouring vectors into one of 256 bits.
   * Slower without that flag. Needs the relaxed build.
   */
  wide?: boolean;
  /** The most memory that the engine may take, in bytes; 4 GiB unless given. */
  maxMemoryBytes?: number;
  /** A compiled build in place of the inlined ones. */
  module?: WebAssembly.Module;
}

export interface Loaded {
  exports: Exports;
  memory: WebAssembly.Memory;
  /** "wasm (relaxed SIMD)" */
  name: string;
  /** Columns of a panel of the matrix kernel. */
  panelColumns: number;
}

/** Compiles and starts a build. Both import their memory alone. */
export function load(options: WasmOptions): Loaded {
  const { module, isRelaxed } = choose(options);
  const most = Math.floor((options.maxMemoryBytes ?? 65536 * PAGE) / PAGE);
  if (!(most >= 2 && most <= 65536)) {
    throw new ArgumentError(
      `init: maxMemoryBytes ${options.maxMemoryBytes}; expected ${2 * PAGE} (two pages) to ${65536 * PAGE} (4 GiB).`,
    );
  }
  const memory = new WebAssembly.Memory({ initial: 2, maximum: most });
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const exports = instance.exports as unknown as Exports;
  const panelColumns = options.wide ? 16 : 8;
  exports.setPanelColumns(panelColumns);
  const build = isRelaxed ? (options.wide ? "relaxed SIMD, wide" : "relaxed SIMD") : "SIMD";
  return { exports, memory, name: `wasm (${build})`, panelColumns };
}

function choose(options: WasmOptions): { module: WebAssembly.Module; isRelaxed: boolean } {
  if (options.module) return { module: options.module, isRelaxed: options.relaxed ?? false };
  if (options.relaxed !== false) {
    const bytes = decode(fromPieces(plain, relaxedPieces));
    if (WebAssembly.validate(bytes)) return { module: new WebAssembly.Module(bytes), isRelaxed: true };
    if (options.relaxed) {
      throw new ArgumentError(
        "init: relaxed: true, but this engine lacks relaxed SIMD; leave it out, or on Node 20 start with --experimental-wasm-relaxed-simd.",
      );
    }
  }
  if (options.wide) throw new ArgumentError("init: wide: true needs the relaxed build, which this engine cannot run.");
  return { module: new WebAssembly.Module(decode(plain)), isRelaxed: false };
}

const decode = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
