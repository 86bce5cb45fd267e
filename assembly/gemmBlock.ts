/** One block of a matrix product, tile by tile, for matrix products and convolutions. */
import { gemm1x32, gemm4x8, gemm4x8T, gemm6x8, gemm6x8T } from "./gemmTiles";
import { gemm6x16, gemm6x16T } from "./gemmTilesWide";

/** Columns of the panels in which b is packed: 16 in the wide build, for engines that merge vectors. */
export const PANEL: i32 = WIDE ? 16 : 8;
/** Rows of a panel in one block: 16 KB, half of the smallest first-level cache in use. */
export const DEPTH: i32 = 4096 / PANEL;
/** Rows of a in a block: 192 rows of 512 numbers are 384 KB. A multiple of both tile heights. */
export const ROWS: i32 = 192;

/** Whether this is a build with fused multiply-adds. */
export const IS_RELAXED: i32 = ASC_FEATURE_RELAXED_SIMD ? 1 : 0;
export const TILE_ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;

/** The start value of a block of c: zeros, the present contents of c, or the bias in every row. */
export const ZERO: i32 = 0;
export const SUM: i32 = 1;
const BIAS: i32 = 2;

/** A row of zeros, for tiles that start from zeros. */
const zeros = memory.data(64, 16);
/** Bytes of a row of a tile. */
const ROW_BYTES: i32 = PANEL * 4;
/**
 * Bytes of scratch memory of a product: tiles at the right edge are computed there in full and copied in part. A tile
 * has 6 rows at most.
 */
export const GEMM_SCRATCH_BYTES: i32 = 6 * ROW_BYTES;
/**
 * Bytes of scratch memory of a convolution: that of a product, and a block of the input with up to 8 floats beyond it.
 */
export const CONV_SCRATCH_BYTES: i32 = GEMM_SCRATCH_BYTES + (ROWS * DEPTH + 8) * 4;

@inline
function tile(
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
    if (WIDE) {
      if (transA) gemm6x16T(c, ldc, rows, a, lda, b, ldb, depth, from, ldfrom, low, high);
      else gemm6x16(c, ldc, rows, a, o1, o2, o3, o4, o5, b, ldb, depth, from, ldfrom, low, high);
    } else if (transA) gemm6x8T(c, ldc, rows, a, lda, b, ldb, depth, from, ldfrom, low, high);
    else gemm6x8(c, ldc, rows, a, o1, o2, o3, o4, o5, b, ldb, depth, from, ldfrom, low, high);
  } else if (transA) gemm4x8T(c, ldc, rows, a, lda, b, ldb, depth, from, ldfrom, low, high);
  else gemm4x8(c, ldc, rows, a, o1, o2, o3, b, ldb, depth, from, ldfrom, low, high);
}

@inline
function edgeTile(
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
  const row: usize = ROW_BYTES;
  const bytes = (<usize>columns) << 2;
  if (from == c) {
    for (let i = 0; i < rows; i++) memory.copy(edge + <usize>i * row, c + <usize>i * ldc, bytes);
    from = edge;
    ldfrom = row;
  }
  tile(transA, edge, row, rows, a, lda, b, ldb, depth, from, ldfrom, low, high);
  for (let i = 0; i < rows; i++) {
    for (let j: usize = 0; j < bytes; j += 4) f32.store(c + <usize>i * ldc + j, f32.load(edge + <usize>i * row + j));
  }
}

/**
 * One block: c[rows, columns] from a[rows, depth] and b[depth, columns]. Panels of b are `panelBytes` apart, their rows
 * `ldb` bytes. `start` is ZERO, SUM or BIAS. scratch: GEMM_SCRATCH_BYTES.
 */
export function gemmBlock(
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
  for (let j = 0; j < columns; j += PANEL, b += panelBytes) {
    const width = min(PANEL, columns - j);
    const end = j < lone ? last : rows;
    for (let i = 0; i < end; i += TILE_ROWS) {
      const height = min(TILE_ROWS, end - i);
      const aAt = a + <usize>i * rowBytes;
      const at = c + <usize>i * ldc + ((<usize>j) << 2);
      const from = start == SUM ? at : start == BIAS ? bias + ((<usize>j) << 2) : zeros;
      if (width == PANEL) tile(transA, at, ldc, height, aAt, lda, b, ldb, depth, from, ldfrom, low, high);
      else {
        edgeTile(scratch, transA, at, ldc, height, width, aAt, lda, b, ldb, depth, from, ldfrom, low, high);
      }
    }
    const first = j + PANEL - 32;
    if (j >= lone || first & 31) continue;
    // Pairs of vectors lie side by side in panels of 16.
    const p1: usize = WIDE ? 32 : panelBytes;
    const p2: usize = WIDE ? panelBytes : 2 * panelBytes;
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
