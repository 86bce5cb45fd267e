/** What is trained: the head with a memory, and beside it one that sees only the mean over the frames. */
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
import { featureShape } from "./eyes.js";
import { size } from "./options.js";

/** Both, trained on the same windows. */
export interface Heads {
  convLstm: ModelLayer;
  mean: ModelLayer;
}

export interface Head {
  /** Features [batch, frames, 7, 7, 1024] to probabilities [batch, classes]. */
  model: ModelLayer;
  /** Pixels [batch, frames, size, size, 3], -1 to 1, to the same, with the same layers. */
  whole(eyes: ModelLayer): ModelLayer;
}

export const memoryLayer = "memory";

export function convLstmHead({ frames, filters, classes }: Record<"frames" | "filters" | "classes", number>): Head {
  const layers = [
    ConvLSTM2D({ filters, kernelSize: 3, name: memoryLayer }),
    Flatten({ name: "flat" }),
    Dense({ units: 64, activation: "relu", name: "hidden" }),
    Dense({ units: classes, activation: "softmax", name: "classes" }),
  ];
  const decide = (x: SymbolicTensor) => layers.reduce((y, layer) => layer(y), x);
  const features = Input({ shape: [frames, ...featureShape] });
  return {
    model: Model({ inputs: features, outputs: decide(features), name: "head" }),
    whole(eyes) {
      const video = Input({ shape: [frames, size, size, 3], name: "video" });
      return Model({ inputs: video, outputs: decide(TimeDistributed(eyes)(video)), name: "classifier" });
    },
  };
}

/** The mean over a window's frames [batch, 7, 7, 1024] to probabilities [batch, classes]. */
export function meanHead(classes: number): ModelLayer {
  const mean = Input({ shape: featureShape });
  const hidden = Dense({ units: 64, activation: "relu" })(Flatten()(mean));
  return Model({ inputs: mean, outputs: Dense({ units: classes, activation: "softmax" })(hidden), name: "mean_head" });
}
