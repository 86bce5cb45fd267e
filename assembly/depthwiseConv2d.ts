/**
 * Convolution of every channel by itself: vectors run along the channels, eight at a time, so no lane has to be moved.
 * The last channels, less than eight, go one by one. Ranges count lines: rows of pixels over the whole batch.
 */
import { clip4, madd4 } from "./lanes";
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

/** First and one past the last tap of a window at `from` that lies inside `size`. */
@inline
function firstTap(from: i32, dilation: i32): i32 {
  return from >= 0 ? 0 : (dilation - 1 - from) / dilation;
}

@inline
function endTap(from: i32, dilation: i32, size: i32, taps: i32): i32 {
  return from >= size ? 0 : min(taps, (size - 1 - from) / dilation + 1);
}

/** y for lines lineBegin..lineEnd of its own. kernel: [kernelHeight, kernelWidth, channels]; bias may be 0. */
export function depthwiseConv2d(
  y: usize,
  x: usize,
  kernel: usize,
  bias: usize,
  low: f32,
  high: f32,
  lineBegin: i32,
  lineEnd: i32,
): void {
  const pixel = (<usize>channels) << 2;
  const small = kernelHeight == 3 && kernelWidth == 3 && dilationHeight == 1 && dilationWidth == 1;
  const least = f32x4.splat(low);
  const most = f32x4.splat(high);
  for (let line = lineBegin; line < lineEnd; line++) {
    const top = (line % outHeight) * strideHeight - padTop;
    const image = x + <usize>(line / outHeight) * <usize>height * <usize>width * pixel;
    const rowFrom = firstTap(top, dilationHeight);
    const rowTo = endTap(top, dilationHeight, height, kernelHeight);
    const yLine = y + <usize>line * <usize>outWidth * pixel;
    const whole = small && rowFrom == 0 && rowTo == 3;
    for (let q = 0; q < outWidth; q++) {
      const left = q * strideWidth - padLeft;
      const to = yLine + <usize>q * pixel;
      if (whole && left >= 0 && left + 3 <= width) {
        pixel3x3(to, image + <usize>(top * width + left) * pixel, <usize>width * pixel, kernel, bias, least, most);
      } else {
        const columnFrom = firstTap(left, dilationWidth);
        const columnTo = endTap(left, dilationWidth, width, kernelWidth);
        pixelAny(to, image, kernel, bias, top, left, rowFrom, rowTo, columnFrom, columnTo, least, most);
      }
    }
  }
}

/** One output pixel whose window lies inside: nine taps, written out, two vectors side by side. */
function pixel3x3(y: usize, x: usize, line: usize, w: usize, bias: usize, least: v128, most: v128): void {
  const pixel = (<usize>channels) << 2;
  const eights = pixel & ~31;
  for (let c: usize = 0; c < eights; c += 32) {
    let a = f32x4.splat(0);
    let b = a;
    if (bias) {
      a = v128.load(bias + c);
      b = v128.load(bias + c, 16);
    }
    let at = x + c;
    let tap = w + c;
    for (let r = 0; r < 3; r++, at += line) {
      a = madd4(v128.load(at), v128.load(tap), a);
      b = madd4(v128.load(at, 16), v128.load(tap, 16), b);
      a = madd4(v128.load(at + pixel), v128.load((tap += pixel)), a);
      b = madd4(v128.load(at + pixel, 16), v128.load(tap, 16), b);
      a = madd4(v128.load(at + 2 * pixel), v128.load((tap += pixel)), a);
      b = madd4(v128.load(at + 2 * pixel, 16), v128.load(tap, 16), b);
      tap += pixel;
    }
    v128.store(y + c, clip4(a, least, most));
    v128.store(y + c, clip4(b, least, most), 16);
  }
  for (let c = eights; c < pixel; c += 4) {
    let sum: v128 = bias ? v128.load32_splat(bias + c) : f32x4.splat(0);
    for (let r: usize = 0; r < 3; r++) {
      for (let s: usize = 0; s < 3; s++) {
        const tap = v128.load32_splat(w + (r * 3 + s) * pixel + c);
        sum = madd4(v128.load32_splat(x + r * line + s * pixel + c), tap, sum);
      }
    }
    v128.store32_lane(y + c, clip4(sum, least, most), 0);
  }
}

/** One output pixel of any window, over the taps that lie inside. */
function pixelAny(
  y: usize,
  image: usize,
  w: usize,
  bias: usize,
  top: i32,
  left: i32,
  rowFrom: i32,
  rowTo: i32,
  columnFrom: i32,
  columnTo: i32,
  least: v128,
  most: v128,
): void {
  const pixel = (<usize>channels) << 2;
  const step = <usize>dilationWidth * pixel;
  for (let c: usize = 0; c < pixel;) {
    const pair = pixel - c >= 32;
    let a = f32x4.splat(0);
    let b = a;
    if (bias) {
      a = pair ? v128.load(bias + c) : v128.load32_splat(bias + c);
      b = v128.load(bias + c, 16);
    }
    for (let r = rowFrom; r < rowTo; r++) {
      const line = (top + r * dilationHeight) * width + left + columnFrom * dilationWidth;
      let at = image + <usize>line * pixel + c;
      let tap = w + <usize>(r * kernelWidth + columnFrom) * pixel + c;
      for (let s = columnFrom; s < columnTo; s++, at += step, tap += pixel) {
        if (pair) {
          a = madd4(v128.load(at), v128.load(tap), a);
          b = madd4(v128.load(at, 16), v128.load(tap, 16), b);
        } else a = madd4(v128.load32_splat(at), v128.load32_splat(tap), a);
      }
    }
    if (pair) {
      v128.store(y + c, clip4(a, least, most));
      v128.store(y + c, clip4(b, least, most), 16);
      c += 32;
    } else {
      v128.store32_lane(y + c, clip4(a, least, most), 0);
      c += 4;
    }
  }
}

