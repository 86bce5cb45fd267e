/** Pictures as clips: one file, or a folder of numbered pictures. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pictureFormat } from "../signatures.js";
import { decodeInThread } from "./decoding/decoder.js";
import { faultOf, type Limits } from "./decoding/limits.js";
import { byName, look, readPlain, withFileErrors } from "./paths.js";
import { type PictureHeader, readHeader } from "./decoding/picture.js";
import { asPng, isStill, isStillFormat, orientationOf } from "./still.js";

/** Whether a file is a picture by its extension; files of WebP and GIF may also be films. */
export const isPictureName = (name: string): boolean => /^[^.].*\.(jpe?g|png|avif|webp|gif|bmp|tiff?)$/i.test(name);

/**
 * The paths of a folder's pictures whose names contain a number, in the order of the numbers: frame2 before frame10.
 * Numbers may be missing.
 * @throws FileError when there are none, or the first is a film, such as an animated GIF; the signal's reason.
 */
export async function numberedPictures(folder: string, signal?: AbortSignal): Promise<string[]> {
  signal?.throwIfAborted();
  const names = await withFileErrors(folder, readdir(folder));
  const numbered = names.filter((name) => isPictureName(name) && /\d.*\./.test(name)).sort(byName);
  const paths = numbered.map((name) => join(folder, name));
  const [first = ""] = paths;
  const start = /\.(webp|gif)$/i.test(first) ? await look(first) : "folder";
  const isFilm = start !== "folder" && !(await isStill(first, start, signal));
  if (paths.length > 0 && !isFilm) return paths;
  throw faultOf(folder, "a folder without numbered pictures; expected names such as frame-001.png (or .jpg)");
}

/** A picture whose header was read: its bytes, as JPEG or PNG. */
interface OpenPicture extends PictureHeader {
  path: string;
  bytes: Uint8Array;
}

async function openPicture(path: string, limits: Limits): Promise<OpenPicture> {
  const bytes = await readPlain(path, limits.signal);
  const format = pictureFormat(bytes);
  if (!isStillFormat(format)) return { path, bytes, ...readHeader(bytes, path, limits.maxPixels) };
  const png = await asPng(path, format, limits);
  const header = readHeader(png, path, limits.maxPixels);
  return { path, bytes: png, ...header, orientation: orientationOf(format, bytes) };
}

/** The size of a picture in pixels, turned upright. */
interface PictureSize {
  width: number;
  height: number;
}

const upright = ({ width, height, orientation }: PictureHeader): PictureSize =>
  orientation < 5 ? { width, height } : { width: height, height: width };

/**
 * Reads a picture's size.
 * @throws FileError when the file is no picture or cannot be read; PictureSizeError when it is too large;
 * MissingProgramError when ffmpeg is needed and missing.
 */
export const pictureSize = async (path: string, limits: Limits): Promise<PictureSize> =>
  upright(await openPicture(path, limits));

/** The middle square of a picture, averaged by area: [size, size, 3], RGB from 0 to 255. @throws as `pictureSize`. */
export async function readSquare(
  path: string,
  size: number,
  limits: Limits,
): Promise<PictureSize & { square: Uint8Array }> {
  const picture = await openPicture(path, limits);
  const { width, height, orientation } = picture;
  // A copy where the bytes are a part of a buffer that others use.
  const isWhole = picture.bytes.length === picture.bytes.buffer.byteLength;
  const bytes = new Uint8Array(isWhole ? (picture.bytes.buffer as ArrayBuffer) : picture.bytes);
  const square = await decodeInThread({ path, bytes, orientation, size }, width * height, limits);
  return { ...upright(picture), square };
}

/**
 * Passes the pictures at the indices `times`, which do not decrease, to `keep`. Returns the size of the first in
 * pixels.
 */
export async function samplePictures(
  files: readonly string[],
  times: readonly number[],
  { size, limits }: { size: number; limits: Limits },
  keep: (frame: Uint8Array, i: number) => void,
): Promise<PictureSize> {
  let shown = -1;
  let square: Uint8Array | undefined;
  let source: PictureSize | undefined;
  for (const [i, time] of times.entries()) {
    limits.signal?.throwIfAborted();
    if (time !== shown) {
      const picture = await readSquare(files[time], size, limits);
      source ??= { width: picture.width, height: picture.height };
      shown = time;
      square = picture.square;
    }
    keep(square!, i);
  }
  return source!;
}
