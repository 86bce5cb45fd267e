/** The two networks of the demo: the same model of each frame, with and without a recurrent layer. */
import {
  BatchNormalization,
  Conv2D,
  ConvLSTM2D,
  Dense,
  DepthwiseConv2D,
  Flatten,
  GlobalAveragePooling2D,
  Input,
  Model,
  ReLU,
  Reshape,
  type SymbolicTensor,
  TimeDistributed,
} from "../../index.js";

export const frames = 8;
export const size = 32;
const classes = 8;

/** A small model of MobileNet's blocks, from one frame [32, 32, 1] to features [8, 8, 32]. */
function frameModel() {
  const normalized = (x: SymbolicTensor) => ReLU({ maxValue: 6 })(BatchNormalization()(x));
  const block = (x: SymbolicTensor, filters: number, strides: number) => {
    const spatial = normalized(DepthwiseConv2D({ kernelSize: 3, strides, padding: "same", useBias: false })(x));
    return normalized(Conv2D({ filters, kernelSize: 1, useBias: false })(spatial));
  };
  const frame = Input({ shape: [size, size, 1] });
  let x = normalized(Conv2D({ filters: 8, kernelSize: 3, strides: 2, padding: "same", useBias: false })(frame));
  x = block(x, 16, 1);
  x = block(x, 32, 2);
  return Model({ inputs: frame, outputs: x, name: "frame_model" });
}

/** A convolutional LSTM reads the features of the frames in order. */
export function recurrentModel() {
  const video = Input({ shape: [frames, size, size, 1] });
  let x = TimeDistributed(frameModel())(video);
  x = ConvLSTM2D({ filters: 16, kernelSize: 3 })(x);
  return Model({ inputs: video, outputs: classify(x), name: "with_memory" });
}

/** The mean over the frames takes the place of the convolutional LSTM: it does not depend on their order. */
export function averagingModel() {
  const video = Input({ shape: [frames, size, size, 1] });
  let x = TimeDistributed(frameModel())(video);
  x = Reshape({ targetShape: [frames, 1, -1] })(x);
  x = GlobalAveragePooling2D()(x);
  return Model({ inputs: video, outputs: classify(x), name: "without_memory" });
}

function classify(x: SymbolicTensor): SymbolicTensor {
  x = Dense({ units: 32, activation: "relu" })(Flatten()(x));
  return Dense({ units: classes, activation: "softmax" })(x);
}
