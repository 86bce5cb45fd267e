/** The tiles of gemmTiles.ts with 16 columns, for engines that merge two neighbouring vectors into one of 256 bits. */
import { clip4, madd4 } from "./lanes";

/** Relaxed build, wide. */
export function gemm6x16(
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
  let x02 = v128.load(from, 32);
  let x03 = v128.load(from, 48);
  let x10 = v128.load(f1);
  let x11 = v128.load(f1, 16);
  let x12 = v128.load(f1, 32);
  let x13 = v128.load(f1, 48);
  let x20 = v128.load(f2);
  let x21 = v128.load(f2, 16);
  let x22 = v128.load(f2, 32);
  let x23 = v128.load(f2, 48);
  let x30 = v128.load(f3);
  let x31 = v128.load(f3, 16);
  let x32 = v128.load(f3, 32);
  let x33 = v128.load(f3, 48);
  let x40 = v128.load(f4);
  let x41 = v128.load(f4, 16);
  let x42 = v128.load(f4, 32);
  let x43 = v128.load(f4, 48);
  let x50 = v128.load(f5);
  let x51 = v128.load(f5, 16);
  let x52 = v128.load(f5, 32);
  let x53 = v128.load(f5, 48);
  for (const end = b + <usize>depth * ldb; b != end; b += ldb) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32);
    const b3 = v128.load(b, 48);
    let s = v128.load32_splat(a);
    x00 = madd4(s, b0, x00);
    x01 = madd4(s, b1, x01);
    x02 = madd4(s, b2, x02);
    x03 = madd4(s, b3, x03);
    s = v128.load32_splat(a + o1);
    x10 = madd4(s, b0, x10);
    x11 = madd4(s, b1, x11);
    x12 = madd4(s, b2, x12);
    x13 = madd4(s, b3, x13);
    s = v128.load32_splat(a + o2);
    x20 = madd4(s, b0, x20);
    x21 = madd4(s, b1, x21);
    x22 = madd4(s, b2, x22);
    x23 = madd4(s, b3, x23);
    s = v128.load32_splat(a + o3);
    x30 = madd4(s, b0, x30);
    x31 = madd4(s, b1, x31);
    x32 = madd4(s, b2, x32);
    x33 = madd4(s, b3, x33);
    s = v128.load32_splat(a + o4);
    x40 = madd4(s, b0, x40);
    x41 = madd4(s, b1, x41);
    x42 = madd4(s, b2, x42);
    x43 = madd4(s, b3, x43);
    s = v128.load32_splat(a + o5);
    x50 = madd4(s, b0, x50);
    x51 = madd4(s, b1, x51);
    x52 = madd4(s, b2, x52);
    x53 = madd4(s, b3, x53);
    a += 4;
  }
  const least = f32x4.splat(low);
  const most = f32x4.splat(high);
  v128.store(c5, clip4(x50, least, most));
  v128.store(c5, clip4(x51, least, most), 16);
  v128.store(c5, clip4(x52, least, most), 32);
  v128.store(c5, clip4(x53, least, most), 48);
  v128.store(c4, clip4(x40, least, most));
  v128.store(c4, clip4(x41, least, most), 16);
  v128.store(c4, clip4(x42, least, most), 32);
  v128.store(c4, clip4(x43, least, most), 48);
  v128.store(c3, clip4(x30, least, most));
  v128.store(c3, clip4(x31, least, most), 16);
  v128.store(c3, clip4(x32, least, most), 32);
  v128.store(c3, clip4(x33, least, most), 48);
  v128.store(c2, clip4(x20, least, most));
  v128.store(c2, clip4(x21, least, most), 16);
  v128.store(c2, clip4(x22, least, most), 32);
  v128.store(c2, clip4(x23, least, most), 48);
  v128.store(c1, clip4(x10, least, most));
  v128.store(c1, clip4(x11, least, most), 16);
  v128.store(c1, clip4(x12, least, most), 32);
  v128.store(c1, clip4(x13, least, most), 48);
  v128.store(c, clip4(x00, least, most));
  v128.store(c, clip4(x01, least, most), 16);
  v128.store(c, clip4(x02, least, most), 32);
  v128.store(c, clip4(x03, least, most), 48);
}

