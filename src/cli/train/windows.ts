/** Windows of a fixed number of frames, cut from clips. */
import type { FeatureFile } from "./featureFile.js";

/** A clip with its features, at the sampling rate of the training or, of a short clip, sampled evenly as one window. */
export interface Clip {
  path: string;
  /** The number of its class. */
  label: number;
  features: FeatureFile;
  /** Whether the features are one window, sampled evenly over the whole clip. */
  isWhole: boolean;
}

/** Frames `from` to `to` (exclusive) of a clip. */
export interface Part {
  clip: Clip;
  from: number;
  to: number;
}

/** A window, given by its first frame. */
export interface Window {
  clip: Clip;
  start: number;
}

/** In how many places of a part a window of `frames` frames may begin. */
const numStarts = ({ from, to }: Part, frames: number): number => Math.max(0, to - from - frames + 1);

/** The windows for a test: each begins half a window after the one before. */
export function evenWindows(parts: readonly Part[], frames: number): Window[] {
  const step = Math.max(1, Math.floor(frames / 2));
  return parts.flatMap((part) =>
    Array.from({ length: Math.ceil(numStarts(part, frames) / step) }, (_, i) => ({
      clip: part.clip,
      start: part.from + i * step,
    })),
  );
}

/** How many windows fit into the parts without sharing a frame. */
export const numIndependent = (parts: readonly Part[], frames: number): number =>
  parts.reduce((sum, { from, to }) => sum + Math.floor((to - from) / frames), 0);

/**
 * An epoch sees each frame about once: more often if there are few frames and less often if there are many, so that
 * epochs are of similar length.
 */
const leastWindows = 128;
const mostWindows = 1024;
export const windowsPerEpoch = (parts: readonly Part[], frames: number): number =>
  Math.min(mostWindows, Math.max(leastWindows, numIndependent(parts, frames)));

/**
 * Draws the training windows of one epoch, `perClass` of each class, in random order. The places where windows of a
 * class may begin are laid end to end and divided into `perClass` equal intervals, and one is drawn from each
 * (stratified sampling).
 * @param draw gives random numbers in [0, 1).
 */
export function drawWindows(parts: readonly Part[], frames: number, perClass: number, draw: () => number): Window[] {
  const labels = [...new Set(parts.map(({ clip }) => clip.label))];
  const windows = labels.flatMap((label) => {
    const own = parts.filter(({ clip }) => clip.label === label);
    const places = own.reduce((sum, part) => sum + numStarts(part, frames), 0);
    const cuts = Array.from({ length: perClass }, (_, i) => Math.floor(((i + draw()) * places) / perClass));
    return windowsAt(own, frames, cuts);
  });
  const keys = new Map(windows.map((window) => [window, draw()]));
  return windows.sort((a, b) => keys.get(a)! - keys.get(b)!);
}

/** The windows with these ascending numbers in the list of all windows of the parts. */
function windowsAt(parts: readonly Part[], frames: number, numbers: readonly number[]): Window[] {
  let part = 0;
  let before = 0;
  return numbers.map((number) => {
    while (number >= before + numStarts(parts[part], frames)) before += numStarts(parts[part++], frames);
    return { clip: parts[part].clip, start: parts[part].from + number - before };
  });
}
