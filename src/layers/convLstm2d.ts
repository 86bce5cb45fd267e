import { callable, type Layer } from "../layer.js";
import { conv2d, convLstm2d } from "../ops/index.js";
import type { LstmResult, LstmState } from "../ops/lstmSteps.js";
import type { WindowOptions } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { callableCell } from "./cell.js";
import { ConvLSTMCell, type ConvLSTMCellOptions, type ConvLSTMOptions, convLstmOptions } from "./convLstm.js";
import { GatedLayer } from "./gatedLayer.js";
import type { MakeRecurrent } from "./recurrent.js";

export class ConvLSTM2DCellLayer extends ConvLSTMCell {
  static override className = "ConvLSTM2DCell";

  constructor(options: ConvLSTMCellOptions, owner?: Layer) {
    super(options, "height, width", owner);
  }

  protected override convolve(x: Tensor, kernel: Tensor, options: WindowOptions): Tensor {
    return conv2d(x, kernel, options);
  }

  protected override runFused(x: Tensor, sequences: boolean, initial: LstmState | undefined): LstmResult {
    return convLstm2d(x, this.kernel, this.recurrentKernel, this.bias, { ...this.window.options, sequences, initial });
  }
}

/** One step of `ConvLSTM2D`. x: [batch, height, width, channels], states [h, c], each [batch, height', width', filters]. */
export const ConvLSTM2DCell = callableCell(ConvLSTM2DCellLayer);

export type ConvLSTM2DOptions = ConvLSTMOptions;

export class ConvLSTM2DLayer extends GatedLayer<ConvLSTM2DCellLayer> {
  static override className = "ConvLSTM2D";

  constructor(options: ConvLSTM2DOptions) {
    super((owner) => new ConvLSTM2DCellLayer(options, owner), options, convLstmOptions);
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
