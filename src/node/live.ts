/** Frames as they come: of a camera, of a stream in the network, or raw ones that another program writes. */
import { ArgumentError, checkNumber, checkOptions, kindOf } from "../errors.js";
import { mostPixels, Process } from "./ffmpeg.js";
import { rawOutput, squareFilters, wholeFrames } from "./frames.js";
import { type DecodeLimits, faultOf, type Limits, limitsOf } from "./decoding/limits.js";

/** Options of `readLive`. */
export interface ReadLiveOptions extends DecodeLimits {
  /** Frames per second that are taken of a camera or stream. */
  rate: number;
  /** Height and width of a frame in pixels, 224 by default. */
  size?: number;
}

/** A frame as it came. */
export interface LiveFrame {
  /** Seconds since the first frame by the rate; frames that were left out count. */
  timeSeconds: number;
  /** The frame: [size, size, 3], RGB from 0 to 255. */
  rgb: Uint8Array;
}

/** How ffmpeg opens addresses: only what a stream in a network needs, and no file of this machine. */
const protocols = "http,https,httpproxy,tcp,tls,crypto,udp,rtp,rtsp,rtmp";
const address = /^(https?|rtsp|rtmp|udp|tcp):\/\/./i;
const camera = /^\/dev\/video\d+$/;

/** Whether a source is one of `readLive` that gives frames at its own pace: a camera, or a stream's address. */
export const isLive = (source: string): boolean => camera.test(source) || address.test(source);

/**
 * Generates the frames of a source as they come, each the middle square: [size, size, 3], RGB from 0 to 255. A camera
 * ("/dev/video0", on Linux) and a stream's address (http, https, rtsp, rtmp, udp, tcp) are read by ffmpeg, and a reader
 * that is slower than they are gets the newest frame each time, without those between. With any other iterable of bytes,
 * such as `process.stdin`, these are raw frames of just that size, and each is given. Ending the loop ends the reading.
 *
 * @throws ArgumentError when an option is unknown or out of range, or the source is none of these; FileError when no
 * frame comes, or the last one is not whole; MissingProgramError when ffmpeg is needed and not installed; the signal's
 * reason when it is aborted.
 * @example
 * const live = model.stream();
 * for await (const { rgb } of readLive("/dev/video0", { rate: 8 })) {
 *   console.log(await (await live.step(mobileNet.preprocessInput(rgb))).data());
 * }
 */
export async function* readLive(
  source: string | AsyncIterable<Uint8Array>,
  options: ReadLiveOptions,
): AsyncGenerator<LiveFrame> {
  checkOptions("readLive", options, ["rate", "size", "maxPixels", "maxSeconds", "signal"]);
  const size = checkNumber("readLive", "size", options.size ?? 224, "a whole number from 1");
  const rate = checkNumber("readLive", "rate", options.rate, "a number above 0");
  const limits = limitsOf("readLive", options);
  let number = 0;
  if (typeof source !== "string") {
    if (!source?.[Symbol.asyncIterator]) throw new ArgumentError(`readLive: received ${kindOf(source)}; expected "/dev/video0", an address, or a stream of bytes.`); // prettier-ignore
    const frames = wholeFrames(untilAborted(source, limits.signal), size);
    for (;;) {
      const { done, value } = await frames.next();
      limits.signal?.throwIfAborted();
      if (!done) yield { timeSeconds: number++ / rate, rgb: value };
      else if (value === 0 && number > 0) return;
      else throw faultOf("-", `ends after ${number} frames and ${value} bytes; expected raw frames of ${size} x ${size} x 3 bytes, as ffmpeg writes with -s ${size}x${size} -pix_fmt rgb24 -f rawvideo`); // prettier-ignore
    }
  }
  if (!isLive(source)) throw faultOf(source, "no camera or stream; expected /dev/video0 or an address such as rtsp://camera/1"); // prettier-ignore
  const begin = (signal: AbortSignal) => decoded(source, { rate, size, limits: { ...limits, signal } });
  for await (const { frame, index } of newest(begin, limits)) yield { timeSeconds: index / rate, rgb: frame };
}

/** All frames of a camera or stream at a rate. @throws FileError when none comes. */
async function* decoded(source: string, { rate, size, limits }: { rate: number; size: number; limits: Limits }) {
  // A film on a server comes as fast as the network; -re gives it the pace of one that is played.
  const pace = /^https?:/i.test(source) ? ["-re"] : [];
  const input = camera.test(source)
    ? ["-f", "v4l2", "-i", source]
    : [...pace, "-protocol_whitelist", protocols, "-i", source];
  const filters = [`fps=fps=${rate}`, ...squareFilters(size)].join(",");
  const args = ["-v", "error", "-nostdin", "-max_pixels", String(mostPixels(limits)), ...input];
  const process = new Process("ffmpeg", source, [...args, "-map", "0:V:0", "-vf", filters, ...rawOutput], {
    ...{ limits, what: "cameras and streams" },
    seconds: 1 / rate,
  });
  let count = 0;
  for await (const frame of wholeFrames(process.output(), size)) {
    count++;
    yield frame;
  }
  process.checkPixels();
  if (count === 0) throw faultOf(source, `no frame comes of it${process.complaint && ` (${process.complaint})`}; look whether it is there and free`); // prettier-ignore
}

/** Takes the newest item each time, without those that came while the last one was in use. */
async function* newest(
  begin: (signal: AbortSignal) => AsyncIterable<Uint8Array>,
  { signal }: Limits,
): AsyncGenerator<{ frame: Uint8Array; index: number }> {
  const ended = new AbortController();
  let latest: { frame: Uint8Array; index: number } | undefined;
  let wake = () => {};
  let isOver = false;
  const reading = (async () => {
    let index = 0;
    for await (const frame of begin(AbortSignal.any([ended.signal, ...(signal ? [signal] : [])]))) {
      latest = { frame, index: index++ };
      wake();
    }
  })().finally(() => {
    isOver = true;
    wake();
  });
  reading.catch(() => {}); // thrown below
  try {
    for (;;) {
      if (latest) {
        const given = latest;
        latest = undefined;
        yield given;
      } else if (isOver) break;
      else await new Promise<void>((done) => (wake = done));
    }
    await reading;
  } finally {
    ended.abort();
    await reading.catch(() => {});
  }
}

/** The pieces of a stream of bytes, which ends when the signal is aborted. */
async function* untilAborted(source: AsyncIterable<Uint8Array>, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const pieces = source[Symbol.asyncIterator]();
  const aborted = new Promise<never>((_, reject) => {
    const stop = () => reject(signal!.reason as Error);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
  aborted.catch(() => {});
  try {
    for (;;) {
      const { done, value } = await Promise.race([pieces.next(), aborted]);
      if (done) return;
      yield value;
    }
  } finally {
    (source as { destroy?(): void }).destroy?.(); // a stream of Node would keep the process alive
  }
}
