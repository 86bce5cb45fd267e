/** One block of a matrix product, tile by tile, for matrix products and convolutions. */
import { gemm1x32, gemm4x8, gemm4x8T, gemm6x8, gemm6x8T } from "./gemmTiles";
import { gemm6x16, gemm6x16T } from "./gemmTilesWide";

/**
 * Rows of a panel in one block: 16 KB, half of the smallest first-level cache in use. b is packed in panels of `panel`
 * columns, which the host passes to every call: 8, or 16 for engines that merge vectors (relaxed build only).
 */
@inline
export function depthOf(panel: i32): i32 {
  return panel == 16 ? 256 : DEPTH;
}

/** The most rows of a panel in a block. */
const DEPTH: i32 = 512;
/** Rows of a in a block: 192 rows of 512 numbers are 384 KB. A multiple of both tile heights. */
export const ROWS: i32 = 192;

/** Whether this is the build with fused multiply-adds, which is the only one with tiles for panels of 16. */
export const IS_RELAXED: i32 = ASC_FEATURE_RELAXED_SIMD ? 1 : 0;
export const TILE_ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;

/** The start value of a block of c: zeros, the present contents of c, or the bias in every row. */
export const ZERO: i32 = 0;
export const SUM: i32 = 1;
const BIAS: i32 = 2;

/** A row of zeros, for tiles that start from zeros. */
const zeros = memory.data(64, 16);
/**
 * Bytes of scratch memory of a product: tiles at the right edge are computed there in full and copied in part. 6 rows
 * of 16.
 */
export const GEMM_SCRATCH_BYTES: i32 = 384;
/**
 * Bytes of scratch memory of a convolution: that of a product, and a block of the input with up to 8 floats beyond it.
 */
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
  const o1 = rows > 1 ? lda : 0;
  const o2 = rows > 2 ? o1 + lda : o1;
  const o3 = rows > 3 ? o2 + lda : o2;
  if (ASC_FEATURE_RELAXED_SIMD) {
    const o4 = rows > 4 ? o3 + lda : o3;
    const o5 = rows > 5 ? o4 + lda : o4;
    if (panel == 16) {
      if (transA) gemm6x16T(c, ldc, rows, a, lda, b, ldb, depth, from, ldfrom, low, high);
      else gemm6x16(c, ldc, rows, a, o1, o2, o3, o4, o5, b, ldb, depth, from, ldfrom, low, high);
    } else if (transA) gemm6x8T(c, ldc, rows, a, lda, b, ldb, depth, from, ldfrom, low, high);
    else gemm6x8(c, ldc, rows, a, o1, o2, o3, o4, o5, b, ldb, depth, from, ldfrom, low, high);
  } else if (transA) gemm4x8T(c, ldc, rows, a, lda, b, ldb, depth, from, ldfrom, low, high);
  else gemm4x8(c, ldc, rows, a, o1, o2, o3, b, ldb, depth, from, ldfrom, low, high);
}

@inline
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
 * One block: c[rows, columns] from a[rows, depth] and b[depth, columns]. Panels of b are `panelBytes` apart, their rows
 * `ldb` bytes. `start` is ZERO, SUM or BIAS. scratch: GEMM_SCRATCH_BYTES.
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
  // A row on its own is not worth a tile; `gemm1x32` computes it after every 32 columns.
  const last = rows - 1;
  const lone = last % TILE_ROWS == 0 ? columns & ~31 : 0;
  for (let j = 0; j < columns; j += panel, b += panelBytes) {
    const width = min(panel, columns - j);
    const end = j < lone ? last : rows;
    for (let i = 0; i < end; i += TILE_ROWS) {
      const height = min(TILE_ROWS, end - i);
      const aAt = a + <usize>i * rowBytes;
      const at = c + <usize>i * ldc + ((<usize>j) << 2);
      const from = start == SUM ? at : start == BIAS ? bias + ((<usize>j) << 2) : zeros;
      if (width == panel) tile(panel, transA, at, ldc, height, aAt, lda, b, ldb, depth, from, ldfrom, low, high);
      else {
        edgeTile(panel, scratch, transA, at, ldc, height, width, aAt, lda, b, ldb, depth, from, ldfrom, low, high);
      }
    }
    const first = j + panel - 32;
    if (j >= lone || first & 31) continue;
    // Pairs of vectors lie side by side in panels of 16.
    const p1: usize = panel == 16 ? 32 : panelBytes;
    const p2 = panel == 16 ? panelBytes : 2 * panelBytes;
    const at = c + <usize>last * ldc + ((<usize>first) << 2);
    gemm1x32(
      at,
      a + <usize>last * rowBytes,
      transA ? lda : 4,
      b + panelBytes - 2 * p2,
      p1,
      p2,
      p1 + p2,
      ldb,
      depth,
      start == SUM ? at : start == BIAS ? bias + ((<usize>first) << 2) : zeros,
      start == ZERO ? 0 : 32,
      low,
      high,
    );
  }
}

/** The `start` of the block at k: the first starts from the bias or zeros, later ones add to c. */
@inline
export function startOf(k: i32, bias: usize): i32 {
  return k > 0 ? SUM : bias ? BIAS : ZERO;
}
