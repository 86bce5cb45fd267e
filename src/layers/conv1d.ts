import { callable } from "../layer.js";
import { conv1d, pad } from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { ConvLayer, type ConvLayerOptions } from "./conv.js";

/** The options of `Conv1D`. */
export interface Conv1DOptions extends Omit<ConvLayerOptions, "padding"> {
  /**
   * "valid" (whole windows only, the default), "same" (time / stride, rounded up), or "causal": zeros before the
   * first time step, so that a result sees its own and earlier time steps alone.
   */
  padding?: "valid" | "same" | "causal" | (string & {});
}

const isCausal = ({ padding = "valid" }: Conv1DOptions): boolean => padding.toLowerCase() === "causal";

/** The class of the layers that `Conv1D` makes. */
export class Conv1DLayer extends ConvLayer {
  static override className = "Conv1D";
  static override rank = 1;
  /** Number of zeros before the first time step: that of "causal" padding, 0 otherwise. */
  readonly before: number;

  constructor(options: Conv1DOptions) {
    super(options, isCausal(options) ? { ...options, padding: "valid" } : options);
    this.before = isCausal(options) ? (this.window.kernel[0] - 1) * this.window.options.dilation[0] : 0;
  }

  override call([x]: Tensor[]): Tensor[] {
    const { groups, bias, activation, before } = this;
    const seen = before === 0 ? x : pad(x, [0, before, 0], [0, 0, 0]);
    const y = conv1d(seen, this.kernel, { ...this.window.options, groups, bias, activation: activation.epilogue });
    return [activation.after(y)];
  }

  protected override spaceOut([time]: PartialShape): PartialShape {
    return super.spaceOut([time === null ? null : this.before + time]);
  }
}

/**
 * Makes a layer that convolves over time: x `[batch, time, channels]`, result `[batch, time', filters]`.
 * Weights: kernel `[kernelSize, channels / groups, filters]` ("glorotUniform" by default), bias `[filters]` ("zeros").
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, strides beside dilation, and unknown names.
 * @example
 * const y = Conv1D({ filters: 32, kernelSize: 3, padding: "causal", dilationRate: 2 })(x);
 */
export const Conv1D = callable(Conv1DLayer);