/** Relaxed build, wide. a transposed. */
export function gemm6x16T(
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
  let x02 = v128.load(from, 32);
  let x03 = v128.load(from, 48);
  let x10 = v128.load(f1);
  let x11 = v128.load(f1, 16);
  let x12 = v128.load(f1, 32);
  let x13 = v128.load(f1, 48);
  let x20 = v128.load(f2);
  let x21 = v128.load(f2, 16);
  let x22 = v128.load(f2, 32);
  let x23 = v128.load(f2, 48);
  let x30 = v128.load(f3);
  let x31 = v128.load(f3, 16);
  let x32 = v128.load(f3, 32);
  let x33 = v128.load(f3, 48);
  let x40 = v128.load(f4);
  let x41 = v128.load(f4, 16);
  let x42 = v128.load(f4, 32);
  let x43 = v128.load(f4, 48);
  let x50 = v128.load(f5);
  let x51 = v128.load(f5, 16);
  let x52 = v128.load(f5, 32);
  let x53 = v128.load(f5, 48);
  for (const end = b + <usize>depth * ldb; b != end; b += ldb) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32);
    const b3 = v128.load(b, 48);
    let s = v128.load32_splat(a);
    x00 = madd4(s, b0, x00);
    x01 = madd4(s, b1, x01);
    x02 = madd4(s, b2, x02);
    x03 = madd4(s, b3, x03);
    s = v128.load32_splat(a, 4);
    x10 = madd4(s, b0, x10);
    x11 = madd4(s, b1, x11);
    x12 = madd4(s, b2, x12);
    x13 = madd4(s, b3, x13);
    s = v128.load32_splat(a, 8);
    x20 = madd4(s, b0, x20);
    x21 = madd4(s, b1, x21);
    x22 = madd4(s, b2, x22);
    x23 = madd4(s, b3, x23);
    s = v128.load32_splat(a, 12);
    x30 = madd4(s, b0, x30);
    x31 = madd4(s, b1, x31);
    x32 = madd4(s, b2, x32);
    x33 = madd4(s, b3, x33);
    s = v128.load32_splat(a, 16);
    x40 = madd4(s, b0, x40);
    x41 = madd4(s, b1, x41);
    x42 = madd4(s, b2, x42);
    x43 = madd4(s, b3, x43);
    s = v128.load32_splat(a, 20);
    x50 = madd4(s, b0, x50);
    x51 = madd4(s, b1, x51);
    x52 = madd4(s, b2, x52);
    x53 = madd4(s, b3, x53);
    a += lda;
  }
  const least = f32x4.splat(low);
  const most = f32x4.splat(high);
  v128.store(c5, clip4(x50, least, most));
  v128.store(c5, clip4(x51, least, most), 16);
  v128.store(c5, clip4(x52, least, most), 32);
  v128.store(c5, clip4(x53, least, most), 48);
  v128.store(c4, clip4(x40, least, most));
  v128.store(c4, clip4(x41, least, most), 16);
  v128.store(c4, clip4(x42, least, most), 32);
  v128.store(c4, clip4(x43, least, most), 48);
  v128.store(c3, clip4(x30, least, most));
  v128.store(c3, clip4(x31, least, most), 16);
  v128.store(c3, clip4(x32, least, most), 32);
  v128.store(c3, clip4(x33, least, most), 48);
  v128.store(c2, clip4(x20, least, most));
  v128.store(c2, clip4(x21, least, most), 16);
  v128.store(c2, clip4(x22, least, most), 32);
  v128.store(c2, clip4(x23, least, most), 48);
  v128.store(c1, clip4(x10, least, most));
  v128.store(c1, clip4(x11, least, most), 16);
  v128.store(c1, clip4(x12, least, most), 32);
  v128.store(c1, clip4(x13, least, most), 48);
  v128.store(c, clip4(x00, least, most));
  v128.store(c, clip4(x01, least, most), 16);
  v128.store(c, clip4(x02, least, most), 32);
  v128.store(c, clip4(x03, least, most), 48);
}
