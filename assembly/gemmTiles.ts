/**
 * The innermost part of every matrix product: a tile of c, some rows by 8 (or 16) columns, stays in registers while one
 * row of b at a time is multiplied by one number of each row of a.
 *
 * c: the tile's first element; rows are `ldc` bytes apart. a: rows 1, 2, ... are `o1`, `o2`, ... bytes after the first
 * (in the "T" variants a is stored transposed: rows lie side by side, and `lda` is the distance from one k to the next).
 * b: `ldb` bytes from one k to the next. The tile starts from the values at `from`, rows `ldfrom` bytes apart (zeros,
 * the bias, or c itself), and is clipped to [low, high] at the end. Rows beyond `rows` have the address of the last row,
 * so that the loop needs no branch; rows are stored from the last to the first, so that the last valid row is written
 * after those beyond it. One pointer and constant offsets take fewer instructions than a pointer for each row; the
 * offsets are parameters, as V8 moves their computation into the loop otherwise. The plain build multiplies and adds
 * separately and has 4 rows, as more do not fit the 16 registers of x64; the relaxed one has 6.
 *
 * The "T" variants are copies on purpose: one function with two strides for a (from row to row, from k to k) is slower
 * for transposed a, in V8 on x64. With a pointer for each row it takes 1.02 to 1.08 times as long in the plain build,
 * 1.07 to 1.19 in the relaxed one, 1.01 to 1.09 with wide tiles; with a pointer for two rows, the best form found, up
 * to 1.04, 1.06 and 1.04. Merging only the plain pair would make the package larger, as the relaxed build is packed as
 * differences from the plain one.
 */
import { clip4, madd4 } from "./lanes";

/** Plain build. */
export function gemm4x8(
  c: usize,
  ldc: usize,
  rows: i32,
  a: usize,
  o1: usize,
  o2: usize,
  o3: usize,
  b: usize,
  ldb: usize,
  depth: i32,
  from: usize,
  ldfrom: usize,
  low: f32,
  high: f32,
): void {
  const c1 = rows > 1 ? c + ldc : c;
  const c2 = rows > 2 ? c1 + ldc : c1;
  const c3 = rows > 3 ? c2 + ldc : c2;
  const f1 = rows > 1 ? from + ldfrom : from;
  const f2 = rows > 2 ? f1 + ldfrom : f1;
  const f3 = rows > 3 ? f2 + ldfrom : f2;
  let x00 = v128.load(from);
  let x01 = v128.load(from, 16);
  let x10 = v128.load(f1);
  let x11 = v128.load(f1, 16);
  let x20 = v128.load(f2);
  let x21 = v128.load(f2, 16);
  let x30 = v128.load(f3);
  let x31 = v128.load(f3, 16);
  for (const end = b + <usize>depth * ldb; b != end; b += ldb) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    x00 = madd4(s, b0, x00);
    x01 = madd4(s, b1, x01);
    s = v128.load32_splat(a + o1);
    x10 = madd4(s, b0, x10);
    x11 = madd4(s, b1, x11);
    s = v128.load32_splat(a + o2);
    x20 = madd4(s, b0, x20);
    x21 = madd4(s, b1, x21);
    s = v128.load32_splat(a + o3);
    x30 = madd4(s, b0, x30);
    x31 = madd4(s, b1, x31);
    a += 4;
  }
  const least = f32x4.splat(low);
  const most = f32x4.splat(high);
  v128.store(c3, clip4(x30, least, most));
  v128.store(c3, clip4(x31, least, most), 16);
  v128.store(c2, clip4(x20, least, most));
  v128.store(c2, clip4(x21, least, most), 16);
  v128.store(c1, clip4(x10, least, most));
  v128.store(c1, clip4(x11, least, most), 16);
  v128.store(c, clip4(x00, least, most));
  v128.store(c, clip4(x01, least, most), 16);
}

