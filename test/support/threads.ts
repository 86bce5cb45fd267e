// Backends with threads that split every call, however small.
import { createWasmBackend, type WasmOptions } from "../../src/backends/wasm/index.js";
import { beforeAll } from "vitest";
import type { Backend, Buffer } from "../../src/kernels.js";

export type Threaded = Backend<Buffer> & Required<Pick<Backend<Buffer>, "computeAsync" | "info">>;

/** A backend that is not started; `least`: the least work that is split. */
export const threadedBackend = (options: WasmOptions, least = 0): Threaded =>
  createWasmBackend(options, undefined, least) as unknown as Threaded;

/** Makes calls until the workers have started. */
export async function untilStarted(backend: Threaded): Promise<void> {
  const y = backend.allocate(1 << 20);
  for (let turn = 0; !backend.info().started; turn++) {
    if (turn > 2000) throw new Error(`the workers have not started: ${JSON.stringify(backend.info())}`);
    backend.fill(y, 1);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  backend.free(y);
}

/** A backend with one thread, and started ones with each of these numbers; for the tests that follow in a `describe`. */
export function comparedBackends(options: WasmOptions, counts: readonly number[]) {
  const several = counts.map((threads) => threadedBackend({ ...options, threads }));
  beforeAll(async () => {
    for (const backend of several) await untilStarted(backend);
  });
  return { one: threadedBackend({ ...options, threads: 1 }), several };
}
