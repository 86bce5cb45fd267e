/** The current backend: wasm by default. */
import { createWasmBackend, type WasmOptions } from "./backends/wasm/index.js";
import { loadWide } from "./backends/wasm/wide/code.js";
import { ArgumentError, checkOptions } from "./errors.js";
import type { Backend, BackendInfo, Buffer, Kernels, MemoryInfo } from "./kernels.js";
import { lacking, withLaunch, write } from "./launch.js";
import { Slot } from "./slot.js";

export type { Buffer } from "./kernels.js";

/** A backend as the engine uses it: its memory and its kernels, which are called through `launch` (see launch.ts). */
export interface AnyBackend extends Pick<Backend<Buffer>, "name" | "allocate" | "free" | "view" | "read" | "memory"> {
  /** All kernels; a call goes through `launch`. */
  readonly kernels: Kernels<Buffer>;
  /** The number of buffers that hold what the engine derives from weights; `memory` counts their bytes, but not them. */
  numDerived: number;
  /** Writes values from the host; a function is called for them, by a recorder when the record runs. */
  write(buffer: Buffer, values: ArrayLike<number> | (() => ArrayLike<number>)): void;
  /** See `Backend.computeAsync`; a backend without it computes at once. */
  computeAsync(work: () => void): Promise<void>;
  /** How the backend computes. */
  info(): BackendInfo;
}

let current: AnyBackend | undefined;

/** The backend that new tensors are made on. The first call starts wasm. */
export function getBackend(): AnyBackend {
  return (current ??= openBackend(createWasmBackend()));
}

/**
 * Makes `backend` the one that new tensors are made on. Existing tensors stay on theirs; an op takes tensors of one
 * backend only.
 *
 * @param backend A backend (see the type `Backend`), or a promise of one.
 * @throws ArgumentError when `backend` is not a backend.
 * @example
 * import { createReferenceBackend } from "zoetrope/reference";
 * await setBackend(createReferenceBackend({ precision: "float64" }));
 */
export async function setBackend(backend: object | Promise<object>): Promise<void> {
  current = openBackend(await backend);
}

/** The backends by the objects that users set, so that an object that is set twice gives the same backend. */
const openBackends = new WeakMap<object, AnyBackend>();

/** A backend as the engine uses it. Buffers are opaque to the engine: each is passed to the backend that made it. */
function openBackend(given: object): AnyBackend {
  const known = openBackends.get(given);
  if (known) return known;
  const backend = given as Backend<Buffer>;
  if (typeof backend.allocate !== "function") {
    throw new ArgumentError("setBackend: expected a backend, as createReferenceBackend() returns it.");
  }
  const own: AnyBackend = {
    name: backend.name,
    numDerived: 0,
    kernels: withLaunch(backend),
    allocate(length, kind) {
      const buffer = backend.allocate(length, kind);
      if (buffer.root) return buffer;
      throw lacking(backend.name, "the root of a buffer");
    },
    free(given) {
      const buffer = given instanceof Slot ? given.real : given; // a slot may not have got memory yet
      given.root.isFreed = true;
      if (!buffer) return;
      buffer.root.isFreed = true;
      backend.free(buffer);
    },
    view: (buffer, offset, length) => backend.view(buffer, offset, length),
    write: (buffer, values) => write(backend, buffer, typeof values === "function" ? values() : values),
    read: (buffer) => backend.read(buffer),
    memory() {
      const { buffers, ...info } = backend.memory();
      return { ...info, buffers: buffers - own.numDerived };
    },
    computeAsync: async (work) => (backend.computeAsync ? backend.computeAsync(work) : work()),
    info: () => backend.info?.() ?? { backend: backend.name, threads: 1, started: true, shared: false },
  };
  const result = withDoor(own);
  for (const key of [given, result]) openBackends.set(key, result);
  return result;
}

// ── recording ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The backend whose calls are recorded at present, and what records them. */
let recording: { of: AnyBackend; by: Recordable } | undefined;

/** What of a backend can be recorded: memory, and all calls that read or write it. */
export type Recordable = Pick<AnyBackend, "kernels" | "allocate" | "free" | "view" | "write" | "read">;

