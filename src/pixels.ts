/** Makes tensors from pictures in memory: videos, images, canvases, arrays of bytes. */
import { ArgumentError, checkOptions, kindOf, ShapeError, shown } from "./errors.js";
import { type PixelRows, resizePixels } from "./resize.js";
import { type Tensor, tensor } from "./tensor.js";

/** Pixels in memory, such as an ImageData. */
export interface PixelArray {
  /** Rows of pixels from the top: 1 (grey), 3 (RGB) or 4 (RGBA) bytes per pixel. */
  readonly data: Uint8Array | Uint8ClampedArray;
  /** The width in pixels. */
  readonly width: number;
  /** The height in pixels. */
  readonly height: number;
}

/** The sources that `fromPixels` takes. */
export type PixelSource =
  | HTMLVideoElement
  | HTMLImageElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | ImageBitmap
  | VideoFrame
  | ImageData
  | PixelArray;

/** A part of a picture, in whole pixels. */
export interface PixelRect {
  /** The left edge, from that of the picture. */
  x: number;
  /** The upper edge, from that of the picture. */
  y: number;
  /** The width. */
  width: number;
  /** The height. */
  height: number;
}

/** Options of `fromPixels`. */
export interface FromPixelsOptions {
  /** Size of the result: [height, width], or one number for both. By default the size of the cropped part. */
  size?: number | readonly [height: number, width: number];
  /**
   * The part of the picture that is taken, "center" by default: the largest middle part with the proportions of `size`.
   * "none": the whole picture, whose proportions may change. Or a part in whole pixels.
   */
  crop?: "center" | "none" | PixelRect;
  /**
   * The number of channels, 3 by default: red, green and blue, without alpha. 1: grey, by the weights of ITU-R BT.601.
   * 4: red, green, blue and alpha.
   */
  channels?: 1 | 3 | 4;
  /**
   * Factor of every value (0 to 255) before `offset` is added, as in Keras's Rescaling, 1 by default. MobileNet needs
   * 1 / 127.5.
   */
  scale?: number;
  /** The offset that is added to every scaled value, 0 by default. MobileNet needs -1. */
  offset?: number;
}

/**
 * Makes a tensor [height, width, channels] of a picture, or of the current frame of a video, with values from 0 to
 * 255, or scaled by the options.
 *
 * A picture that shrinks is averaged over areas; one that grows is interpolated bilinearly. This is computed here and
 * not by the browser, as browsers differ. Measured in Chromium, from 720 x 720 to 224 x 224: 12 ms here; 2 ms by
 * `drawImage`, with values that differ by 5 of 255 on average, at most 65. To use the faster way, pass what
 * `createImageBitmap(video, { resizeWidth, resizeHeight })` gives.
 *
 * @throws ArgumentError when an option is not allowed, the source has no pixels (yet), or the browser does not let the
 * page read them; ShapeError when the crop does not lie inside the picture, or the data do not fit its size.
 * @example
 * const frame = fromPixels(video, { size: 224, scale: 1 / 127.5, offset: -1 });
 * const scores = await model.predict(stack([frame]));
 */
export function fromPixels(source: PixelSource, options: FromPixelsOptions = {}): Tensor {
  checkOptions("fromPixels", options, ["size", "crop", "channels", "scale", "offset"]);
  const { channels = 3, scale = 1, offset = 0 } = options;
  if (![1, 3, 4].includes(channels))
    throw new ArgumentError(`fromPixels: channels ${shown(channels)}; expected 1, 3 or 4.`);
  const [width, height] = sizeOf(source);
  const part = partOf(width, height, options);
  const [rows, columns] = wantedSize(options) ?? [part.height, part.width];
  const pixels = readPixels(source, part);
  const resized = resizePixels(pixels, [rows, columns]);
  return tensor(inChannels(resized, pixels.channels, channels, scale, offset), [rows, columns, channels]);
}

// ── the part that is taken ───────────────────────────────────────────────────────────────────────────────────────────

function sizeOf(source: PixelSource): [width: number, height: number] {
  const { videoWidth, videoHeight, readyState, displayWidth, displayHeight, naturalWidth, naturalHeight } = (source ??
    {}) as HTMLVideoElement & VideoFrame & HTMLImageElement;
  if (readyState < 2)
    throw new ArgumentError('fromPixels: the video has no frame yet; wait for its "loadeddata" event.');
  if (naturalWidth === 0) throw new ArgumentError("fromPixels: the image has not loaded; await image.decode() first.");
  const width = videoWidth ?? displayWidth ?? naturalWidth ?? (source as PixelArray)?.width;
  const height = videoHeight ?? displayHeight ?? naturalHeight ?? (source as PixelArray)?.height;
  if ([width, height].every((n) => Number.isFinite(n) && n > 0)) return [width, height];
  throw new ArgumentError(
    `fromPixels: received ${kindOf(source)} of ${shown(width)} x ${shown(height)} pixels; expected a video, image, canvas, bitmap or { data, width, height } with pixels in it.`,
  );
}

