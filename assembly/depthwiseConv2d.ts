/**
 * Convolution of each channel separately. Vectors lie along the channels, so that no lane has to be moved. Windows of
 * three columns are computed for four outputs at a time (depthwiseTiles.ts). Other loops take eight channels at a time;
 * of the last eight, those beyond the last channel are not stored. A line is a row of pixels, counted over the whole
 * batch.
 */
import { four1, four2 } from "./depthwiseTiles";
import { four1Wide, four2Wide } from "./depthwiseTilesWide";
import { clip4, madd4, storeEight, storeSome } from "./lanes";
import { partStart } from "./split";
import { Window } from "./window";

/**
 * The first tap of a window at `from` that does not lie before the input. The same holds for the pixels of a line that a
 * tap reads, with the stride in place of the dilation.
 */
@inline
function firstTap(from: i32, dilation: i32): i32 {
  return from >= 0 ? 0 : (dilation - 1 - from) / dilation;
}

/** One past the last tap of a window at `from` that lies inside `size`. */
@inline
function endTap(from: i32, dilation: i32, size: i32, taps: i32): i32 {
  return from >= size ? 0 : min(taps, (size - 1 - from) / dilation + 1);
}

/**
 * y for its lines begin..end. kernel: [kernelHeight, kernelWidth, channels]; bias may be 0. Every output is the sum of
 * its bias and then of its taps, row by row, whichever function computes it.
 */
export function depthwiseConv2d(
  begin: i32,
  end: i32,
  y: usize,
  x: usize,
  kernel: usize,
  bias: usize,
  window: usize,
  low: f32,
  high: f32,
): void {
  const w = changetype<Window>(window);
  const height = w.height;
  const width = w.width;
  const outHeight = w.outHeight;
  const outWidth = w.outWidth;
  const stride = w.strideWidth;
  const padLeft = w.padLeft;
  const dilationHeight = w.dilationHeight;
  const dilationWidth = w.dilationWidth;
  const kernelWidth = w.kernelWidth;
  const pixel = (<usize>w.channels) << 2;
  const lineStep = <usize>(dilationHeight * width) * pixel;
  const tapLine = <usize>kernelWidth * pixel;
  // Four outputs in a row at a time where windows have three columns, and at most one of them outside of the input.
  const fours =
    kernelWidth == 3 &&
    dilationWidth == 1 &&
    outWidth >= 4 &&
    padLeft <= 1 &&
    (outWidth - 1) * stride - padLeft + 2 <= width &&
    pixel >= <usize>(WIDE ? 32 : 16) &&
    stride <= 2;
  const least = f32x4.splat(low);
  const most = f32x4.splat(high);
  const step = fours ? 4 : 1;
  for (let line = begin; line < end; line++) {
    const top = (line % outHeight) * w.strideHeight - w.padTop;
    const image = x + <usize>(line / outHeight) * <usize>height * <usize>width * pixel;
    const rowFrom = firstTap(top, dilationHeight);
    const rowTo = endTap(top, dilationHeight, height, w.kernelHeight);
    const rows = rowTo - rowFrom;
    const row = (top + rowFrom * dilationHeight) * width;
    for (let next = 0; next < outWidth; next += step) {
      // The last step may overlap the one before.
      const q = min(next, outWidth - step);
      const left = q * stride - padLeft;
      const to = y + <usize>(line * outWidth + q) * pixel;
      const columnFrom = fours ? 0 : firstTap(left, dilationWidth);
      const from = image + <usize>(row + left + columnFrom * dilationWidth) * pixel;
      const taps = kernel + <usize>(rowFrom * kernelWidth + columnFrom) * pixel;
      const noFirst = left < 0;
      const noLast = left + 3 * stride + 2 >= width;
      if (!fours) {
        const columns = endTap(left, dilationWidth, width, kernelWidth) - columnFrom;
        pixelAny(
          to,
          from,
          lineStep,
          <usize>dilationWidth * pixel,
          taps,
          tapLine,
          rows,
          columns,
          bias,
          pixel,
          least,
          most,
        );
      } else if (WIDE) {
        if (stride == 1) four1Wide(to, from, lineStep, taps, rows, bias, pixel, noFirst, noLast, low, high);
        else four2Wide(to, from, lineStep, taps, rows, bias, pixel, noFirst, noLast, low, high);
      } else if (stride == 1) four1(to, from, lineStep, taps, rows, bias, pixel, noFirst, noLast, low, high);
      else four2(to, from, lineStep, taps, rows, bias, pixel, noFirst, noLast, low, high);
    }
  }
}

