/** The default backend: hand-written WebAssembly SIMD kernels (assembly/) on their own memory. */
import { load, type WasmOptions } from "./module.js";
import type { Backend, Kernels } from "../../kernels.js";
import { batchNorm } from "./batchNorm.js";
import { conv2d } from "./conv2d.js";
import { depthwiseConv2d } from "./depthwiseConv2d.js";
import { elementwise } from "./elementwise.js";
import { gates } from "./gates.js";
import { gemm } from "./gemm.js";
import { Heap, type WasmBuffer } from "./heap.js";
import { move } from "./move.js";
import { optimize } from "./optimize.js";
import { pool as pool2d } from "./pool.js";
import { reduce } from "./reduce.js";
import { Runner, type Split } from "./runner.js";
import { Pool } from "./threads/pool.js";

export type { WasmBuffer } from "./heap.js";
export type { WasmOptions } from "./module.js";
export type { Split } from "./runner.js";

/** Ends the workers of backends that are used no more; so a pool must not hold the runner. */
const unused = new FinalizationRegistry<Pool>((pool) => pool.close());

/**
 * Makes a wasm backend.
 * @param split How a call's rows are split, in place of threads; by default all are computed at once. Results are the same to the bit.
 * @param least The least work that is split over threads, in multiply-adds; by default what is measured to pay.
 * @throws ArgumentError when the requested build does not run here.
 */
export function createWasmBackend(options: WasmOptions = {}, split?: Split, least?: number): Backend<WasmBuffer> {
  const loaded = load(split ? { ...options, threads: 1 } : options);
  const { name, memory, constants, host } = loaded;
  const heap = new Heap(memory, constants);
  const pool = host.threads > 1 ? new Pool(host, loaded, heap) : undefined;
  const run = new Runner(loaded, heap, split, pool, least);
  if (pool) unused.register(run, pool);
  const kernels: Kernels<WasmBuffer> = {
    ...move(run),
    ...elementwise(run),
    ...reduce(run),
    ...gemm(run),
    ...conv2d(run),
    ...depthwiseConv2d(run),
    ...pool2d(run),
    ...batchNorm(run),
    ...gates(run),
    ...optimize(run),
  };
  return {
    ...(pool ? measured(run, kernels) : kernels),

    name,
    allocate: (length, kind) => heap.allocate(length, kind === "weight"),
    free(buffer) {
      run.settle();
      if (buffer.bytes > 0) run.derived.release(buffer.root);
      heap.free(buffer);
    },
    view: ({ ptr, root }, offset, length) => ({ ptr: ptr + offset * 4, length, bytes: 0, isWeight: false, root }),
    write({ ptr }, values) {
      run.settle();
      heap.floats.set(values, ptr / 4);
    },
    // A copy: much of the web and of Node takes no views of shared memory.
    async read({ ptr, length }) {
      run.settle();
      return heap.floats.slice(ptr / 4, ptr / 4 + length);
    },
    memory: () => heap.info(name),
    computeAsync: (work) => run.computeAsync(work),
    info: () => ({
      backend: name,
      threads: pool?.threads ?? 1,
      reason: pool ? pool.reason : host.reason,
      started: !pool || pool.threads === 1 || pool.ready,
      shared: !(memory.buffer instanceof ArrayBuffer),
    }),
  };
}

type Kernel = (...args: readonly unknown[]) => void;

/** The same kernels, which tell the runner how much work they are. */
function measured(run: Runner, kernels: Kernels<WasmBuffer>): Kernels<WasmBuffer> {
  const entries = Object.entries(kernels).map(([name, kernel]: [string, unknown]) => [
    name,
    (...args: unknown[]) => run.kernel(args, () => (kernel as Kernel)(...args)),
  ]);
  return Object.fromEntries(entries) as Kernels<WasmBuffer>;
}
