/** Reading clips (films, pictures, folders of numbered pictures) as square frames. */
import { ArgumentError, checkOptions, shown } from "../errors.js";
import { openFilm } from "./film.js";
import { type DecodeLimits, limitsOf } from "./decoding/limits.js";
import { look } from "./paths.js";
import { numberedPictures, pictureSize, readSquare, samplePictures } from "./pictures.js";
import { filmFrames, sampleFilm } from "./sampling.js";
import { isStill } from "./still.js";

/**
 * The kind of a path. "film": a video, or an animated GIF or WebP; "picture": a JPEG, PNG, WebP, AVIF, GIF, BMP or TIFF
 * file of one picture; "pictures": a folder of numbered pictures.
 */
export type ClipKind = "film" | "picture" | "pictures";

/** The result of `probe`. */
export interface FilmInfo {
  /** The path, as it was passed. */
  path: string;
  /** The kind of the path: a film, a picture or a folder of pictures. */
  kind: ClipKind;
  /** Width in pixels, turned upright; of the first picture when there are several. */
  width: number;
  /** Height in pixels, turned upright. */
  height: number;
  /** Length of a film; undefined when its header does not state it. */
  durationSeconds?: number;
  /** Frame rate of a film, the mean if it varies; undefined when its header does not state it. */
  framesPerSecond?: number;
  /** Number of frames or pictures; undefined when a film's header does not state it. */
  numFrames?: number;
}

/** A clip that was read. */
export interface Clip {
  /** The path, as it was passed. */
  path: string;
  /** The kind of the path: a film, a picture or a folder of pictures. */
  kind: ClipKind;
  /** The frames: [frames, size, size, 3], row-major, RGB from 0 to 255. */
  frames: Uint8Array;
  /** The shape of `frames`. */
  shape: [frames: number, height: number, width: number, channels: 3];
  /** The time of each frame, in seconds from the film's beginning; for pictures, the index of the picture. */
  times: number[];
  /** Width of the source in pixels, turned upright. */
  width: number;
  /** Height of the source in pixels, turned upright. */
  height: number;
  /** Length of a film; undefined for pictures. */
  durationSeconds?: number;
}

/** Options of `readClip`. */
export interface ReadClipOptions extends DecodeLimits {
  /** Number of frames, evenly spaced over the clip, 32 by default. */
  frames?: number;
  /** Height and width of a frame in pixels, 224 by default. */
  size?: number;
  /** Called after each frame with the number of frames that have been read and their total number. None by default. */
  onProgress?: (done: number, total: number) => void;
}

/** Options of `readFrames`. */
export interface ReadFramesOptions extends DecodeLimits {
  /** Frames per second. For pictures it has no effect: each is given once. */
  rate: number;
  /** Height and width of a frame in pixels, 224 by default. */
  size?: number;
  /**
   * First time that is read, in seconds from the film's beginning (for pictures, the index of the picture), 0 by
   * default.
   */
  from?: number;
  /** Time before which reading stops, in the unit of `from`, the end by default. */
  to?: number;
}

/**
 * Reads what the header of the film, picture or folder of numbered pictures at `path` states; of pictures, the first.
 * @throws FileError when `path` is neither film nor picture, is broken or cannot be read; PictureSizeError when it has
 * too many pixels; MissingProgramError when ffmpeg is needed and not installed.
 * @example
 * const { width, height, durationSeconds } = await probe("clip.mp4");
 */
export async function probe(path: string, options: DecodeLimits = {}): Promise<FilmInfo> {
  checkOptions("probe", options, ["maxPixels", "maxSeconds", "signal"]);
  const limits = limitsOf("probe", options);
  const kind = await clipKind(path, limits.signal);
  if (kind === "film") {
    const { width, height, durationSeconds, framesPerSecond, numFrames } = await openFilm(path, limits);
    return { path, kind, width, height, durationSeconds, framesPerSecond, numFrames };
  }
  const files = kind === "pictures" ? await numberedPictures(path, limits.signal) : [path];
  const { width, height } = await pictureSize(files[0], limits);
  return { path, kind, width, height, numFrames: files.length };
}

/** The most bytes of a clip, 4 GiB. */
const mostBytes = 2 ** 32;

