import { type ActivationFunction, type ActivationParts, getActivation } from "../activations.js";
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { getInitializer, type Initializer, type InitializerFunction } from "../initializers.js";
import { callable, Layer, type LayerOptions } from "../layer.js";
import { conv2d } from "../ops/index.js";
import { elements, type PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { checkImage, count, lastSize } from "./check.js";
import { readWindow, type Window, type WindowLayerOptions, windowShape } from "./window.js";

export interface Conv2DOptions extends LayerOptions, WindowLayerOptions {
  filters: number;
  /** A number, or [height, width]. */
  kernelSize: number | readonly number[];
  /** Channels and filters fall into so many groups, each of which sees its own channels alone; 1 unless given. */
  groups?: number;
  /** A name or a function; linear unless given. */
  activation?: string | ActivationFunction | null;
  useBias?: boolean;
  /** "glorotUniform" unless given. */
  kernelInitializer?: Initializer;
  /** "zeros" unless given. */
  biasInitializer?: Initializer;
}

const known = [
  ...["filters", "kernelSize", "strides", "padding", "dilationRate", "groups", "activation", "useBias"],
  ...["kernelInitializer", "biasInitializer"],
];

export class Conv2DLayer extends Layer {
  static override className = "Conv2D";
  readonly filters: number;
  readonly groups: number;
  readonly window: Window;
  readonly activation: ActivationParts;
  readonly useBias: boolean;
  readonly #kernelInitializer: InitializerFunction;
  readonly #biasInitializer: InitializerFunction;
  /** [height, width, channels / groups, filters]. */
  kernel!: Variable;
  /** [filters]. */
  bias: Variable | undefined;

  constructor(options: Conv2DOptions) {
    super(options, known);
    this.filters = count(this.label, "filters", options.filters);
    this.groups = count(this.label, "groups", options.groups ?? 1);
    if (this.filters % this.groups !== 0) {
      throw new ArgumentError(`${this.label}: ${this.filters} filters do not fall into ${this.groups} groups.`);
    }
    this.window = readWindow(this.label, "kernelSize", options.kernelSize, options);
    this.activation = getActivation(this.label, options.activation);
    this.useBias = options.useBias ?? true;
    this.#kernelInitializer = getInitializer(this.label, options.kernelInitializer ?? "glorotUniform");
    this.#biasInitializer = getInitializer(this.label, options.biasInitializer ?? "zeros");
  }

  override build(shape: PartialShape): void {
    const channels = lastSize(this.label, shape, "channels", undefined);
    const kernelShape = [...this.window.kernel, channels / this.groups, this.filters];
    this.kernel = this.addWeight("kernel", kernelShape, this.#kernelInitializer);
    if (this.useBias) this.bias = this.addWeight("bias", [this.filters], this.#biasInitializer);
  }

  override call(x: Tensor): Tensor {
    const { groups, bias, activation } = this;
    const y = conv2d(x, this.kernel, { ...this.window.options, groups, bias, activation: activation.epilogue });
    return activation.after(y);
  }

  override computeOutputShape(shape: PartialShape): PartialShape {
    const x = checkImage(this.label, shape);
    const built = this.built ? this.kernel.shape[2] * this.groups : undefined;
    const channels = lastSize(this.label, x, "channels", built);
    if (channels % this.groups !== 0) {
      throw new ShapeError(
        `${this.label}: ${channels} channels do not fall into ${this.groups} groups, received ${shapeText(x)}.`,
      );
    }
    return [x[0], ...windowShape(this.label, x.slice(1), this.window), this.filters];
  }

  override macs(input: PartialShape, output: PartialShape): number {
    return (elements(output.slice(1)) * elements(this.window.kernel) * input[3]!) / this.groups;
  }
}

/**
 * Convolution over frames. x: [batch, height, width, channels], result [batch, height', width', filters].
 * Weights: kernel [kernelHeight, kernelWidth, channels / groups, filters], bias [filters].
 *
 *     Conv2D({ filters: 32, kernelSize: 3, strides: 2, padding: "same", activation: "relu" })(x)
 */
export const Conv2D = callable(Conv2DLayer);