/**
 * One output pixel of any window, over the `rows` x `columns` taps that lie inside. x and kernel point to the first of
 * them; their rows are `lineStep` and `tapLine` bytes apart, pixels of x `pixelStep`.
 */
function pixelAny(
  y: usize,
  x: usize,
  lineStep: usize,
  pixelStep: usize,
  kernel: usize,
  tapLine: usize,
  rows: i32,
  columns: i32,
  bias: usize,
  pixel: usize,
  least: v128,
  most: v128,
): void {
  for (let c: usize = 0; c < pixel; c += 32) {
    let a = f32x4.splat(0);
    let b = a;
    if (bias) {
      a = v128.load(bias + c);
      b = v128.load(bias + c, 16);
    }
    let line = x + c;
    let taps = kernel + c;
    for (let r = 0; r < rows; r++, line += lineStep, taps += tapLine) {
      let at = line;
      let tap = taps;
      for (let s = 0; s < columns; s++, at += pixelStep, tap += pixel) {
        a = madd4(v128.load(at), v128.load(tap), a);
        b = madd4(v128.load(at, 16), v128.load(tap, 16), b);
      }
    }
    storeEight(y + c, clip4(a, least, most), clip4(b, least, most), <i32>((pixel - c) >> 2));
  }
}

/**
 * dx for its lines begin..end: each tap adds to every pixel of the line that it covers. With a stride of 1 the host
 * calls `depthwiseConv2d` with the rotated kernel instead.
 */
export function depthwiseConv2dGradInput(
  begin: i32,
  end: i32,
  dx: usize,
  dy: usize,
  kernel: usize,
  window: usize,
): void {
  const w = changetype<Window>(window);
  const height = w.height;
  const width = w.width;
  const stride = w.strideWidth;
  const kernelWidth = w.kernelWidth;
  const pixel = (<usize>w.channels) << 2;
  const lineBytes = <usize>width * pixel;
  for (let line = begin; line < end; line++) {
    const dxLine = dx + <usize>line * lineBytes;
    memory.fill(dxLine, 0, lineBytes);
    for (let r = 0; r < w.kernelHeight; r++) {
      const y = (line % height) + w.padTop - r * w.dilationHeight;
      const p = y / w.strideHeight;
      if (y < 0 || p >= w.outHeight || p * w.strideHeight != y) continue;
      const dyLine = dy + <usize>(((line / height) * w.outHeight + p) * w.outWidth) * pixel;
      for (let s = 0; s < kernelWidth; s++) {
        const shift = s * w.dilationWidth - w.padLeft;
        const first = firstTap(shift, stride);
        const last = endTap(shift, stride, width, w.outWidth);
        const to = dxLine + <usize>(first * stride + shift) * pixel;
        const tap = kernel + <usize>(r * kernelWidth + s) * pixel;
        spreadLine(to, <usize>stride * pixel, dyLine + <usize>first * pixel, tap, last - first, pixel);
      }
    }
  }
}

/** dx += dy tap, for `count` pixels of dy; pixels of dx are `step` bytes apart. */
@inline
function spreadLine(dx: usize, step: usize, dy: usize, tap: usize, count: i32, pixel: usize): void {
  for (let c: usize = 0; c < pixel; c += 32) {
    const a = v128.load(tap + c);
    const b = v128.load(tap + c, 16);
    let to = dx + c;
    let at = dy + c;
    const channels = <i32>((pixel - c) >> 2);
    for (let i = 0; i < count; i++, to += step, at += pixel) {
      const sum = madd4(v128.load(at), a, v128.load(to));
      // Not `storeEight`: V8 fails where it merges two vectors that are stored in one branch and taken apart in the other.
      if (channels >= 8) {
        v128.store(to, sum);
        v128.store(to, madd4(v128.load(at, 16), b, v128.load(to, 16)), 16);
      } else storeSome(to, sum, madd4(v128.load(at, 16), b, v128.load(to, 16)), channels);
    }
  }
}

