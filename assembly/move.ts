/** Moving elements. */

@inline
function copyRow(y: usize, x: usize, n: i32): void {
  const eights = y + ((<usize>(n & ~7)) << 2);
  const end = y + ((<usize>n) << 2);
  for (; y < eights; y += 32, x += 32) {
    const a = v128.load(x);
    const b = v128.load(x, 16);
    v128.store(y, a);
    v128.store(y, b, 16);
  }
  for (; y < end; y += 4, x += 4) f32.store(y, f32.load(x));
}

/** y[n0, n1, n2, n3], each with its strides, from x likewise. Of the last strides one is 1 mostly. */
export function copy(
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
  for (let i = 0; i < n0; i++) {
    for (let j = 0; j < n1; j++) {
      for (let k = 0; k < n2; k++) {
        let to = y + ((<usize>(i * y0 + j * y1 + k * y2)) << 2);
        let from = x + ((<usize>(i * x0 + j * x1 + k * x2)) << 2);
        if (x3 == 1 && y3 == 1) copyRow(to, from, n3);
        else for (let l = 0; l < n3; l++, to += y3 << 2, from += x3 << 2) f32.store(to, f32.load(from));
      }
    }
  }
}

/** The row that an index means, or -1. */
@inline
function rowOf(index: f32, tableRows: i32): i32 {
  const row = <i32>index;
  return <f32>row == index && <u32>row < <u32>tableRows ? row : -1;
}

export function gather(y: usize, table: usize, indices: usize, rows: i32, width: i32, tableRows: i32): void {
  const bytes = (<usize>width) << 2;
  for (let r = 0; r < rows; r++, y += bytes) {
    const row = rowOf(f32.load(indices + ((<usize>r) << 2)), tableRows);
    if (row >= 0) copyRow(y, table + <usize>row * bytes, width);
    else for (let c: usize = 0; c < bytes; c += 4) f32.store(y + c, f32.NaN);
  }
}

/** dTable holds zeros at first. */
export function gatherGrad(dTable: usize, dy: usize, indices: usize, rows: i32, width: i32, tableRows: i32): void {
  const bytes = (<usize>width) << 2;
  for (let r = 0; r < rows; r++, dy += bytes) {
    const row = rowOf(f32.load(indices + ((<usize>r) << 2)), tableRows);
    if (row < 0) continue;
    const to = dTable + <usize>row * bytes;
    let c: usize = 0;
    for (; c + 16 <= bytes; c += 16) v128.store(to + c, f32x4.add(v128.load(to + c), v128.load(dy + c)));
    for (; c < bytes; c += 4) f32.store(to + c, f32.load(to + c) + f32.load(dy + c));
  }
}
