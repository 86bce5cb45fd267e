/** Bytes of gates as colours on a canvas. */
import { type PaletteName, topByte } from "../byteScale.js";

/** For each palette the red, green and blue of each byte, one after the other. */
export type Palettes = Record<PaletteName, Uint8Array>;

/** How opaque a byte is, 0 to 1. */
export type Opacity = (byte: number) => number;

/** Over a frame, what is near 0 on a scale with two sides is left clear. */
export const overlayOpacity: Record<PaletteName, Opacity> = {
  sequential: () => 0.6,
  diverging: (byte) => 0.9 * Math.min(1, Math.abs(byte / topByte - 0.5) * 3),
};

/** Red, green, blue and opacity of each byte. */
export function pixels(
  bytes: Uint8Array,
  palette: Uint8Array,
  opacityOf: Opacity = () => 1,
): Uint8ClampedArray<ArrayBuffer> {
  const result = new Uint8ClampedArray(bytes.length * 4);
  bytes.forEach((byte, i) => {
    result.set(palette.subarray(byte * 3, byte * 3 + 3), i * 4);
    result[i * 4 + 3] = 255 * opacityOf(byte);
  });
  return result;
}

/** Makes the canvas `width` pixels wide, which the style sheet enlarges, and paints `pixels` on it. */
export function paint(canvas: HTMLCanvasElement, width: number, rgba: Uint8ClampedArray<ArrayBuffer>): void {
  canvas.width = width;
  canvas.height = rgba.length / 4 / width;
  canvas.getContext("2d")!.putImageData(new ImageData(rgba, width), 0, 0);
}
