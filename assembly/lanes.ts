/**
 * Arithmetic on vectors of four lanes. Coefficients are read from a table, as engines rebuild a vector constant at each
 * use in a loop, while a load that repeats one number costs only a load. The tests measure the errors over all of
 * [-104, 104].
 */

/**
 * exp: range reduction by n ln 2 (Cody and Waite), then 1 + r + r^2 p(r), p fitted for the least relative error (3e-9)
 * on |r| <= ln 2 / 2.
 */
const LOG2E: usize = 0;
/**
 * 1.5 2^23 + 126: adding it rounds to a whole number n and leaves n + 126 in the lowest bits, the exponent of 2^(n-1).
 */
const ROUND: usize = 4;
const LN2_HIGH: usize = 8;
const LN2_LOW: usize = 12;
const EXP: usize = 16;
/**
 * Below EXP_LEAST, e^x (less than 1.7e-38) is set to 0, so that there are no denormals; above EXP_MOST it is Infinity.
 */
const EXP_LEAST: usize = 36;
const EXP_MOST: usize = 40;
const ONE: usize = 44;
const TWO: usize = 48;
/** tanh for small |x|: x + x^3 p(x^2), p fitted for the least relative error (4e-9) on |x| <= 0.625. */
const TANH: usize = 52;
const TANH_SMALL: usize = 72;

const table = memory.data<f32>([
  1.44269504, 12583038.0, -0.693359375, 2.1219444e-4, 0.49999994, 0.16666521, 0.04166839, 0.008368745, 0.0013814538,
  -86.98, 89.0, 1.0, 2.0, -0.3333328, 0.13331442, -0.053739715, 0.020639092, -0.005704991, 0.625,
]);

@inline
export function constant(offset: usize): v128 {
  return v128.load32_splat(table + offset);
}

/** a b + c: with one rounding in the relaxed build if the machine can, with two in the plain one. */
@inline
export function madd4(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** min(max(x, low), high); NaN stays NaN, as comparisons with it are false. */
@inline
export function clip4(x: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(f32x4.pmax(x, low), high);
}

/** The smallest normal number, 2^-126, in all lanes; `flush4` takes it, so that loops make it once. */
@inline
export function leastNormal(): v128 {
  return f32x4.splat(1.17549435e-38);
}

/**
 * x, with 0 in place of numbers below `least`, and of -0; NaN stays NaN. WebAssembly has no mode for that, and on many
 * machines an operation on denormal numbers takes a hundred times as long. The kernels that do so are those with
 * `flushes` in src/kernelTable.ts.
 */
@inline
export function flush4(x: v128, least: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), least));
}

/** The same for numbers that are never negative. */
@inline
export function flushPositive4(x: v128, least: v128): v128 {
  return v128.andnot(x, f32x4.lt(x, least));
}

/** e^x to 2 ULP; 0 below -86.98. */
@inline
export function exp4(x: v128): v128 {
  const least = constant(EXP_LEAST);
  const held = clip4(x, least, constant(EXP_MOST));
  const rounded = madd4(held, constant(LOG2E), constant(ROUND));
  const n = f32x4.sub(rounded, constant(ROUND));
  const r = madd4(n, constant(LN2_LOW), madd4(n, constant(LN2_HIGH), held));
  let p = madd4(r, constant(EXP + 16), constant(EXP + 12));
  p = madd4(p, r, constant(EXP + 8));
  p = madd4(p, r, constant(EXP + 4));
  p = madd4(p, r, constant(EXP));
  p = madd4(f32x4.mul(p, r), r, f32x4.add(r, constant(ONE)));
  // 2^(n-1), then doubled, as 2^n overflows for n = 128.
  const power = i32x4.shl(rounded, 23);
  const y = f32x4.mul(f32x4.mul(p, power), constant(TWO));
  return v128.andnot(y, f32x4.lt(x, least));
}

/** 1 / (1 + e^-x) to 3 ULP. */
@inline
export function sigmoid4(x: v128): v128 {
  const one = constant(ONE);
  const e = exp4(f32x4.neg(f32x4.abs(x)));
  // The sign bit, copied to its whole lane, selects e / (1 + e) for negative x and 1 / (1 + e) otherwise.
  return f32x4.div(v128.bitselect(e, one, i32x4.shr_s(x, 31)), f32x4.add(one, e));
}

/** tanh x to 3 ULP; exactly odd. */
@inline
export function tanh4(x: v128): v128 {
  const size = f32x4.abs(x);
  const one = constant(ONE);
  const e = exp4(f32x4.add(size, size));
  const large = f32x4.sub(one, f32x4.div(constant(TWO), f32x4.add(e, one)));
  const z = f32x4.mul(x, x);
  let p = madd4(z, constant(TANH + 16), constant(TANH + 12));
  p = madd4(p, z, constant(TANH + 8));
  p = madd4(p, z, constant(TANH + 4));
  p = madd4(p, z, constant(TANH));
  const small = madd4(f32x4.mul(p, z), size, size);
  const y = v128.bitselect(small, large, f32x4.lt(size, constant(TANH_SMALL)));
  return v128.or(v128.andnot(y, i32x4.splat(i32.MIN_VALUE)), v128.and(x, i32x4.splat(i32.MIN_VALUE)));
}

/**
 * Functions of this file that are called: for kernels in which other work outweighs a call, so that their code is not
 * copied to each place.
 */
export function calledExp4(x: v128): v128 {
  return exp4(x);
}

export function calledSigmoid4(x: v128): v128 {
  return sigmoid4(x);
}

export function calledTanh4(x: v128): v128 {
  return tanh4(x);
}

export function calledStoreLanes(y: usize, x: v128, count: i32): void {
  storeLanes(y, x, count);
}

/** Stores flushed numbers, see `flush4`. */
@inline
export function calledFlushLanes(y: usize, x: v128, count: i32): void {
  calledStoreLanes(y, flush4(x, leastNormal()), count);
}

/** The sum of the four lanes. */
@inline
export function across(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 2) + (f32x4.extract_lane(x, 1) + f32x4.extract_lane(x, 3));
}

/** Stores the first `count` lanes, or all if there are more. */
@inline
export function storeLanes(y: usize, x: v128, count: i32): void {
  if (count >= 4) v128.store(y, x);
  else storeFew(y, x, count);
}

function storeFew(y: usize, x: v128, count: i32): void {
  v128.store32_lane(y, x, 0);
  if (count > 1) v128.store32_lane(y, x, 1, 4);
  if (count > 2) v128.store32_lane(y, x, 2, 8);
}

/**
 * Stores the first `count` of eight lanes, or all if there are more. Loops along channels load eight at a time, also
 * beyond the end of a row, and store those that belong to it.
 */
@inline
export function storeEight(y: usize, a: v128, b: v128, count: i32): void {
  if (count >= 8) {
    v128.store(y, a);
    v128.store(y, b, 16);
  } else storeSome(y, a, b, count);
}

/** Stores `count` of eight numbers, fewer than eight. */
export function storeSome(y: usize, a: v128, b: v128, count: i32): void {
  storeLanes(y, a, count);
  if (count > 4) storeFew(y + 16, b, count - 4);
}
