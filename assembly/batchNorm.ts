/**
 * Batch normalization over x [outer, groups, inner, channels]: eight channels at a time down the rows. Sums are taken in blocks
 * of rows, which shortens the chain of roundings; the variance is taken around the mean, in a second pass.
 */
import { madd4 } from "./lanes";

const BLOCK: i32 = 256;

/** What is summed: x, (x - mean)^2, or dy and dy (x - mean). */
const MEAN: i32 = 0;
const VARIANCE: i32 = 1;
const GRADS: i32 = 2;

/**
 * Sums over all rows of one group for the channels at x (and dy), eight or one (in the first lane). Results: first at `first`,
 * of GRADS the second at `second`.
 */
@inline
function groupSums(
  what: i32,
  eight: bool,
  first: usize,
  second: usize,
  x: usize,
  dy: usize,
  mean: usize,
  outer: i32,
  inner: i32,
  row: usize,
  image: usize,
): void {
  const zero = f32x4.splat(0);
  let totalA = zero,
    totalB = zero,
    totalC = zero,
    totalD = zero;
  const meanA = what == MEAN ? zero : eight ? v128.load(mean) : v128.load32_splat(mean);
  const meanB = what == MEAN || !eight ? zero : v128.load(mean, 16);
  for (let o = 0; o < outer; o++, x += image, dy += image) {
    let at = x;
    let from = dy;
    for (let i = 0; i < inner;) {
      let a = zero,
        b = zero,
        c = zero,
        d = zero;
      for (const end = min(inner, i + BLOCK); i < end; i++, at += row, from += row) {
        const xA = eight ? v128.load(at) : v128.load32_splat(at);
        const xB = eight ? v128.load(at, 16) : zero;
        if (what == MEAN) {
          a = f32x4.add(a, xA);
          b = f32x4.add(b, xB);
        } else {
          const offA = f32x4.sub(xA, meanA);
          const offB = f32x4.sub(xB, meanB);
          if (what == VARIANCE) {
            a = madd4(offA, offA, a);
            b = madd4(offB, offB, b);
          } else {
            const dA = eight ? v128.load(from) : v128.load32_splat(from);
            const dB = eight ? v128.load(from, 16) : zero;
            a = f32x4.add(a, dA);
            b = f32x4.add(b, dB);
            c = madd4(dA, offA, c);
            d = madd4(dB, offB, d);
          }
        }
      }
      totalA = f32x4.add(totalA, a);
      totalB = f32x4.add(totalB, b);
      totalC = f32x4.add(totalC, c);
      totalD = f32x4.add(totalD, d);
    }
  }
  if (eight) {
    v128.store(first, totalA);
    v128.store(first, totalB, 16);
    if (what == GRADS) {
      v128.store(second, totalC);
      v128.store(second, totalD, 16);
    }
  } else {
    v128.store32_lane(first, totalA, 0);
    if (what == GRADS) v128.store32_lane(second, totalC, 0);
  }
}

/** Calls `groupSums` for all groups and channels. */
@inline
function sums(
  what: i32,
  first: usize,
  second: usize,
  x: usize,
  dy: usize,
  mean: usize,
  outer: i32,
  groups: i32,
  inner: i32,
  channels: i32,
): void {
  const row = (<usize>channels) << 2;
  const step = <usize>inner * row;
  const image = <usize>groups * step;
  for (let g = 0; g < groups; g++, x += step, dy += step, first += row, second += row, mean += row) {
    let c: usize = 0;
    for (; c + 32 <= row; c += 32) {
      groupSums(what, true, first + c, second + c, x + c, dy + c, mean + c, outer, inner, row, image);
    }
    for (; c < row; c += 4) {
      groupSums(what, false, first + c, second + c, x + c, dy + c, mean + c, outer, inner, row, image);
    }
  }
}

/** moments [2, groups, channels]: mean and biased variance. */
export function moments(m: usize, x: usize, outer: i32, groups: i32, inner: i32, channels: i32): void {
  const count = groups * channels;
  const bytes = (<usize>count) << 2;
  const n = <f32>(outer * inner);
  sums(MEAN, m, m, x, x, m, outer, groups, inner, channels);
  for (let i: usize = 0; i < bytes; i += 4) f32.store(m + i, f32.load(m + i) / n);
  sums(VARIANCE, m + bytes, m, x, x, m, outer, groups, inner, channels);
  for (let i: usize = bytes; i < 2 * bytes; i += 4) f32.store(m + i, f32.load(m + i) / n);
}

