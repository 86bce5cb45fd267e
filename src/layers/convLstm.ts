/** ConvLSTM (Shi et al., 2015, without peepholes): what the layers for frames of 1, 2 and 3 dimensions share. */
import { ShapeError, shapeText } from "../errors.js";
import type { Layer } from "../layer.js";
import { reshape } from "../ops/index.js";
import { type PartialShape, sizeOf, type WindowOptions } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkRank, lastSize, positiveInteger } from "./check.js";
import { gatedOptions } from "./gatedCell.js";
import { MemoryCell, type MemoryOptions } from "./memoryCell.js";
import type { RecurrentOptions } from "./recurrent.js";
import { readWindow, type Window, type WindowLayerOptions, windowShape } from "./window.js";

/** Strides, padding and dilation are those of the input's convolution. */
export interface ConvLSTMCellOptions extends MemoryOptions, WindowLayerOptions {
  filters: number;
  /** Of both convolutions, a number or one for each dimension; 3 unless given (Keras demands it). */
  kernelSize?: number | readonly number[];
}
export interface ConvLSTMOptions extends ConvLSTMCellOptions, RecurrentOptions {}

const cellOptions = ["filters", "kernelSize", "strides", "padding", "dilationRate"];
/** What the layers know beside the options of all recurrent layers. */
export const convLstmOptions: readonly string[] = [...cellOptions, "unitForgetBias", ...gatedOptions];

export abstract class ConvLSTMCell extends MemoryCell {
  readonly filters: number;
  readonly window: Window;
  /** Of the states, once the cell is built. */
  stateSize!: readonly (readonly number[])[];
  protected readonly maskCount = 4;

  /** @param dimensions of a frame: "height, width". */
  constructor(
    options: ConvLSTMCellOptions,
    readonly dimensions: string,
    owner?: Layer,
  ) {
    super(options, cellOptions, owner);
    this.filters = positiveInteger(this.label, "filters", options.filters);
    const rank = dimensions.split(",").length;
    this.window = readWindow(this.label, "kernelSize", options.kernelSize ?? 3, options, rank);
  }

  /** x: [batch, ...frame, channels], kernel: [...window, channels, filters]; with stride 1 and padding "same" for the state. */
  protected abstract convolve(x: Tensor, kernel: Tensor, options: WindowOptions): Tensor;

  override checkSequence(shape: PartialShape): void {
    const { label, dimensions, kernel } = this;
    const rank = this.window.kernel.length;
    const x = checkRank(label, shape, `batch, time, ${dimensions}, channels`, {
      [rank + 2]: "wrap the frame model in TimeDistributed",
    });
    if (x.slice(2, -1).includes(null)) {
      throw new ShapeError(
        `${label}: ${dimensions.replace(/, (?=[^,]*$)/, " and ")} in ${shapeText(x)} must be known, as the state has their size.`,
      );
    }
    lastSize(label, x, "channels", kernel?.shape[rank]);
  }

  override stateShapes(step: PartialShape): PartialShape[] {
    const state = [step[0], ...windowShape(this.label, step.slice(1), this.window), this.filters];
    return [state, state];
  }

  override build([step]: PartialShape[]): void {
    this.stateSize = this.stateShapes(step).map((shape) => shape.slice(1) as number[]);
    this.addGateWeights(this.window.kernel, step.at(-1)!, this.filters, [4 * this.filters]);
  }

  override projectInput(x: Tensor, kernel: Tensor): Tensor {
    const lead = x.shape.slice(0, -1 - this.window.kernel.length); // batch, or time and batch
    const y = this.convolve(reshape(x, [sizeOf(lead), ...x.shape.slice(lead.length)]), kernel, this.window.options);
    return reshape(y, [...lead, ...y.shape.slice(1)]);
  }

  override projectState(h: Tensor, recurrentKernel: Tensor): Tensor {
    return this.convolve(h, recurrentKernel, { padding: "same" });
  }
}
