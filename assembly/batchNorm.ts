/**
 * Batch normalization over x [outer, groups, inner, channels], eight channels at a time down the rows. Sums are
 * computed in blocks of rows, so that fewer roundings follow each other; the variance is computed from the mean, in a
 * second pass.
 */
import { madd4, storeLanes } from "./lanes";
import { partStart, SUM_BLOCK } from "./split";

/** The terms of the sums: x, (x - mean)^2, or dy and dy (x - mean). */
const MEAN: i32 = 0;
const VARIANCE: i32 = 1;
const GRADS: i32 = 2;

/**
 * Sums over the rows of one group with outer indices outerBegin to outerEnd, for the `count` channels (at most eight)
 * at x and dy. The sums are written to `first`; of GRADS, the second sums to `second`.
 */
@inline
function groupSums(
  what: i32,
  count: i32,
  first: usize,
  second: usize,
  x: usize,
  dy: usize,
  mean: usize,
  outerBegin: i32,
  outerEnd: i32,
  inner: i32,
  row: usize,
  image: usize,
  scratch: usize,
): void {
  x += <usize>outerBegin * image;
  dy += <usize>outerBegin * image;
  const zero = f32x4.splat(0);
  let totalA = zero,
    totalB = zero,
    totalC = zero,
    totalD = zero;
  const meanA = what == MEAN ? zero : v128.load(mean);
  const meanB = what == MEAN ? zero : v128.load(mean, 16);
  for (let o = outerBegin; o < outerEnd; o++, x += image, dy += image) {
    let at = x;
    let from = dy;
    for (let i = 0; i < inner;) {
      let a = zero,
        b = zero,
        c = zero,
        d = zero;
      for (const end = min(inner, i + SUM_BLOCK); i < end; i++, at += row, from += row) {
        const xA = v128.load(at);
        const xB = v128.load(at, 16);
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
            const dA = v128.load(from);
            const dB = v128.load(from, 16);
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
  // Through memory: V8's merging of vectors fails on two of them that are passed to a function (storeEight) after such
  // loops.
  const bytes = (<usize>min(count, 8)) << 2;
  v128.store(scratch, totalA);
  v128.store(scratch, totalB, 16);
  for (let i: usize = 0; i < bytes; i += 4) f32.store(first + i, f32.load(scratch + i));
  if (what == GRADS) {
    v128.store(scratch, totalC);
    v128.store(scratch, totalD, 16);
    for (let i: usize = 0; i < bytes; i += 4) f32.store(second + i, f32.load(scratch + i));
  }
}

/** Bytes of scratch memory of the sums: eight channels. */
export const NORM_SCRATCH_BYTES: i32 = 32;

/**
 * Sums over outer and inner indices for each group and channel, cut into `parts` along the outer axis. The sums of each
 * part [groups, channels] (of GRADS two such lists) follow those of the part before. Ranges count, part by part, blocks
 * of eight channels of a group.
 */
@inline
function columnSums(
  what: i32,
  sums: usize,
  x: usize,
  dy: usize,
  mean: usize,
  outer: i32,
  groups: i32,
  inner: i32,
  channels: i32,
  parts: i32,
  scratch: usize,
  begin: i32,
  end: i32,
): void {
  const row = (<usize>channels) << 2;
  const step = <usize>inner * row;
  const image = <usize>groups * step;
  const list = <usize>groups * row;
  const columns = (channels + 7) >> 3;
  for (; begin < end; begin++) {
    const part = begin / (groups * columns);
    const g = <usize>((begin / columns) % groups);
    const from = parts == 1 ? 0 : partStart(outer, part, parts);
    const to = parts == 1 ? outer : partStart(outer, part + 1, parts);
    const first = sums + <usize>part * (what == GRADS ? 2 * list : list) + g * row;
    const at = x + g * step;
    const dyAt = dy + g * step;
    const column = (begin % columns) << 3;
    const c = (<usize>column) << 2;
    const count = channels - column;
    const m = mean + g * row + c;
    groupSums(what, count, first + c, first + list + c, at + c, dyAt + c, m, from, to, inner, row, image, scratch);
  }
}

/** Sums of x, in the layout of `columnSums`. */
export function normSums(
  begin: i32,
  end: i32,
  scratch: usize,
  sums: usize,
  x: usize,
  outer: i32,
  groups: i32,
  inner: i32,
  channels: i32,
  parts: i32,
): void {
  columnSums(MEAN, sums, x, x, x, outer, groups, inner, channels, parts, scratch, begin, end);
}

/**
 * Sums of (x - mean)^2. A separate function, because binaryen folds two loops in one function into one with a test in
 * each iteration.
 */
export function normSquares(
  begin: i32,
  end: i32,
  scratch: usize,
  sums: usize,
  x: usize,
  mean: usize,
  outer: i32,
  groups: i32,
  inner: i32,
  channels: i32,
  parts: i32,
): void {
  columnSums(VARIANCE, sums, x, x, mean, outer, groups, inner, channels, parts, scratch, begin, end);
}

/** Sums of dy, then of dy (x - mean), in the layout of `columnSums`. */
export function normGradSums(
  begin: i32,
  end: i32,
  scratch: usize,
  sums: usize,
  dy: usize,
  x: usize,
  mean: usize,
  outer: i32,
  groups: i32,
  inner: i32,
  channels: i32,
  parts: i32,
): void {
  columnSums(GRADS, sums, x, dy, mean, outer, groups, inner, channels, parts, scratch, begin, end);
}

/** sums / sqrt(variance + epsilon), in place. Ranges count elements. */
export function normGradScale(begin: usize, end: usize, sums: usize, variance: usize, epsilon: f32): void {
  for (let i = begin << 2; i < end << 2; i += 4) {
    f32.store(sums + i, f32.load(sums + i) / sqrt(f32.load(variance + i) + epsilon));
  }
}

/**
 * Row by row, with numbers that differ by group and channel: y = (x - shift) scale + offset; or, with `grad`, dx = (dy
 * - shift) scale + (x - mean) offset. table: [4, groups, channels] = scale, offset, shift, mean. Ranges count rows.
 */
@inline
function rows(
  grad: bool,
  y: usize,
  x: usize,
  dy: usize,
  table: usize,
  groups: i32,
  inner: i32,
  channels: i32,
  begin: i32,
  end: i32,
): void {
  const row = (<usize>channels) << 2;
  const part = <usize>groups * row;
  const from = <usize>begin * row;
  y += from;
  x += from;
  dy += from;
  let i = begin % inner;
  let g = (begin / inner) % groups;
  let scale = table + <usize>g * row;
  for (; begin < end; begin++, y += row, x += row, dy += row) {
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
    if (c < row) lastChannels(grad, y + c, x + c, dy + c, scale + c, part, <i32>((row - c) >> 2));
    if (++i < inner) continue;
    i = 0;
    if (++g == groups) g = 0;
    scale = table + <usize>g * row;
  }
}

@inline
function line(grad: bool, x: v128, dy: v128, scale: v128, offset: v128, shift: v128, mean: v128): v128 {
  if (grad) return madd4(f32x4.sub(dy, shift), scale, f32x4.mul(f32x4.sub(x, mean), offset));
  return madd4(f32x4.sub(x, shift), scale, offset);
}

/** The channels of a row beyond a multiple of eight. */
function lastChannels(grad: bool, y: usize, x: usize, dy: usize, at: usize, part: usize, count: i32): void {
  for (; count > 0; count -= 4, y += 16, x += 16, dy += 16, at += 16) {
    const a = line(
      grad,
      v128.load(x),
      v128.load(dy),
      v128.load(at),
      v128.load(at + part),
      v128.load(at + 2 * part),
      v128.load(at + 3 * part),
    );
    storeLanes(y, a, count);
  }
}

/** The table of `batchNorm` from moments, gamma and beta. Ranges count groups and channels. */
export function batchNormTable(
  begin: i32,
  end: i32,
  table: usize,
  m: usize,
  gamma: usize,
  beta: usize,
  epsilon: f32,
  groups: i32,
  channels: i32,
): void {
  const list = (<usize>(groups * channels)) << 2;
  for (; begin < end; begin++) {
    const i = (<usize>begin) << 2;
    const c = (<usize>(begin % channels)) << 2;
    f32.store(table + i, f32.load(gamma + c) / sqrt(f32.load(m + list + i) + epsilon));
    f32.store(table + list + i, f32.load(beta + c));
    f32.store(table + 2 * list + i, f32.load(m + i));
  }
}

/** y from x. y may be x. */
export function batchNorm(
  begin: i32,
  end: i32,
  y: usize,
  x: usize,
  table: usize,
  groups: i32,
  inner: i32,
  channels: i32,
): void {
  rows(false, y, x, x, table, groups, inner, channels, begin, end);
}

/** The table of `batchNormGrad`, for sums over n rows. Ranges count groups and channels. */
export function batchNormGradTable(
  begin: i32,
  end: i32,
  table: usize,
  m: usize,
  gamma: usize,
  s: usize,
  epsilon: f32,
  n: f32,
  groups: i32,
  channels: i32,
): void {
  const list = (<usize>(groups * channels)) << 2;
  for (; begin < end; begin++) {
    const i = (<usize>begin) << 2;
    const root = <f32>1 / sqrt(f32.load(m + list + i) + epsilon);
    const scale = f32.load(gamma + ((<usize>(begin % channels)) << 2)) * root;
    f32.store(table + i, scale);
    f32.store(table + list + i, (-scale * root * f32.load(s + list + i)) / n);
    f32.store(table + 2 * list + i, f32.load(s + i) / n);
    f32.store(table + 3 * list + i, f32.load(m + i));
  }
}

/** dx from dy and x. dx may be dy. */
export function batchNormGrad(
  begin: i32,
  end: i32,
  dx: usize,
  dy: usize,
  x: usize,
  table: usize,
  groups: i32,
  inner: i32,
  channels: i32,
): void {
  rows(true, dx, x, dy, table, groups, inner, channels, begin, end);
}
