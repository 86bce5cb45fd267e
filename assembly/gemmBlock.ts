/** One block of a matrix product, tile by tile: what products and convolutions are made of. */
import { gemm4x8, gemm4x8T, gemm6x8, gemm6x8T } from "./gemmTiles";
import { gemm6x16, gemm6x16T } from "./gemmTilesWide";

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

/** Whether this is the build with fused multiply-adds, which alone has tiles for panels of 16. */
export const IS_RELAXED: i32 = ASC_FEATURE_RELAXED_SIMD ? 1 : 0;
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
