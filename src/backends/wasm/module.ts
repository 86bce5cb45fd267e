/** Choosing and starting one of the builds of the kernels. */
import { packed } from "./binary.js";
import { ArgumentError, LoadError, shown } from "../../errors.js";
import type { Constants } from "./exports.js";
import { PAGE } from "./heap.js";
import { type HostThreads, hostThreads, type ThreadOptions } from "./threads/host.js";
import { unpack } from "./unpack.js";
import { needWide } from "./wide/code.js";

/** Options of the wasm backend. */
export interface WasmOptions extends ThreadOptions {
  /**
   * Whether to use the build with relaxed SIMD (fused multiply-add); by default wherever the JavaScript engine supports
   * it.
   */
  relaxed?: boolean;
  /**
   * Whether to use the build for V8 with the flag --experimental-wasm-revectorize, which merges neighbouring vectors into
   * vectors of 256 bits, false by default. Slower without that flag. Needs relaxed SIMD. `init` loads this build when it is
   * first asked for; `zoetrope/kernels-wide.wasm` is the same as a file.
   */
  wide?: boolean;
  /**
   * Whether 3x3 convolutions of stride 1 may be computed by Winograd's minimal filtering, true by default: two to three
   * times as fast, with other rounding errors (docs/convolution.md).
   */
  winograd?: boolean;
  /** The most memory that the backend may use, in bytes, 4 GiB by default. */
  maxMemoryBytes?: number;
  /** A build to use instead of the inlined ones, which are used by default: compiled, or as bytes. */
  module?: WebAssembly.Module | BufferSource;
}

/** A started build. */
export interface Loaded {
  exports: WebAssembly.Exports;
  constants: Constants;
  memory: WebAssembly.Memory;
  module: WebAssembly.Module;
  /** The threads that can be had; several only on shared memory. */
  host: HostThreads;
  /** The backend's name, such as "wasm (relaxed SIMD)". */
  name: string;
}

/**
 * Compiles and starts a build. All builds import nothing but their memory, which is shared where there are threads.
 * @throws ArgumentError when an option is not allowed; LoadError when the kernels cannot be compiled.
 */
export function load(options: WasmOptions): Loaded {
  const most = Math.floor((options.maxMemoryBytes ?? 65536 * PAGE) / PAGE);
  if (!(most >= 2 && most <= 65536)) {
    throw new ArgumentError(
      `init: maxMemoryBytes ${shown(options.maxMemoryBytes)}; expected ${2 * PAGE} to ${65536 * PAGE} (4 GiB).`,
    );
  }
  if (![undefined, true, false].includes(options.winograd)) {
    throw new ArgumentError(`init: winograd ${shown(options.winograd)}; expected true or false.`);
  }
  let host = hostThreads(options);
  const oneThread = (reason: string) => (host = { ...host, threads: 1, reason });
  let memory = host.threads > 1 ? sharedMemory(most) : undefined;
  if (host.threads > 1 && !memory) oneThread("the host gives no shared memory");
  const module = choose(options, !!memory);
  let instance = memory && instantiate(module, memory);
  if (!instance) {
    if (memory) {
      // A module that a user compiled, for memory that is not shared.
      const advice = "the given wasm module is for one thread; pass one of the files that end in -shared.wasm";
      if (options.threads! > 1) throw new ArgumentError(`init: threads: ${options.threads}, but ${advice}.`);
      oneThread(advice);
    }
    memory = new WebAssembly.Memory({ initial: 2, maximum: most });
    instance = instantiate(module, memory);
  }
  if (!instance) {
    throw new ArgumentError(
      `init: the wasm module is for several threads, but there is one${host.reason ? ` (${host.reason})` : ""}; pass a file that does not end in -shared.wasm.`,
    );
  }
  const { exports } = instance;
  const constants = readConstants(exports);
  const isWide = constants.PANEL > 8;
  if (options.wide && !isWide)
    throw new ArgumentError(
      "init: wide: true, but the wasm module is of another build; pass zoetrope/kernels-wide.wasm.",
    );
  const build = constants.IS_RELAXED ? (isWide ? "relaxed SIMD, wide" : "relaxed SIMD") : "SIMD";
  return { module, exports, constants, memory: memory!, host, name: `wasm (${build})` };
}

/** Starts a module; undefined where its memory is of the other kind. */
function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): WebAssembly.Instance | undefined {
  try {
    return new WebAssembly.Instance(module, { env: { memory } });
  } catch (error) {
    if ((error as Error).name === "LinkError") return undefined;
    throw error;
  }
}

/** Memory of at most `most` pages. Some hosts reserve all of it at once and refuse 4 or 2 GiB; undefined where none can be had. */
function sharedMemory(most: number): WebAssembly.Memory | undefined {
  for (const pages of [65536, 32768, 16384, 8192]) {
    try {
      return new WebAssembly.Memory({ initial: 2, maximum: Math.min(most, pages), shared: true });
    } catch {
      // Less.
    }
  }
  return undefined;
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

function choose({ module, relaxed, wide }: WasmOptions, shared: boolean): WebAssembly.Module {
  if (module && "byteLength" in module) return compileKernels(withMemory(module, shared));
  if (module) return module;
  if (wide && relaxed === false) throw new ArgumentError("init: wide: true needs the relaxed build.");
  if (relaxed !== false) {
    const build = unpack(packed, true);
    const bytes = withMemory(wide ? needWide().wideBuild(build) : build, shared);
    if (WebAssembly.validate(bytes)) return compileKernels(bytes);
    if (relaxed || wide) {
      throw new ArgumentError(
        `init: ${wide ? "wide" : "relaxed"}: true needs relaxed SIMD, which this engine lacks; leave it out, or start Node 20 with --experimental-wasm-relaxed-simd.`,
      );
    }
  }
  return compileKernels(withMemory(unpack(packed, false), shared));
}

/**
 * A copy of a build for shared memory, or for memory of one thread. They differ in one byte: the flags of the limits of the imported memory,
 * after the import's name and kind. Other modules are left as they are.
 */
function withMemory(source: BufferSource, shared: boolean): Uint8Array<ArrayBuffer> {
  const bytes = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice()
    : new Uint8Array(source).slice();
  const name = [6, 109, 101, 109, 111, 114, 121, 2]; // the length of "memory", its letters, and the kind
  const at = bytes.findIndex((_, i) => name.every((byte, j) => bytes[i + j] === byte));
  if (at >= 0) bytes[at + name.length] = shared ? 3 : 1;
  return bytes as Uint8Array<ArrayBuffer>;
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
