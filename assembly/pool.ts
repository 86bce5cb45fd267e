/** The largest value under a window; padding does not count. Ranges count lines of y, over the whole batch. */
import {
  channels,
  dilationHeight,
  dilationWidth,
  height,
  kernelHeight,
  kernelWidth,
  outHeight,
  outWidth,
  padLeft,
  padTop,
  strideHeight,
  strideWidth,
  width,
} from "./window";

export function maxPool2d(y: usize, x: usize, lineBegin: i32, lineEnd: i32): void {
  const pixel = (<usize>channels) << 2;
  y += <usize>lineBegin * <usize>outWidth * pixel;
  for (let line = lineBegin; line < lineEnd; line++) {
    for (let q = 0; q < outWidth; q++, y += pixel) {
      for (let c: usize = 0; c < pixel; c += 4) f32.store(y + c, f32.load(largest(x, line, q, c)));
    }
  }
}

/** dx holds zeros at first. Lines of one image must not be split over threads. */
export function maxPool2dGrad(dx: usize, dy: usize, x: usize, lineBegin: i32, lineEnd: i32): void {
  const pixel = (<usize>channels) << 2;
  dy += <usize>lineBegin * <usize>outWidth * pixel;
  for (let line = lineBegin; line < lineEnd; line++) {
    for (let q = 0; q < outWidth; q++, dy += pixel) {
      for (let c: usize = 0; c < pixel; c += 4) {
        const at = dx + (largest(x, line, q, c) - x);
        f32.store(at, f32.load(at) + f32.load(dy + c));
      }
    }
  }
}

/** Where the first largest (or first NaN) value of a window lies. */
@inline
function largest(x: usize, line: i32, q: i32, c: usize): usize {
  const pixel = (<usize>channels) << 2;
  const image = x + <usize>(line / outHeight) * <usize>height * <usize>width * pixel;
  const top = (line % outHeight) * strideHeight - padTop;
  const left = q * strideWidth - padLeft;
  let place: usize = 0;
  let best: f32 = -Infinity;
  for (let r = 0; r < kernelHeight; r++) {
    const y = top + r * dilationHeight;
    if (<u32>y >= <u32>height) continue;
    for (let s = 0; s < kernelWidth; s++) {
      const z = left + s * dilationWidth;
      if (<u32>z >= <u32>width) continue;
      const at = image + <usize>(y * width + z) * pixel + c;
      const value = f32.load(at);
      if (place == 0 || value > best || (value != value && best == best)) {
        place = at;
        best = value;
      }
    }
  }
  return place;
}
