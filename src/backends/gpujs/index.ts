/**
 * The beginnings of a GPU backend: some kernels of the contract as gpu.js shaders (subpath `zoetrope/gpujs`). It is not
 * a backend yet and cannot be passed to `setBackend`. It has matrix products, the LSTM's gates and batch normalization,
 * with their gradients, which shows that shaders can fulfil the contract. Every kernel's result is copied back to the
 * host, so that only gpu.js's synchronous modes work.
 */
import { GPU } from "gpu.js";
import { ArgumentError, checkOptions, shown } from "../../errors.js";
import type { Kernels } from "../../kernels.js";
import { batchNorm } from "./batchNorm.js";
import type { GpujsBuffer } from "./buffer.js";
import { gemm } from "./gemm.js";
import { lstmGates } from "./lstmGates.js";
import { shaderRunner } from "./shader.js";

export { type GpujsBuffer, gpujsBuffer, gpujsView } from "./buffer.js";

/** The kernels of the contract that exist as shaders so far. */
export type GpujsKernels = Pick<
  Kernels<GpujsBuffer>,
  "gemm" | "lstmGates" | "lstmGatesGrad" | "moments" | "batchNorm" | "batchNormGradSums" | "batchNormGrad"
>;

/** Options of `gpujsKernels`. */
export interface GpujsOptions {
  /** How shaders run, "cpu" by default: as plain JavaScript; "webasm": as WebAssembly that gpu.js generates. */
  mode?: "cpu" | "webasm";
  /** The gpu.js instance to use, a new one by default. Its mode replaces `mode`. */
  gpu?: GPU;
}

/**
 * Makes the kernels that exist as gpu.js shaders. gpu.js starts when the first of them is called.
 *
 * @throws ArgumentError when an option is unknown, or the mode is not synchronous.
 * @example
 * const { gemm } = gpujsKernels({ mode: "cpu" });
 * gemm(c, gpujsBuffer(a), gpujsBuffer(b), undefined, size); // c: a buffer for the result
 */
export function gpujsKernels(options: GpujsOptions = {}): GpujsKernels {
  checkOptions("gpujsKernels", options, ["mode", "gpu"]);
  const { gpu } = options;
  const mode: string = gpu?.mode ?? options.mode ?? "cpu";
  if (mode !== "cpu" && mode !== "webasm") {
    throw new ArgumentError(`gpujsKernels: mode ${shown(mode)}; expected "cpu" or "webasm".`);
  }
  const run = shaderRunner(() => gpu ?? new GPU({ mode }));
  return { ...gemm(run), ...lstmGates(run), ...batchNorm(run) } satisfies GpujsKernels;
}
