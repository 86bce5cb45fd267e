import { callable, type Layer } from "../layer.js";
import { conv2d, convLstm2d, reshape } from "../ops/index.js";
import type { LstmResult, LstmState } from "../ops/lstmSteps.js";
import type { WindowOptions } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { ConvLSTMCell, type ConvLSTMCellOptions, type ConvLSTMOptions, convLstmOptions } from "./convLstm.js";
import { GatedLayer } from "./gatedLayer.js";
import type { MakeRecurrent } from "./recurrent.js";

/** The two-dimensional ConvLSTM over frames of height 1. */
export class ConvLSTM1DCellLayer extends ConvLSTMCell {
  static override className = "ConvLSTM1DCell";

  constructor(options: ConvLSTMCellOptions, owner?: Layer) {
    super(options, "width", owner);
  }

  protected override convolve(x: Tensor, kernel: Tensor, options: WindowOptions): Tensor {
    return flat(conv2d(tall(x), tall(kernel, 0), flatWindow(options)));
  }

  protected override runFused(x: Tensor, sequences: boolean, initial: LstmState | undefined): LstmResult {
    const { kernel, recurrentKernel, bias, window } = this;
    const { hs, h, c } = convLstm2d(tall(x, 2), tall(kernel, 0), tall(recurrentKernel, 0), bias, {
      ...flatWindow(window.options),
      sequences,
      initial: initial && { h: tall(initial.h), c: tall(initial.c) },
    });
    return { hs: hs && flat(hs), h: flat(h), c: flat(c) };
  }
}

/** x with a height of 1 before the axis `at`. */
const tall = (x: Tensor, at = 1): Tensor => reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
/** [..., 1, width, channels] without the height. */
const flat = (x: Tensor): Tensor => reshape(x, [...x.shape.slice(0, -3), ...x.shape.slice(-2)]);

const flatWindow = ({ strides = 1, dilation = 1, ...options }: WindowOptions): WindowOptions => ({
  ...options,
  strides: [1, strides].flat(),
  dilation: [1, dilation].flat(),
});

export class ConvLSTM1DLayer extends GatedLayer<ConvLSTM1DCellLayer> {
  static override className = "ConvLSTM1D";

  constructor(options: ConvLSTMOptions) {
    super((owner) => new ConvLSTM1DCellLayer(options, owner), options, convLstmOptions);
  }
}

/**
 * `ConvLSTM2D` for frames of one dimension. x: [batch, time, width, channels], states [batch, width', filters].
 * Weights: kernel [kernelWidth, channels, 4 filters], recurrent_kernel [kernelWidth, filters, 4 filters], bias [4 filters].
 */
export const ConvLSTM1D = callable(ConvLSTM1DLayer) as MakeRecurrent<ConvLSTMOptions, ConvLSTM1DLayer>;
