/** The video network of the README at its full size: MobileNet, a ConvLSTM2D and two dense layers. */
import { ConvLSTM2D, Dense, Flatten, Input, MobileNet, Model, type ModelLayer, TimeDistributed } from "../index.js";

export const frames = 32;
export const size = 224;
const classes = 10;

export interface SeedModel {
  /** [batch, 32, 224, 224, 3] -> [batch, 10]; MobileNet has its ImageNet weights, the rest is untrained. */
  model: ModelLayer;
  /**
   * MobileNet's own classifier, from the features [batch, 7, 7, 1024] that `model` computes of each frame to [batch,
   * 1000].
   */
  top: ModelLayer;
}

/** Makes the video network: its ConvLSTM2D and dense layers have random weights. */
export async function seedModel(): Promise<SeedModel> {
  const classifier = await MobileNet({ weights: "imagenet" });
  const features = classifier.getLayer("conv_pw_13_relu").output;
  const cnn = Model({ inputs: classifier.inputs[0], outputs: features, name: "mobilenet" });
  const video = Input({ shape: [frames, size, size, 3] });
  let x = TimeDistributed(cnn)(video);
  x = ConvLSTM2D({ filters: 256, kernelSize: 3, returnSequences: false })(x);
  x = Flatten()(x);
  x = Dense({ units: 256, activation: "relu" })(x);
  const predictions = Dense({ units: classes, activation: "softmax" })(x);
  return {
    model: Model({ inputs: video, outputs: predictions, name: "video_network" }),
    top: Model({ inputs: features, outputs: classifier.outputs[0], name: "top" }),
  };
}
