/** A film's frames at even times, as small squares, through ffmpeg. */
import { inputOf, Process } from "./ffmpeg.js";
import type { Film } from "./film.js";

/** Which frames: `count` of them, at `from`, `from + 1 / rate`, ... */
export interface Sampling {
  from: number;
  rate: number;
  count: number;
  size: number;
  signal?: AbortSignal;
}

/** A film's square frames, decoded one after another while they are read. */
export class Frames {
  readonly #process: Process;
  /** How many came. */
  count = 0;

  constructor(
    readonly film: Film,
    readonly sampling: Sampling,
  ) {
    this.#process = new Process("ffmpeg", film.path, decoding(film, sampling), sampling.signal);
  }

  /** What ffmpeg complained of. */
  get complaint(): string {
    return this.#process.complaint;
  }

  /** RGB, 0 to 255: [size, size, 3] each. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const bytes = this.sampling.size ** 2 * 3;
    let frame = new Uint8Array(bytes);
    let filled = 0;
    for await (const piece of this.#process.output()) {
      for (let at = 0; at < piece.length;) {
        const part = piece.subarray(at, at + bytes - filled);
        frame.set(part, filled);
        at += part.length;
        filled += part.length;
        if (filled < bytes) continue;
        this.count++;
        yield frame;
        frame = new Uint8Array(bytes);
        filled = 0;
      }
    }
  }
}

const seekMargin = 1; // seconds: a key frame is stored up to a few frames before it is shown

/**
 * ffmpeg's arguments. The filter `fps`, rounding up, shows at each time the last frame that began before or then, whatever
 * the frame rate. Colours come before the crop, which could not cut between the chroma samples of several pixels; the crop
 * is a square of what is seen (`sar`: a pixel may be wider than high); `area` averages when shrinking, blends when growing,
 * within one level of 255 of `resize`, if no chroma is left out.
 */
function decoding({ path, seekable, framesPerSecond }: Film, { from, rate, count, size }: Sampling): string[] {
  const seek = seekable ? Math.max(0, Math.floor(from) - seekMargin) : 0; // whole, or times would be rounded
  const filters = [
    // The last frame stays until the next time that is asked for: decoders do not always say how long it lasts.
    ...(framesPerSecond ? [`tpad=stop_mode=clone:stop_duration=${1 / rate + 1 / framesPerSecond}`] : []),
    `fps=fps=${rate}:start_time=${from - seek}:round=up`,
    "setpts=N", // or ffmpeg would fill the time before the first frame
    "scale=flags=accurate_rnd+full_chroma_int",
    "format=rgb24",
    "crop=w=min(iw\\,ih/sar):h=min(ih\\,iw*sar)",
    `scale=${size}:${size}:flags=area+accurate_rnd+full_chroma_inp+full_chroma_int`,
  ];
  return [
    ...["-v", "error", "-nostdin"],
    ...(seek > 0 ? ["-noaccurate_seek", "-ss", String(seek)] : []),
    ...inputOf(path),
    ...["-map", "0:V:0", "-vf", filters.join(","), "-frames:v", String(count)],
    ...["-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1"],
  ];
}
