/**
 * The seed of the GPU backend: some kernels of the contract as gpu.js shaders. It is no backend yet and is not for
 * `setBackend`: matrix products, the LSTM's gates and batch normalization in training stand here, with their gradients, and
 * prove that the contract can be kept by shaders. Results come back to the host after every kernel, so that it runs in
 * gpu.js's synchronous modes alone.
 */
import { GPU } from "gpu.js";
import { ArgumentError, checkOptions } from "../../errors.js";
import type { Kernels } from "../../kernels.js";
import { batchNorm } from "./batchNorm.js";
import type { GpujsBuffer } from "./buffer.js";
import { gemm } from "./gemm.js";
import { lstmGates } from "./lstmGates.js";
import { shaderRunner } from "./shader.js";

export { type GpujsBuffer, gpujsBuffer, gpujsView } from "./buffer.js";

/** The kernels of the contract that gpu.js computes so far. */
export type GpujsKernels = Pick<
  Kernels<GpujsBuffer>,
  "gemm" | "lstmGates" | "lstmGatesGrad" | "moments" | "batchNorm" | "batchNormGradSums" | "batchNormGrad"
>;

export interface GpujsOptions {
  /** Shaders run as plain JavaScript ("cpu", the default) or as the WebAssembly that gpu.js makes of them. */
  mode?: "cpu" | "webasm";
  /** An instance to use in place of one of our own. */
  gpu?: GPU;
}

/**
 * The kernels; gpu.js starts with the first that is called.
 * @throws ArgumentError for unknown options, or a mode in which results come later than the call.
 */
export function gpujsKernels(options: GpujsOptions = {}): GpujsKernels {
  checkOptions("gpujsKernels", options, ["mode", "gpu"]);
  const { gpu } = options;
  const mode: string = gpu?.mode ?? options.mode ?? "cpu";
  if (mode !== "cpu" && mode !== "webasm") {
    throw new ArgumentError(`gpujsKernels: mode ${JSON.stringify(mode)}; expected "cpu" or "webasm".`);
  }
  const run = shaderRunner(() => gpu ?? new GPU({ mode }));
  return { ...gemm(run), ...lstmGates(run), ...batchNorm(run) } satisfies GpujsKernels;
}
