/** Sums and maxima over the middle of [outer, length, inner], and functions of whole rows. */
import { across, exp4 } from "./lanes";

/** Long sums are taken in blocks of this many rows, which shortens the chain of roundings. */
const BLOCK: i32 = 256;

/** The sum of n neighbouring elements. */
function rowSum(x: usize, n: i32): f32 {
  let total: f64 = 0;
  while (n >= 8) {
    const block = min(n & ~7, BLOCK * 8);
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    for (const end = x + ((<usize>block) << 2); x < end; x += 32) {
      a = f32x4.add(a, v128.load(x));
      b = f32x4.add(b, v128.load(x, 16));
    }
    total += across(f32x4.add(a, b));
    n -= block;
  }
  for (; n > 0; n--, x += 4) total += f32.load(x);
  return <f32>total;
}

/** y[8] = the sums of eight neighbouring columns over `length` rows. */
function columnSum8(y: usize, x: usize, length: i32, stride: usize): void {
  let totalA = f32x4.splat(0);
  let totalB = totalA;
  while (length > 0) {
    const block = min(length, BLOCK);
    let a = f32x4.splat(0);
    let b = a;
    for (let i = 0; i < block; i++, x += stride) {
      a = f32x4.add(a, v128.load(x));
      b = f32x4.add(b, v128.load(x, 16));
    }
    totalA = f32x4.add(totalA, a);
    totalB = f32x4.add(totalB, b);
    length -= block;
  }
  v128.store(y, totalA);
  v128.store(y, totalB, 16);
}

export function sum(y: usize, x: usize, outer: i32, length: i32, inner: i32): void {
  const stride = (<usize>inner) << 2;
  for (let o = 0; o < outer; o++, x += <usize>length * stride) {
    if (inner == 1) {
      f32.store(y, rowSum(x, length));
      y += 4;
      continue;
    }
    let c = 0;
    for (; c + 8 <= inner; c += 8, y += 32) columnSum8(y, x + ((<usize>c) << 2), length, stride);
    for (; c < inner; c++, y += 4) {
      let total: f64 = 0;
      for (let i = 0; i < length; i++) total += f32.load(x + ((<usize>c) << 2) + <usize>i * stride);
      f32.store(y, <f32>total);
    }
  }
}

export function max(y: usize, x: usize, outer: i32, length: i32, inner: i32): void {
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < inner; c++, y += 4) {
      let best: f32 = -Infinity;
      for (let i = 0; i < length; i++) {
        // `max` of two numbers is NaN if one is.
        best = Mathf.max(best, f32.load(x + ((<usize>((o * length + i) * inner + c)) << 2)));
      }
      f32.store(y, best);
    }
  }
}

export function argMax(y: usize, x: usize, outer: i32, length: i32, inner: i32): void {
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < inner; c++, y += 4) {
      let place = 0;
      let best = f32.load(x + ((<usize>(o * length * inner + c)) << 2));
      for (let i = 1; i < length; i++) {
        const value = f32.load(x + ((<usize>((o * length + i) * inner + c)) << 2));
        if (value > best) {
          best = value;
          place = i;
        }
      }
      f32.store(y, <f32>place);
    }
  }
}

@inline
function rowMax(x: usize, n: i32): f32 {
  let best = f32.load(x);
  for (let i = 1; i < n; i++) best = Mathf.max(best, f32.load(x + ((<usize>i) << 2)));
  return best;
}

@inline
function expOf(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
}

/** y = e^(x - top); returns the sum. */
function expRow(y: usize, x: usize, top: f32, n: i32): f32 {
  const tops = f32x4.splat(top);
  let sums = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4, x += 16, y += 16) {
    const e = exp4(f32x4.sub(v128.load(x), tops));
    sums = f32x4.add(sums, e);
    v128.store(y, e);
  }
  let total = across(sums);
  for (; i < n; i++, x += 4, y += 4) {
    const e = expOf(f32.load(x) - top);
    f32.store(y, e);
    total += e;
  }
  return total;
}

export function softmax(y: usize, x: usize, rows: i32, columns: i32): void {
  const bytes = (<usize>columns) << 2;
  for (let r = 0; r < rows; r++, y += bytes, x += bytes) {
    const total = expRow(y, x, rowMax(x, columns), columns);
    for (let c: usize = 0; c < bytes; c += 4) f32.store(y + c, f32.load(y + c) / total);
  }
}

export function softmaxGrad(dx: usize, dy: usize, y: usize, rows: i32, columns: i32): void {
  const bytes = (<usize>columns) << 2;
  for (let r = 0; r < rows; r++, dx += bytes, dy += bytes, y += bytes) {
    let total: f64 = 0;
    for (let c: usize = 0; c < bytes; c += 4) total += <f64>f32.load(dy + c) * <f64>f32.load(y + c);
    for (let c: usize = 0; c < bytes; c += 4) {
      f32.store(dx + c, f32.load(y + c) * <f32>(<f64>f32.load(dy + c) - total));
    }
  }
}

export function logSoftmax(y: usize, x: usize, rows: i32, columns: i32): void {
  const bytes = (<usize>columns) << 2;
  for (let r = 0; r < rows; r++, y += bytes, x += bytes) {
    const top = rowMax(x, columns);
    let total: f32 = 0;
    for (let c: usize = 0; c < bytes; c += 4) total += expOf(f32.load(x + c) - top);
    const shift = Mathf.log(total);
    for (let c: usize = 0; c < bytes; c += 4) f32.store(y + c, f32.load(x + c) - top - shift);
  }
}

export function logSoftmaxGrad(dx: usize, dy: usize, y: usize, rows: i32, columns: i32): void {
  const bytes = (<usize>columns) << 2;
  for (let r = 0; r < rows; r++, dx += bytes, dy += bytes, y += bytes) {
    let total: f64 = 0;
    for (let c: usize = 0; c < bytes; c += 4) total += f32.load(dy + c);
    for (let c: usize = 0; c < bytes; c += 4) {
      f32.store(dx + c, f32.load(dy + c) - expOf(f32.load(y + c)) * <f32>total);
    }
  }
}
