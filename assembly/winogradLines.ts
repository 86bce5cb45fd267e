/**
 * The transforms of Winograd's minimal filtering (Lavin and Gray, arXiv 1509.09308) in one dimension, for tiles of 3 or
 * 4 outputs of a filter of 3 taps. A transform in two dimensions is one along the columns and one along the rows.
 *
 * A tile of m outputs is a product of polynomials, evaluated at m + 2 points (Toom and Cook): a, -a, b, -b, infinity,
 * and for m = 4 also 0. The rows of the transforms have this order. The points were chosen by measured error: with 3/8
 * and 9/8 (m = 3) it is that of the direct sum, with 5/8 and 3/2 (m = 4) below twice as large; with the usual points
 * 0, 1, -1, 2, -2 it is four times as large.
 *
 * With matrices B for the input, G for the filter and A for the outputs, these are A' (G g * B d), where G is A of 3
 * elements with rows divided by numbers, D. The sum of outputs times gradients z is linear in g too, so that the
 * gradient of the filter is G' (A z * B d); it is computed with D on the other side, as the outputs are.
 *
 * A line is a number of vectors: element i of all of them is at `from + i * step`, and the result's element i at
 * `to + i * toStep`. Several lines that lie side by side, `bytes` in all, are transformed together.
 */
import { madd4 } from "./lanes";

/** The largest tile, with what it reads. */
export const MOST_SIDE: i32 = 6;

// Offsets in the tables below.
const A: usize = 0;
const B: usize = 4;
const A2: usize = 8;
const B2: usize = 12;
const A3: usize = 16;
const B3: usize = 20;
/** -a^2 - b^2 and (a b)^2, of the polynomial with the roots a, -a, b, -b. */
const MIDDLE: usize = 24;
const PRODUCT: usize = 28;
/** For `evaluate`: 1, a, a^2 and a^3 divided by the row's denominator, the same for b; 1 / (a b)^2; 1 or -1. */
const OF_A: usize = 32;
const OF_B: usize = 48;
const OF_ZERO: usize = 64;
const SIGN: usize = 68;

// With m = 3 there are never four elements.
const table3 = memory.data<f32>([
  0.375, 1.125, 0.140625, 1.265625, 0.052734375, 1.423828125, -1.40625, 0.177978515625, -1.1851852, -0.44444445,
  -0.16666667, 0.0, 0.39506173, 0.44444445, 0.5, 0.0, 0.0, -1.0,
]);
const table4 = memory.data<f32>([
  0.625, 1.5, 0.390625, 2.25, 0.244140625, 3.375, -2.640625, 0.87890625, -0.68840337, -0.4302521, -0.26890758,
  -0.16806723, 0.11951447, 0.17927171, 0.26890758, 0.40336135, 1.1377778, 1.0,
]);

@inline
function tableOf(m: i32): usize {
  return m == 4 ? table4 : table3;
}

@inline
function constant(table: usize, offset: usize): v128 {
  return v128.load32_splat(table + offset);
}

/** The input of a tile, m + 2 elements, at the points. */
@inline
function inputLines(m: i32, to: usize, toStep: usize, from: usize, step: usize, bytes: usize): void {
  const table = tableOf(m);
  const a = constant(table, A);
  const b = constant(table, B);
  const a2 = constant(table, A2);
  const b2 = constant(table, B2);
  const middle = constant(table, MIDDLE);
  const product = constant(table, PRODUCT);
  // The point 0 takes one element more, in front.
  const next = m == 4 ? from + step : from;
  for (let i: usize = 0; i < bytes; i += 16) {
    const at = next + i;
    const d0 = v128.load(at);
    const d1 = v128.load(at + step);
    const d2 = v128.load(at + 2 * step);
    const d3 = v128.load(at + 3 * step);
    const d4 = v128.load(at + 4 * step);
    let odd = f32x4.mul(a, f32x4.sub(d2, f32x4.mul(b2, d0)));
    let even = f32x4.sub(d3, f32x4.mul(b2, d1));
    let result = to + i;
    v128.store(result, f32x4.add(even, odd));
    v128.store((result += toStep), f32x4.sub(even, odd));
    odd = f32x4.mul(b, f32x4.sub(d2, f32x4.mul(a2, d0)));
    even = f32x4.sub(d3, f32x4.mul(a2, d1));
    v128.store((result += toStep), f32x4.add(even, odd));
    v128.store((result += toStep), f32x4.sub(even, odd));
    v128.store((result += toStep), madd4(product, d0, madd4(middle, d2, d4)));
    if (m == 4) v128.store(result + toStep, madd4(product, v128.load(from + i), madd4(middle, d1, d3)));
  }
}

/** At the points: the filter's 3 elements, or gradients of the m outputs. With a count of 0, what a tile reads. */
export function evaluate(count: i32, m: i32, to: usize, toStep: usize, from: usize, step: usize, bytes: usize): void {
  if (count == 0) return inputLines(m, to, toStep, from, step, bytes);
  const table = tableOf(m);
  const sign = constant(table, SIGN);
  for (let i: usize = 0; i < bytes; i += 16) {
    const at = from + i;
    const g0 = v128.load(at);
    const g1 = v128.load(at + step);
    const g2 = v128.load(at + 2 * step);
    const g3 = count == 4 ? v128.load(at + 3 * step) : f32x4.splat(0);
    let result = to + i;
    for (let point = table + OF_A; point <= table + OF_B; point += OF_B - OF_A) {
      const even = madd4(constant(point, 8), g2, f32x4.mul(constant(point, 0), g0));
      const odd = madd4(constant(point, 12), g3, f32x4.mul(constant(point, 4), g1));
      v128.store(result, f32x4.add(even, odd));
      v128.store((result += toStep), f32x4.mul(sign, f32x4.sub(even, odd)));
      result += toStep;
    }
    v128.store(result, count == 4 ? g3 : g2);
    if (m == 4) v128.store(result + toStep, f32x4.mul(constant(table, OF_ZERO), g0));
  }
}

/** From the products at the points: the m outputs, or the gradients of the filter's 3 elements. */
export function interpolate(
  count: i32,
  m: i32,
  to: usize,
  toStep: usize,
  from: usize,
  step: usize,
  bytes: usize,
): void {
  const table = tableOf(m);
  const a = constant(table, A);
  const b = constant(table, B);
  const a2 = constant(table, A2);
  const b2 = constant(table, B2);
  const a3 = constant(table, A3);
  const b3 = constant(table, B3);
  for (let i: usize = 0; i < bytes; i += 16) {
    const at = from + i;
    const p0 = v128.load(at);
    const p1 = v128.load(at + step);
    const p2 = v128.load(at + 2 * step);
    const p3 = v128.load(at + 3 * step);
    const infinity = v128.load(at + 4 * step);
    const evenA = f32x4.add(p0, p1);
    const oddA = f32x4.sub(p0, p1);
    const evenB = f32x4.add(p2, p3);
    const oddB = f32x4.sub(p2, p3);
    let first = f32x4.add(evenA, evenB);
    if (m == 4) first = f32x4.add(first, v128.load(at + 5 * step));
    let third = madd4(a2, evenA, f32x4.mul(b2, evenB));
    const result = to + i;
    v128.store(result, first);
    v128.store(result + toStep, madd4(a, oddA, f32x4.mul(b, oddB)));
    if (count == 4) v128.store(result + 3 * toStep, f32x4.add(infinity, madd4(a3, oddA, f32x4.mul(b3, oddB))));
    else third = f32x4.add(infinity, third);
    v128.store(result + 2 * toStep, third);
  }
}
