/** Which backend computes: wasm unless another was set. */
import { createWasmBackend, type WasmOptions } from "./backends/wasm/index.js";
import { ArgumentError, checkOptions } from "./errors.js";
import type { Backend, Buffer, Kernels, MemoryInfo } from "./kernels.js";
import { launched, write } from "./launch.js";

export type { Buffer } from "./kernels.js";

/** A backend as the engine uses it: its memory, and its kernels behind the one door (see launch.ts). */
export interface AnyBackend extends Pick<Backend<Buffer>, "name" | "allocate" | "free" | "view" | "read" | "memory"> {
  readonly kernels: Kernels<Buffer>;
  /** Writes values from the host. */
  write(buffer: Buffer, values: ArrayLike<number>): void;
}

let current: AnyBackend | undefined;

/** The backend that new tensors live on; the first call starts wasm. */
export function getBackend(): AnyBackend {
  return (current ??= opened(createWasmBackend()));
}

/**
 * From here on new tensors live on `backend`, as `createReferenceBackend()` returns one. Tensors that exist stay where they are.
 * @throws ArgumentError for what is no backend.
 */
export async function setBackend(backend: object | Promise<object>): Promise<void> {
  current = opened(await backend);
}

/** By what was given: a backend that is set twice is one, so that tensors made on it meet. */
const openBackends = new WeakMap<object, AnyBackend>();

/** A backend behind the door. The engine treats buffers as opaque and hands each back to the backend that made it. */
function opened(given: object): AnyBackend {
  const known = openBackends.get(given);
  if (known) return known;
  const backend = given as Backend<Buffer>;
  if (typeof backend.allocate !== "function") {
    throw new ArgumentError("setBackend: expected a backend, as createReferenceBackend() returns it.");
  }
  const result: AnyBackend = {
    name: backend.name,
    kernels: launched(backend),
    allocate(length, kind) {
      const buffer = backend.allocate(length, kind);
      if (buffer.root) return buffer;
      throw new ArgumentError(`The backend "${backend.name}" gave a buffer without a root; see the type Backend.`);
    },
    free: (buffer) => backend.free(buffer),
    view: (buffer, offset, length) => backend.view(buffer, offset, length),
    write: (buffer, values) => write(backend, buffer, values),
    read: (buffer) => backend.read(buffer),
    memory: () => backend.memory(),
  };
  for (const key of [given, result]) openBackends.set(key, result);
  return result;
}

export interface InitOptions extends WasmOptions {
  /** The wasm build to use in place of the inlined ones, for hosts that cannot compile bytes. */
  wasm?: WebAssembly.Module | BufferSource | URL | string | Response;
}

const initOptions: readonly (keyof InitOptions)[] = ["wasm", "relaxed", "wide", "maxMemoryBytes"];

/**
 * Starts the wasm backend with options; needed only where the defaults do not do.
 * Tensors and layers made before stay on the backend that they were made on.
 * @throws ArgumentError for unknown options, or for `relaxed: true` where the engine lacks relaxed SIMD.
 */
export async function init(options: InitOptions = {}): Promise<void> {
  checkOptions("init", options, initOptions);
  const { wasm, ...rest } = options;
  current = opened(createWasmBackend(wasm === undefined ? rest : { ...rest, module: await compile(wasm) }));
}

async function compile(wasm: NonNullable<InitOptions["wasm"]>): Promise<WebAssembly.Module> {
  if (wasm instanceof WebAssembly.Module) return wasm;
  const source = typeof wasm === "string" || wasm instanceof URL ? await fetch(wasm) : wasm;
  return WebAssembly.compile(source instanceof Response ? await source.arrayBuffer() : source);
}

/** What is live on the current backend. */
export const memory = (): MemoryInfo => getBackend().memory();
