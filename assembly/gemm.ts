/**
 * Matrix products, in the order of Goto and van de Geijn (2008): blocks of k so deep that a panel of b stays in the first cache,
 * under them blocks of rows of a that stay in the second, under them panels of b, tile by tile.
 */
import { gemm4x8, gemm4x8T, gemm6x8, gemm6x8T } from "./gemmTiles";
import { gemm6x16, gemm6x16T } from "./gemmTilesWide";
import { madd4 } from "./lanes";

/**
 * b is packed in panels of 8 columns, or of 16 for engines that merge vectors (relaxed build only): `panel`, which the host
 * hands to every call. Rows of a panel in one block: 16 KB of them, half of the smallest first cache in use.
 */
@inline
export function depthOf(panel: i32): i32 {
  return panel == 16 ? 256 : DEPTH;
}

/** The most rows of a panel in a block. */
const DEPTH: i32 = 512;
/** Rows of a in a block: 192 of 512 numbers are 384 KB. A multiple of both tile heights. */
export const ROWS: i32 = 192;

const TILE_ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;

/** How a block of c begins: from zeros, from what c holds, or from the bias in every row. */
export const ZERO: i32 = 0;
export const SUM: i32 = 1;
const BIAS: i32 = 2;

/** A row of zeros, for tiles that begin from them. */
const zeros = memory.data(64, 16);
/** Scratch of a product: tiles at the right edge are computed there, whole, and copied in part. 6 rows of 16. */
export const GEMM_SCRATCH_BYTES: i32 = 384;
/** Scratch of a convolution: that of a product, and a block of the input, which is copied up to 8 floats too far. */
export const CONV_SCRATCH_BYTES: i32 = GEMM_SCRATCH_BYTES + (ROWS * DEPTH + 8) * 4;

@inline
function tile(
  panel: i32,
  transA: bool,
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
  if (ASC_FEATURE_RELAXED_SIMD) {
    if (panel == 16) {
      if (transA) gemm6x16T(c, ldc, rows, a, lda, b, ldb, depth, from, ldfrom, low, high);
      else gemm6x16(c, ldc, rows, a, lda, b, ldb, depth, from, ldfrom, low, high);
    } else if (transA) gemm6x8T(c, ldc, rows, a, lda, b, ldb, depth, from, ldfrom, low, high);
    else gemm6x8(c, ldc, rows, a, lda, b, ldb, depth, from, ldfrom, low, high);
  } else if (transA) gemm4x8T(c, ldc, rows, a, lda, b, ldb, depth, from, ldfrom, low, high);
  else gemm4x8(c, ldc, rows, a, lda, b, ldb, depth, from, ldfrom, low, high);
}

function edgeTile(
  panel: i32,
  edge: usize,
  transA: bool,
  c: usize,
  ldc: usize,
  rows: i32,
  columns: i32,
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
  const row: usize = 64;
  const bytes = (<usize>columns) << 2;
  if (from == c) {
    for (let i = 0; i < rows; i++) memory.copy(edge + <usize>i * row, c + <usize>i * ldc, bytes);
    from = edge;
    ldfrom = row;
  }
  tile(panel, transA, edge, row, rows, a, lda, b, ldb, depth, from, ldfrom, low, high);
  for (let i = 0; i < rows; i++) {
    for (let j: usize = 0; j < bytes; j += 4) f32.store(c + <usize>i * ldc + j, f32.load(edge + <usize>i * row + j));
  }
}

/**
 * One block: c[rows, columns] from a[rows, depth] and b[depth, columns]. Panels of b lie `panelBytes` apart, their rows `ldb`
 * bytes. `start` is ZERO, SUM or BIAS. scratch: GEMM_SCRATCH_BYTES.
 */