/**
 * Reads N frames, evenly spaced over a whole clip: the i-th frame is what is shown in the middle of the i-th of N equal
 * parts. Each is the middle square of the picture, averaged by area to `size` x `size`. A clip of fewer frames repeats
 * them. Films, WebP, AVIF, GIF, BMP and TIFF are decoded by ffmpeg, JPEG and PNG in a thread; if the wanted frames lie far apart, a film in MP4, MOV, Matroska or WebM is
 * decoded around them only.
 *
 * @throws ArgumentError when an option is unknown or out of range; FileError when `path` is neither film nor picture,
 * is broken, cannot be read, takes too long, or ends long before its header states; PictureSizeError when it has too many
 * pixels; MissingProgramError when ffmpeg is needed and not installed.
 * @example
 * const clip = await readClip("clip.mp4", { frames: 32, size: 224 });
 * const x = mobileNet.preprocessInput(tensor(clip.frames, [1, ...clip.shape])); // [1, 32, 224, 224, 3]
 */
export async function readClip(path: string, options: ReadClipOptions = {}): Promise<Clip> {
  checkOptions("readClip", options, ["frames", "size", "maxPixels", "maxSeconds", "signal", "onProgress"]);
  const { frames: count = 32, size = 224, onProgress } = options;
  const limits = limitsOf("readClip", options);
  checkCount("readClip", "frames", count);
  checkCount("readClip", "size", size);
  const bytes = count * size * size * 3;
  if (bytes > mostBytes) throw new ArgumentError(`readClip: ${count} frames of ${size} x ${size} take ${bytes} bytes; expected ${mostBytes} at most.`); // prettier-ignore
  const frames = new Uint8Array(bytes);
  const shape: Clip["shape"] = [count, size, size, 3];
  const keep = (frame: Uint8Array, i: number) => {
    frames.set(frame, i * frame.length);
    onProgress?.(i + 1, count);
  };
  const kind = await clipKind(path, limits.signal);
  if (kind === "film") {
    const film = await openFilm(path, limits);
    const seen = await sampleFilm(film, { count, size, limits }, keep);
    return { path, kind, frames, shape, ...seen, width: film.width, height: film.height };
  }
  const files = kind === "pictures" ? await numberedPictures(path, limits.signal) : [path];
  const times = Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * files.length) / count));
  const { width, height } = await samplePictures(files, times, { size, limits }, keep);
  return { path, kind, frames, shape, times, width, height };
}

/**
 * Generates a film's frames at a fixed rate, each the middle square: [size, size, 3], RGB from 0 to 255. Frames are
 * decoded while they are read, so that memory does not grow with the film. Each frame is what is shown at its time:
 * frames are dropped or repeated when the film has another rate. Ending the loop ends the decoder.
 *
 * @throws ArgumentError when an option is unknown or out of range; FileError when `path` is neither film nor picture,
 * is broken, cannot be read, takes too long, or ends long before its header states; PictureSizeError when it has too many
 * pixels; MissingProgramError when ffmpeg is needed and not installed.
 * @example
 * for await (const { timeSeconds, rgb } of readFrames("film.mp4", { rate: 5 })) console.log(timeSeconds, rgb.length);
 */
export async function* readFrames(
  path: string,
  options: ReadFramesOptions,
): AsyncGenerator<{ timeSeconds: number; rgb: Uint8Array }> {
  checkOptions("readFrames", options, ["rate", "size", "from", "to", "maxPixels", "maxSeconds", "signal"]);
  const { rate, size = 224, from = 0, to = Infinity } = options;
  const limits = limitsOf("readFrames", options);
  checkCount("readFrames", "size", size);
  if (!(typeof rate === "number" && rate > 0))
    throw new ArgumentError(`readFrames: rate is ${shown(rate)}; expected frames per second, above 0.`);
  const kind = await clipKind(path, limits.signal);
  if (kind !== "film") {
    const files = kind === "pictures" ? await numberedPictures(path, limits.signal) : [path];
    for (let i = Math.max(0, Math.ceil(from)); i < Math.min(to, files.length); i++) {
      yield { timeSeconds: i, rgb: (await readSquare(files[i], size, limits)).square };
    }
    return;
  }
  yield* filmFrames(await openFilm(path, limits), { rate, size, from, to, limits });
}

async function clipKind(path: string, signal?: AbortSignal): Promise<ClipKind> {
  signal?.throwIfAborted();
  const start = await look(path);
  if (start === "folder") return "pictures";
  return (await isStill(path, start, signal)) ? "picture" : "film";
}

function checkCount(where: string, name: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new ArgumentError(`${where}: ${name} is ${shown(value)}; expected a whole number above 0.`);
}
