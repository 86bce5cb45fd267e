/** Decodes JPEG and PNG, recognized by their first bytes, to RGB. */
import { ArgumentError, checkOptions, kindOf } from "../../errors.js";
import { pictureFormat } from "../../signatures.js";
import { decodeJpeg, jpegHeader } from "./jpeg.js";
import { checkPixels, type DecodeLimits, faultOf, limitsOf } from "./limits.js";
import { decodePng, pngHeader } from "./png.js";
import { type Picture, type Pixels, turnUpright } from "./transform.js";

/** What the header of a JPEG or PNG states. */
export interface PictureHeader {
  /** In pixels, as stored. */
  width: number;
  height: number;
  /** The EXIF orientation, from 1 (upright) to 8. */
  orientation: number;
}

/**
 * Decodes a JPEG or PNG file to RGB, turned upright by its EXIF orientation. Transparent pixels are blended with white.
 * It takes about 0.1 seconds for a million pixels, in which nothing else runs: `readClip` decodes in another thread.
 * @param name The file's name, for error messages.
 * @param options The most pixels that it may have: `maxPixels`, 100 million by default.
 * @throws ArgumentError for what is no Uint8Array; FileError when `bytes` are neither JPEG nor PNG, or the file is broken; PictureSizeError when it has too many
 * pixels.
 */
export function decodePicture(bytes: Uint8Array, name: string, options: Pick<DecodeLimits, "maxPixels"> = {}): Picture {
  checkOptions("decodePicture", options, ["maxPixels"]);
  const { maxPixels } = limitsOf("decodePicture", options);
  if (!(bytes instanceof Uint8Array))
    throw new ArgumentError(`decodePicture: ${kindOf(bytes)}; expected the bytes of a file, a Uint8Array.`);
  const { orientation } = readHeader(bytes, name, maxPixels);
  const { width, height, rgb } = turnUpright(decodePixels(bytes, name), orientation);
  return { width, height, rgb: rgb instanceof Float32Array ? rgb : new Float32Array(rgb) };
}

/** Reads the header of a picture. @throws FileError when it is broken or has too many pixels, or none. */
export function readHeader(bytes: Uint8Array, name: string, maxPixels: number): PictureHeader {
  const header = withReason(bytes, name, (isJpeg) =>
    isJpeg ? jpegHeader(bytes) : { ...pngHeader(bytes), orientation: 1 },
  );
  checkPixels(name, header.width, header.height, maxPixels);
  if (header.width * header.height === 0) throw faultOf(name, "a picture without pixels; try another copy of it");
  return header;
}

/** Decodes a picture, as stored, whose header was read. @throws FileError when it is broken. */
export const decodePixels = (bytes: Uint8Array, name: string): Pixels =>
  withReason(bytes, name, (isJpeg) => (isJpeg ? decodeJpeg(bytes, jpegHeader(bytes)) : decodePng(bytes)));

/** Does work on a JPEG or PNG, with its errors as FileError. */
function withReason<T>(bytes: Uint8Array, name: string, work: (isJpeg: boolean) => T): T {
  const format = pictureFormat(bytes);
  if (format !== "JPEG" && format !== "PNG") {
    throw faultOf(name, "neither JPEG nor PNG by its first bytes; expected a photograph in one of these formats");
  }
  try {
    return work(format === "JPEG");
  } catch (error) {
    // Where data is damaged, the libraries also fail with a TypeError or RangeError of JavaScript, which says nothing of the file.
    const isSaid = !(error instanceof TypeError) && !(error instanceof RangeError);
    const reason = !isSaid ? "damaged data" : error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw faultOf(name, `a broken or unusual ${format} (${reason}); try another copy of it`);
  }
}
