import { ArgumentError, shown } from "../errors.js";
import { callable } from "../layer.js";
import { conv2dTranspose } from "../ops/index.js";
import { elements, type PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { positiveInteger } from "./check.js";
import { ConvolutionLayer, type ConvolutionOptions } from "./convolution.js";
import type { WeightOptions } from "./weightOptions.js";

/** The options of `Conv2DTranspose`. */
export interface Conv2DTransposeOptions extends ConvolutionOptions, WeightOptions<"kernel"> {
  /** Number of channels of the result. Required. */
  filters: number;
  /**
   * Number of rows and columns that are added to the result, which selects one of the sizes that a convolution reduces
   * to that of x: a number, or [height, width], each below the stride. By default only `padding` decides the size.
   */
  outputPadding?: number | readonly number[] | null;
}

/** The class of `Conv2DTranspose` layers, for subclasses and `instanceof`. */
export class Conv2DTransposeLayer extends ConvolutionLayer {
  static override className = "Conv2DTranspose";
  /** Number of channels of the result. */
  readonly filters: number;
  /** The rows and columns that are added to the result, `[height, width]`; undefined where only `padding` decides. */
  readonly outputPadding: readonly number[] | undefined;
  /** The weights `[height, width, filters, channels]`. */
  kernel!: Variable;

  constructor(options: Conv2DTransposeOptions) {
    super(options, ["filters", "kernelSize", "outputPadding"]);
    this.filters = positiveInteger(this.label, "filters", options.filters);
    this.outputPadding = this.#readOutputPadding(options.outputPadding);
  }

  #readOutputPadding(given: number | readonly number[] | null | undefined): readonly number[] | undefined {
    if (given == null) return undefined;
    const both = typeof given === "number" ? [given, given] : given;
    const { strides } = this.window.options;
    if (
      Array.isArray(both) &&
      both.length === 2 &&
      both.every((n, i) => Number.isInteger(n) && n >= 0 && n < strides[i])
    )
      return both;
    throw new ArgumentError(
      `${this.label}: outputPadding ${shown(given)}; expected whole numbers below the strides ${shown(strides)}.`,
    );
  }

  protected override buildKernels(channels: number): void {
    this.kernel = this.addKernel([...this.window.kernel, this.filters, channels]);
  }

  protected override filtersFor(): number {
    return this.filters;
  }

  override call([x]: Tensor[]): Tensor[] {
    const [[, height, width]] = this.computeOutputShape([x.shape]) as [number, number, number][];
    const options = { ...this.window.options, bias: this.bias };
    return [this.activation.apply(conv2dTranspose(x, this.kernel, [height, width], options))];
  }

  protected override spaceOut(space: PartialShape): PartialShape {
    const { strides, dilation, padding } = this.window.options;
    return space.map((size, axis) => {
      if (size === null) return null;
      const reach = (this.window.kernel[axis] - 1) * dilation[axis] + 1;
      const more = this.outputPadding?.[axis];
      if (more !== undefined) {
        return (size - 1) * strides[axis] + reach + more - (padding === "same" ? 2 * Math.floor(reach / 2) : 0);
      }
      return size * strides[axis] + (padding === "same" ? 0 : Math.max(reach - strides[axis], 0));
    });
  }

  override macs([input]: PartialShape[]): number {
    return elements(input.slice(1)) * elements(this.window.kernel) * this.filters;
  }
}

/**
 * Makes a layer that is the adjoint of Conv2D and makes frames larger: every pixel spreads its kernel. x
 * `[batch, height, width, channels]`, result `[batch, height', width', filters]`: strides times as large with padding
 * "same", and by kernel - stride larger with "valid". Weights: kernel `[kernelHeight, kernelWidth, filters, channels]`
 * ("glorotUniform" by default), bias `[filters]` ("zeros").
 *
 * @throws ArgumentError for sizes that are no whole numbers from 1, an `outputPadding` that is not below the strides,
 * and unknown names.
 */
export const Conv2DTranspose = callable(Conv2DTransposeLayer);