/** Plain build. a transposed. */
export function gemm4x8T(
  c: usize,
  ldc: usize,
  rows: i32,
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  depth: i32,
  from: usize,
  ldfrom: usize,
  low: f32,
  high: f32,
): void {
  const c1 = rows > 1 ? c + ldc : c;
  const c2 = rows > 2 ? c1 + ldc : c1;
  const c3 = rows > 3 ? c2 + ldc : c2;
  const f1 = rows > 1 ? from + ldfrom : from;
  const f2 = rows > 2 ? f1 + ldfrom : f1;
  const f3 = rows > 3 ? f2 + ldfrom : f2;
  let x00 = v128.load(from);
  let x01 = v128.load(from, 16);
  let x10 = v128.load(f1);
  let x11 = v128.load(f1, 16);
  let x20 = v128.load(f2);
  let x21 = v128.load(f2, 16);
  let x30 = v128.load(f3);
  let x31 = v128.load(f3, 16);
  for (const end = b + <usize>depth * ldb; b != end; b += ldb) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    x00 = madd4(s, b0, x00);
    x01 = madd4(s, b1, x01);
    s = v128.load32_splat(a, 4);
    x10 = madd4(s, b0, x10);
    x11 = madd4(s, b1, x11);
    s = v128.load32_splat(a, 8);
    x20 = madd4(s, b0, x20);
    x21 = madd4(s, b1, x21);
    s = v128.load32_splat(a, 12);
    x30 = madd4(s, b0, x30);
    x31 = madd4(s, b1, x31);
    a += lda;
  }
  const least = f32x4.splat(low);
  const most = f32x4.splat(high);
  v128.store(c3, clip4(x30, least, most));
  v128.store(c3, clip4(x31, least, most), 16);
  v128.store(c2, clip4(x20, least, most));
  v128.store(c2, clip4(x21, least, most), 16);
  v128.store(c1, clip4(x10, least, most));
  v128.store(c1, clip4(x11, least, most), 16);
  v128.store(c, clip4(x00, least, most));
  v128.store(c, clip4(x01, least, most), 16);
}

/** Relaxed build. */
export function gemm6x8(
  c: usize,
  ldc: usize,
  rows: i32,
  a: usize,
  o1: usize,
  o2: usize,
  o3: usize,
  o4: usize,
  o5: usize,
  b: usize,
  ldb: usize,
  depth: i32,
  from: usize,
  ldfrom: usize,
  low: f32,
  high: f32,
): void {
  const c1 = rows > 1 ? c + ldc : c;
  const c2 = rows > 2 ? c1 + ldc : c1;
  const c3 = rows > 3 ? c2 + ldc : c2;
  const c4 = rows > 4 ? c3 + ldc : c3;
  const c5 = rows > 5 ? c4 + ldc : c4;
  const f1 = rows > 1 ? from + ldfrom : from;
  const f2 = rows > 2 ? f1 + ldfrom : f1;
  const f3 = rows > 3 ? f2 + ldfrom : f2;
  const f4 = rows > 4 ? f3 + ldfrom : f3;
  const f5 = rows > 5 ? f4 + ldfrom : f4;
  let x00 = v128.load(from);
  let x01 = v128.load(from, 16);
  let x10 = v128.load(f1);
  let x11 = v128.load(f1, 16);
  let x20 = v128.load(f2);
  let x21 = v128.load(f2, 16);
  let x30 = v128.load(f3);
  let x31 = v128.load(f3, 16);
  let x40 = v128.load(f4);
  let x41 = v128.load(f4, 16);
  let x50 = v128.load(f5);
  let x51 = v128.load(f5, 16);
  for (const end = b + <usize>depth * ldb; b != end; b += ldb) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    x00 = madd4(s, b0, x00);
    x01 = madd4(s, b1, x01);
    s = v128.load32_splat(a + o1);
    x10 = madd4(s, b0, x10);
    x11 = madd4(s, b1, x11);
    s = v128.load32_splat(a + o2);
    x20 = madd4(s, b0, x20);
    x21 = madd4(s, b1, x21);
    s = v128.load32_splat(a + o3);
    x30 = madd4(s, b0, x30);
    x31 = madd4(s, b1, x31);
    s = v128.load32_splat(a + o4);
    x40 = madd4(s, b0, x40);
    x41 = madd4(s, b1, x41);
    s = v128.load32_splat(a + o5);
    x50 = madd4(s, b0, x50);
    x51 = madd4(s, b1, x51);
    a += 4;
  }
  const least = f32x4.splat(low);
  const most = f32x4.splat(high);
  v128.store(c5, clip4(x50, least, most));
  v128.store(c5, clip4(x51, least, most), 16);
  v128.store(c4, clip4(x40, least, most));
  v128.store(c4, clip4(x41, least, most), 16);
  v128.store(c3, clip4(x30, least, most));
  v128.store(c3, clip4(x31, least, most), 16);
  v128.store(c2, clip4(x20, least, most));
  v128.store(c2, clip4(x21, least, most), 16);
  v128.store(c1, clip4(x10, least, most));
  v128.store(c1, clip4(x11, least, most), 16);
  v128.store(c, clip4(x00, least, most));
  v128.store(c, clip4(x01, least, most), 16);
}

