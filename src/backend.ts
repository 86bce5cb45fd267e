/** Which backend computes: wasm unless another was set. */
import { createWasmBackend, type WasmOptions } from "./backends/wasm/index.js";
import { ArgumentError, checkOptions } from "./errors.js";
import type { Backend, MemoryInfo } from "./kernels.js";

/** A backend's memory, seen from above: a number of elements. */
export interface Buffer {
  readonly length: number;
}
export type AnyBackend = Backend<Buffer>;

let current: AnyBackend | undefined;

/** The backend that new tensors live on; the first call starts wasm. */
export function getBackend(): AnyBackend {
  return (current ??= asAny(createWasmBackend()));
}

/** From here on new tensors live on `backend`. Tensors that exist stay where they are. */
export async function setBackend(backend: object | Promise<object>): Promise<void> {
  const ready = await backend;
  if (typeof (ready as AnyBackend).allocate !== "function") {
    throw new ArgumentError("setBackend: expected a backend, as createReferenceBackend() or gpujs(...) return it.");
  }
  current = ready as AnyBackend;
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
  current = asAny(createWasmBackend(wasm === undefined ? rest : { ...rest, module: await compile(wasm) }));
}

async function compile(wasm: NonNullable<InitOptions["wasm"]>): Promise<WebAssembly.Module> {
  if (wasm instanceof WebAssembly.Module) return wasm;
  const source = typeof wasm === "string" || wasm instanceof URL ? await fetch(wasm) : wasm;
  return WebAssembly.compile(source instanceof Response ? await source.arrayBuffer() : source);
}

/** What is live on the current backend. */
export const memory = (): MemoryInfo => getBackend().memory();

/** The engine treats buffers as opaque and hands each back to the backend that made it, which `op` checks. */
const asAny = (backend: unknown): AnyBackend => backend as AnyBackend;
