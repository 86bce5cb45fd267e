/** The default backend: hand-written WebAssembly SIMD kernels (assembly/) on their own memory. */
import { load, type Loaded, type WasmOptions } from "./module.js";
import type { Backend } from "../../kernels.js";
import { batchNorm } from "./batchNorm.js";
import { conv2d } from "./conv2d.js";
import { depthwiseConv2d } from "./depthwiseConv2d.js";
import { elementwise } from "./elementwise.js";
import { gates } from "./gates.js";
import { gemm } from "./gemm.js";
import { gradientKernels } from "./gradients/code.js";
import "./gradients/unbundled.js";
import { Heap, type WasmBuffer } from "./heap.js";
import { move } from "./move.js";
import { pool } from "./pool.js";
import { reduce } from "./reduce.js";
import { Runner, type Split } from "./runner.js";
import { loadThreads, type ThreadCode, threadCode } from "./threads/code.js";
import type { Sharing } from "./threads/sharing.js";
import "./threads/unbundled.js";
import "./wide/unbundled.js";

export type { WasmBuffer } from "./heap.js";
export type { WasmOptions } from "./module.js";
export type { Split } from "./runner.js";

/** The least work of a kernel that is split over threads, in multiply-adds: about 40 µs of one thread. */
const LEAST = 1e6;
/** Work that an element of a buffer may stand for. */
const MOST_PER_ELEMENT = 64;

/**
 * Makes a wasm backend.
 * @param split How a call's rows are split, in place of threads; by default all are computed at once. Results are the
 *   same to the bit.
 * @param least The least work that is split over threads, in multiply-adds; by default what is measured to pay.
 * @throws ArgumentError when the requested build does not run here.
 */
export const createWasmBackend = (options: WasmOptions = {}, split?: Split, least = LEAST): Backend<WasmBuffer> =>
  backendOf(load(split ? { ...options, threads: 1 } : options), options.winograd, split, least);

/** The backend of a started build. */
export function backendOf(loaded: Loaded, winograd = true, split?: Split, least = LEAST): Backend<WasmBuffer> {
  const { name, memory, constants, host } = loaded;
  const heap = new Heap(memory, constants);
  const run = new Runner(loaded, heap, split);
  const kernels = {
    ...move(run),
    ...elementwise(run),
    ...reduce(run),
    ...gemm(run),
    ...conv2d(run, { winograd }),
    ...depthwiseConv2d(run),
    ...pool(run),
    ...batchNorm(run),
    ...gates(run),
  };
  let sharing: Sharing | undefined;
  let failure: string | undefined;
  const share = (code: ThreadCode) => (run.sharer = sharing ??= new code.Sharing(run, heap, loaded, least));
  let loading: unknown;

  /** Loads the code of threads before the first large call, which this thread computes alone. */
  function prepare(args: readonly unknown[]): void {
    const sizes = (args as Partial<WasmBuffer>[]).map((arg) => (arg?.root ? arg.length! : 0));
    if (loading || Math.max(...sizes) * MOST_PER_ELEMENT < least) return;
    if (threadCode) share(threadCode);
    else loading = loadThreads().then(share, (error) => (failure = `their code was not loaded: ${String(error)}`));
  }

  type Kernel = (...args: readonly unknown[]) => void;
  const measured = (kernel: unknown) =>
    (...args: unknown[]) => {
      if (!sharing) prepare(args);
      if (sharing) sharing.kernel(args, () => (kernel as Kernel)(...args));
      else (kernel as Kernel)(...args);
    }; // prettier-ignore

  const shared = host.threads > 1;
  const ready = <T extends object>(some: T): T => (shared ? mapValues(some, measured) : some);
  let gradients: Record<PropertyKey, unknown> | undefined;
  /** The kernels that only training needs, once their code is loaded. */
  const later = (_: object, name: PropertyKey) =>
    (gradients ??= gradientKernels && ready<Record<PropertyKey, unknown>>(gradientKernels(run, { winograd })))?.[name];

  const backend = {
    ...ready(kernels),

    name,
    allocate: (length, kind) => heap.allocate(length, kind === "weight"),
    free(buffer) {
      sharing?.settle();
      if (buffer.bytes > 0) run.derived.release(buffer.root);
      heap.free(buffer);
    },
    view: ({ ptr, root }, offset, length) => ({ ptr: ptr + offset * 4, length, bytes: 0, isWeight: false, root }),
    write({ ptr }, values) {
      sharing?.settle();
      heap.floats.set(values, ptr / 4);
    },
    // A copy: much of the web and of Node takes no views of shared memory.
    async read({ ptr, length }) {
      sharing?.settle();
      return heap.floats.slice(ptr / 4, ptr / 4 + length);
    },
    memory: () => heap.info(name),
    computeAsync: async (work) => (sharing ? sharing.computeAsync(work) : work()),
    info() {
      const reason = failure ?? sharing?.pool.reason ?? host.reason;
      const threads = failure ? 1 : (sharing?.pool.threads ?? host.threads);
      return { backend: name, threads, reason, started: threads === 1 || !!sharing?.pool.ready, shared };
    },
  } satisfies Partial<Backend<WasmBuffer>>;
  return Object.setPrototypeOf(backend, new Proxy({}, { get: later })) as Backend<WasmBuffer>;
}

const mapValues = <T extends object>(object: T, change: (value: unknown) => unknown) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)])) as T;
