/** Convolutions over time that convolve each channel separately, on frames of one row. */
import { callable } from "../layer.js";
import { conv1d, depthwiseConv2d, pad, reshape } from "../ops/index.js";
import { scope } from "../scope.js";
import { elements, type PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { positiveInteger } from "./check.js";
import { ConvolutionLayer, type ConvolutionOptions } from "./convolution.js";
import type { WeightOptions } from "./weightOptions.js";
import type { Window } from "./window.js";

/** Convolves each channel of x `[batch, time, channels]` with a kernel `[size, channels, multiplier]`. */
function depthwiseConv1d(
  x: Tensor,
  kernel: Tensor,
  { strides, dilation, padding }: Window["options"],
  more: Pick<Parameters<typeof depthwiseConv2d>[2] & object, "bias" | "activation"> = {},
): Tensor {
  const [batch, time, channels] = x.shape;
  return scope(() => {
    const y = depthwiseConv2d(reshape(x, [batch, 1, time, channels]), reshape(kernel, [1, ...kernel.shape]), {
      ...{ ...more, padding },
      strides: [1, strides[0]],
      dilation: [1, dilation[0]],
    });
    return reshape(y, [batch, ...y.shape.slice(2)]);
  });
}

/** The options of `DepthwiseConv1D`. */
export interface DepthwiseConv1DOptions extends ConvolutionOptions, WeightOptions<"depthwise"> {
  /** Number of results for each channel; 1 by default. */
  depthMultiplier?: number;
}

/** The class of `DepthwiseConv1D` layers, for subclasses and `instanceof`. */
export class DepthwiseConv1DLayer extends ConvolutionLayer {
  static override className = "DepthwiseConv1D";
  static override rank = 1;
  /** Number of results for each channel. */
  readonly depthMultiplier: number;
  /** The weights `[size, channels, depthMultiplier]`. */
  kernel!: Variable;

  constructor(options: DepthwiseConv1DOptions) {
    super(options, ["kernelSize", "depthMultiplier"], ["depthwise"]);
    this.depthMultiplier = positiveInteger(this.label, "depthMultiplier", options.depthMultiplier ?? 1);
  }

  protected override buildKernels(channels: number): void {
    this.kernel = this.addKernel([...this.window.kernel, channels, this.depthMultiplier]);
  }

  protected override filtersFor(channels: number): number {
    return channels * this.depthMultiplier;
  }

  override call([x]: Tensor[]): Tensor[] {
    const { bias, activation, kernel, window } = this;
    const y = depthwiseConv1d(x, kernel, window.options, { bias, activation: activation.epilogue });
    return [activation.after(y)];
  }

  override macs(_inputs: PartialShape[], [output]: PartialShape[]): number {
    return elements(output.slice(1)) * elements(this.window.kernel);
  }
}

/**
 * Makes a layer that convolves each channel separately over time: x `[batch, time, channels]`, result
 * `[batch, time', channels depthMultiplier]`, with the results of one channel next to each other. Weights: kernel
 * `[kernelSize, channels, depthMultiplier]` ("glorotUniform" by default), bias `[channels depthMultiplier]` ("zeros").
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, strides beside dilation, and unknown names.
 */
export const DepthwiseConv1D = /* @__PURE__ */ callable(DepthwiseConv1DLayer);

/** The options of `SeparableConv1D`. */
export interface SeparableConv1DOptions
  extends Omit<ConvolutionOptions, "padding">, WeightOptions<"depthwise" | "pointwise"> {
  /** Number of channels of the result. Required. */
  filters: number;
  /** Number of results of the first convolution for each channel; 1 by default. */
  depthMultiplier?: number;
  /** "valid" (whole windows only, the default), "same" (time / stride, rounded up), or "causal", as in Conv1D and Keras 2. */
  padding?: "valid" | "same" | "causal" | (string & {});
}

const isCausal = (options: SeparableConv1DOptions | undefined): boolean =>
  String(options?.padding).toLowerCase() === "causal";

/** The class of `SeparableConv1D` layers, for subclasses and `instanceof`. */
export class SeparableConv1DLayer extends ConvolutionLayer {
  static override className = "SeparableConv1D";
  static override rank = 1;
  /** Number of channels of the result. */
  readonly filters: number;
  /** Number of results of the first convolution for each channel. */
  readonly depthMultiplier: number;
  /** Number of zeros before the first time step: that of "causal" padding, 0 otherwise. */
  readonly before: number;
  /** The weights of the first convolution, `[size, channels, depthMultiplier]`. */
  depthwiseKernel!: Variable;
  /** The weights of the second convolution, `[1, channels depthMultiplier, filters]`. */
  pointwiseKernel!: Variable;

  constructor(options: SeparableConv1DOptions) {
    const window = isCausal(options) ? { ...options, padding: "valid" } : options;
    super(options, ["filters", "kernelSize", "depthMultiplier"], ["depthwise", "pointwise"], window);
    this.filters = positiveInteger(this.label, "filters", options.filters);
    this.depthMultiplier = positiveInteger(this.label, "depthMultiplier", options.depthMultiplier ?? 1);
    this.before = isCausal(options) ? (this.window.kernel[0] - 1) * this.window.options.dilation[0] : 0;
  }

  protected override buildKernels(channels: number): void {
    const { depthMultiplier, filters } = this;
    this.depthwiseKernel = this.addKernel([...this.window.kernel, channels, depthMultiplier], "depthwise_kernel", 0);
    this.pointwiseKernel = this.addKernel([1, channels * depthMultiplier, filters], "pointwise_kernel", 1);
  }

  protected override filtersFor(): number {
    return this.filters;
  }

  override call([x]: Tensor[]): Tensor[] {
    const { bias, activation, before } = this;
    const seen = before === 0 ? x : pad(x, [0, before, 0], [0, 0, 0]);
    const each = depthwiseConv1d(seen, this.depthwiseKernel, this.window.options);
    return [activation.after(conv1d(each, this.pointwiseKernel, { bias, activation: activation.epilogue }))];
  }

  protected override spaceOut([time]: PartialShape): PartialShape {
    return super.spaceOut([time === null ? null : this.before + time]);
  }

  override macs([input]: PartialShape[], [output]: PartialShape[]): number {
    const perStep = input[2]! * this.depthMultiplier;
    return elements(output.slice(1, -1)) * perStep * (elements(this.window.kernel) + this.filters);
  }
}

/**
 * Makes a layer that convolves each channel separately over time, then all results of a step: x
 * `[batch, time, channels]`, result `[batch, time', filters]`. Weights: depthwise kernel
 * `[kernelSize, channels, depthMultiplier]` and pointwise kernel `[1, channels depthMultiplier, filters]` (both
 * "glorotUniform" by default), bias `[filters]` ("zeros").
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, strides beside dilation, and unknown names.
 */
export const SeparableConv1D = /* @__PURE__ */ callable(SeparableConv1DLayer);
