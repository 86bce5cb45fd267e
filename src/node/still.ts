/** Photographs that ffmpeg decodes (WebP, AVIF, GIF, BMP, TIFF), and whether a file is a photograph or a film. */
import { pictureFormat, type PictureFormat } from "../signatures.js";
import { inputOf, mostPixels, Process } from "./ffmpeg.js";
import { faultOf, type Limits } from "./decoding/limits.js";
import { readOrientation } from "./decoding/orientation.js";
import { readPlain } from "./paths.js";

/** ffmpeg's readers of the formats. They are named so that no name of a file is understood as a pattern of names. */
const demuxers = { WebP: "webp_pipe", AVIF: "mov", GIF: "gif", BMP: "bmp_pipe", TIFF: "tiff_pipe" };

export type StillFormat = keyof typeof demuxers;

/** Formats of films that begin with the bytes of a picture. */
const filmNames = /\.(mjpe?g|apng)$/i;

/**
 * Whether a file is one picture: JPEG, PNG, BMP and TIFF (its first page) are, AVIF by its main brand, WebP unless it says
 * that it is animated, and GIF unless there is a second picture in it.
 * @param start the first 64 bytes of the file.
 * @throws FileError when a GIF cannot be read.
 */
export async function isStill(path: string, start: Uint8Array, signal?: AbortSignal): Promise<boolean> {
  const format = pictureFormat(start);
  if (format === "GIF") return !hasSeveralPictures(await readPlain(path, signal));
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

/** Formats whose orientation is read here. Later versions of ffmpeg would turn them too. */
const isTurnedHere = (format: StillFormat) => format === "WebP" || format === "TIFF";

/** In bytes: of a PNG beside its pixels, of which each has four colours of 16 bits at most. */
const mostBesidePixels = 2 ** 20;

/**
 * The picture in a file as the bytes of a PNG.
 * @throws FileError when ffmpeg cannot decode it; PictureSizeError when it is too large; MissingProgramError when ffmpeg is
 * not installed.
 */
export async function asPng(path: string, format: StillFormat, limits: Limits): Promise<Uint8Array> {
  const input = [...(isTurnedHere(format) ? ["-noautorotate"] : []), "-f", demuxers[format], ...inputOf(path, limits)];
  const output = ["-map", "0:V:0", "-frames:v", "1", "-vf", "scale=flags=accurate_rnd+full_chroma_int"];
  const png = ["-c:v", "png", "-compression_level", "1", "-f", "image2pipe", "pipe:1"];
  const args = ["-v", "error", "-nostdin", ...input, ...output, ...png];
  const process = new Process("ffmpeg", path, args, { limits, what: `${format} pictures` });
  const bytes = await process.whole(mostBesidePixels + 9 * mostPixels(limits));
  if (bytes.length > 0) return bytes;
  process.checkPixels();
  const reason = process.complaint && ` (${process.complaint})`;
  throw faultOf(
    path,
    `a broken ${format}, or one that this ffmpeg cannot decode${reason}; try another copy of it, or save it as JPEG or PNG`,
  );
}

/** The orientation of a picture, from 1 (upright) to 8, where ffmpeg does not turn it. */
export function orientationOf(format: StillFormat, bytes: Uint8Array): number {
  if (!isTurnedHere(format)) return 1;
  return format === "TIFF" ? readOrientation(bytes) : webpOrientation(bytes);
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
