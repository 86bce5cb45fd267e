/**
 * 3x3 convolutions of stride 1 by Winograd's minimal filtering (Lavin and Gray, arXiv 1509.09308): tiles of the input
 * are transformed, point by point multiplied with the transformed kernel (one matrix product over the channels for each
 * of the (m + 2)^2 points), and the products transformed to m x m outputs. This takes 3.2 (m = 3) or 4 (m = 4) times
 * fewer multiplications than the direct sum.
 *
 * It is done for blocks of tiles, so that transformed tiles stay in the cache. Each output depends on its tile only, so
 * that bits are the same however tiles are split, or blocks of 64 filters.
 *
 * Where numbers are not finite, or so large that a transform overflows, differences as Infinity - Infinity would spoil
 * outputs of the tile that do not depend on them. No operation makes such a number finite again. So where an
 * output is not finite, those of its tile and of its block of filters are computed once more, directly.
 */
import { conv2dGradFilter } from "./conv2d";
import { DEPTH, gemmBlock, GEMM_SCRATCH_BYTES, PANEL, startOf, SUM, ZERO } from "./gemmBlock";
import { clip4 } from "./lanes";
import { Window } from "./window";
import { evaluate, interpolate, MOST_SIDE } from "./winogradLines";

/** Bytes of the channels, or of the block of filters, that are transformed together. */
const CHUNK_BYTES: usize = 256;
const LINE_BYTES: usize = <usize>MOST_SIDE * CHUNK_BYTES;
const TILE_BYTES: i32 = MOST_SIDE * MOST_SIDE * <i32>CHUNK_BYTES;
/** Bytes of scratch memory, without those of the block of transformed tiles and products. */
export const WINOGRAD_SCRATCH_BYTES: i32 = GEMM_SCRATCH_BYTES + 2 * TILE_BYTES;

/** With so few tiles the products of a point, and the rows that they are made of, fit the first-level cache. */
const FEW_TILES: i32 = 12;

/**
 * Transforms a kernel [3, 3, channels, filters], rows of `ldk` bytes, into panels [ceil(filters / PANEL), channels,
 * PANEL] for each point; points are `plane` bytes apart. Ranges count panels. scratch: WINOGRAD_SCRATCH_BYTES. Columns
 * beyond the filters have no meaning.
 */
export function winogradKernel(
  begin: i32,
  end: i32,
  scratch: usize,
  to: usize,
  plane: usize,
  kernel: usize,
  ldk: usize,
  channels: i32,
  m: i32,
): void {
  const side = m + 2;
  const bytes = (<usize>PANEL) << 2;
  const tap = <usize>channels * ldk;
  for (let j = begin; j < end; j++) {
    for (let c = 0; c < channels; c++) {
      const from = kernel + <usize>c * ldk + <usize>j * bytes;
      for (let s: usize = 0; s < 3; s++) {
        evaluate(3, m, scratch + s * CHUNK_BYTES, 3 * CHUNK_BYTES, from + s * tap, 3 * tap, bytes);
      }
      const at = to + <usize>(j * channels + c) * bytes;
      for (let i: usize = 0; i < <usize>side; i++) {
        evaluate(3, m, at + i * side * plane, plane, scratch + 3 * i * CHUNK_BYTES, CHUNK_BYTES, bytes);
      }
    }
  }
}

/** Tiles beside each other. */
@inline
function acrossOf(outputs: i32, m: i32): i32 {
  return (outputs + m - 1) / m;
}

/** Copies a tile's input, `bytes` of its channels, with zeros outside the image. */
@inline
function gather(w: Window, side: i32, to: usize, image: usize, top: i32, left: i32, bytes: usize): void {
  const zero = f32x4.splat(0);
  const pixel = (<usize>w.channels) << 2;
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++, to += CHUNK_BYTES) {
      const inside = <u32>(top + i) < <u32>w.height && <u32>(left + j) < <u32>w.width;
      const from = image + <usize>((top + i) * w.width + left + j) * pixel;
      for (let at: usize = 0; at < bytes; at += 16) v128.store(to + at, inside ? v128.load(from + at) : zero);
    }
  }
}

/**
 * Writes outputs: clip(x + bias). bias may be 0. Returns zeros, or NaN where a number was not finite.
 */
