/** The base of convolutions: everything except their kernels and ops. */
import type { ConvOptions } from "../ops/conv2d.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkSpace, knownSize } from "./check.js";
import { KernelLayer, type KernelLayerOptions } from "./kernelLayer.js";
import { readWindow, type Window, type WindowLayerOptions, windowOptions, windowShape } from "./window.js";

/** The options of all convolutions. */
export interface ConvolutionOptions extends KernelLayerOptions, WindowLayerOptions {
  /** Size of the window: a number, or one for each axis ([height, width]). Required. */
  kernelSize: number | readonly number[];
}

/** What a convolution is given beside x and its kernels: the window, the bias, and the activation that its op applies. */
export type ConvolveOptions = Window["options"] & Pick<ConvOptions, "bias" | "activation">;

/** The base of all convolutions: x `[batch, ...space, channels]`, result `[batch, ...space', filters]`. */
export abstract class ConvolutionLayer extends KernelLayer {
  /** The number of axes of space: 1 for sequences, 2 for frames, 3 for volumes. */
  static rank = 2;
  /** The number of axes of space, that of the class. */
  readonly rank = (this.constructor as typeof ConvolutionLayer).rank;
  /** Size, strides, padding and dilation of the window. */
  readonly window: Window;
  #channels: number | undefined;

  /**
   * @param known the names of the layer's own options.
   * @param roles the names that its options have for its kernels; see `KernelLayer`.
   * @param window the options that the window is read from.
   */
  constructor(
    options: ConvolutionOptions,
    known: readonly string[],
    roles: readonly string[] = ["kernel"],
    window: WindowLayerOptions = options,
  ) {
    super(options, [...known, ...windowOptions], roles);
    this.window = readWindow(this.label, "kernelSize", options.kernelSize, window, this.rank);
  }

  override stepper(): string {
    return "its window covers several time steps";
  }

  override build([shape]: PartialShape[]): void {
    const [y] = this.computeOutputShape([shape]);
    this.#channels = shape.at(-1)!;
    this.buildKernels(this.#channels);
    this.addBias(y.at(-1)!);
  }

  /** Makes the kernels for so many channels of x. */
  protected abstract buildKernels(channels: number): void;

  /** Gives the number of channels of the result for that of x, and refuses numbers that the layer cannot take. */
  protected abstract filtersFor(channels: number, x: PartialShape): number;

  /** Gives the sizes of space of the result for those of x, with null for sizes that are not known. */
  protected spaceOut(space: PartialShape): PartialShape {
    return windowShape(this.label, space, this.window);
  }

  /** Convolves x, adds the bias and applies the activation function. */
  override call([x]: Tensor[]): Tensor[] {
    const { bias, activation } = this;
    return [activation.after(this.convolve(x, { ...this.window.options, bias, activation: activation.epilogue }))];
  }

  /** Convolves x with the kernels of the layer by ops with these options. */
  protected abstract convolve(x: Tensor, options: ConvolveOptions): Tensor;

  override computeOutputShape([shape]: PartialShape[]): PartialShape[] {
    const x = checkSpace(this.label, shape, this.rank);
    const channels = knownSize(this.label, x, "channels", this.#channels);
    const filters = this.filtersFor(channels, x);
    return [[x[0], ...this.spaceOut(x.slice(1, -1)), filters]];
  }
}
