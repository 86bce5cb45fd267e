/** Choosing and starting one of the two builds of the kernels. */
import { packed } from "./binary.js";
import { ArgumentError, LoadError, shown } from "../../errors.js";
import type { Constants } from "./exports.js";
import { PAGE } from "./heap.js";
import { unpack } from "./unpack.js";

/** Options of the wasm backend. */
export interface WasmOptions {
  /**
   * Whether to use the build with relaxed SIMD (fused multiply-add); by default wherever the JavaScript engine supports
   * it.
   */
  relaxed?: boolean;
  /**
   * Whether to use matrix tiles for V8 with the flag --experimental-wasm-revectorize, which merges neighbouring vectors
   * into vectors of 256 bits, false by default. Slower without that flag. Needs the relaxed build.
   */
  wide?: boolean;
  /** The most memory that the backend may use, in bytes, 4 GiB by default. */
  maxMemoryBytes?: number;
  /** A compiled build to use instead of the inlined ones, which are compiled by default. */
  module?: WebAssembly.Module;
}

/** A started build. */
export interface Loaded {
  exports: WebAssembly.Exports;
  constants: Constants;
  memory: WebAssembly.Memory;
  /** The backend's name, such as "wasm (relaxed SIMD)". */
  name: string;
  /** Columns of a panel of the matrix kernel. */
  panel: number;
}

/**
 * Compiles and starts a build. Both builds import nothing but their memory.
 * @throws ArgumentError when an option is not allowed; LoadError when the kernels cannot be compiled.
 */
export function load(options: WasmOptions): Loaded {
  const module = choose(options);
  const most = Math.floor((options.maxMemoryBytes ?? 65536 * PAGE) / PAGE);
  if (!(most >= 2 && most <= 65536)) {
    throw new ArgumentError(
      `init: maxMemoryBytes ${shown(options.maxMemoryBytes)}; expected ${2 * PAGE} to ${65536 * PAGE} (4 GiB).`,
    );
  }
  const memory = new WebAssembly.Memory({ initial: 2, maximum: most });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const constants = readConstants(exports);
  if (options.wide && !constants.IS_RELAXED) throw new ArgumentError("init: wide: true needs the relaxed build.");
  const build = constants.IS_RELAXED ? (options.wide ? "relaxed SIMD, wide" : "relaxed SIMD") : "SIMD";
  return { exports, constants, memory, name: `wasm (${build})`, panel: options.wide ? 16 : 8 };
}

/** The constants that the module exports. @throws ArgumentError when a user's module is of another version. */
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
    if (WebAssembly.validate(bytes)) return compileKernels(bytes);
    if (options.relaxed) {
      throw new ArgumentError(
        "init: relaxed: true needs relaxed SIMD, which this engine lacks; leave it out, or start Node 20 with --experimental-wasm-relaxed-simd.",
      );
    }
  }
  return compileKernels(unpack(packed, false));
}

/** Compiles a build. @throws LoadError when the host refuses to, or the bytes are not WebAssembly that it knows. */
export function compileKernels(bytes: BufferSource): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    throw new LoadError(
      `The kernels cannot be compiled (${String(cause)}); allow 'wasm-unsafe-eval' in the content security policy, or pass init({ wasm: module }).`,
      { cause },
    );
  }
}
