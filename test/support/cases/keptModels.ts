// Small models that tests of files keep.
import {
  BatchNormalization,
  Conv2D,
  ConvLSTM2D,
  Dense,
  Flatten,
  Input,
  Model,
  type ModelLayer,
  ReLU,
  Sequential,
  TimeDistributed,
} from "../../../src/index.js";
import { numbers } from "./case.js";

export const clips = { data: numbers(6 * 3 * 6 * 6, 1), shape: [6, 3, 6, 6, 1] };
export const classes = {
  data: Float32Array.from({ length: 18 }, (_, i) => Number(i % 3 === Math.floor(i / 3) % 3)),
  shape: [6, 3],
};

/** The seed's model, small: a network of frames under TimeDistributed, ConvLSTM2D, Dense. */
export function film(): ModelLayer {
  const frame = Input({ shape: [6, 6, 1] });
  let x = Conv2D({ filters: 2, kernelSize: 3, useBias: false, name: "conv1" })(frame);
  x = ReLU({ maxValue: Infinity })(BatchNormalization({ name: "conv1_bn" })(x));
  const cnn = Model({ inputs: frame, outputs: x, name: "cnn" });
  const video = Input({ shape: [3, 6, 6, 1] });
  let y = ConvLSTM2D({ filters: 2, kernelSize: 3 })(TimeDistributed(cnn)(video));
  y = Dense({ units: 3, activation: "softmax" })(Flatten()(y));
  return Model({ inputs: video, outputs: y });
}

export function line(options: Parameters<ModelLayer["compile"]>[0] = { optimizer: "sgd", loss: "mse" }): ModelLayer {
  const model = Sequential([Input({ shape: [2] }), Dense({ units: 2, activation: "tanh" }), Dense({ units: 1 })]);
  model.compile(options);
  return model;
}
export const points = { data: numbers(16, 5), shape: [8, 2] };
export const heights = { data: numbers(8, 6), shape: [8, 1] };

export const weightsOf = async (model: ModelLayer) =>
  (await model.getWeights()).map(({ data, shape }) => ({ data: Array.from(data), shape }));
