/** A film's frames at evenly spaced times, as small squares, decoded by ffmpeg. */
import { inputOf, Process } from "./ffmpeg.js";
import type { Film } from "./film.js";
import type { Limits } from "./decoding/limits.js";

/** Which frames to decode: `count` of them, at the times `from`, `from + 1 / rate`, ... in seconds. */
export interface Sampling {
  from: number;
  rate: number;
  count: number;
  size: number;
  limits: Limits;
}

/** A film's square frames, decoded one after another while they are read. */
export class Frames {
  readonly #process: Process;
  /** How many frames have been decoded. */
  count = 0;

  constructor(
    readonly film: Film,
    readonly sampling: Sampling,
  ) {
    const { from, rate, limits } = sampling;
    // Until the first frame, ffmpeg may have to decode all that is before it.
    const options = { limits, seconds: Math.max(from, 1 / rate) };
    this.#process = new Process("ffmpeg", film.path, decodeArguments(film, sampling), options);
  }

  /** ffmpeg's first message; "" for none. */
  get complaint(): string {
    return this.#process.complaint;
  }

  /** Each frame is [size, size, 3]: RGB from 0 to 255. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const frame of wholeFrames(this.#process.output(), this.sampling.size)) {
      this.count++;
      yield frame;
    }
    this.#process.checkPixels();
  }
}

/** Joins pieces of raw video to frames [size, size, 3]. Returns the bytes that are left over. */
export async function* wholeFrames(
  pieces: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array, number, undefined> {
  const bytes = size * size * 3;
  let frame = new Uint8Array(bytes);
  let filled = 0;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + bytes - filled);
      frame.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled < bytes) continue;
      yield frame;
      frame = new Uint8Array(bytes);
      filled = 0;
    }
  }
  return filled;
}

/** In seconds: a key frame is stored up to a few frames before it is shown. */
const seekMargin = 1;

/**
 * The filters that make the middle square of a picture. Colours are converted before the crop, which cannot cut between
 * pixels that share a chroma sample. The crop is square as it is shown (`sar`: a pixel may be wider than high). `area`
 * averages when shrinking and interpolates when enlarging, as `resize` does; the results differ by at most one level of
 * 255 if chroma is not subsampled.
 */
export const squareFilters = (size: number): string[] => [
  "scale=flags=accurate_rnd+full_chroma_int",
  "format=rgb24",
  "crop=w=min(iw\\,ih/sar):h=min(ih\\,iw*sar)",
  `scale=${size}:${size}:flags=area+accurate_rnd+full_chroma_inp+full_chroma_int`,
];

/** The options by which ffmpeg gives raw frames on its standard output. */
export const rawOutput = ["-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1"];

/**
 * The arguments of ffmpeg. The filter `fps`, rounding up, gives for each time the last frame that began at or before
 * it, whatever the frame rate.
 */
function decodeArguments(
  { path, format, seekable, framesPerSecond }: Film,
  { from, rate, count, size, limits }: Sampling,
): string[] {
  const seek = seekable ? Math.max(0, Math.floor(from) - seekMargin) : 0; // whole, as ffmpeg rounds times otherwise
  const filters = [
    // Repeats the last frame until the next wanted time: decoders do not always state how long it lasts.
    ...(framesPerSecond ? [`tpad=stop_mode=clone:stop_duration=${1 / rate + 1 / framesPerSecond}`] : []),
    `fps=fps=${rate}:start_time=${from - seek}:round=up`,
    "setpts=N", // otherwise ffmpeg fills the time before the first frame
    ...squareFilters(size),
  ];
  return [
    ...["-v", "error", "-nostdin"],
    ...(seek > 0 ? ["-noaccurate_seek", "-ss", String(seek)] : []),
    ...["-f", format, ...inputOf(path, limits)],
    ...["-map", "0:V:0", "-vf", filters.join(","), "-frames:v", String(count)],
    ...rawOutput,
  ];
}
