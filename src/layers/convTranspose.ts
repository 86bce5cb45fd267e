/** Transposed convolutions of one, two and three dimensions: everything except their ops. */
import { ArgumentError, shown } from "../errors.js";
import { elements, type PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { positiveInteger } from "./check.js";
import { ConvolutionLayer, type ConvolutionOptions, type ConvolveOptions } from "./convolution.js";
import type { WeightOptions } from "./weightOptions.js";

/** The options of transposed convolutions. */
export interface ConvTransposeLayerOptions extends ConvolutionOptions, WeightOptions<"kernel"> {
  /** Number of channels of the result. Required. */
  filters: number;
  /**
   * What is added to the size of the result, which selects one of the sizes that a convolution reduces to that of x: a
   * number, or one for each axis ([height, width]), each below the stride. By default only `padding` decides the size.
   */
  outputPadding?: number | readonly number[] | null;
}

/** The base of Conv1DTranspose, Conv2DTranspose and Conv3DTranspose. */
export abstract class ConvTransposeLayer extends ConvolutionLayer {
  /** Number of channels of the result. */
  readonly filters: number;
  /** What is added to the size of the result along each axis; undefined where only `padding` decides. */
  readonly outputPadding: readonly number[] | undefined;
  /** The weights `[...window, filters, channels]`. */
  kernel!: Variable;

  constructor(options: ConvTransposeLayerOptions) {
    super(options, ["filters", "kernelSize", "outputPadding"]);
    this.filters = positiveInteger(this.label, "filters", options.filters);
    this.outputPadding = this.#readOutputPadding(options.outputPadding);
  }

  #readOutputPadding(given: number | readonly number[] | null | undefined): readonly number[] | undefined {
    if (given == null) return undefined;
    const all = typeof given === "number" ? new Array<number>(this.rank).fill(given) : given;
    const { strides } = this.window.options;
    if (
      Array.isArray(all) &&
      all.length === this.rank &&
      all.every((n, i) => Number.isInteger(n) && n >= 0 && n < strides[i])
    )
      return all;
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

  /** Spreads x over a result whose sizes of space are `size`. */
  protected abstract spread(x: Tensor, size: number[], options: ConvolveOptions): Tensor;

  protected override convolve(x: Tensor, options: ConvolveOptions): Tensor {
    const [shape] = this.computeOutputShape([x.shape]) as number[][];
    return this.spread(x, shape.slice(1, -1), options);
  }

  /** Spreads x, and applies the whole activation function to the result: the ops have none. */
  override call([x]: Tensor[]): Tensor[] {
    return [this.activation.apply(this.convolve(x, { ...this.window.options, bias: this.bias }))];
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
