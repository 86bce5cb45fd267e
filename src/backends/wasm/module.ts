/** The compiled kernels: which of the two builds, and what they export. */
import { ArgumentError } from "../../errors.js";
import { packed } from "./binary.js";
import type { Constants } from "./exports.js";
import { PAGE } from "./heap.js";
import { unpack } from "./unpack.js";

export interface WasmOptions {
  /** Relaxed SIMD (fused multiply-add); by default wherever the engine has it. */
  relaxed?: boolean;
  /**
   * Tiles for V8 started with --experimental-wasm-revectorize, which merges neighbouring vectors into one of 256 bits.
   * Slower without that flag. Needs the relaxed build.
   */
  wide?: boolean;
  /** The most memory that the engine may take, in bytes; 4 GiB by default. */
  maxMemoryBytes?: number;
  /** A compiled build in place of the inlined ones. */
  module?: WebAssembly.Module;
}

export interface Loaded {
  exports: WebAssembly.Exports;
  constants: Constants;
  memory: WebAssembly.Memory;
  /** "wasm (relaxed SIMD)" */
  name: string;
  /** Columns of a panel of the matrix kernel. */
  panel: number;
}

/** Compiles and starts a build. Both import their memory alone. */
export function load(options: WasmOptions): Loaded {
  const module = choose(options);
  const most = Math.floor((options.maxMemoryBytes ?? 65536 * PAGE) / PAGE);
  if (!(most >= 2 && most <= 65536)) {
    throw new ArgumentError(
      `init: maxMemoryBytes ${options.maxMemoryBytes}; expected ${2 * PAGE} (two pages) to ${65536 * PAGE} (4 GiB).`,
    );
  }
  const memory = new WebAssembly.Memory({ initial: 2, maximum: most });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const constants = readConstants(exports);
  if (options.wide && !constants.IS_RELAXED) throw new ArgumentError("init: wide: true needs the relaxed build.");
  const build = constants.IS_RELAXED ? (options.wide ? "relaxed SIMD, wide" : "relaxed SIMD") : "SIMD";
  return { exports, constants, memory, name: `wasm (${build})`, panel: options.wide ? 16 : 8 };
}

/** What the module exports beside functions. @throws ArgumentError where a module of the user's is of another version. */
function readConstants(exports: WebAssembly.Exports): Constants {
  const constants = Object.fromEntries(
    Object.entries(exports).map(([name, value]) => [name, (value as WebAssembly.Global).value]),
  ) as unknown as Constants;
  if (constants.ROWS) return constants;
  throw new ArgumentError(
    "init: the wasm module is not a build of this version's kernels; pass one of this package's.",
  );
}

function choose(options: WasmOptions): WebAssembly.Module {
  if (options.module) return options.module;
  if (options.relaxed !== false) {
    const bytes = unpack(packed, true);
    if (WebAssembly.validate(bytes)) return new WebAssembly.Module(bytes);
    if (options.relaxed) {
      throw new ArgumentError(
        "init: relaxed: true, but this engine lacks relaxed SIMD; leave it out, or on Node 20 start with --experimental-wasm-relaxed-simd.",
      );
    }
  }
  if (options.wide) throw new ArgumentError("init: wide: true needs the relaxed build, which this engine cannot run.");
  return new WebAssembly.Module(unpack(packed, false));
}