/** Where the taps of one pixel lie: pairs of bytes into dy's image and into the kernel. Room for 128 taps, which the host minds. */
const places = memory.data(1024, 16);

/**
 * dx for lines lineBegin..lineEnd of its own: each input pixel gathers from the windows that cover it.
 * With a stride of 1 the host calls `depthwiseConv2d` with the kernel turned instead.
 */
export function depthwiseConv2dGradInput(dx: usize, dy: usize, kernel: usize, lineBegin: i32, lineEnd: i32): void {
  const pixel = (<usize>channels) << 2;
  for (let line = lineBegin; line < lineEnd; line++) {
    const down = (line % height) + padTop;
    const image = dy + <usize>(line / height) * <usize>outHeight * <usize>outWidth * pixel;
    for (let q = 0; q < width; q++) {
      const end = coveringTaps(down, q + padLeft, pixel);
      gatherPixel(dx + <usize>(line * width + q) * pixel, image, kernel, end, pixel);
    }
  }
}

/** Lists the windows that cover a pixel; returns the end of the list. */
function coveringTaps(down: i32, right: i32, pixel: usize): usize {
  let end = places;
  for (let r = 0; r < kernelHeight; r++) {
    const y = down - r * dilationHeight;
    const p = y / strideHeight;
    if (y < 0 || p >= outHeight || p * strideHeight != y) continue;
    for (let s = 0; s < kernelWidth; s++) {
      const z = right - s * dilationWidth;
      const q = z / strideWidth;
      if (z < 0 || q >= outWidth || q * strideWidth != z) continue;
      store<usize>(end, <usize>(p * outWidth + q) * pixel);
      store<usize>(end, <usize>(r * kernelWidth + s) * pixel, 4);
      end += 8;
    }
  }
  return end;
}

function gatherPixel(dx: usize, image: usize, w: usize, end: usize, pixel: usize): void {
  for (let c: usize = 0; c < pixel;) {
    const pair = pixel - c >= 32;
    let a = f32x4.splat(0);
    let b = a;
    for (let place = places; place < end; place += 8) {
      const at = image + load<usize>(place) + c;
      const tap = w + load<usize>(place, 4) + c;
      if (pair) {
        a = madd4(v128.load(at), v128.load(tap), a);
        b = madd4(v128.load(at, 16), v128.load(tap, 16), b);
      } else a = madd4(v128.load32_splat(at), v128.load32_splat(tap), a);
    }
    if (pair) {
      v128.store(dx + c, a);
      v128.store(dx + c, b, 16);
      c += 32;
    } else {
      v128.store32_lane(dx + c, a, 0);
      c += 4;
    }
  }
}

/**
 * dKernel over lines lineBegin..lineEnd of dy, written if `add` is false. Sums run line by line into dKernel, so that no chain
 * of roundings is longer than a line.
 */
export function depthwiseConv2dGradFilter(
  dKernel: usize,
  x: usize,
  dy: usize,
  lineBegin: i32,
  lineEnd: i32,
  add: bool,
): void {
  const pixel = (<usize>channels) << 2;
  if (!add) memory.fill(dKernel, 0, <usize>(kernelHeight * kernelWidth) * pixel);
  for (let line = lineBegin; line < lineEnd; line++) {
    const top = (line % outHeight) * strideHeight - padTop;
    const image = x + <usize>(line / outHeight) * <usize>height * <usize>width * pixel;
    const dyLine = dy + <usize>line * <usize>outWidth * pixel;
    for (let r = 0; r < kernelHeight; r++) {
      const y = top + r * dilationHeight;
      if (<u32>y >= <u32>height) continue;
      const xLine = image + <usize>(y * width) * pixel;
      for (let s = 0; s < kernelWidth; s++) {
        const shift = s * dilationWidth - padLeft;
        const from = shift >= 0 ? 0 : (strideWidth - 1 - shift) / strideWidth;
        const to = shift >= width ? 0 : min(outWidth, (width - 1 - shift) / strideWidth + 1);
        if (from >= to) continue;
        const at = xLine + <usize>(from * strideWidth + shift) * pixel;
        tapLine(dKernel + <usize>(r * kernelWidth + s) * pixel, at, dyLine + <usize>from * pixel, to - from, pixel);
      }
    }
  }
}

/** tap += sum over `count` pixels of x dy. */
function tapLine(tap: usize, x: usize, dy: usize, count: i32, pixel: usize): void {
  const step = <usize>strideWidth * pixel;
  for (let c: usize = 0; c < pixel;) {
    let at = x + c;
    let from = dy + c;
    if (pixel - c >= 32) {
      let a = v128.load(tap + c);
      let b = v128.load(tap + c, 16);
      for (let i = 0; i < count; i++, at += step, from += pixel) {
        a = madd4(v128.load(at), v128.load(from), a);
        b = madd4(v128.load(at, 16), v128.load(from, 16), b);
      }
      v128.store(tap + c, a);
      v128.store(tap + c, b, 16);
      c += 32;
    } else {
      let sum = f32.load(tap + c);
      for (let i = 0; i < count; i++, at += step, from += pixel) sum += f32.load(at) * f32.load(from);
      f32.store(tap + c, sum);
      c += 4;
    }
  }
}
