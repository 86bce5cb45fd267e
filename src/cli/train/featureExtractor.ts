/**
 * MobileNet with its ImageNet weights, without its classifier: it computes the features that the heads are trained on.
 */
import { createHash } from "node:crypto";
import { memory, MobileNet, mobileNet, type ModelLayer } from "../../index.js";
import { packageVersion } from "../version.js";
import { size } from "./options.js";

/** The shape of a frame's features. */
export const featureShape = [7, 7, 1024] as const;
export const featureElements = 7 * 7 * 1024;

/** Frames in a batch: so few that their activations stay in the processor's cache from layer to layer. */
export const groupFrames = 5;

export interface FeatureExtractor {
  /** SHA-256 of all that features depend on beside the frames; features that were computed otherwise are not reused. */
  hash: string;
  /** Computes the features [frames, elements] of frames [size, size, 3] of RGB from 0 to 255. */
  extract(frames: readonly Uint8Array[]): Promise<Float32Array>;
  model: ModelLayer;
}

export async function loadFeatureExtractor(): Promise<FeatureExtractor> {
  const model = await MobileNet({ includeTop: false, weights: "imagenet" });
  model.trainable = false;
  return { hash: await hashOf(model), extract: (frames) => extract(model, frames), model };
}

/**
 * A hash of the weights, of the version of the package (which reads and prepares the frames), of the build of the kernels,
 * and of the features that they give for a test picture: with relaxed SIMD, the processor decides how sums are rounded.
 */
async function hashOf(model: ModelLayer): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([packageVersion(), memory().backend]));
  for (const weight of model.weights) hash.update(await weight.data());
  const picture = Uint8Array.from({ length: size * size * 3 }, (_, i) => (i * i) % 251);
  return hash.update(await extract(model, [picture])).digest("hex");
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