@inline
function finish(y: usize, x: usize, bias: usize, bytes: usize, least: v128, most: v128): v128 {
  const zero = f32x4.splat(0);
  let check = zero;
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    let sum = v128.load(x + at);
    if (bias) sum = f32x4.add(sum, v128.load(bias + at));
    check = f32x4.add(check, f32x4.mul(sum, zero));
    v128.store(y + at, clip4(sum, least, most));
  }
  for (; at < bytes; at += 4) {
    let sum = v128.load32_splat(x + at);
    if (bias) sum = f32x4.add(sum, v128.load32_splat(bias + at));
    check = f32x4.add(check, f32x4.mul(sum, zero));
    v128.store32_lane(y + at, clip4(sum, least, most), 0);
  }
  return check;
}

/**
 * Transforms `tiles` tiles of an image, from tile `first` on: where `read` is 0, what m x m outputs read, where it is
 * m, so many numbers, as gradients of outputs. x: the first of the channels, of which there are `bytes`. The
 * numbers of the next tile are `ldv` bytes further, those of the next point `plane`.
 */
function transform(
  read: i32,
  m: i32,
  scratch: usize,
  v: usize,
  ldv: usize,
  plane: usize,
  x: usize,
  w: Window,
  first: i32,
  tiles: i32,
  padTop: i32,
  padLeft: i32,
  bytes: usize,
): void {
  const points = m + 2;
  const isInput = read == 0;
  const side = isInput ? points : m;
  const gathered = scratch + GEMM_SCRATCH_BYTES;
  const half = gathered + TILE_BYTES;
  const across = acrossOf(isInput ? w.outWidth : w.width, m);
  const down = acrossOf(isInput ? w.outHeight : w.height, m);
  const pixel = (<usize>w.channels) << 2;
  const line = <usize>w.width * pixel;
  for (const last = first + tiles; first < last; first++, v += ldv) {
    const left = (first % across) * m - padLeft;
    const rest = first / across;
    const top = (rest % down) * m - padTop;
    const image = x + <usize>(rest / down) * <usize>w.height * line;
    const inside = top >= 0 && left >= 0 && top + side <= w.height && left + side <= w.width;
    for (let c: usize = 0; c < bytes; c += CHUNK_BYTES) {
      const count = min(CHUNK_BYTES, bytes - c);
      let from = image + c;
      if (inside) from += <usize>top * line + <usize>left * pixel;
      else {
        gather(w, side, gathered, from, top, left, count);
        from = gathered;
      }
      const toRight = inside ? pixel : CHUNK_BYTES;
      const toNext = inside ? line : <usize>side * CHUNK_BYTES;
      for (let j: usize = 0; j < <usize>side; j++) {
        evaluate(read, m, half + j * CHUNK_BYTES, LINE_BYTES, from + j * toRight, toNext, count);
      }
      const to = v + c;
      for (let i: usize = 0; i < <usize>points; i++) {
        evaluate(read, m, to + i * points * plane, plane, half + i * LINE_BYTES, CHUNK_BYTES, count);
      }
    }
  }
}

/**
 * Writes height x width of count x count outputs of a tile (or of a kernel's gradients), whose products at the points
 * are `plane` bytes apart. Rows of y have `across` pixels of `ldy` bytes. Returns whether all are finite.
 */
function outputs(
  count: i32,
  m: i32,
  scratch: usize,
  products: usize,
  plane: usize,
  y: usize,
  ldy: usize,
  across: i32,
  height: i32,
  width: i32,
  bias: usize,
  bytes: usize,
  low: f32,
  high: f32,
): bool {
  const points = m + 2;
  const gathered = scratch + GEMM_SCRATCH_BYTES;
  const half = gathered + TILE_BYTES;
  const least = f32x4.splat(low);
  const most = f32x4.splat(high);
  let check = f32x4.splat(0);
  for (let f: usize = 0; f < bytes; f += CHUNK_BYTES) {
    const part = min(CHUNK_BYTES, bytes - f);
    const from = products + f;
    for (let j: usize = 0; j < <usize>points; j++) {
      const to = half + j * CHUNK_BYTES;
      interpolate(count, m, to, LINE_BYTES, from + j * plane, <usize>points * plane, part);
    }
    for (let i = 0; i < height; i++) {
      const at = half + <usize>i * LINE_BYTES;
      interpolate(count, m, gathered, CHUNK_BYTES, at, CHUNK_BYTES, part);
      for (let j = 0; j < width; j++) {
        const to = y + <usize>(i * across + j) * ldy + f;
        const at = gathered + <usize>j * CHUNK_BYTES;
        check = f32x4.add(check, finish(to, at, bias ? bias + f : 0, part, least, most));
      }
    }
  }
  return i32x4.all_true(f32x4.eq(check, check));
}