/** The backend as tensors hold it: its calls go to `real`, or to what records them. */
function withDoor(real: AnyBackend): AnyBackend {
  const get = (_: object, name: keyof Recordable) => (recording?.of === door && recording.by[name]) || real[name]; // what is not recorded, such as `info`, is real
  const door = new Proxy(real, { get } as ProxyHandler<AnyBackend>);
  return door;
}

/** @internal Runs work while `by` takes all calls of the backend `of`. */
export function recordedBy<T>(of: AnyBackend, by: Recordable, work: () => T): T {
  const outer = recording;
  recording = { of, by };
  try {
    return work();
  } finally {
    recording = outer;
  }
}

/** @internal Whether the calls of a backend are recorded at present. */
export const isRecorded = (backend: AnyBackend): boolean => recording?.of === backend;

/**
 * @internal The buffer with which the calls of now work: of a slot of a recording that has run, its memory.
 * @throws ArgumentError where the recording has not run.
 */
export function bufferNow(buffer: Buffer): Buffer {
  const now = buffer instanceof Slot ? (buffer.real ?? (recording && buffer)) : buffer;
  if (now) return now;
  throw new ArgumentError("A tensor of a running predict or fit; await that first.");
}

/** @internal Runs work whose new tensors are made on `backend`, which need not be one that users set. */
export function withBackend<T>(backend: AnyBackend, work: () => T): T {
  const outer = current;
  current = backend;
  try {
    return work();
  } finally {
    current = outer;
  }
}

/** Options of `init`. */
export interface InitOptions extends WasmOptions {
  /**
   * A wasm build to use instead of the inlined ones, as a module, bytes or an address: `zoetrope/kernels.wasm` (plain),
   * `zoetrope/kernels-relaxed.wasm` or `zoetrope/kernels-wide.wasm`, which are recognized. For hosts that cannot compile bytes. The inlined ones by
   * default. A module, which is compiled already, is for one thread, or for several if the file ends in `-shared.wasm`.
   */
  wasm?: WebAssembly.Module | BufferSource | URL | string | Response;
}

const initOptions: readonly (keyof InitOptions)[] = [
  "wasm",
  "relaxed",
  "wide",
  "winograd",
  "maxMemoryBytes",
  "threads",
  "worker",
];

/**
 * Starts a wasm backend with options and makes it the current one. Without `init`, the first tensor starts one with the
 * defaults. Existing tensors and layers stay on their backend.
 *
 * @throws ArgumentError when an option is unknown or not allowed, or `relaxed: true` is passed where the JavaScript
 * engine lacks relaxed SIMD; LoadError when the kernels cannot be compiled, or the wide build cannot be loaded.
 * @example
 * await init({ maxMemoryBytes: 2 ** 30 });
 */
export async function init(options: InitOptions = {}): Promise<void> {
  checkOptions("init", options, initOptions);
  const { wasm, ...rest } = options;
  if (rest.wide && wasm === undefined) await loadWide();
  current = openBackend(createWasmBackend(wasm === undefined ? rest : { ...rest, module: await sourceOf(wasm) }));
}

async function sourceOf(wasm: NonNullable<InitOptions["wasm"]>): Promise<WebAssembly.Module | BufferSource> {
  // By its tag, as a module of another realm (a frame, node:vm) is no instance of the class here.
  if (wasm[Symbol.toStringTag as never] === "WebAssembly.Module") return wasm as WebAssembly.Module;
  const source = typeof wasm === "string" || wasm instanceof URL ? await fetch(wasm) : wasm;
  return source instanceof Response ? source.arrayBuffer() : (source as BufferSource);
}

/**
 * Gives the state of the current backend's memory: the number of buffers, and the bytes used and reserved.
 *
 * @example
 * console.log(memory().usedBytes);
 */
export const memory = (): MemoryInfo => getBackend().memory();

/**
 * Says how the current backend computes: its build, on how many threads, and why not on more.
 *
 * @example
 * const { backend, threads, reason } = info(); // "wasm (relaxed SIMD)", 8, undefined
 */
export const info = (): BackendInfo => getBackend().info();
