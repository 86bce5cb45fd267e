import { callable, type Layer } from "../layer.js";
import { conv3d } from "../ops/index.js";
import type { WindowOptions } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { ConvLSTMCell, type ConvLSTMCellOptions, type ConvLSTMOptions, convLstmOptions } from "./convLstm.js";
import { GatedLayer } from "./gatedLayer.js";
import type { MakeRecurrent } from "./recurrent.js";

export class ConvLSTM3DCellLayer extends ConvLSTMCell {
  static override className = "ConvLSTM3DCell";

  constructor(options: ConvLSTMCellOptions, owner?: Layer) {
    super(options, "depth, height, width", owner);
  }

  protected override convolve(x: Tensor, kernel: Tensor, options: WindowOptions): Tensor {
    return conv3d(x, kernel, options);
  }

  /** There is no op for it: it runs step by step. */
  protected override runFused(): undefined {
    return undefined;
  }
}

export class ConvLSTM3DLayer extends GatedLayer<ConvLSTM3DCellLayer> {
  static override className = "ConvLSTM3D";

  constructor(options: ConvLSTMOptions) {
    super((owner) => new ConvLSTM3DCellLayer(options, owner), options, convLstmOptions);
  }
}

/**
 * `ConvLSTM2D` for frames of three dimensions. x: [batch, time, depth, height, width, channels], states [batch, depth', height',
 * width', filters]. Weights: kernel [kernelDepth, kernelHeight, kernelWidth, channels, 4 filters], recurrent_kernel [kernelDepth,
 * kernelHeight, kernelWidth, filters, 4 filters], bias [4 filters].
 */
export const ConvLSTM3D = callable(ConvLSTM3DLayer) as MakeRecurrent<ConvLSTMOptions, ConvLSTM3DLayer>;