function wantedSize({ size }: FromPixelsOptions): readonly [height: number, width: number] | undefined {
  if (size === undefined) return undefined;
  const [height, width] = Array.isArray(size) ? (size as number[]) : [size as number, size as number];
  if ([height, width].every((n) => Number.isInteger(n) && n > 0)) return [height, width];
  throw new ArgumentError(`fromPixels: size ${shown(size)}; expected [height, width] in whole numbers from 1.`);
}

function partOf(width: number, height: number, options: FromPixelsOptions): PixelRect {
  const { crop = "center" } = options;
  const whole = { x: 0, y: 0, width, height };
  if (crop === "none") return whole;
  if (crop === "center") {
    const [rows, columns] = wantedSize(options) ?? [height, width];
    const high = Math.max(1, Math.min(height, Math.floor((width * rows) / columns)));
    const wide = Math.max(1, Math.min(width, Math.floor((height * columns) / rows)));
    return { x: Math.floor((width - wide) / 2), y: Math.floor((height - high) / 2), width: wide, height: high };
  }
  const { x, y, width: wide, height: high } = Object(crop) as PixelRect;
  const isInside = x >= 0 && y >= 0 && wide > 0 && high > 0 && x + wide <= width && y + high <= height;
  if (isInside && [x, y, wide, high].every(Number.isInteger)) return crop;
  throw new ShapeError(
    `fromPixels: crop ${shown(crop)}; expected "center", "none" or whole pixels inside of ${width} x ${height}.`,
  );
}

// ── its pixels ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The pixels of a part, as views of the source's bytes. */
function readPixels(source: PixelSource, part: PixelRect): PixelRows {
  const { data, width, height } = "data" in source ? source : drawPart(source, part);
  const { x, y } = "data" in source ? part : { x: 0, y: 0 };
  const channels = data?.length / (width * height);
  if (![1, 3, 4].includes(channels) || !ArrayBuffer.isView(data)) {
    throw new ShapeError(
      `fromPixels: received ${data?.length} bytes for ${width} x ${height} pixels; expected 1, 3 or 4 for each.`,
    );
  }
  const row = (i: number) =>
    data.subarray(((y + i) * width + x) * channels, ((y + i) * width + x + part.width) * channels);
  return { rows: Array.from({ length: part.height }, (_, i) => row(i)), width: part.width, channels };
}

/** One canvas for all calls, as a page may call sixty times a second. */
let canvas: OffscreenCanvas | HTMLCanvasElement | undefined;

/** Draws the part, at its own size, on the canvas. */
function drawPart(source: Exclude<PixelSource, ImageData | PixelArray>, { x, y, width, height }: PixelRect): ImageData {
  if (!canvas && typeof OffscreenCanvas === "undefined" && typeof document === "undefined") {
    throw new ArgumentError(
      `fromPixels: there is nothing to draw ${kindOf(source)} on here; give { data, width, height }.`,
    );
  }
  canvas ??= typeof OffscreenCanvas === "undefined" ? document.createElement("canvas") : new OffscreenCanvas(1, 1);
  Object.assign(canvas, { width, height }); // also clears the canvas
  const context = canvas.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  try {
    context.drawImage(source, x, y, width, height, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  } catch (error) {
    canvas = undefined; // a canvas that has drawn another site's pixels can never be read again
    const { name, message } = error as DOMException;
    const reason =
      name === "SecurityError"
        ? 'the browser keeps pixels of another site to itself; set crossOrigin = "anonymous" before src, if that site allows it'
        : `cannot draw ${kindOf(source)}: ${message.replace(/\.$/, "")}`;
    throw new ArgumentError(`fromPixels: ${reason}.`, { cause: error });
  }
}

// ── channels ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Converts pixels of `from` channels to pixels of `to` channels, scaled. */
function inChannels(pixels: Float32Array, from: number, to: number, scale: number, offset: number): Float32Array {
  const numPixels = pixels.length / from;
  const result = new Float32Array(numPixels * to);
  const [green, blue] = from === 1 ? [0, 0] : [1, 2];
  for (let i = 0; i < numPixels; i++) {
    const at = i * from;
    const grey = 0.299 * pixels[at] + 0.587 * pixels[at + green] + 0.114 * pixels[at + blue];
    result[i * to] = (to === 1 ? grey : pixels[at]) * scale + offset;
    if (to === 1) continue;
    result[i * to + 1] = pixels[at + green] * scale + offset;
    result[i * to + 2] = pixels[at + blue] * scale + offset;
    if (to === 4) result[i * to + 3] = (from === 4 ? pixels[at + 3] : 255) * scale + offset;
  }
  return result;
}