export function gemmBlock(
  panel: i32,
  transA: bool,
  c: usize,
  ldc: usize,
  rows: i32,
  columns: i32,
  a: usize,
  lda: usize,
  b: usize,
  panelBytes: usize,
  ldb: usize,
  depth: i32,
  start: i32,
  bias: usize,
  low: f32,
  high: f32,
  scratch: usize,
): void {
  const rowBytes: usize = transA ? 4 : lda;
  const ldfrom = start == SUM ? ldc : 0;
  for (let j = 0; j < columns; j += panel, b += panelBytes) {
    const width = min(panel, columns - j);
    const to = c + ((<usize>j) << 2);
    for (let i = 0; i < rows; i += TILE_ROWS) {
      const height = min(TILE_ROWS, rows - i);
      const aAt = a + <usize>i * rowBytes;
      const at = to + <usize>i * ldc;
      const from = start == SUM ? at : start == BIAS ? bias + ((<usize>j) << 2) : zeros;
      if (width == panel) tile(panel, transA, at, ldc, height, aAt, lda, b, ldb, depth, from, ldfrom, low, high);
      else {
        edgeTile(panel, scratch, transA, at, ldc, height, width, aAt, lda, b, ldb, depth, from, ldfrom, low, high);
      }
    }
  }
}

/** How a block at k of `depth` begins: later blocks add to what is there. */
@inline
export function startOf(k: i32, bias: usize): i32 {
  return k > 0 ? SUM : bias ? BIAS : ZERO;
}

/**
 * c[begin..end, n] = clip(a b + bias). a: rows of `lda` bytes (or, transposed, `lda` bytes from one k to the next).
 * b is packed in panels (`packPanels`) if `ldb` is 0, else read in place, rows of `ldb` bytes. bias may be 0.
 */
export function gemm(
  begin: i32,
  end: i32,
  scratch: usize,
  c: usize,
  a: usize,
  b: usize,
  bias: usize,
  n: i32,
  k: i32,
  transA: bool,
  lda: usize,
  ldb: usize,
  panel: i32,
  low: f32,
  high: f32,
): void {
  const packed = ldb == 0;
  const blockDepth = depthOf(panel);
  const step = packed ? (<usize>panel) << 2 : ldb;
  const panelBytes = packed ? step * k : (<usize>panel) << 2;
  const ldc = (<usize>n) << 2;
  for (let p = 0; p < k; p += blockDepth) {
    const depth = min(blockDepth, k - p);
    const last = p + depth == k;
    const aAt = a + (transA ? <usize>p * lda : (<usize>p) << 2);
    const bAt = b + <usize>p * step;
    for (let i = begin; i < end; i += ROWS) {
      const rows = min(ROWS, end - i);
      gemmBlock(
        panel,
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
 * The same for a few rows: b [k, n] is read once, in order, eight rows at a time. c starts as the bias or zero, and is
 * clipped by the caller. Ranges count blocks of four columns.
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

/** b [k, n], rows of `ldb` bytes, into panels: [ceil(n / panel), k, panel], zeros beyond n. Ranges count panels. */
export function packPanels(
  begin: i32,
  end: i32,
  panels: usize,
  b: usize,
  ldb: usize,
  k: i32,
  n: i32,
  panel: i32,
): void {
  const row = (<usize>panel) << 2;
  panels += <usize>begin * <usize>k * row;
  for (let j = begin * panel; j < min(end * panel, n); j += panel) {
    const width = min(panel, n - j);
    let from = b + ((<usize>j) << 2);
    for (let p = 0; p < k; p++, from += ldb, panels += row) {
      if (width == panel) {
        v128.store(panels, v128.load(from));
        v128.store(panels, v128.load(from, 16), 16);
        if (panel == 16) {
          v128.store(panels, v128.load(from, 32), 32);
          v128.store(panels, v128.load(from, 48), 48);
        }
      } else {
        for (let q = 0; q < panel; q++) {
          f32.store(panels + ((<usize>q) << 2), q < width ? f32.load(from + ((<usize>q) << 2)) : 0);
        }
      }
    }
  }
}

/** The same from b stored [n, k], rows of `ldb` bytes. */
export function packPanelsTransposed(
  begin: i32,
  end: i32,
  panels: usize,
  b: usize,
  ldb: usize,
  k: i32,
  n: i32,
  panel: i32,
): void {
  const row = (<usize>panel) << 2;
  panels += <usize>begin * <usize>k * row;
  for (let j = begin * panel; j < min(end * panel, n); j += panel, panels += <usize>k * row) {
    for (let q = 0; q < panel; q++) {
      const to = panels + ((<usize>q) << 2);
      const from = b + <usize>(j + q) * ldb;
      for (let p = 0; p < k; p++) {
        f32.store(to + <usize>p * row, j + q < n ? f32.load(from + ((<usize>p) << 2)) : 0);
      }
    }
  }
}
