/** What Conv1D, Conv2D and Conv3D share: everything but the op. */
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { elements, type PartialShape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { checkSpace, lastSize, positiveInteger } from "./check.js";
import { KernelLayer, type KernelLayerOptions } from "./kernelLayer.js";
import type { WeightOptions } from "./weightOptions.js";
import { readWindow, type Window, type WindowLayerOptions, windowOptions, windowShape } from "./window.js";

export interface ConvLayerOptions extends KernelLayerOptions, WindowLayerOptions, WeightOptions<"kernel"> {
  /** Number of channels of the result. */
  filters: number;
  /** Size of the window: a number, or one for each axis ([height, width]). */
  kernelSize: number | readonly number[];
  /** Channels and filters fall into so many groups, each of which sees its own channels alone; 1 by default. */
  groups?: number;
}

export abstract class ConvLayer extends KernelLayer {
  readonly filters: number;
  readonly groups: number;
  readonly window: Window;
  /** [...window, channels / groups, filters]. */
  kernel!: Variable;

  /**
   * @param rank the number of axes of space.
   * @param window what of the options the window is read from.
   */
  constructor(
    options: ConvLayerOptions,
    readonly rank: number,
    window: WindowLayerOptions = options,
  ) {
    super(options, ["filters", "kernelSize", "groups", ...windowOptions]);
    this.filters = positiveInteger(this.label, "filters", options.filters);
    this.groups = positiveInteger(this.label, "groups", options.groups ?? 1);
    if (this.filters % this.groups !== 0) {
      throw new ArgumentError(`${this.label}: ${this.filters} filters do not fall into ${this.groups} groups.`);
    }
    this.window = readWindow(this.label, "kernelSize", options.kernelSize, window, rank);
  }

  override build([shape]: PartialShape[]): void {
    const channels = lastSize(this.label, shape, "channels", undefined);
    this.kernel = this.addKernel([...this.window.kernel, channels / this.groups, this.filters]);
    this.addBias(this.filters);
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
