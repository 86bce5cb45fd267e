/** Traversing the windows over [batch, height, width, channels], for convolution and pooling. */
import type { WindowSize } from "../../shape.js";

/**
 * Calls `visit` for each window and each of its taps that lies inside x.
 * @param visit `out`: index of the window in [batch, outHeight, outWidth]; `tap`: index of the tap in [kernelHeight,
 * kernelWidth]; `pixel`: index in [batch, height, width] of the pixel under the tap.
 */
export function forTaps(size: WindowSize, visit: (out: number, tap: number, pixel: number) => void): void {
  const { batch, height, width, kernelHeight, kernelWidth, outHeight, outWidth } = size;
  let out = 0;
  for (let b = 0; b < batch; b++) {
    for (let p = 0; p < outHeight; p++) {
      for (let q = 0; q < outWidth; q++, out++) {
        for (let r = 0; r < kernelHeight; r++) {
          const row = p * size.strideHeight + r * size.dilationHeight - size.padTop;
          if (row < 0 || row >= height) continue;
          for (let s = 0; s < kernelWidth; s++) {
            const column = q * size.strideWidth + s * size.dilationWidth - size.padLeft;
            if (column < 0 || column >= width) continue;
            visit(out, r * kernelWidth + s, (b * height + row) * width + column);
          }
        }
      }
    }
  }
}