/** sums [2, groups, channels]: of dy, and of dy (x - mean) / sqrt(variance + epsilon). */
export function batchNormGradSums(
  s: usize,
  dy: usize,
  x: usize,
  m: usize,
  epsilon: f32,
  outer: i32,
  groups: i32,
  inner: i32,
  channels: i32,
): void {
  const bytes = (<usize>(groups * channels)) << 2;
  sums(GRADS, s, s + bytes, x, dy, m, outer, groups, inner, channels);
  for (let i: usize = bytes; i < 2 * bytes; i += 4) f32.store(s + i, f32.load(s + i) / sqrt(f32.load(m + i) + epsilon));
}

/**
 * y = (x - shift) scale + offset with one number a channel each, row by row; or, with `dy`, dx = (dy - shift) scale + (x - mean) slope.
 * table: [4, groups, channels]: scale, offset (or slope), mean (or shift of dy), mean.
 */
@inline
function rows(
  grad: bool,
  y: usize,
  x: usize,
  dy: usize,
  table: usize,
  outer: i32,
  groups: i32,
  inner: i32,
  channels: i32,
): void {
  const row = (<usize>channels) << 2;
  const part = <usize>groups * row;
  for (let o = 0; o < outer; o++) {
    for (let g: usize = 0; g < <usize>groups; g++) {
      const scale = table + g * row;
      for (let i = 0; i < inner; i++, y += row, x += row, dy += row) {
        let c: usize = 0;
        for (; c + 32 <= row; c += 32) {
          const at = scale + c;
          const a = line(
            grad,
            v128.load(x + c),
            v128.load(dy + c),
            v128.load(at),
            v128.load(at + part),
            v128.load(at + 2 * part),
            v128.load(at + 3 * part),
          );
          const b = line(
            grad,
            v128.load(x + c, 16),
            v128.load(dy + c, 16),
            v128.load(at, 16),
            v128.load(at + part, 16),
            v128.load(at + 2 * part, 16),
            v128.load(at + 3 * part, 16),
          );
          v128.store(y + c, a);
          v128.store(y + c, b, 16);
        }
        for (; c < row; c += 4) {
          const at = scale + c;
          const a = line(
            grad,
            v128.load32_splat(x + c),
            v128.load32_splat(dy + c),
            v128.load32_splat(at),
            v128.load32_splat(at + part),
            v128.load32_splat(at + 2 * part),
            v128.load32_splat(at + 3 * part),
          );
          v128.store32_lane(y + c, a, 0);
        }
      }
    }
  }
}

@inline
function line(grad: bool, x: v128, dy: v128, scale: v128, offset: v128, shift: v128, mean: v128): v128 {
  if (grad) return madd4(f32x4.sub(dy, shift), scale, f32x4.mul(f32x4.sub(x, mean), offset));
  return madd4(f32x4.sub(x, shift), scale, offset);
}

/** y from x, moments, gamma, beta. table: room for [4, groups, channels]. y may be x. */
export function batchNorm(
  y: usize,
  x: usize,
  m: usize,
  gamma: usize,
  beta: usize,
  table: usize,
  epsilon: f32,
  outer: i32,
  groups: i32,
  inner: i32,
  channels: i32,
): void {
  const count = (<usize>(groups * channels)) << 2;
  for (let i: usize = 0; i < count; i += 4) {
    const c = i % ((<usize>channels) << 2);
    f32.store(table + i, f32.load(gamma + c) / sqrt(f32.load(m + count + i) + epsilon));
    f32.store(table + count + i, f32.load(beta + c));
    f32.store(table + 2 * count + i, f32.load(m + i));
  }
  rows(false, y, x, x, table, outer, groups, inner, channels);
}

/** dx from dy, x, moments, gamma and the sums. table: room for [4, groups, channels]. dx may be dy. */
export function batchNormGrad(
  dx: usize,
  dy: usize,
  x: usize,
  m: usize,
  gamma: usize,
  s: usize,
  table: usize,
  epsilon: f32,
  outer: i32,
  groups: i32,
  inner: i32,
  channels: i32,
): void {
  const count = (<usize>(groups * channels)) << 2;
  const n = <f32>(outer * inner);
  for (let i: usize = 0; i < count; i += 4) {
    const root = <f32>1 / sqrt(f32.load(m + count + i) + epsilon);
    const scale = f32.load(gamma + (i % ((<usize>channels) << 2))) * root;
    f32.store(table + i, scale);
    f32.store(table + count + i, (-scale * root * f32.load(s + count + i)) / n);
    f32.store(table + 2 * count + i, f32.load(s + i) / n);
    f32.store(table + 3 * count + i, f32.load(m + i));
  }
  rows(true, dx, x, dy, table, outer, groups, inner, channels);
}
