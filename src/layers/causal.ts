/** The padding "causal" of convolutions over time: zeros before the first step, so that no result looks ahead. */
import { pad } from "../ops/index.js";
import type { Tensor } from "../tensor.js";
import type { Window, WindowLayerOptions } from "./window.js";

/** The padding of a convolution over time. */
export interface CausalOptions {
  /**
   * "valid" (whole windows only, the default), "same" (time / stride, rounded up), or "causal": zeros before the
   * first time step, so that a result depends only on its own and earlier time steps.
   */
  padding?: "valid" | "same" | "causal" | (string & {});
}

const isCausal = (options: CausalOptions | undefined): boolean =>
  typeof options?.padding === "string" && options.padding.toLowerCase() === "causal";

/** The options with which the window is read: "causal" is "valid" after `padBefore`. */
export const causalWindow = (options: CausalOptions & WindowLayerOptions): WindowLayerOptions =>
  isCausal(options) ? { ...options, padding: "valid" } : options;

/** The number of zeros before the first time step: that of "causal" padding, 0 otherwise. */
export const causalBefore = (options: CausalOptions, { kernel, options: { dilation } }: Window): number =>
  isCausal(options) ? (kernel[0] - 1) * dilation[0] : 0;

/** Puts so many steps of zeros before x `[batch, time, channels]`. */
export const padBefore = (x: Tensor, steps: number): Tensor => (steps === 0 ? x : pad(x, [0, steps, 0], [0, 0, 0]));
