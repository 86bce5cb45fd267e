/**
 * Matrix products, in the loop order of Goto and van de Geijn ("Anatomy of high-performance matrix multiplication",
 * 2008): the outer loop is over blocks of k, so deep that a panel of b stays in the first-level cache; inside it, over
 * blocks of rows of a, which stay in the second-level cache; inside that, over panels of b, tile by tile.
 */
import { DEPTH, gemmBlock, PANEL, ROWS, startOf } from "./gemmBlock";
import { madd4 } from "./lanes";

/**
 * c[begin..end, n] = clip(a b + bias). Rows of c are `ldc` bytes apart. a: rows of `lda` bytes (or, transposed, `lda` bytes from one k to the next).
 * b is packed in panels (`packPanels`) if `ldb` is 0, else read in place, rows of `ldb` bytes. bias may be 0.
 */
export function gemm(
  begin: i32,
  end: i32,
  scratch: usize,
  c: usize,
  ldc: usize,
  a: usize,
  b: usize,
  bias: usize,
  n: i32,
  k: i32,
  transA: bool,
  lda: usize,
  ldb: usize,
  low: f32,
  high: f32,
): void {
  const packed = ldb == 0;
  const step = packed ? (<usize>PANEL) << 2 : ldb;
  const panelBytes = packed ? step * k : (<usize>PANEL) << 2;
  for (let p = 0; p < k; p += DEPTH) {
    const depth = min(DEPTH, k - p);
    const last = p + depth == k;
    const aAt = a + (transA ? <usize>p * lda : (<usize>p) << 2);
    const bAt = b + <usize>p * step;
    for (let i = begin; i < end; i += ROWS) {
      const rows = min(ROWS, end - i);
      gemmBlock(
        transA,
        c + <usize>i * ldc,
        ldc,
        rows,
        n,
        aAt + <usize>i * (transA ? 4 : lda),
        lda,
        bAt,
        panelBytes,
        step,
        depth,
        startOf(p, bias),
        bias,
        last ? low : -Infinity,
        last ? high : Infinity,
        scratch,
      );
    }
  }
}

/**
 * c[m, n] += a b for few rows m: b [k, n] is read once, in order, eight rows at a time. c must hold the bias or zeros
 * before, and is clipped by the caller. Ranges count blocks of four columns.
 */
export function gemmFewRows(
  begin: usize,
  end: usize,
  c: usize,
  a: usize,
  b: usize,
  m: i32,
  n: i32,
  k: i32,
  aRow: usize,
  aStep: usize,
): void {
  const bytes = (<usize>n) << 2;
  const first = begin << 4;
  const stop = min(end << 4, bytes);
  let p = 0;
  for (; p + 8 <= k; p += 8, b += 8 * bytes) {
    for (let i = 0; i < m; i++) {
      const from = a + <usize>i * aRow + <usize>p * aStep;
      const s0 = v128.load32_splat(from);
      const s1 = v128.load32_splat(from + aStep);
      const s2 = v128.load32_splat(from + 2 * aStep);
      const s3 = v128.load32_splat(from + 3 * aStep);
      const s4 = v128.load32_splat(from + 4 * aStep);
      const s5 = v128.load32_splat(from + 5 * aStep);
      const s6 = v128.load32_splat(from + 6 * aStep);
      const s7 = v128.load32_splat(from + 7 * aStep);
      const to = c + <usize>i * bytes;
      let j = first;
      for (; j + 16 <= stop; j += 16) {
        let at = b + j;
        let sum = madd4(s0, v128.load(at), v128.load(to + j));
        let other = f32x4.mul(s1, v128.load((at += bytes)));
        sum = madd4(s2, v128.load((at += bytes)), sum);
        other = madd4(s3, v128.load((at += bytes)), other);
        sum = madd4(s4, v128.load((at += bytes)), sum);
        other = madd4(s5, v128.load((at += bytes)), other);
        sum = madd4(s6, v128.load((at += bytes)), sum);
        other = madd4(s7, v128.load((at += bytes)), other);
        v128.store(to + j, f32x4.add(sum, other));
      }
      for (; j < stop; j += 4) {
        let sum = f32.load(to + j);
        for (let q: usize = 0; q < 8; q++) sum += f32.load(from + q * aStep) * f32.load(b + q * bytes + j);
        f32.store(to + j, sum);
      }
    }
  }
  for (; p < k; p++, b += bytes) {
    for (let i = 0; i < m; i++) {
      const s = f32.load(a + <usize>i * aRow + <usize>p * aStep);
      const to = c + <usize>i * bytes;
      for (let j = first; j < stop; j += 4) f32.store(to + j, f32.load(to + j) + s * f32.load(b + j));
    }
  }
}

/**
 * Packs b [k, n], rows of `ldb` bytes, into panels [ceil(n / PANEL), k, PANEL], with zeros beyond n. Ranges count
 * panels.
 */
export function packPanels(begin: i32, end: i32, panels: usize, b: usize, ldb: usize, k: i32, n: i32): void {
  const row = (<usize>PANEL) << 2;
  panels += <usize>begin * <usize>k * row;
  for (let j = begin * PANEL; j < min(end * PANEL, n); j += PANEL) {
    const width = min(PANEL, n - j);
    let from = b + ((<usize>j) << 2);
    for (let p = 0; p < k; p++, from += ldb, panels += row) {
      if (width == PANEL) {
        v128.store(panels, v128.load(from));
        v128.store(panels, v128.load(from, 16), 16);
        if (WIDE) {
          v128.store(panels, v128.load(from, 32), 32);
          v128.store(panels, v128.load(from, 48), 48);
        }
      } else {
        for (let q = 0; q < PANEL; q++) {
          f32.store(panels + ((<usize>q) << 2), q < width ? f32.load(from + ((<usize>q) << 2)) : 0);
        }
      }
    }
  }
}

/**
 * Packs b stored as [n, k], rows of `ldb` bytes, into panels [ceil(n / PANEL), k, PANEL], with zeros beyond n. Ranges
 * count panels.
 */
export function packPanelsTransposed(begin: i32, end: i32, panels: usize, b: usize, ldb: usize, k: i32, n: i32): void {
  const row = (<usize>PANEL) << 2;
  panels += <usize>begin * <usize>k * row;
  for (let j = begin * PANEL; j < min(end * PANEL, n); j += PANEL, panels += <usize>k * row) {
    for (let q = 0; q < PANEL; q++) {
      const to = panels + ((<usize>q) << 2);
      const from = b + <usize>(j + q) * ldb;
      for (let p = 0; p < k; p++) {
        f32.store(to + <usize>p * row, j + q < n ? f32.load(from + ((<usize>p) << 2)) : 0);
      }
    }
  }
}
