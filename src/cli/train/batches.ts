/** Reads windows as batches for both heads. */
import { featureElements, featureShape } from "./featureExtractor.js";
import { readFeatures } from "./featureFile.js";
import type { Window } from "./windows.js";

export interface WindowBatch {
  /** [windows, frames, 7, 7, 1024] */
  features: { data: Float32Array; shape: number[] };
  /** The mean over the frames: [windows, 7, 7, 1024]. */
  means: { data: Float32Array; shape: number[] };
  /** One-hot: [windows, classes]. */
  targets: { data: Float32Array; shape: number[] };
}

/** Reads the features of the windows from disk. */
export async function readBatch(
  windows: readonly Window[],
  { frames, classes }: { frames: number; classes: number },
): Promise<WindowBatch> {
  const data = new Float32Array(windows.length * frames * featureElements);
  const means = new Float32Array(windows.length * featureElements);
  const targets = new Float32Array(windows.length * classes);
  for (const [i, { clip, start }] of windows.entries()) {
    const window = data.subarray(i * frames * featureElements, (i + 1) * frames * featureElements);
    await readFeatures(clip.features, start, frames, window);
    addMean(means.subarray(i * featureElements, (i + 1) * featureElements), window, frames);
    targets[i * classes + clip.label] = 1;
  }
  return {
    features: { data, shape: [windows.length, frames, ...featureShape] },
    means: { data: means, shape: [windows.length, ...featureShape] },
    targets: { data: targets, shape: [windows.length, classes] },
  };
}

/** Writes the mean over the frames of `window` [frames, elements] into `mean` [elements], which holds zeros. */
function addMean(mean: Float32Array, window: Float32Array, frames: number): void {
  for (let from = 0; from < window.length; from += mean.length) {
    for (let i = 0; i < mean.length; i++) mean[i] += window[from + i];
  }
  for (let i = 0; i < mean.length; i++) mean[i] /= frames;
}
