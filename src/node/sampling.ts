/**
 * Reading a film's frames: a number of them evenly spaced, or all at a rate; and what happens when a film ends early.
 */
import type { FileError } from "../errors.js";
import { type Film, measureFilm } from "./film.js";
import { Frames } from "./frames.js";
import { faultOf, type Limits } from "./decoding/limits.js";

interface Evenly {
  count: number;
  size: number;
  limits: Limits;
}
type Keep = (frame: Uint8Array, i: number) => void;

/**
 * Frames further apart than this are sought one by one, which decodes about ten seconds, from a key frame on, for each.
 */
const secondsWorthSeeking = 20;

/** By how much of its length a film may be shorter than its header states without being called cut off. */
const tolerance = 0.1;

/**
 * Passes `count` frames, evenly spaced over the film, to `keep`. Returns their times and the film's length, in seconds.
 * @throws FileError when no frame can be decoded, or the film is cut off.
 */
export async function sampleFilm(film: Film, evenly: Evenly, keep: Keep) {
  const { count, limits } = evenly;
  const said = film.durationSeconds ?? (await measureFilm(film, limits));
  let sample = await sampleParts(film, said, evenly, keep);
  if (sample.numFrames === count && !sample.complaint) return { times: sample.times, durationSeconds: said };

  // The film is damaged, or ends before its header states, or ffmpeg does not know how long its last frame is shown.
  const measured = await measureFilm(film, limits);
  if (sample.complaint && measured < (1 - tolerance) * said) throw cutOff(film, measured, said, sample.complaint);
  const isInside = sample.times[count - 1] <= film.startSeconds + measured;
  if (!isInside) sample = await sampleParts(film, measured, evenly, keep);
  const { times, last, numFrames, complaint } = sample;
  if (!last) throw undecodable(film, complaint);
  for (let i = numFrames; i < count; i++) keep(last, i);
  return { times, durationSeconds: measured };
}

/** Reads the frames in the middles of `count` equal parts, as far as there are frames. */
async function sampleParts(film: Film, durationSeconds: number, { count, size, limits }: Evenly, keep: Keep) {
  const part = durationSeconds / count;
  const times = Array.from({ length: count }, (_, i) => film.startSeconds + (i + 0.5) * part);
  const isStill = part === 0;
  const isApart = film.seekable && part > secondsWorthSeeking;
  const plans = isApart ? times.map((from) => ({ from, count: 1 })) : [{ from: times[0], count: isStill ? 1 : count }];
  const rate = isStill ? 1 : count / durationSeconds;
  let [numFrames, complaint] = [0, ""];
  let last: Uint8Array | undefined;
  for (const plan of plans) {
    const frames = new Frames(film, { ...plan, rate, size, limits });
    for await (const frame of frames) keep((last = frame), numFrames++);
    complaint ||= frames.complaint;
    if (frames.count < plan.count) break;
  }
  return { times, numFrames, last, complaint };
}

/**
 * Generates the frames at `from`, `from + 1 / rate`, ... before `to`.
 * @throws FileError when no frame can be decoded or, after the last frame that can, when the film is cut off.
 */
export async function* filmFrames(
  film: Film,
  { rate, size, from, to, limits }: { rate: number; size: number; from: number; to: number; limits: Limits },
): AsyncGenerator<{ timeSeconds: number; rgb: Uint8Array }> {
  const { startSeconds, durationSeconds = await measureFilm(film, limits) } = film;
  const begin = Math.max(from, startSeconds);
  const count = Math.ceil((Math.min(to, startSeconds + durationSeconds) - begin) * rate);
  if (count <= 0) return;
  const frames = new Frames(film, { from: begin, rate, count, size, limits });
  for await (const rgb of frames) yield { timeSeconds: begin + (frames.count - 1) / rate, rgb };
  if (!frames.complaint || frames.count > (1 - tolerance) * count - 1) return;
  if (frames.count === 0) throw undecodable(film, frames.complaint);
  throw cutOff(film, begin - startSeconds + frames.count / rate, durationSeconds, frames.complaint);
}

function cutOff({ path }: Film, endSeconds: number, saidSeconds: number, complaint: string): FileError {
  const [ends, said] = [endSeconds, saidSeconds].map((seconds) => seconds.toFixed(1));
  return faultOf(path, `cut off: it ends after ${ends} of ${said} s (${complaint}); try another copy of it`);
}

const undecodable = ({ path }: Film, complaint: string) =>
  faultOf(path, `no frame of it can be decoded${complaint && ` (${complaint})`}; try another copy of it`);