/** Relaxed build. a transposed. */
export function gemm6x8T(
  c: usize,
  ldc: usize,
  rows: i32,
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  depth: i32,
  from: usize,
  ldfrom: usize,
  low: f32,
  high: f32,
): void {
  const c1 = rows > 1 ? c + ldc : c;
  const c2 = rows > 2 ? c1 + ldc : c1;
  const c3 = rows > 3 ? c2 + ldc : c2;
  const c4 = rows > 4 ? c3 + ldc : c3;
  const c5 = rows > 5 ? c4 + ldc : c4;
  const f1 = rows > 1 ? from + ldfrom : from;
  const f2 = rows > 2 ? f1 + ldfrom : f1;
  const f3 = rows > 3 ? f2 + ldfrom : f2;
  const f4 = rows > 4 ? f3 + ldfrom : f3;
  const f5 = rows > 5 ? f4 + ldfrom : f4;
  let x00 = v128.load(from);
  let x01 = v128.load(from, 16);
  let x10 = v128.load(f1);
  let x11 = v128.load(f1, 16);
  let x20 = v128.load(f2);
  let x21 = v128.load(f2, 16);
  let x30 = v128.load(f3);
  let x31 = v128.load(f3, 16);
  let x40 = v128.load(f4);
  let x41 = v128.load(f4, 16);
  let x50 = v128.load(f5);
  let x51 = v128.load(f5, 16);
  for (const end = b + <usize>depth * ldb; b != end; b += ldb) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    x00 = madd4(s, b0, x00);
    x01 = madd4(s, b1, x01);
    s = v128.load32_splat(a, 4);
    x10 = madd4(s, b0, x10);
    x11 = madd4(s, b1, x11);
    s = v128.load32_splat(a, 8);
    x20 = madd4(s, b0, x20);
    x21 = madd4(s, b1, x21);
    s = v128.load32_splat(a, 12);
    x30 = madd4(s, b0, x30);
    x31 = madd4(s, b1, x31);
    s = v128.load32_splat(a, 16);
    x40 = madd4(s, b0, x40);
    x41 = madd4(s, b1, x41);
    s = v128.load32_splat(a, 20);
    x50 = madd4(s, b0, x50);
    x51 = madd4(s, b1, x51);
    a += lda;
  }
  const least = f32x4.splat(low);
  const most = f32x4.splat(high);
  v128.store(c5, clip4(x50, least, most));
  v128.store(c5, clip4(x51, least, most), 16);
  v128.store(c4, clip4(x40, least, most));
  v128.store(c4, clip4(x41, least, most), 16);
  v128.store(c3, clip4(x30, least, most));
  v128.store(c3, clip4(x31, least, most), 16);
  v128.store(c2, clip4(x20, least, most));
  v128.store(c2, clip4(x21, least, most), 16);
  v128.store(c1, clip4(x10, least, most));
  v128.store(c1, clip4(x11, least, most), 16);
  v128.store(c, clip4(x00, least, most));
  v128.store(c, clip4(x01, least, most), 16);
}

/**
 * One row by 32 columns: all builds, for a row that remains. Of b, four pairs of vectors, `p1`, `p2` and `p3` bytes after
 * the first. a: `step` bytes from one k to the next. The start values of the pairs are `fromStep` bytes apart.
 */
export function gemm1x32(
  c: usize,
  a: usize,
  step: usize,
  b: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  ldb: usize,
  depth: i32,
  from: usize,
  fromStep: usize,
  low: f32,
  high: f32,
): void {
  let x0 = v128.load(from);
  let x1 = v128.load(from, 16);
  from += fromStep;
  let x2 = v128.load(from);
  let x3 = v128.load(from, 16);
  from += fromStep;
  let x4 = v128.load(from);
  let x5 = v128.load(from, 16);
  from += fromStep;
  let x6 = v128.load(from);
  let x7 = v128.load(from, 16);
  for (const end = b + <usize>depth * ldb; b != end; b += ldb, a += step) {
    const s = v128.load32_splat(a);
    x0 = madd4(s, v128.load(b), x0);
    x1 = madd4(s, v128.load(b, 16), x1);
    let at = b + p1;
    x2 = madd4(s, v128.load(at), x2);
    x3 = madd4(s, v128.load(at, 16), x3);
    at = b + p2;
    x4 = madd4(s, v128.load(at), x4);
    x5 = madd4(s, v128.load(at, 16), x5);
    at = b + p3;
    x6 = madd4(s, v128.load(at), x6);
    x7 = madd4(s, v128.load(at, 16), x7);
  }
  const least = f32x4.splat(low);
  const most = f32x4.splat(high);
  v128.store(c, clip4(x0, least, most));
  v128.store(c, clip4(x1, least, most), 16);
  v128.store(c, clip4(x2, least, most), 32);
  v128.store(c, clip4(x3, least, most), 48);
  v128.store(c, clip4(x4, least, most), 64);
  v128.store(c, clip4(x5, least, most), 80);
  v128.store(c, clip4(x6, least, most), 96);
  v128.store(c, clip4(x7, least, most), 112);
}
