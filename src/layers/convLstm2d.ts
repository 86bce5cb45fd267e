import { ShapeError, shapeText } from "../errors.js";
import { callable, type OneOrMany } from "../layer.js";
import { projectFrames } from "../ops/convLstm2d.js";
import { composedLstm, conv2d, convLstm2d } from "../ops/index.js";
import type { LstmResult } from "../ops/lstmSteps.js";
import { batchMajor } from "../ops/timeMajor.js";
import { elements, type PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkRank, count, lastSize } from "./check.js";
import { type MakeRecurrent, RecurrentLayer, type RecurrentOptions } from "./recurrent.js";
import { readWindow, type Window, type WindowLayerOptions, windowShape } from "./window.js";

/** Strides, padding and dilation are those of the input's convolution. */
export interface ConvLSTM2DOptions extends RecurrentOptions, WindowLayerOptions {
  filters: number;
  /** A number, or [height, width], of both convolutions; 3 unless given (Keras demands it). */
  kernelSize?: number | readonly number[];
}

const dimensions = "batch, time, height, width, channels";
const advice = { 4: "wrap the frame model in TimeDistributed" };

export class ConvLSTM2DLayer extends RecurrentLayer {
  static override className = "ConvLSTM2D";
  readonly filters: number;
  readonly window: Window;

  constructor(options: ConvLSTM2DOptions) {
    super(options, ["filters", "kernelSize", "strides", "padding", "dilationRate"]);
    this.filters = count(this.label, "filters", options.filters);
    this.window = readWindow(this.label, "kernelSize", options.kernelSize ?? 3, options);
  }

  override build(shape: PartialShape): void {
    const channels = lastSize(this.label, shape, "channels", undefined);
    const { filters, window } = this;
    this.addGateWeights([...window.kernel, channels, 4 * filters], [...window.kernel, filters, 4 * filters], filters);
  }

  override call(x: Tensor): OneOrMany<Tensor> {
    if (!this.isFused) return this.result(this.#composed(x));
    const { kernel, recurrentKernel, bias, window } = this;
    const options = { ...window.options, sequences: this.returnSequences };
    return this.result(convLstm2d(x, kernel, recurrentKernel, bias, options));
  }

  #composed(x: Tensor): LstmResult {
    const z = projectFrames(x, this.kernel, this.bias, this.window.options);
    const cell = {
      project: (h: Tensor) => conv2d(h, this.recurrentKernel, { padding: "same" }),
      activation: this.activation.apply,
      recurrentActivation: this.recurrentActivation.apply,
    };
    const { hs, h, c } = composedLstm(z, cell, this.returnSequences);
    return { hs: hs && batchMajor(hs), h, c };
  }

  override computeOutputShape(shape: PartialShape): PartialShape | PartialShape[] {
    const x = checkRank(this.label, shape, dimensions, advice);
    if (x[2] === null || x[3] === null) {
      throw new ShapeError(
        `${this.label}: height and width in ${shapeText(x)} must be known, as the state has their size.`,
      );
    }
    lastSize(this.label, x, "channels", this.built ? this.kernel.shape[2] : undefined);
    return this.resultShape(x[0], x[1], [...windowShape(this.label, x.slice(2), this.window), this.filters]);
  }

  override macs(input: PartialShape): number {
    const frame = windowShape(this.label, input.slice(2), this.window);
    const window = elements(this.window.kernel) * (input[4]! + this.filters);
    return (input[1] ?? NaN) * elements(frame) * window * 4 * this.filters;
  }
}

/**
 * An LSTM whose state is a frame and whose products are convolutions (Shi et al., 2015, without peepholes).
 * x: [batch, time, height, width, channels]; result the last state h [batch, height', width', filters], with
 * `returnSequences` all of them [batch, time, height', width', filters], with `returnState` a list [output, h, c].
 * The input is convolved with strides, padding and dilation as given, the state with stride 1 and padding "same".
 * Weights: kernel [kernelHeight, kernelWidth, channels, 4 filters], recurrent_kernel [kernelHeight, kernelWidth, filters,
 * 4 filters], bias [4 filters], gates in the order i f g o.
 *
 *     ConvLSTM2D({ filters: 256, kernelSize: 3, returnSequences: false })(x)
 */
export const ConvLSTM2D = callable(ConvLSTM2DLayer) as MakeRecurrent<ConvLSTM2DOptions, ConvLSTM2DLayer>;
