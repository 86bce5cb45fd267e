import { type ActivationOption, type ActivationParts, getActivation } from "../activations.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import { depthwiseConv2d } from "../ops/index.js";
import { elements, type PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { checkImage, count, lastSize } from "./check.js";
import { type WeightOptions, weightOptions, type WeightRules, weightRules } from "./weightOptions.js";
import { readWindow, type Window, type WindowLayerOptions, windowShape } from "./window.js";

export interface DepthwiseConv2DOptions extends LayerOptions, WindowLayerOptions, WeightOptions<"depthwise" | "bias"> {
  /** A number, or [height, width]. */
  kernelSize: number | readonly number[];
  /** Results for each channel; 1 unless given. */
  depthMultiplier?: number;
  /** A name or a function; linear unless given. */
  activation?: ActivationOption | null;
  useBias?: boolean;
}

const known = [
  ...["kernelSize", "strides", "padding", "dilationRate", "depthMultiplier", "activation", "useBias"],
  ...weightOptions("depthwise", "bias"),
];

export class DepthwiseConv2DLayer extends Layer {
  static override className = "DepthwiseConv2D";
  readonly depthMultiplier: number;
  readonly window: Window;
  readonly activation: ActivationParts;
  readonly useBias: boolean;
  readonly #kernel: WeightRules;
  readonly #bias: WeightRules;
  /** [height, width, channels, depthMultiplier]. */
  kernel!: Variable;
  /** [channels depthMultiplier]. */
  bias: Variable | undefined;

  constructor(options: DepthwiseConv2DOptions) {
    super(options, known);
    this.depthMultiplier = count(this.label, "depthMultiplier", options.depthMultiplier ?? 1);
    this.window = readWindow(this.label, "kernelSize", options.kernelSize, options);
    this.activation = getActivation(this.label, options.activation);
    this.useBias = options.useBias ?? true;
    this.#kernel = weightRules(this.label, options, "depthwise", "glorotUniform");
    this.#bias = weightRules(this.label, options, "bias", "zeros");
  }

  override build([shape]: PartialShape[]): void {
    const channels = lastSize(this.label, shape, "channels", undefined);
    const kernelShape = [...this.window.kernel, channels, this.depthMultiplier];
    this.kernel = this.addWeight("kernel", kernelShape, this.#kernel.initializer, this.#kernel);
    if (this.useBias)
      this.bias = this.addWeight("bias", [channels * this.depthMultiplier], this.#bias.initializer, this.#bias);
  }

  override call([x]: Tensor[]): Tensor[] {
    const { bias, activation } = this;
    const y = depthwiseConv2d(x, this.kernel, { ...this.window.options, bias, activation: activation.epilogue });
    return [activation.after(y)];
  }

  override computeOutputShape([shape]: PartialShape[]): PartialShape[] {
    const x = checkImage(this.label, shape);
    const channels = lastSize(this.label, x, "channels", this.built ? this.kernel.shape[2] : undefined);
    return [[x[0], ...windowShape(this.label, x.slice(1), this.window), channels * this.depthMultiplier]];
  }

  override macs(_inputs: PartialShape[], [output]: PartialShape[]): number {
    return elements(output.slice(1)) * elements(this.window.kernel);
  }
}

/**
 * Convolution of every channel by itself. x: [batch, height, width, channels], result [batch, height', width',
 * channels depthMultiplier]; results of a channel stand side by side.
 * Weights: kernel [kernelHeight, kernelWidth, channels, depthMultiplier], bias [channels depthMultiplier].
 * Strides may differ between height and width, which TensorFlow refuses.
 */
export const DepthwiseConv2D = callable(DepthwiseConv2DLayer);
