/** Decodes a photograph: JPEG or PNG, told apart by their first bytes, to RGB. */
import { convertIndexedToRgb, decode as decodePng, type DecodedPng } from "fast-png";
import { decode as decodeJpeg } from "jpeg-js";
import { FileError } from "../errors.js";
import { type Picture, readOrientation, turnUpright } from "./orientation.js";

export type { Picture } from "./orientation.js";

/**
 * The picture in `bytes`, upright; transparency lies on white. `name` is for the error.
 * @throws FileError where it is neither JPEG nor PNG, or broken.
 */
export function decodePicture(bytes: Uint8Array, name: string): Picture {
  const form = pictureForm(bytes);
  if (!form) {
    throw new FileError(
      `${name}: neither JPEG nor PNG by its first bytes; expected a photograph in one of these forms.`,
    );
  }
  try {
    return form === "JPEG" ? fromJpeg(bytes) : fromPng(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new FileError(`${name}: a broken or unusual ${form} (${reason}); try another copy of it.`);
  }
}

/** What a file is by its first bytes; undefined where that is neither. */
export function pictureForm(bytes: Uint8Array): "JPEG" | "PNG" | undefined {
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return "JPEG";
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47])) return "PNG";
  return undefined;
}

const startsWith = (bytes: Uint8Array, signature: number[]) => signature.every((byte, i) => bytes[i] === byte);

function fromJpeg(bytes: Uint8Array): Picture {
  const jpeg = decodeJpeg(bytes, { useTArray: true, formatAsRGBA: false, maxMemoryUsageInMB: 2048 });
  const picture = { width: jpeg.width, height: jpeg.height, rgb: Float32Array.from(jpeg.data) };
  const { exifBuffer } = jpeg as { exifBuffer?: Uint8Array }; // there, though the decoder's types do not say so
  return turnUpright(picture, readOrientation(exifBuffer));
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

/** One number a sample: palettes looked up, and grey levels of 1, 2 or 4 bits, which are packed, as a palette of greys. */
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