/**
 * One group of y in tiles begin..end, which are counted over the whole batch. y: the group's first filter; pixels are
 * `ldy` bytes apart. x: the first channel of the group. points: the kernel as `winogradKernel` writes it; kernel: as it
 * is, rows of `ldk` bytes. Of a block of `block` tiles, transformed rows are `ldv` bytes apart and products `ldp`.
 * scratch: WINOGRAD_SCRATCH_BYTES, and (m + 2)^2 block (ldv + ldp) bytes.
 */
export function winograd(
  begin: i32,
  end: i32,
  scratch: usize,
  y: usize,
  ldy: usize,
  x: usize,
  points: usize,
  plane: usize,
  kernel: usize,
  ldk: usize,
  bias: usize,
  window: usize,
  filters: i32,
  channels: i32,
  m: i32,
  block: i32,
  ldv: usize,
  ldp: usize,
  low: f32,
  high: f32,
): void {
  const w = changetype<Window>(window);
  const side = m + 2;
  const gathered = scratch + GEMM_SCRATCH_BYTES;
  const v = scratch + WINOGRAD_SCRATCH_BYTES;
  const vPlane = <usize>block * ldv;
  const products = v + <usize>(side * side) * vPlane;
  const pPlane = <usize>block * ldp;
  const across = acrossOf(w.outWidth, m);
  const down = acrossOf(w.outHeight, m);
  const pixel = (<usize>w.channels) << 2;
  const line = <usize>w.width * pixel;
  const step = (<usize>PANEL) << 2;
  const inBytes = (<usize>channels) << 2;
  const outBytes = (<usize>filters) << 2;
  for (; begin < end; begin += block) {
    const tiles = min(block, end - begin);

    transform(0, m, scratch, v, ldv, vPlane, x, w, begin, tiles, w.padTop, w.padLeft, inBytes);

    // A panel of the kernel that few tiles use is read once, from end to end. The sums are the same.
    const depth = tiles > FEW_TILES ? DEPTH : channels;
    for (let point = 0; point < side * side; point++) {
      for (let p = 0; p < channels; p += depth) {
        gemmBlock(
          false,
          products + <usize>point * pPlane,
          ldp,
          tiles,
          filters,
          v + <usize>point * vPlane + ((<usize>p) << 2),
          ldv,
          points + <usize>point * plane + <usize>p * step,
          step * channels,
          step,
          min(depth, channels - p),
          p > 0 ? SUM : ZERO,
          0,
          -Infinity,
          Infinity,
          scratch,
        );
      }
    }

    for (let t = 0; t < tiles; t++) {
      const left = ((begin + t) % across) * m;
      const rest = (begin + t) / across;
      const top = (rest % down) * m;
      const width = min(m, w.outWidth - left);
      const height = min(m, w.outHeight - top);
      const corner = y + <usize>(((rest / down) * w.outHeight + top) * w.outWidth + left) * ldy;
      for (let f: usize = 0; f < outBytes; f += CHUNK_BYTES) {
        const count = min(CHUNK_BYTES, outBytes - f);
        const from = products + <usize>t * ldp + f;
        const at = bias ? bias + f : 0;
        if (outputs(m, m, scratch, from, pPlane, corner + f, ldy, w.outWidth, height, width, at, count, low, high)) {
          continue;
        }
        const image = x + <usize>(rest / down) * <usize>w.height * line;
        for (let c: usize = 0; c < inBytes; c += CHUNK_BYTES) {
          const depth = min(CHUNK_BYTES, inBytes - c);
          gather(w, side, gathered, image + c, top - w.padTop, left - w.padLeft, depth);
          for (let tap = 0; tap < 9; tap++) {
            const isLast = c + depth == inBytes && tap == 8;
            for (let i = 0; i < height; i++) {
              gemmBlock(
                false,
                corner + f + <usize>(i * w.outWidth) * ldy,
                ldy,
                width,
                <i32>(count >> 2),
                gathered + <usize>((i + tap / 3) * side + (tap % 3)) * CHUNK_BYTES,
                CHUNK_BYTES,
                kernel + f + (<usize>(tap * channels) + (c >> 2)) * ldk,
                step,
                ldk,
                <i32>(depth >> 2),
                startOf(<i32>c + tap, bias),
                at,
                isLast ? low : -Infinity,
                isLast ? high : Infinity,
                scratch,
              );
            }
          }
        }
      }
    }
  }
}

