/** Pictures as clips: one file, or a folder of numbered ones. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { FileError } from "../errors.js";
import { byName, withFileErrors } from "./paths.js";
import { decodePicture } from "./picture.js";
import { cropSquare, type Picture, resize } from "./transform.js";

export const isPictureName = (name: string): boolean => /^[^.].*\.(jpe?g|png)$/i.test(name);

/**
 * The pictures (JPEG, PNG) of a folder whose names have a number, in its order: frame2 before frame10, gaps are fine.
 * @throws FileError where there are none.
 */
export async function numberedPictures(folder: string): Promise<string[]> {
  const names = await withFileErrors(folder, readdir(folder));
  const numbered = names.filter((name) => isPictureName(name) && /\d.*\./.test(name)).sort(byName);
  if (numbered.length > 0) return numbered.map((name) => join(folder, name));
  throw new FileError(`${folder}: a folder without numbered pictures; expected some as frame-001.png (or .jpg).`);
}

/** @throws FileError for what is no picture. */
export const readPicture = async (path: string): Promise<Picture> =>
  decodePicture(await withFileErrors(path, readFile(path)), path);

/** RGB, 0 to 255, of the middle square, averaged by area: [size, size, 3]. */
export const toSquare = (picture: Picture, size: number): Uint8Array =>
  new Uint8Array(Uint8ClampedArray.from(resize(cropSquare(picture), size, size).rgb).buffer);

/** Hands the pictures at `times`, which do not decrease, to `keep`; gives the pixels of the first. */
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
      const picture = await readPicture(files[time]);
      source ??= picture;
      shown = time;
      square = toSquare(picture, size);
    }
    keep(square!, i);
  }
  return { width: source!.width, height: source!.height };
}
