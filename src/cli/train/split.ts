/** Chooses which clips, or parts of clips, are held out for the test. */
import { FileError } from "../../index.js";
import type { Clip, Part } from "./windows.js";

export interface Split {
  train: Part[];
  test: Part[];
  /** The unit that the test counts: clips if they are held out whole, otherwise windows. */
  unit: "clip" | "window";
  /** A description for the user of how clips are held out. */
  text: string;
}

/** The share of clips, or of each clip, that is held out. */
const heldOutShare = 0.25;

const whole = (clip: Clip): Part => ({ clip, from: 0, to: clip.features.numFrames });

/** Trains on all clips of one folder and tests on those of another. */
export const splitByFolder = (clips: readonly Clip[], test: readonly Clip[], folder: string): Split => ({
  train: clips.map(whole),
  test: test.map(whole),
  unit: "clip",
  text: `by folder: trained on ${clips.length} clips, tested on ${test.length} in ${folder}`,
});

/**
 * Holds out a quarter of each class at random, if every class has two clips or more; otherwise the last quarter of each
 * clip, with a gap of one window before it, so that no test window shares a frame with a training window.
 * @param draw gives random numbers in [0, 1).
 * @throws FileError when no clip of a class is long enough for that.
 */
export function splitClips(
  clips: readonly Clip[],
  classes: readonly string[],
  { frames, windowSeconds }: { frames: number; windowSeconds: number },
  draw: () => number,
): Split {
  const byClass = classes.map((_, label) => clips.filter((clip) => clip.label === label));
  if (byClass.every((own) => own.length >= 2)) return splitByClip(byClass, draw);
  byClass.forEach((own, label) => {
    if (own.some((clip) => timeParts(clip, frames))) return;
    const longest = Math.max(...own.map(({ features }) => features.numFrames));
    throw new FileError(
      `class "${classes[label]}": its ${own.length === 1 ? "only clip gives" : "longest clip gives"} ${longest} frames, and ${3 * frames} are needed (${3 * windowSeconds} s: a window to learn from, a gap, a window to test on); add clips, give held-out ones with --test, or a shorter --window.`,
    );
  });
  const parts = clips.map((clip) => timeParts(clip, frames) ?? { train: whole(clip), test: undefined });
  return {
    train: parts.map(({ train }) => train),
    test: parts.flatMap(({ test }) => test ?? []),
    unit: "window",
    text: `by time, as a class has one clip: tested on the last quarter of each clip, after a gap of one window (${windowSeconds} s)`,
  };
}

function splitByClip(byClass: readonly Clip[][], draw: () => number): Split {
  const train: Part[] = [];
  const test: Part[] = [];
  for (const own of byClass) {
    const keys = new Map(own.map((clip) => [clip, draw()]));
    const order = [...own].sort((a, b) => keys.get(a)! - keys.get(b)!);
    const held = Math.max(1, Math.round(heldOutShare * own.length));
    test.push(...order.slice(0, held).map(whole));
    train.push(...order.slice(held).map(whole));
  }
  return {
    train,
    test,
    unit: "clip",
    text: `by clip: trained on ${train.length}, tested on ${test.length} others, drawn at random from each class`,
  };
}

/** Cuts a clip in time; undefined for one that is too short for a window, a gap and a window. */
function timeParts(clip: Clip, frames: number): { train: Part; test: Part } | undefined {
  const { numFrames } = clip.features;
  if (numFrames < 3 * frames) return undefined;
  const from = numFrames - Math.max(frames, Math.floor(heldOutShare * numFrames));
  return { train: { clip, from: 0, to: from - frames }, test: { clip, from, to: numFrames } };
}
