/** Sums and maxima over the middle of [outer, length, inner]; and functions of whole rows, whose ranges count rows. */
import { across, calledExp4, exp4, flush4, leastNormal, storeLanes } from "./lanes";
import { partStart, SUM_BLOCK } from "./split";

/** The sum of n neighbouring elements. */
@inline
function rowSum(x: usize, n: i32): f32 {
  let total: f64 = 0;
  while (n >= 8) {
    const block = min(n & ~7, SUM_BLOCK * 8);
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

/**
 * y = the sums of neighbouring columns, `bytes` of a row, a multiple of 32, over `length` rows. A block of rows is added
 * up for all columns while it is in the cache.
 */
function columnSums(y: usize, x: usize, length: i32, stride: usize, bytes: usize): void {
  memory.fill(y, 0, bytes);
  for (; length > 0; length -= SUM_BLOCK) {
    const block = min(length, SUM_BLOCK);
    const next = x + <usize>block * stride;
    for (let at: usize = 0; at < bytes; at += 32) {
      let a = f32x4.splat(0);
      let b = a;
      for (let from = x + at; from < next; from += stride) {
        a = f32x4.add(a, v128.load(from));
        b = f32x4.add(b, v128.load(from, 16));
      }
      v128.store(y + at, f32x4.add(v128.load(y + at), a));
      v128.store(y + at, f32x4.add(v128.load(y + at, 16), b), 16);
    }
    x = next;
  }
}

/**
 * Sums over the middle of [outer, length, inner], cut into `parts`. The sums of each part [outer, inner] follow those
 * of the part before. Ranges count, part by part, blocks of eight columns; with an `inner` of 1, rows.
 */
export function sum(begin: i32, end: i32, y: usize, x: usize, outer: i32, length: i32, inner: i32, parts: i32): void {
  const stride = (<usize>inner) << 2;
  const columns = (inner + 7) >> 3;
  const rows = outer * columns;
  let done = 1;
  for (; begin < end; begin += done) {
    const part = begin / rows;
    const o = (begin % rows) / columns;
    const c = ((begin % rows) % columns) << 3;
    const from = partStart(length, part, parts);
    const n = partStart(length, part + 1, parts) - from;
    const to = y + ((<usize>((part * outer + o) * inner + c)) << 2);
    const at = x + <usize>(o * length + from) * stride + ((<usize>c) << 2);
    done = c + 8 <= inner ? min(end - begin, (inner - c) >> 3) : 1;
    if (inner == 1) f32.store(to, rowSum(at, n));
    else if (c + 8 <= inner) columnSums(to, at, n, stride, (<usize>done) << 5);
    else {
      for (let i: usize = 0; i < (<usize>(inner - c)) << 2; i += 4) {
        let total: f64 = 0;
        for (let l = 0; l < n; l++) total += f32.load(at + i + <usize>l * stride);
        f32.store(to + i, <f32>total);
      }
    }
  }
}

/**
 * y[n] = the sum of `parts` consecutive lists of n partial sums, added in their order, divided by `divisor`. y may be
 * the first list. Ranges count blocks of 8 elements.
 */
export function addParts(begin: i32, end: i32, y: usize, partials: usize, parts: i32, n: i32, divisor: f32): void {
  const bytes = (<usize>n) << 2;
  const divisors = f32x4.splat(divisor);
  for (let i = (<usize>begin) << 5; i < (<usize>end) << 5; i += 16) {
    if (i + 16 <= bytes) {
      let total = v128.load(partials + i);
      for (let p = 1; p < parts; p++) total = f32x4.add(total, v128.load(partials + <usize>p * bytes + i));
      v128.store(y + i, f32x4.div(total, divisors));
    } else {
      for (let at = i; at < bytes; at += 4) {
        let total = f32.load(partials + at);
        for (let p = 1; p < parts; p++) total += f32.load(partials + <usize>p * bytes + at);
        f32.store(y + at, total / divisor);
      }
      return;
    }
  }
}

/** Ranges count elements of y. */
export function max(begin: i32, end: i32, y: usize, x: usize, length: i32, inner: i32): void {
  for (; begin < end; begin++) {
    const at = x + ((<usize>((begin / inner) * length * inner + (begin % inner))) << 2);
    let best: f32 = -Infinity;
    // Mathf.max gives NaN if one of its arguments is NaN.
    for (let i = 0; i < length; i++) best = Mathf.max(best, f32.load(at + ((<usize>(i * inner)) << 2)));
    f32.store(y + ((<usize>begin) << 2), best);
  }
}

/** Ranges count elements of y. */
export function argMax(begin: i32, end: i32, y: usize, x: usize, length: i32, inner: i32): void {
  for (; begin < end; begin++) {
    const at = x + ((<usize>((begin / inner) * length * inner + (begin % inner))) << 2);
    let place = 0;
    let best = f32.load(at);
    for (let i = 1; i < length; i++) {
      const value = f32.load(at + ((<usize>(i * inner)) << 2));
      if (value > best) {
        best = value;
        place = i;
      }
    }
    f32.store(y + ((<usize>begin) << 2), <f32>place);
  }
}

@inline
function rowMax(x: usize, n: i32): f32 {
  let best = f32.load(x);
  for (let i = 1; i < n; i++) best = Mathf.max(best, f32.load(x + ((<usize>i) << 2)));
  return best;
}

function expOf(x: f32): f32 {
  return f32x4.extract_lane(calledExp4(f32x4.splat(x)), 0);
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

export function softmax(begin: usize, end: usize, y: usize, x: usize, columns: i32): void {
  const bytes = (<usize>columns) << 2;
  const least = leastNormal();
  y += begin * bytes;
  x += begin * bytes;
  for (let r = begin; r < end; r++, y += bytes, x += bytes) {
    const totals = f32x4.splat(expRow(y, x, rowMax(x, columns), columns));
    for (let c = 0; c < columns; c += 4) {
      const at = y + ((<usize>c) << 2);
      storeLanes(at, flush4(f32x4.div(v128.load(at), totals), least), columns - c);
    }
  }
}

export function softmaxGrad(begin: usize, end: usize, dx: usize, dy: usize, y: usize, columns: i32): void {
  const bytes = (<usize>columns) << 2;
  const least = leastNormal();
  dx += begin * bytes;
  dy += begin * bytes;
  y += begin * bytes;
  for (let r = begin; r < end; r++, dx += bytes, dy += bytes, y += bytes) {
    let total: f64 = 0;
    for (let c: usize = 0; c < bytes; c += 4) total += <f64>f32.load(dy + c) * <f64>f32.load(y + c);
    const totals = f32x4.splat(<f32>total);
    for (let c = 0; c < columns; c += 4) {
      const at = (<usize>c) << 2;
      const centred = f32x4.sub(v128.load(dy + at), totals);
      storeLanes(dx + at, flush4(f32x4.mul(v128.load(y + at), centred), least), columns - c);
    }
  }
}

export function logSoftmax(begin: usize, end: usize, y: usize, x: usize, columns: i32): void {
  const bytes = (<usize>columns) << 2;
  y += begin * bytes;
  x += begin * bytes;
  for (let r = begin; r < end; r++, y += bytes, x += bytes) {
    const top = rowMax(x, columns);
    let total: f32 = 0;
    for (let c: usize = 0; c < bytes; c += 4) total += expOf(f32.load(x + c) - top);
    const shift = Mathf.log(total);
    for (let c: usize = 0; c < bytes; c += 4) f32.store(y + c, f32.load(x + c) - top - shift);
  }
}

export function logSoftmaxGrad(begin: usize, end: usize, dx: usize, dy: usize, y: usize, columns: i32): void {
  const bytes = (<usize>columns) << 2;
  const least = leastNormal();
  dx += begin * bytes;
  dy += begin * bytes;
  y += begin * bytes;
  for (let r = begin; r < end; r++, dx += bytes, dy += bytes, y += bytes) {
    let total: f64 = 0;
    for (let c: usize = 0; c < bytes; c += 4) total += f32.load(dy + c);
    const totals = f32x4.splat(<f32>total);
    for (let c = 0; c < columns; c += 4) {
      const at = (<usize>c) << 2;
      const share = f32x4.mul(calledExp4(v128.load(y + at)), totals);
      storeLanes(dx + at, flush4(f32x4.sub(v128.load(dy + at), share), least), columns - c);
    }
  }
}
