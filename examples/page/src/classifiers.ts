/** Networks that label frames or clips. */
import { fromPixels, MobileNet, mobileNet, scope, stack, stream, type Tensor } from "zoetrope";
import classes from "zoetrope/imagenet-classes.json" with { type: "json" };
import imagenet from "zoetrope/imagenet.safetensors?url";
import { rankLabels } from "zoetrope/inspect";
import type { Label } from "./messages.js";
import { loadTrained } from "./modelFile.js";

export interface Classifier {
  title: string;
  /** How long to wait before the next frame; 0: not at all. */
  secondsBetween: number;
  /** Returns labels, best first. */
  see(frame: ImageBitmap, how: How): Promise<Label[]>;
}

interface How {
  signal: AbortSignal;
  /** Called with the share that is done, from 0 to 1. */
  onProgress: (share: number) => void;
}

/** The middle square of a frame as a batch of one, [1, size, size, 3], on MobileNet's scale of -1 to 1. */
const toInput = (frame: ImageBitmap, size: number) =>
  scope(() => stack([fromPixels(frame, { size, scale: 1 / 127.5, offset: -1 })]));

/** Classifies each frame by itself, by MobileNet. */
export async function imagenetClassifier(read: (url: string) => Promise<Uint8Array>): Promise<Classifier> {
  const model = await MobileNet({ weights: await read(imagenet) });
  return {
    title: "MobileNet, ImageNet’s 1000 classes",
    secondsBetween: 0,
    async see(frame, how) {
      const pixels = toInput(frame, 224);
      const scores = await model.predict(pixels, how).finally(() => pixels.dispose());
      const [best] = await mobileNet.decodePredictions(scores, { top: 5, classes });
      scores.dispose();
      return best.map(({ label, score }) => ({ label: label.replaceAll("_", " "), score }));
    },
  };
}

/**
 * Classifies the frames of a window together, by a model that `zoetrope train` has saved: each frame is computed once, as
 * the stream keeps the states. It was trained on windows of so many frames, so after each it begins anew.
 */
export async function clipClassifier(file: Uint8Array, name: string): Promise<Classifier> {
  const { model, trained } = await loadTrained(file, name);
  const { classes, frames, size, windowSeconds } = trained;
  const live = stream(model);
  let numSeen = 0;
  return {
    title: `${name}: ${classes.join(", ")}`,
    secondsBetween: windowSeconds / frames,
    async see(frame, { signal }) {
      if (numSeen > 0 && numSeen % frames === 0) live.reset();
      const pixels = toInput(frame, size);
      const scores = await live.step<Tensor>(pixels, { signal }).finally(() => pixels.dispose());
      numSeen++; // a step that was stopped changes nothing
      const values = await scores.data();
      scores.dispose();
      return rankLabels(values, classes);
    },
  };
}