/**
 * dKernel: sums over all `lines` of dy, cut into `parts`, each written after the one before. Ranges count blocks of
 * eight channels, part by part. Sums are added to dKernel line by line, so that fewer roundings follow each other.
 */
export function depthwiseConv2dGradFilter(
  begin: i32,
  end: i32,
  dKernel: usize,
  x: usize,
  dy: usize,
  window: usize,
  lines: i32,
  parts: i32,
): void {
  const w = changetype<Window>(window);
  const pixel = (<usize>w.channels) << 2;
  const columns = (w.channels + 7) >> 3;
  const partBytes = <usize>(w.kernelHeight * w.kernelWidth) * pixel;
  while (begin < end) {
    const part = begin / columns;
    const column = begin % columns;
    const count = min(columns - column, end - begin);
    const from = (<usize>column) << 5;
    const to = min((<usize>(column + count)) << 5, pixel);
    const at = dKernel + <usize>part * partBytes;
    filterChannels(at, x, dy, w, partStart(lines, part, parts), partStart(lines, part + 1, parts), from, to);
    begin += count;
  }
}

/** dKernel over lines lineBegin..lineEnd, for the channels whose bytes are from..to. */
@inline
function filterChannels(
  dKernel: usize,
  x: usize,
  dy: usize,
  w: Window,
  lineBegin: i32,
  lineEnd: i32,
  from: usize,
  to: usize,
): void {
  const height = w.height;
  const width = w.width;
  const outHeight = w.outHeight;
  const outWidth = w.outWidth;
  const kernelHeight = w.kernelHeight;
  const kernelWidth = w.kernelWidth;
  const strideWidth = w.strideWidth;
  const pixel = (<usize>w.channels) << 2;
  for (let tap = 0; tap < kernelHeight * kernelWidth; tap++) {
    memory.fill(dKernel + <usize>tap * pixel + from, 0, to - from);
  }
  for (let line = lineBegin; line < lineEnd; line++) {
    const top = (line % outHeight) * w.strideHeight - w.padTop;
    const image = x + <usize>(line / outHeight) * <usize>height * <usize>width * pixel;
    const dyLine = dy + <usize>line * <usize>outWidth * pixel;
    for (let r = 0; r < kernelHeight; r++) {
      const y = top + r * w.dilationHeight;
      if (<u32>y >= <u32>height) continue;
      const xLine = image + <usize>(y * width) * pixel;
      for (let s = 0; s < kernelWidth; s++) {
        const shift = s * w.dilationWidth - w.padLeft;
        const first = firstTap(shift, strideWidth);
        const last = endTap(shift, strideWidth, width, outWidth);
        if (first >= last) continue;
        const at = xLine + <usize>(first * strideWidth + shift) * pixel;
        const tap = dKernel + <usize>(r * kernelWidth + s) * pixel;
        tapLine(tap, at, <usize>strideWidth * pixel, dyLine + <usize>first * pixel, last - first, pixel, from, to);
      }
    }
  }
}

/**
 * tap += sum over `count` pixels of x dy, for the channels whose bytes are from..to. Pixels of x are `step` bytes
 * apart.
 */
function tapLine(tap: usize, x: usize, step: usize, dy: usize, count: i32, pixel: usize, from: usize, to: usize): void {
  for (let c = from; c < to; c += 32) {
    let at = x + c;
    let dyAt = dy + c;
    let a = v128.load(tap + c);
    let b = v128.load(tap + c, 16);
    for (let i = 0; i < count; i++, at += step, dyAt += pixel) {
      a = madd4(v128.load(at), v128.load(dyAt), a);
      b = madd4(v128.load(at, 16), v128.load(dyAt, 16), b);
    }
    storeEight(tap + c, a, b, <i32>((pixel - c) >> 2));
  }
}
