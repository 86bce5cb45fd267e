/** Clips: films, pictures and folders of numbered pictures, read as square frames. */
import { ArgumentError, checkOptions } from "../errors.js";
import { openFilm } from "./film.js";
import { look } from "./paths.js";
import { pictureFormat } from "./picture.js";
import { numberedPictures, readPicture, samplePictures, toSquare } from "./pictures.js";
import { filmFrames, sampleFilm } from "./sampling.js";

/** "pictures": a folder of numbered ones. */
export type ClipKind = "film" | "picture" | "pictures";

/** What a path holds, from its header. */
export interface FilmInfo {
  path: string;
  kind: ClipKind;
  /** Pixels as they are seen, upright; of the first, where there are several pictures. */
  width: number;
  height: number;
  /** Of a film whose header says it. */
  durationSeconds?: number;
  /** The mean, where it varies. */
  framesPerSecond?: number;
  numFrames?: number;
}

export interface Clip {
  path: string;
  kind: ClipKind;
  /** RGB, 0 to 255: [frames, size, size, 3]. */
  frames: Uint8Array;
  shape: [frames: number, height: number, width: number, channels: 3];
  /** When each frame stands in the film, in seconds from its beginning; of pictures, which one it is. */
  times: number[];
  /** Pixels of the source, upright. */
  width: number;
  height: number;
  durationSeconds?: number;
}

export interface ReadClipOptions {
  /** How many, evenly over the clip. Default 32. */
  frames?: number;
  /** Pixels on a side. Default 224. */
  size?: number;
  signal?: AbortSignal;
  /** Told after each frame. */
  onProgress?: (done: number, total: number) => void;
}

export interface ReadFramesOptions {
  /** Frames a second. Pictures have no clock: each comes once. */
  rate: number;
  /** Pixels on a side. Default 224. */
  size?: number;
  /** Seconds from the film's beginning (of pictures: which one), the first included, the last not. Default: all. */
  from?: number;
  to?: number;
  signal?: AbortSignal;
}

/**
 * What is at `path`, from its header.
 * @throws FileError for what is neither film nor picture, is broken or cannot be read; for a film where ffmpeg is not there.
 */
export async function probe(path: string, { signal }: { signal?: AbortSignal } = {}): Promise<FilmInfo> {
  const kind = await kindOf(path);
  if (kind === "film") {
    const { width, height, durationSeconds, framesPerSecond, numFrames } = await openFilm(path, signal);
    return { path, kind, width, height, durationSeconds, framesPerSecond, numFrames };
  }
  const files = kind === "pictures" ? await numberedPictures(path) : [path];
  const { width, height } = await readPicture(files[0]);
  return { path, kind, width, height, numFrames: files.length };
}

/**
 * Frames evenly over a whole clip: of N, the i-th is what is seen in the middle of the i-th of N equal parts. Each is the
 * middle square, averaged by area to `size` x `size`. A clip of fewer frames repeats them. A film of which N frames lie far
 * apart is not decoded in between, where its form (MP4, MOV, Matroska, WebM) has key frames to go to.
 * @throws FileError as `probe` does, and for a film that ends long before its header says.
 */
export async function readClip(path: string, options: ReadClipOptions = {}): Promise<Clip> {
  checkOptions("readClip", options, ["frames", "size", "signal", "onProgress"]);
  const { frames: count = 32, size = 224, signal, onProgress } = options;
  checkCount("readClip", "frames", count);
  checkCount("readClip", "size", size);
  const frames = new Uint8Array(count * size * size * 3);
  const shape: Clip["shape"] = [count, size, size, 3];
  const keep = (frame: Uint8Array, i: number) => {
    frames.set(frame, i * frame.length);
    onProgress?.(i + 1, count);
  };
  const kind = await kindOf(path);
  if (kind === "film") {
    const film = await openFilm(path, signal);
    const seen = await sampleFilm(film, { count, size, signal }, keep);
    return { path, kind, frames, shape, ...seen, width: film.width, height: film.height };
  }
  const files = kind === "pictures" ? await numberedPictures(path) : [path];
  const times = Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * files.length) / count));
  const { width, height } = await samplePictures(files, times, { size, signal }, keep);
  return { path, kind, frames, shape, times, width, height };
}

/**
 * A film's frames at a fixed rate, each the middle square [size, size, 3] in RGB from 0 to 255, decoded while they are read:
 * an hour takes no more memory than a minute. At each time comes what is seen then, so that frames are left out or repeated
 * where the film has more or fewer. Stopping to read ends the decoder.
 * @throws FileError as `readClip` does.
 */
export async function* readFrames(
  path: string,
  options: ReadFramesOptions,
): AsyncGenerator<{ timeSeconds: number; rgb: Uint8Array }> {
  checkOptions("readFrames", options, ["rate", "size", "from", "to", "signal"]);
  const { rate, size = 224, from = 0, to = Infinity, signal } = options;
  checkCount("readFrames", "size", size);
  if (!(rate > 0)) throw new ArgumentError(`readFrames: rate is ${rate}; expected frames a second, above 0.`);
  const kind = await kindOf(path);
  if (kind !== "film") {
    const files = kind === "pictures" ? await numberedPictures(path) : [path];
    for (let i = Math.max(0, Math.ceil(from)); i < Math.min(to, files.length); i++) {
      signal?.throwIfAborted();
      yield { timeSeconds: i, rgb: toSquare(await readPicture(files[i]), size) };
    }
    return;
  }
  yield* filmFrames(await openFilm(path, signal), { rate, size, from, to, signal });
}

async function kindOf(path: string): Promise<ClipKind> {
  const start = await look(path);
  if (start === "folder") return "pictures";
  return pictureFormat(start) && !hasManyPictures.test(path) ? "picture" : "film";
}

/** Films that begin as a picture does. */
const hasManyPictures = /\.(mjpe?g|apng)$/i;

function checkCount(where: string, name: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new ArgumentError(`${where}: ${name} is ${value}; expected a whole number above 0.`);
}
