/** MobileNet with its ImageNet weights, without top: what training on a folder sees of a frame. */
import { createHash } from "node:crypto";
import { MobileNet, mobileNet, type ModelLayer } from "../../index.js";
import { size } from "./options.js";

/** Of a frame's features. */
export const featureShape = [7, 7, 1024] as const;
export const featureElements = 7 * 7 * 1024;

/** Frames at a time: their features then stay in a processor's cache from layer to layer. */
export const groupFrames = 5;

export interface Eyes {
  /** Tells these weights from others. */
  hash: string;
  /** Features [frames, elements] of frames [size, size, 3] of RGB from 0 to 255. */
  see(frames: readonly Uint8Array[]): Promise<Float32Array>;
  model: ModelLayer;
}

export async function openEyes(): Promise<Eyes> {
  const model = await MobileNet({ includeTop: false, weights: "imagenet" });
  model.trainable = false;
  const hash = createHash("sha256");
  for (const weight of model.weights) hash.update(await weight.data());
  return { hash: hash.digest("hex"), see: (frames) => see(model, frames), model };
}

async function see(model: ModelLayer, frames: readonly Uint8Array[]): Promise<Float32Array> {
  const output = await model.predictOnBatch(preparedFrames(frames));
  const features = await output.data();
  output.dispose();
  return features;
}

/** [frames, size, size, 3], -1 to 1. */
export function preparedFrames(frames: readonly Uint8Array[]) {
  const length = size * size * 3;
  const data = new Float32Array(frames.length * length);
  frames.forEach((frame, i) => data.set(mobileNet.preprocessInput(frame), i * length));
  return { data, shape: [frames.length, size, size, 3] };
}
