/** Reads JPEG: its header here, its pixels with jpeg-js. */
import { decode } from "jpeg-js";
import { readOrientation } from "./orientation.js";
import type { Pixels } from "./transform.js";

/** What the header of a JPEG states. */
export interface JpegHeader {
  /** In pixels, as stored. */
  width: number;
  height: number;
  /** From 1 (upright) to 8. */
  orientation: number;
}

/** The most pixels that a byte can stand for: a block of 8 x 8 takes a bit, and there may be a block for four. */
const mostPixelsOfByte = 8 * 64 * 4;

/** Reads the header. @throws Error when there is none, or the pixels are cut off, which the decoder would fill with grey. */
export function jpegHeader(bytes: Uint8Array): JpegHeader {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let orientation = 1;
  for (let at = 2; at + 9 <= file.length;) {
    const marker = file[at + 1];
    const isSegment = file[at] === 0xff && marker >= 0xc0 && marker < 0xff && !(marker >= 0xd0 && marker <= 0xd9);
    if (!isSegment) {
      at++; // bytes between segments; and markers without content
      continue;
    }
    const end = at + 2 + file.readUInt16BE(at + 2);
    if (marker === 0xe1 && file.toString("latin1", at + 4, at + 9) === "Exif\0") {
      orientation = readOrientation(file.subarray(at + 10, end));
    }
    if (marker === 0xda) break;
    if (marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      if (file[at + 4] !== 8) throw new Error(`${file[at + 4]} bits a colour; expected 8`);
      if (file.indexOf("\xff\xd9", end, "latin1") < 0) throw new Error("cut off: it has no end");
      const [height, width] = [file.readUInt16BE(at + 5), file.readUInt16BE(at + 7)];
      return { width, height, orientation };
    }
    at = end;
  }
  throw new Error("it has no header");
}

/** Decodes a picture, as stored. @throws Error when it is broken. */
export function decodeJpeg(bytes: Uint8Array, { width, height }: JpegHeader): Pixels {
  if (width * height > mostPixelsOfByte * bytes.length) throw new Error("it has fewer pixels than its header states");
  const megapixels = (width * height) / 1e6;
  // A pixel takes at most four coefficients of four bytes and three times four colours, in whole blocks of up to 32 x 32.
  const limits = { maxResolutionInMP: megapixels, maxMemoryUsageInMB: 256 + 32 * megapixels };
  const jpeg = decode(bytes, { useTArray: true, formatAsRGBA: false, ...limits });
  if (jpeg.width !== width || jpeg.height !== height) throw new Error("it states two sizes");
  return { width, height, rgb: jpeg.data as Uint8Array };
}
