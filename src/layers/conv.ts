/** What Conv1D, Conv2D and Conv3D share: everything but the op. */
import { type ActivationOption, type ActivationParts, getActivation } from "../activations.js";
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { Layer, type LayerOptions } from "../layer.js";
import { elements, type PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { checkSpace, count, lastSize } from "./check.js";
import { type WeightOptions, weightOptions, type WeightRules, weightRules } from "./weightOptions.js";
import { readWindow, type Window, type WindowLayerOptions, windowShape } from "./window.js";

export interface ConvLayerOptions extends LayerOptions, WindowLayerOptions, WeightOptions<"kernel" | "bias"> {
  filters: number;
  /** A number, or one for each axis: [height, width]. */
  kernelSize: number | readonly number[];
  /** Channels and filters fall into so many groups, each of which sees its own channels alone; 1 unless given. */
  groups?: number;
  /** A name or a function; linear unless given. */
  activation?: ActivationOption | null;
  useBias?: boolean;
}

const known = [
  ...["filters", "kernelSize", "strides", "padding", "dilationRate", "groups", "activation", "useBias"],
  ...weightOptions("kernel", "bias"),
];

export abstract class ConvLayer extends Layer {
  readonly filters: number;
  readonly groups: number;
  readonly window: Window;
  readonly activation: ActivationParts;
  readonly useBias: boolean;
  readonly #kernel: WeightRules;
  readonly #bias: WeightRules;
  /** [...window, channels / groups, filters]. */
  kernel!: Variable;
  /** [filters]. */
  bias: Variable | undefined;

  /**
   * @param rank the number of axes of space.
   * @param window what of the options the window is read from.
   */
  constructor(
    options: ConvLayerOptions,
    readonly rank: number,
    window: WindowLayerOptions = options,
  ) {
    super(options, known);
    this.filters = count(this.label, "filters", options.filters);
    this.groups = count(this.label, "groups", options.groups ?? 1);
    if (this.filters % this.groups !== 0) {
      throw new ArgumentError(`${this.label}: ${this.filters} filters do not fall into ${this.groups} groups.`);
    }
    this.window = readWindow(this.label, "kernelSize", options.kernelSize, window, rank);
    this.activation = getActivation(this.label, options.activation);
    this.useBias = options.useBias ?? true;
    this.#kernel = weightRules(this.label, options, "kernel", "glorotUniform");
    this.#bias = weightRules(this.label, options, "bias", "zeros");
  }

  override build([shape]: PartialShape[]): void {
    const channels = lastSize(this.label, shape, "channels", undefined);
    const kernelShape = [...this.window.kernel, channels / this.groups, this.filters];
    this.kernel = this.addWeight("kernel", kernelShape, this.#kernel.initializer, this.#kernel);
    if (this.useBias) this.bias = this.addWeight("bias", [this.filters], this.#bias.initializer, this.#bias);
  }

  abstract override call(inputs: Tensor[]): Tensor[];

  override computeOutputShape([shape]: PartialShape[]): PartialShape[] {
    const x = checkSpace(this.label, shape, this.rank);
    const built = this.built ? this.kernel.shape.at(-2)! * this.groups : undefined;
    const channels = lastSize(this.label, x, "channels", built);
    if (channels % this.groups !== 0) {
      throw new ShapeError(
        `${this.label}: ${channels} channels do not fall into ${this.groups} groups, received ${shapeText(x)}.`,
      );
    }
    return [[x[0], ...windowShape(this.label, x.slice(1), this.window), this.filters]];
  }

  override macs([input]: PartialShape[], [output]: PartialShape[]): number {
    return (elements(output.slice(1)) * elements(this.window.kernel) * input.at(-1)!) / this.groups;
  }
}
