import { type ActivationOption, type ActivationParts, getActivation } from "../activations.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import { conv2d, depthwiseConv2d } from "../ops/index.js";
import { elements, type PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { checkImage, count, lastSize } from "./check.js";
import { type WeightOptions, weightOptions, type WeightRules, weightRules } from "./weightOptions.js";
import { readWindow, type Window, type WindowLayerOptions, windowShape } from "./window.js";

export interface SeparableConv2DOptions
  extends LayerOptions, WindowLayerOptions, WeightOptions<"depthwise" | "pointwise" | "bias"> {
  filters: number;
  /** A number, or [height, width]. */
  kernelSize: number | readonly number[];
  /** Results of the first convolution for each channel; 1 unless given. */
  depthMultiplier?: number;
  /** A name or a function; linear unless given. */
  activation?: ActivationOption | null;
  useBias?: boolean;
}

const known = [
  ...["filters", "kernelSize", "strides", "padding", "dilationRate", "depthMultiplier", "activation", "useBias"],
  ...weightOptions("depthwise", "pointwise", "bias"),
];

export class SeparableConv2DLayer extends Layer {
  static override className = "SeparableConv2D";
  readonly filters: number;
  readonly depthMultiplier: number;
  readonly window: Window;
  readonly activation: ActivationParts;
  readonly useBias: boolean;
  readonly #depthwise: WeightRules;
  readonly #pointwise: WeightRules;
  readonly #bias: WeightRules;
  /** [height, width, channels, depthMultiplier]. */
  depthwiseKernel!: Variable;
  /** [1, 1, channels depthMultiplier, filters]. */
  pointwiseKernel!: Variable;
  /** [filters]. */
  bias: Variable | undefined;

  constructor(options: SeparableConv2DOptions) {
    super(options, known);
    this.filters = count(this.label, "filters", options.filters);
    this.depthMultiplier = count(this.label, "depthMultiplier", options.depthMultiplier ?? 1);
    this.window = readWindow(this.label, "kernelSize", options.kernelSize, options);
    this.activation = getActivation(this.label, options.activation);
    this.useBias = options.useBias ?? true;
    this.#depthwise = weightRules(this.label, options, "depthwise", "glorotUniform");
    this.#pointwise = weightRules(this.label, options, "pointwise", "glorotUniform");
    this.#bias = weightRules(this.label, options, "bias", "zeros");
  }

  override build([shape]: PartialShape[]): void {
    const { depthMultiplier, filters } = this;
    const channels = lastSize(this.label, shape, "channels", undefined);
    const [first, second] = [[...this.window.kernel, channels, depthMultiplier], [1, 1, channels * depthMultiplier, filters]]; // prettier-ignore
    this.depthwiseKernel = this.addWeight("depthwise_kernel", first, this.#depthwise.initializer, this.#depthwise);
    this.pointwiseKernel = this.addWeight("pointwise_kernel", second, this.#pointwise.initializer, this.#pointwise);
    if (this.useBias) this.bias = this.addWeight("bias", [filters], this.#bias.initializer, this.#bias);
  }

  override call([x]: Tensor[]): Tensor[] {
    const { bias, activation } = this;
    const each = depthwiseConv2d(x, this.depthwiseKernel, this.window.options);
    return [activation.after(conv2d(each, this.pointwiseKernel, { bias, activation: activation.epilogue }))];
  }

  override computeOutputShape([shape]: PartialShape[]): PartialShape[] {
    const x = checkImage(this.label, shape);
    lastSize(this.label, x, "channels", this.built ? this.depthwiseKernel.shape[2] : undefined);
    return [[x[0], ...windowShape(this.label, x.slice(1), this.window), this.filters]];
  }

  override macs([input]: PartialShape[], [output]: PartialShape[]): number {
    const perPixel = input[3]! * this.depthMultiplier;
    return elements(output.slice(1, -1)) * perPixel * (elements(this.window.kernel) + this.filters);
  }
}

/**
 * A convolution of every channel by itself, then one of 1x1 over the results. x: [batch, height, width, channels], result [batch,
 * height', width', filters]. Weights: depthwise kernel [kernelHeight, kernelWidth, channels, depthMultiplier], pointwise kernel
 * [1, 1, channels depthMultiplier, filters], bias [filters].
 */
export const SeparableConv2D = callable(SeparableConv2DLayer);
