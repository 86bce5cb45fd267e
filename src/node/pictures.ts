/** Pictures as clips: one file, or a folder of numbered pictures. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { FileError } from "../errors.js";
import { pictureFormat } from "../signatures.js";
import { byName, look, withFileErrors } from "./paths.js";
import { decodePicture } from "./picture.js";
import { asPng, isStill, isStillFormat, webpOrientation } from "./still.js";
import { cropSquare, type Picture, resize, turnUpright } from "./transform.js";

/** Whether a file is a picture by its extension; files of the last two may also be films. */
export const isPictureName = (name: string): boolean => /^[^.].*\.(jpe?g|png|avif|webp|gif)$/i.test(name);

/**
 * The paths of a folder's pictures whose names contain a number, in the order of the numbers: frame2 before frame10.
 * Numbers may be missing.
 * @throws FileError when there are none, or the first is a film, such as an animated GIF.
 */
export async function numberedPictures(folder: string): Promise<string[]> {
  const names = await withFileErrors(folder, readdir(folder));
  const numbered = names.filter((name) => isPictureName(name) && /\d.*\./.test(name)).sort(byName);
  const paths = numbered.map((name) => join(folder, name));
  const [first = ""] = paths;
  const start = /\.(webp|gif)$/i.test(first) ? await look(first) : "folder";
  const isFilm = start !== "folder" && !(await isStill(first, start));
  if (paths.length > 0 && !isFilm) return paths;
  throw new FileError(`${folder}: a folder without numbered pictures; expected names such as frame-001.png (or .jpg).`);
}

/** Reads a picture. @throws FileError when the file is not a picture or cannot be read, or ffmpeg is needed and missing. */
export async function readPicture(path: string, signal?: AbortSignal): Promise<Picture> {
  const bytes = await withFileErrors(path, readFile(path));
  const format = pictureFormat(bytes);
  if (!isStillFormat(format)) return decodePicture(bytes, path);
  const picture = decodePicture(await asPng(path, format, signal), path);
  return format === "WebP" ? turnUpright(picture, webpOrientation(bytes)) : picture;
}

/** The middle square of a picture, averaged by area: [size, size, 3], RGB from 0 to 255. */
export const toSquare = (picture: Picture, size: number): Uint8Array =>
  new Uint8Array(Uint8ClampedArray.from(resize(cropSquare(picture), size, size).rgb).buffer);

/**
 * Passes the pictures at the indices `times`, which do not decrease, to `keep`. Returns the size of the first in
 * pixels.
 */
export async function samplePictures(
  files: readonly string[],
  times: readonly number[],
  { size, signal }: { size: number; signal?: AbortSignal },
  keep: (frame: Uint8Array, i: number) => void,
): Promise<{ width: number; height: number }> {
  let shown = -1;
  let square: Uint8Array | undefined;
  let source: Picture | undefined;
  for (const [i, time] of times.entries()) {
    signal?.throwIfAborted();
    if (time !== shown) {
      const picture = await readPicture(files[time], signal);
      source ??= picture;
      shown = time;
      square = toSquare(picture, size);
    }
    keep(square!, i);
  }
  return { width: source!.width, height: source!.height };
}
