import { type ActivationOption, type ActivationParts, getActivation } from "../activations.js";
import { ArgumentError } from "../errors.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import { conv2dTranspose } from "../ops/index.js";
import { elements, type PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { checkImage, count, lastSize } from "./check.js";
import { type WeightOptions, weightOptions, type WeightRules, weightRules } from "./weightOptions.js";
import { readWindow, type Window, type WindowLayerOptions } from "./window.js";

export interface Conv2DTransposeOptions extends LayerOptions, WindowLayerOptions, WeightOptions<"kernel" | "bias"> {
  filters: number;
  /** A number, or [height, width]. */
  kernelSize: number | readonly number[];
  /** Which of the sizes that a convolution would shrink to x's: rows and columns beside those that are always there. */
  outputPadding?: number | readonly number[] | null;
  /** A name or a function; linear unless given. */
  activation?: ActivationOption | null;
  useBias?: boolean;
}

const known = [
  ...["filters", "kernelSize", "strides", "padding", "outputPadding", "dilationRate", "activation", "useBias"],
  ...weightOptions("kernel", "bias"),
];

export class Conv2DTransposeLayer extends Layer {
  static override className = "Conv2DTranspose";
  readonly filters: number;
  readonly window: Window;
  readonly outputPadding: readonly number[] | undefined;
  readonly activation: ActivationParts;
  readonly useBias: boolean;
  readonly #kernel: WeightRules;
  readonly #bias: WeightRules;
  /** [height, width, filters, channels]. */
  kernel!: Variable;
  /** [filters]. */
  bias: Variable | undefined;

  constructor(options: Conv2DTransposeOptions) {
    super(options, known);
    this.filters = count(this.label, "filters", options.filters);
    this.window = readWindow(this.label, "kernelSize", options.kernelSize, options);
    this.outputPadding = this.#readOutputPadding(options.outputPadding);
    this.activation = getActivation(this.label, options.activation);
    this.useBias = options.useBias ?? true;
    this.#kernel = weightRules(this.label, options, "kernel", "glorotUniform");
    this.#bias = weightRules(this.label, options, "bias", "zeros");
  }

  #readOutputPadding(given: number | readonly number[] | null | undefined): readonly number[] | undefined {
    if (given == null) return undefined;
    const both = typeof given === "number" ? [given, given] : given;
    const { strides } = this.window.options;
    if (both.length === 2 && both.every((n, i) => Number.isInteger(n) && n >= 0 && n < strides[i])) return both;
    throw new ArgumentError(
      `${this.label}: outputPadding ${JSON.stringify(given)}; expected whole numbers below the strides ${JSON.stringify(strides)}.`,
    );
  }

  override build(shape: PartialShape): void {
    const channels = lastSize(this.label, shape, "channels", undefined);
    const kernelShape = [...this.window.kernel, this.filters, channels];
    this.kernel = this.addWeight("kernel", kernelShape, this.#kernel.initializer, this.#kernel);
    if (this.useBias) this.bias = this.addWeight("bias", [this.filters], this.#bias.initializer, this.#bias);
  }

  override call(x: Tensor): Tensor {
    const [, height, width] = this.computeOutputShape(x.shape) as number[];
    const options = { ...this.window.options, bias: this.bias };
    return this.activation.apply(conv2dTranspose(x, this.kernel, [height, width], options));
  }

  override computeOutputShape(shape: PartialShape): PartialShape {
    const x = checkImage(this.label, shape);
    lastSize(this.label, x, "channels", this.built ? this.kernel.shape[3] : undefined);
    return [x[0], this.#grown(x[1], 0), this.#grown(x[2], 1), this.filters];
  }

  /** The size along an axis of space. */
  #grown(size: number | null, axis: number): number | null {
    if (size === null) return null;
    const { strides, dilation, padding } = this.window.options;
    const reach = (this.window.kernel[axis] - 1) * dilation[axis] + 1;
    const more = this.outputPadding?.[axis];
    if (more === undefined) return size * strides[axis] + (padding === "same" ? 0 : Math.max(reach - strides[axis], 0));
    return (size - 1) * strides[axis] + reach + more - (padding === "same" ? 2 * Math.floor(reach / 2) : 0);
  }

  override macs(input: PartialShape): number {
    return elements(input.slice(1)) * elements(this.window.kernel) * this.filters;
  }
}

/**
 * The adjoint of Conv2D, which makes frames larger: every pixel spreads its kernel. x: [batch, height, width, channels], result
 * `[batch, height', width', filters]`: strides times as large with padding "same", and by kernel - stride larger with "valid".
 * Weights: kernel [kernelHeight, kernelWidth, filters, channels], bias [filters].
 */
export const Conv2DTranspose = callable(Conv2DTransposeLayer);
