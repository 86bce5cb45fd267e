/** The default backend: hand-written WebAssembly SIMD kernels (assembly/) on their own memory. */
import { load, type WasmOptions } from "./module.js";
import type { Backend } from "../../kernels.js";
import { batchNorm } from "./batchNorm.js";
import { conv2d } from "./conv2d.js";
import { depthwiseConv2d } from "./depthwiseConv2d.js";
import { elementwise } from "./elementwise.js";
import { gates } from "./gates.js";
import { gemm } from "./gemm.js";
import { Heap, type WasmBuffer } from "./heap.js";
import { move } from "./move.js";
import { optimize } from "./optimize.js";
import { pool } from "./pool.js";
import { reduce } from "./reduce.js";
import { Runner, type Split } from "./runner.js";

export type { WasmBuffer } from "./heap.js";
export { compileKernels, type WasmOptions } from "./module.js";
export type { Split } from "./runner.js";

/**
 * Makes a wasm backend.
 * @param split How a call's rows are split; by default all are computed at once. Results are the same to the bit.
 * @throws ArgumentError when the requested build does not run here.
 */
export function createWasmBackend(options: WasmOptions = {}, split?: Split): Backend<WasmBuffer> {
  const loaded = load(options);
  const { name, memory, constants } = loaded;
  const heap = new Heap(memory, constants);
  const run = new Runner(loaded, heap, split);
  return {
    ...move(run),
    ...elementwise(run),
    ...reduce(run),
    ...gemm(run),
    ...conv2d(run),
    ...depthwiseConv2d(run),
    ...pool(run),
    ...batchNorm(run),
    ...gates(run),
    ...optimize(run),

    name,
    allocate: (length, kind) => heap.allocate(length, kind === "weight"),
    free(buffer) {
      if (buffer.bytes > 0) run.derived.release(buffer.root);
      heap.free(buffer);
    },
    view: ({ ptr, root }, offset, length) => ({ ptr: ptr + offset * 4, length, bytes: 0, isWeight: false, root }),
    write: ({ ptr }, values) => heap.floats.set(values, ptr / 4),
    read: async ({ ptr, length }) => heap.floats.slice(ptr / 4, ptr / 4 + length),
    memory: () => heap.info(name),
  };
}
