/**
 * The two heads that are trained: a ConvLSTM2D over the frames, and a baseline that receives only the mean over the frames.
 */
import {
  ConvLSTM2D,
  Dense,
  Flatten,
  Input,
  Model,
  type ModelLayer,
  type SymbolicTensor,
  TimeDistributed,
} from "../../index.js";
import { featureShape } from "./featureExtractor.js";
import { size } from "./options.js";

/** Both heads, trained on the same windows. */
export interface Heads {
  convLstm: ModelLayer;
  mean: ModelLayer;
}

export interface Head {
  /** From features [batch, frames, 7, 7, 1024] to probabilities [batch, classes]. */
  model: ModelLayer;
  /**
   * Makes the model from pixels [batch, frames, size, size, 3], -1 to 1, to probabilities, with the layers of `model`.
   */
  whole(frameModel: ModelLayer): ModelLayer;
}

/** About how many bytes the file of a model has with such a head: MobileNet, the ConvLSTM2D and the layer behind it. */
export function headBytes({ filters }: { filters: number }): number {
  const [height, width, channels] = featureShape;
  const [frameParams, units, kernel] = [3.3e6, 64, 9];
  const memory = 4 * filters * (kernel * (channels + filters) + 1);
  return 4 * Math.ceil(frameParams + memory + units * filters * (height - 2) * (width - 2));
}

/** The name of the ConvLSTM2D. */
export const recurrentLayer = "memory";

export function convLstmHead({ frames, filters, classes }: Record<"frames" | "filters" | "classes", number>): Head {
  const layers = [
    ConvLSTM2D({ filters, kernelSize: 3, name: recurrentLayer }),
    Flatten({ name: "flat" }),
    Dense({ units: 64, activation: "relu", name: "hidden" }),
    Dense({ units: classes, activation: "softmax", name: "classes" }),
  ];
  const classify = (x: SymbolicTensor) => layers.reduce((y, layer) => layer(y), x);
  const features = Input({ shape: [frames, ...featureShape] });
  return {
    model: Model({ inputs: features, outputs: classify(features), name: "head" }),
    whole(frameModel) {
      const video = Input({ shape: [frames, size, size, 3], name: "video" });
      return Model({ inputs: video, outputs: classify(TimeDistributed(frameModel)(video)), name: "classifier" });
    },
  };
}

/** Makes the baseline, from the mean over a window's frames [batch, 7, 7, 1024] to probabilities [batch, classes]. */
export function meanHead(classes: number): ModelLayer {
  const mean = Input({ shape: featureShape });
  const hidden = Dense({ units: 64, activation: "relu" })(Flatten()(mean));
  return Model({ inputs: mean, outputs: Dense({ units: classes, activation: "softmax" })(hidden), name: "mean_head" });
}
