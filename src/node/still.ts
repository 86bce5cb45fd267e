/** Photographs that ffmpeg decodes (WebP, AVIF, GIF), and whether a file is a photograph or a film. */
import { readFile } from "node:fs/promises";
import { FileError } from "../errors.js";
import { pictureFormat, type PictureFormat } from "../signatures.js";
import { inputOf, Process } from "./ffmpeg.js";
import { readOrientation } from "./orientation.js";
import { withFileErrors } from "./paths.js";

/** ffmpeg's readers of the formats. They are named so that no name of a file is understood as a pattern of names. */
const demuxers = { WebP: "webp_pipe", AVIF: "mov", GIF: "gif" };

export type StillFormat = keyof typeof demuxers;

/** Formats of films that begin with the bytes of a picture. */
const filmNames = /\.(mjpe?g|apng)$/i;

/**
 * Whether a file is one picture: JPEG and PNG are, AVIF by its main brand, WebP unless it says that it is animated, and
 * GIF unless there is a second picture in it.
 * @param start the first 64 bytes of the file.
 * @throws FileError when a GIF cannot be read.
 */
export async function isStill(path: string, start: Uint8Array): Promise<boolean> {
  const format = pictureFormat(start);
  if (format === "GIF") return !hasSeveralPictures(await withFileErrors(path, readFile(path)));
  if (format === "WebP") return !(Buffer.from(start).toString("latin1", 12, 16) === "VP8X" && start[20] & 2);
  return format !== undefined && !filmNames.test(path);
}

/** Walks over the blocks of a GIF until the second picture, or the end. */
function hasSeveralPictures(gif: Uint8Array): boolean {
  const paletteBytes = (flags: number) => (flags & 0x80 ? 6 << (flags & 7) : 0);
  let pictures = 0;
  for (let at = 13 + paletteBytes(gif[10]); at < gif.length && gif[at] !== 0x3b; at++) {
    const isPicture = gif[at] === 0x2c;
    if (isPicture && ++pictures === 2) return true;
    at += isPicture ? 11 + paletteBytes(gif[at + 9]) : 2; // to the parts of its data, each with its length before it
    while (gif[at] > 0) at += gif[at] + 1;
  }
  return false;
}

/** Whether ffmpeg has to decode the format. */
export const isStillFormat = (format: PictureFormat | undefined): format is StillFormat =>
  format !== undefined && format in demuxers;

/** The picture in a file as the bytes of a PNG. @throws FileError when ffmpeg is not installed or cannot decode it. */
export async function asPng(path: string, format: StillFormat, signal?: AbortSignal): Promise<Uint8Array> {
  const isTurnedHere = format === "WebP"; // later versions of ffmpeg would turn it too
  const input = [...(isTurnedHere ? ["-noautorotate"] : []), "-f", demuxers[format], ...inputOf(path)];
  const output = ["-map", "0:V:0", "-frames:v", "1", "-vf", "scale=flags=accurate_rnd+full_chroma_int"];
  const png = ["-c:v", "png", "-compression_level", "1", "-f", "image2pipe", "pipe:1"];
  const args = ["-v", "error", "-nostdin", ...input, ...output, ...png];
  const process = new Process("ffmpeg", path, args, signal, `${format} pictures`);
  const bytes = await process.whole();
  if (bytes.length > 0) return bytes;
  const reason = process.complaint && ` (${process.complaint})`;
  throw new FileError(
    `${path}: a broken ${format}, or one that this ffmpeg cannot decode${reason}; try another copy of it, or save it as JPEG or PNG.`,
  );
}

/** The EXIF orientation of a WebP, from 1 (upright) to 8. It is a list of chunks, each with a name and a length. */
export function webpOrientation(webp: Uint8Array): number {
  const bytes = Buffer.from(webp.buffer, webp.byteOffset, webp.length);
  for (let at = 12; at + 8 < bytes.length;) {
    const end = at + 8 + bytes.readUInt32LE(at + 4);
    const exif = bytes.subarray(at + 8, end);
    if (bytes.toString("latin1", at, at + 4) === "EXIF") {
      return readOrientation(exif.toString("latin1", 0, 4) === "Exif" ? exif.subarray(6) : exif);
    }
    at = end + (end % 2);
  }
  return 1;
}
