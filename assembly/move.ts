/** Copying and gathering elements. */
import { CHUNK, chunksOf } from "./split";

function copyRow(y: usize, x: usize, n: i32): void {
  const fours = y + ((<usize>(n & ~3)) << 2);
  const end = y + ((<usize>n) << 2);
  for (; y < fours; y += 16, x += 16) v128.store(y, v128.load(x));
  for (; y < end; y += 4, x += 4) f32.store(y, f32.load(x));
}

/**
 * Copies x[n0, n1, n2, n3] to y, each with its own strides. Mostly one of the last strides is 1. Ranges count chunks of
 * the last axis, row by row.
 */
export function copy(
  begin: i32,
  end: i32,
  y: usize,
  x: usize,
  n0: i32,
  n1: i32,
  n2: i32,
  n3: i32,
  y0: i32,
  y1: i32,
  y2: i32,
  y3: i32,
  x0: i32,
  x1: i32,
  x2: i32,
  x3: i32,
): void {
  const chunks = chunksOf(n3);
  let chunk = begin % chunks;
  let row = begin / chunks;
  let k = row % n2;
  row /= n2;
  let j = row % n1;
  let i = row / n1;
  for (; begin < end; begin++) {
    const from = chunk * CHUNK;
    const n = min(CHUNK, n3 - from);
    let at = y + ((<usize>(i * y0 + j * y1 + k * y2 + from * y3)) << 2);
    let source = x + ((<usize>(i * x0 + j * x1 + k * x2 + from * x3)) << 2);
    if (x3 == 1 && y3 == 1) copyRow(at, source, n);
    else for (let l = 0; l < n; l++, at += y3 << 2, source += x3 << 2) f32.store(at, f32.load(source));
    if (++chunk < chunks) continue;
    chunk = 0;
    if (++k < n2) continue;
    k = 0;
    if (++j < n1) continue;
    j = 0;
    i++;
  }
}

/** The row of an index, or -1 if it is not a row. */
@inline
function rowOf(index: f32, tableRows: i32): i32 {
  const row = <i32>index;
  return <f32>row == index && <u32>row < <u32>tableRows ? row : -1;
}

/** y[r] = table[indices[r]], or NaN. Ranges count rows of y. */
export function gather(
  begin: usize,
  end: usize,
  y: usize,
  table: usize,
  indices: usize,
  width: i32,
  tableRows: i32,
): void {
  const bytes = (<usize>width) << 2;
  y += begin * bytes;
  for (let r = begin; r < end; r++, y += bytes) {
    const row = rowOf(f32.load(indices + (r << 2)), tableRows);
    if (row >= 0) copyRow(y, table + <usize>row * bytes, width);
    else for (let c: usize = 0; c < bytes; c += 4) f32.store(y + c, f32.NaN);
  }
}

/**
 * dTable = dy summed by index. Ranges count rows of dTable; each call visits all indices, so that sums keep their
 * order.
 */
export function gatherGrad(
  begin: i32,
  end: i32,
  dTable: usize,
  dy: usize,
  indices: usize,
  rows: i32,
  width: i32,
  tableRows: i32,
): void {
  const bytes = (<usize>width) << 2;
  memory.fill(dTable + <usize>begin * bytes, 0, <usize>(end - begin) * bytes);
  for (let r = 0; r < rows; r++, dy += bytes) {
    const row = rowOf(f32.load(indices + ((<usize>r) << 2)), tableRows);
    if (row < begin || row >= end) continue;
    const to = dTable + <usize>row * bytes;
    let c: usize = 0;
    for (; c + 16 <= bytes; c += 16) v128.store(to + c, f32x4.add(v128.load(to + c), v128.load(dy + c)));
    for (; c < bytes; c += 4) f32.store(to + c, f32.load(to + c) + f32.load(dy + c));
  }
}
