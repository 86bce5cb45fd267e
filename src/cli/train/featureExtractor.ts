/**
 * MobileNet with its ImageNet weights, without its classifier: it computes the features that the heads are trained on.
 */
import { createHash } from "node:crypto";
import { MobileNet, mobileNet, type ModelLayer } from "../../index.js";
import { size } from "./options.js";

/** The shape of a frame's features. */
export const featureShape = [7, 7, 1024] as const;
export const featureElements = 7 * 7 * 1024;

/** Frames in a batch: so few that their activations stay in the processor's cache from layer to layer. */
export const groupFrames = 5;

export interface FeatureExtractor {
  /** SHA-256 of the weights: features of other weights are not reused. */
  hash: string;
  /** Computes the features [frames, elements] of frames [size, size, 3] of RGB from 0 to 255. */
  extract(frames: readonly Uint8Array[]): Promise<Float32Array>;
  model: ModelLayer;
}

export async function loadFeatureExtractor(): Promise<FeatureExtractor> {
  const model = await MobileNet({ includeTop: false, weights: "imagenet" });
  model.trainable = false;
  const hash = createHash("sha256");
  for (const weight of model.weights) hash.update(await weight.data());
  return { hash: hash.digest("hex"), extract: (frames) => extract(model, frames), model };
}

async function extract(model: ModelLayer, frames: readonly Uint8Array[]): Promise<Float32Array> {
  const output = await model.predictOnBatch(preprocessFrames(frames));
  const features = await output.data();
  output.dispose();
  return features;
}

/** Stacks frames as MobileNet reads them: [frames, size, size, 3], -1 to 1. */
export function preprocessFrames(frames: readonly Uint8Array[]) {
  const length = size * size * 3;
  const data = new Float32Array(frames.length * length);
  frames.forEach((frame, i) => data.set(mobileNet.preprocessInput(frame), i * length));
  return { data, shape: [frames.length, size, size, 3] };
}
