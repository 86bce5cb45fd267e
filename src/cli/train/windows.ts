/** Windows of a fixed number of frames, cut from clips. */
import type { FeatureFile } from "./featureFile.js";

/** A clip whose features are there, at the training's frame rate or, of a short clip, one window evenly over it. */
export interface Clip {
  path: string;
  /** Number of its class. */
  label: number;
  features: FeatureFile;
  /** Whether it is a window evenly over the whole clip. */
  isWhole: boolean;
}

/** Frames `from` to `to` (exclusive) of a clip. */
export interface Part {
  clip: Clip;
  from: number;
  to: number;
}

/** A window by its first frame. */
export interface Window {
  clip: Clip;
  start: number;
}

/** In how many places a window of so many frames may begin. */
const numStarts = ({ from, to }: Part, frames: number): number => Math.max(0, to - from - frames + 1);

/** Held-out windows begin each half a window later than the one before. */
export function evenWindows(parts: readonly Part[], frames: number): Window[] {
  const step = Math.max(1, Math.floor(frames / 2));
  return parts.flatMap((part) =>
    Array.from({ length: Math.ceil(numStarts(part, frames) / step) }, (_, i) => ({
      clip: part.clip,
      start: part.from + i * step,
    })),
  );
}

/** How many windows there are of which no two share a frame. */
export const numApart = (parts: readonly Part[], frames: number): number =>
  parts.reduce((sum, { from, to }) => sum + Math.floor((to - from) / frames), 0);

/** An epoch sees each frame about once; of little film more often, of much less often, so that epochs are alike. */
const leastWindows = 128;
const mostWindows = 1024;
export const windowsPerEpoch = (parts: readonly Part[], frames: number): number =>
  Math.min(mostWindows, Math.max(leastWindows, numApart(parts, frames)));

/**
 * Training windows of one epoch in random order, as many of each class. The places where windows of a class may begin, end to
 * end, are divided evenly, and one is drawn from each division: all of the film is seen, never twice in the same cut.
 * @param draw gives numbers in [0, 1).
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

/** The windows at these numbers, which ascend, in the list of all windows of the parts. */
function windowsAt(parts: readonly Part[], frames: number, numbers: readonly number[]): Window[] {
  let part = 0;
  let before = 0;
  return numbers.map((number) => {
    while (number >= before + numStarts(parts[part], frames)) before += numStarts(parts[part++], frames);
    return { clip: parts[part].clip, start: parts[part].from + number - before };
  });
}
