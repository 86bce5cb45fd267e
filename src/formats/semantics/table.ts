/**
 * What single layers of files mean otherwise than ours, which are those of Keras 3.4 to 3.15: a row for each class of layers,
 * in it the names of meanings, and for each value how a layer is made to compute so. Such a value stays in the layer's config
 * as `semantics`, so that it is saved with the model in our own format.
 */
import type { Layer } from "../../layer.js";
import { ignoreMasks, ignoreMasksWhereFused, repeatUpdates, scaleVariance } from "./batchNormalization.js";
import { concatenateAll, joinAll, joinNone, repeatOutputs, takeInnerMask } from "./masks.js";
import { callWithoutMasks, dropMask } from "./replace.js";
import { passLatestMask } from "./tensorflowJs.js";
import { alignCorners } from "./upSampling.js";

/** One value of a meaning. */
export interface Meaning {
  /** Makes a layer compute so. */
  apply(layer: Layer): void;
  /** What the layer does then, as a predicate: "joins masks by AND, as Keras 2". */
  readonly says: string;
  /** What differs: predictions, or only what training leaves behind. */
  readonly changes: "predictions" | "training";
}

const predicts = (says: string, apply: Meaning["apply"]): Meaning => ({ apply, says, changes: "predictions" });
const trains = (says: string, apply: Meaning["apply"]): Meaning => ({ apply, says, changes: "training" });

const all = "joins masks by AND, those that are there, as Keras 1 and 2 and TensorFlow.js";
const none = predicts("ignores and ends masks, as Keras 3.0 to 3.3", joinNone);
const joined = { joinedMasks: { all: predicts(all, joinAll), none } };
const recurrent = { masks: { none: predicts("ends masks, as Keras from 3.16", dropMask) } };
const model = {
  masks: { latest: predicts("hands the latest mask to layers that have none, as TensorFlow.js", passLatestMask) },
};
/** A model inside a model may be in several TimeDistributed; more updates than that are no file of Keras. */
export const maxUpdates = 64;

/** By class, meaning and value. `updates` of batch normalization is a number instead, see `meaningOf`. */
export const semanticsTable: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Meaning>>>>>> = {
  Add: joined,
  Subtract: joined,
  Multiply: joined,
  Average: joined,
  Maximum: joined,
  Minimum: joined,
  Concatenate: { joinedMasks: { all: predicts(all, concatenateAll), none } },
  TimeDistributed: {
    masks: {
      inner: predicts("has the mask of the layer inside, as Keras 2", takeInnerMask),
      none: predicts("ends masks, as Keras from 3.16", dropMask),
    },
  },
  SimpleRNN: recurrent,
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
  ConvLSTM1D: recurrent,
  ConvLSTM2D: recurrent,
  ConvLSTM3D: recurrent,
  Bidirectional: {
    ...recurrent,
    outputs: {
      repeated: predicts("repeats its outputs at masked steps, as Keras up to 2.3 and TensorFlow.js", repeatOutputs),
    },
  },
  BatchNormalization: {
    movingVariance: {
      fused: trains("keeps the unbiased variance of frames and volumes, N / (N - 1), as Keras 2", (layer) =>
        scaleVariance(layer, "fused"),
      ),
      fusedFrames: trains("keeps the unbiased variance of frames, N / (N - 1), as Keras 2 up to 2.4", (layer) =>
        scaleVariance(layer, "fusedFrames"),
      ),
      sample: trains("keeps the variance N / (N - 1 - epsilon), as Keras up to 2.3", (layer) =>
        scaleVariance(layer, "sample"),
      ),
    },
    masks: {
      ignored: trains("counts masked steps in its statistics, as Keras up to 2.11 and TensorFlow.js", ignoreMasks),
      unfused: trains("counts masked steps of frames in its statistics, as Keras 2", ignoreMasksWhereFused),
    },
  },
  GlobalAveragePooling1D: {
    masks: { ignored: predicts("counts masked steps, as TensorFlow.js", (layer) => callWithoutMasks(layer)) },
  },
  Rescaling: { masks: { none: predicts("ends masks, as Keras 2", dropMask) } },
  UpSampling2D: { bilinear: { corners: predicts("has pixels at their corners, as TensorFlow.js", alignCorners) } },
  Functional: model,
  Sequential: model,
};

/** The meaning of a value for a class of layers; undefined where there is none. */
export function meaningOf(className: string, name: string, value: unknown): Meaning | undefined {
  if (className === "BatchNormalization" && name === "updates") {
    const isCount = Number.isInteger(value) && (value as number) > 1 && (value as number) <= maxUpdates;
    return isCount
      ? trains(`moves its averages ${value as number} times an update, as Keras 2 under TimeDistributed`, (layer) =>
          repeatUpdates(layer, value as number),
        )
      : undefined;
  }
  const row = own(own(semanticsTable, className), name);
  return typeof value === "string" ? own(row, value) : undefined;
}

const own = <T>(table: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  table && Object.hasOwn(table, key) ? table[key] : undefined;
