/** Random orthogonal matrices: the initial values of recurrent weights. */
import { ShapeError, shapeText } from "./errors.js";
import type { RandomStream } from "./random.js";
import { type Shape, sizeOf } from "./shape.js";

/**
 * Draws orthonormal columns (or rows, where there are more columns than rows) over shape [...rows, columns]: the Q of a
 * QR decomposition of normal values, with the signs that make R's diagonal positive (Saxe et al., 2013).
 */
export function orthogonal(shape: Shape, random: RandomStream, gain = 1): Float32Array {
  const columns = shape.at(-1) ?? 1;
  const rows = sizeOf(shape) / columns;
  const [long, short] = [Math.max(rows, columns), Math.min(rows, columns)];
  // Some minutes; a page or a server must not stand still for longer.
  if (long * short * short > 2 ** 38)
    throw new ShapeError(`orthogonal: ${shapeText(shape)} is too large; use another initializer.`);
  const normals = new Float64Array(long * short);
  let q: Float64Array | undefined;
  // Random values may give a matrix that is singular to rounding; then the next one is drawn.
  while (!q) {
    for (let i = 0; i < normals.length; i++) normals[i] = random.normal();
    q = orthonormalColumns(normals, long, short);
  }
  const values = new Float32Array(rows < columns ? transpose(q, long, short) : q);
  if (gain !== 1) for (let i = 0; i < values.length; i++) values[i] *= gain;
  return values;
}

/**
 * Computes the Q of a: [long, short] = Q R, by Cholesky's decomposition of aT a = RT R; done twice where the diagonal
 * of R says that a is so oblique that aT a loses digits (CholeskyQR2: Yamamoto et al., 2015). Everything in it is dot
 * products of rows, which run in tiles of 4 by 4: 2304 by 1024 takes 1.3 seconds. Undefined where a is singular.
 */
function orthonormalColumns(a: Float64Array, long: number, short: number): Float64Array | undefined {
  const r = gram(transpose(a, long, short), short, long);
  solveRows(r, r, short, short);
  let [least, largest] = [Infinity, 0];
  for (let i = 0; i < r.length; i += short + 1) {
    if (!(r[i] > 1e-7 * largest)) return undefined;
    [least, largest] = [Math.min(least, r[i]), Math.max(largest, r[i])];
  }
  const q = solveRows(a, r, long, short);
  return least > 0.01 * largest ? q : orthonormalColumns(q, long, short);
}

function transpose(a: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(a.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = a[i * columns + j];
  return result;
}

/** Computes the lower triangle of a aT, a: [n, length]. */
function gram(a: Float64Array, n: number, length: number): Float64Array {
  const g = new Float64Array(n * n);
  for (let i = 0; i < n; i += 4) {
    for (let j = 0; j <= i; j += 4) {
      rowDots(a, i, length, a, j, length, length);
      eachOfTile(i, n, j, n, (p, q, dot) => (g[p * n + q] = dot));
    }
  }
  return g;
}

/**
 * Solves x lT = a for the rows of x, in place of a: [rows, n]. l: lower triangular [n, n]. Where a and l are one
 * array, it is Cholesky's decomposition: the lower triangle of a becomes the l with l lT = a.
 */
function solveRows(a: Float64Array, l: Float64Array, rows: number, n: number): Float64Array {
  const isFactor = a === l;
  for (let i = 0; i < rows; i += 4) {
    for (let j = 0; j < (isFactor ? i + 1 : n); j += 4) {
      rowDots(a, i, n, l, j, n, j); // columns before this tile; those inside it follow one by one
      eachOfTile(i, rows, j, n, (p, q, dot) => {
        if (isFactor && q > p) return;
        let rest = a[p * n + q] - dot;
        for (let k = j; k < q; k++) rest -= a[p * n + k] * l[q * n + k];
        a[p * n + q] = isFactor && p === q ? Math.sqrt(rest) : rest / l[q * n + q];
      });
    }
  }
  return a;
}

/** Visits the results of `rowDots` that lie inside [rows, columns], row by row. */
function eachOfTile(
  i: number,
  rows: number,
  j: number,
  columns: number,
  visit: (row: number, column: number, dot: number) => void,
): void {
  for (let p = i; p < Math.min(i + 4, rows); p++) {
    for (let q = j; q < Math.min(j + 4, columns); q++) visit(p, q, dots[(p - i) * 4 + q - j]);
  }
}

const dots = new Float64Array(16);

/**
 * Computes dots[p, q] = x_p . y_q over the first `length` elements of four rows of x from row i on and four rows of y
 * from row j on. Past the end the last row is read instead; its results are not used.
 */
function rowDots(
  x: Float64Array,
  i: number,
  xWidth: number,
  y: Float64Array,
  j: number,
  yWidth: number,
  length: number,
): void {
  const last = y.length - yWidth;
  const y0 = j * yWidth;
  const y1 = Math.min(y0 + yWidth, last);
  const y2 = Math.min(y1 + yWidth, last);
  const y3 = Math.min(y2 + yWidth, last);
  for (let p = 0, at = i * xWidth; p < 4; p++, at = Math.min(at + xWidth, x.length - xWidth)) {
    let a = 0, b = 0, c = 0, d = 0; // prettier-ignore
    for (let k = 0; k < length; k++) {
      const factor = x[at + k];
      a += factor * y[y0 + k];
      b += factor * y[y1 + k];
      c += factor * y[y2 + k];
      d += factor * y[y3 + k];
    }
    dots.set([a, b, c, d], p * 4);
  }
}
