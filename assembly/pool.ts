/** Max pooling; padding does not count. */
import { Window } from "./window";

/** y for its lines begin..end, counted over the whole batch. */
export function maxPool2d(begin: i32, end: i32, y: usize, x: usize, window: usize): void {
  const w = changetype<Window>(window);
  const outWidth = w.outWidth;
  const pixel = (<usize>w.channels) << 2;
  y += <usize>begin * <usize>outWidth * pixel;
  for (let line = begin; line < end; line++) {
    for (let q = 0; q < outWidth; q++, y += pixel) {
      for (let c: usize = 0; c < pixel; c += 4) {
        const at = largest(w, x, line, q, c);
        f32.store(y + c, at ? f32.load(at) : -Infinity);
      }
    }
  }
}

/** dx for images begin..end; it must hold zeros before. Ranges count images, as the windows of one may overlap. */
export function maxPool2dGrad(begin: i32, end: i32, dx: usize, dy: usize, x: usize, window: usize): void {
  const w = changetype<Window>(window);
  const outWidth = w.outWidth;
  const pixel = (<usize>w.channels) << 2;
  begin *= w.outHeight;
  end *= w.outHeight;
  dy += <usize>begin * <usize>outWidth * pixel;
  for (let line = begin; line < end; line++) {
    for (let q = 0; q < outWidth; q++, dy += pixel) {
      for (let c: usize = 0; c < pixel; c += 4) {
        const at = largest(w, x, line, q, c);
        if (at) f32.store(dx + (at - x), f32.load(dx + (at - x)) + f32.load(dy + c));
      }
    }
  }
}

/** Address of the first largest (or first NaN) value of a window; 0 if the whole window is padding. */
@inline
function largest(w: Window, x: usize, line: i32, q: i32, c: usize): usize {
  const height = w.height;
  const width = w.width;
  const pixel = (<usize>w.channels) << 2;
  const image = x + <usize>(line / w.outHeight) * <usize>height * <usize>width * pixel;
  const top = (line % w.outHeight) * w.strideHeight - w.padTop;
  const left = q * w.strideWidth - w.padLeft;
  const kernelHeight = w.kernelHeight;
  const kernelWidth = w.kernelWidth;
  let place: usize = 0;
  let best: f32 = -Infinity;
  for (let r = 0; r < kernelHeight; r++) {
    const y = top + r * w.dilationHeight;
    if (<u32>y >= <u32>height) continue;
    for (let s = 0; s < kernelWidth; s++) {
      const z = left + s * w.dilationWidth;
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