/** Channels of a unit of work of `winogradGradFilter`. */
export const WINOGRAD_CHANNELS: i32 = 4;

/**
 * dKernel of one group, [3, 3, channels, filters], rows of `ldk` bytes: the same products, of transformed tiles of the
 * input with those of dy, summed up over all tiles at each point before they are transformed to the 3x3 taps. Ranges
 * count units of WINOGRAD_CHANNELS channels. window: that of the convolution; dyWindow: dy as an image, of `pixels` over
 * the whole batch. Of a block of `block` tiles, transformed rows are `ldv` and `ldd` bytes apart. scratch:
 * WINOGRAD_SCRATCH_BYTES, (m + 2)^2 (block (ldv + ldd) + channels ldd) bytes, and what `conv2dGradFilter` needs.
 */
export function winogradGradFilter(
  begin: i32,
  end: i32,
  scratch: usize,
  dKernel: usize,
  ldk: usize,
  x: usize,
  dy: usize,
  window: usize,
  dyWindow: usize,
  m: i32,
  tiles: i32,
  block: i32,
  ldv: usize,
  ldd: usize,
  pixels: i32,
): void {
  const w = changetype<Window>(window);
  const d = changetype<Window>(dyWindow);
  const channels = w.groupChannels;
  const filters = d.groupChannels;
  const first = begin * WINOGRAD_CHANNELS;
  const count = min(channels, end * WINOGRAD_CHANNELS) - first;
  const points = (m + 2) * (m + 2);
  const v = scratch + WINOGRAD_SCRATCH_BYTES;
  const vPlane = <usize>block * ldv;
  const grads = v + <usize>points * vPlane;
  const dPlane = <usize>block * ldd;
  const pPlane = <usize>count * ldd;
  let products = grads + <usize>points * dPlane;
  const direct = products + <usize>points * pPlane;
  const outBytes = (<usize>filters) << 2;
  for (let tile = 0; tile < tiles; tile += block) {
    const n = min(block, tiles - tile);
    const from = x + ((<usize>first) << 2);
    transform(0, m, scratch, v, ldv, vPlane, from, w, tile, n, w.padTop, w.padLeft, (<usize>count) << 2);
    transform(m, m, scratch, grads, ldd, dPlane, dy, d, tile, n, 0, 0, outBytes);
    for (let point: usize = 0; point < <usize>points; point++) {
      gemmBlock(
        true,
        products + point * pPlane,
        ldd,
        count,
        filters,
        v + point * vPlane,
        ldv,
        grads + point * dPlane,
        (<usize>PANEL) << 2,
        ldd,
        n,
        tile > 0 ? SUM : ZERO,
        0,
        -Infinity,
        Infinity,
        scratch,
      );
    }
  }
  const tap = <usize>channels * ldk;
  for (; begin < end; begin++) {
    let finite = true;
    const stop = min(channels, (begin + 1) * WINOGRAD_CHANNELS);
    for (let c = begin * WINOGRAD_CHANNELS; c < stop; c++, products += ldd) {
      const to = dKernel + <usize>c * ldk;
      if (!outputs(3, m, scratch, products, pPlane, to, tap, 3, 3, 3, 0, outBytes, -Infinity, Infinity)) finite = false;
    }
    if (finite) continue;
    const pixel = (<usize>d.channels) << 2;
    for (let k = begin * WINOGRAD_CHANNELS; k < 9 * channels; k += channels) {
      const kEnd = k + stop - begin * WINOGRAD_CHANNELS;
      conv2dGradFilter(k, kEnd, direct, dKernel, ldk, x, dy, pixel, window, filters, 9 * channels, pixels, 1, 0);
    }
  }
}
