/** Decodes JPEG and PNG, recognized by their first bytes, to RGB. */
import { convertIndexedToRgb, decode as decodePng, type DecodedPng } from "fast-png";
import { decode as decodeJpeg } from "jpeg-js";
import { FileError } from "../errors.js";
import { pictureFormat } from "../signatures.js";
import { readOrientation } from "./orientation.js";
import { type Picture, turnUpright } from "./transform.js";

/**
 * Decodes a JPEG or PNG file to RGB, turned upright by its EXIF orientation. Transparent pixels are blended with white.
 * @param name The file's name, for error messages.
 * @throws FileError when `bytes` are neither JPEG nor PNG, or the file is broken.
 */
export function decodePicture(bytes: Uint8Array, name: string): Picture {
  const format = pictureFormat(bytes);
  if (format !== "JPEG" && format !== "PNG") {
    throw new FileError(
      `${name}: neither JPEG nor PNG by its first bytes; expected a photograph in one of these formats.`,
    );
  }
  try {
    return format === "JPEG" ? fromJpeg(bytes) : fromPng(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new FileError(`${name}: a broken or unusual ${format} (${reason}); try another copy of it.`);
  }
}

function fromJpeg(bytes: Uint8Array): Picture {
  const jpeg = decodeJpeg(bytes, { useTArray: true, formatAsRGBA: false, maxMemoryUsageInMB: 2048 });
  const picture = { width: jpeg.width, height: jpeg.height, rgb: Float32Array.from(jpeg.data) };
  const { exifBuffer } = jpeg as { exifBuffer?: Uint8Array }; // the decoder's types lack it
  return turnUpright(picture, readOrientation(exifBuffer?.subarray(1))); // after the second zero of "Exif\0\0"
}

function fromPng(bytes: Uint8Array): Picture {
  const { width, height, samples, channels, maximum } = plainSamples(decodePng(bytes, { checkCrc: true }));
  const hasAlpha = channels % 2 === 0;
  const isGrey = channels <= 2;
  const rgb = new Float32Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const first = pixel * channels;
    const alpha = hasAlpha ? samples[first + channels - 1] / maximum : 1;
    for (let c = 0; c < 3; c++) {
      const value = samples[isGrey ? first : first + c] / maximum;
      rgb[pixel * 3 + c] = 255 * (alpha * value + 1 - alpha);
    }
  }
  return { width, height, rgb };
}

/**
 * The samples as one number each: palettes are looked up; packed grey levels of 1, 2 or 4 bits are looked up in a
 * palette of greys.
 */
function plainSamples(png: DecodedPng) {
  const { width, height, depth } = png;
  if (depth < 8 && !png.palette) png.palette = greys(2 ** depth);
  if (png.palette) {
    return { width, height, samples: convertIndexedToRgb(png), channels: png.palette[0].length, maximum: 255 };
  }
  return { width, height, samples: png.data, channels: png.channels, maximum: 2 ** depth - 1 };
}

function greys(count: number): number[][] {
  const levels = Array.from({ length: count }, (_, i) => (255 * i) / (count - 1));
  return levels.map((level) => [level, level, level]);
}
