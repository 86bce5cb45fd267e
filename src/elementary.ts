/**
 * Elementary functions with the same bits in every JavaScript engine. Those of `Math`, and `**`, are approximations of
 * which ECMAScript leaves the choice to the engine; these are made of +, -, *, / and rounding alone, which IEEE 754
 * defines to the last bit. Arguments are reduced as in fdlibm (Sun Microsystems, 1993), by constants in two parts, of
 * which the first has so few bits that its multiples are exact; what is left goes into the Taylor series.
 */
export const ln2High = 0.6931471803691238;
export const ln2Low = 1.9082149292705877e-10;
const quarterHigh = 1.5707963267341256;
const quarterLow = 6.077100506506192e-11; // of a turn: pi / 2

/** The natural logarithm, within 1 unit in the last place; NaN below 0. */
export function log(x: number): number {
  if (!(x > 0 && x < Infinity)) return x === 0 ? -Infinity : x > 0 ? x : NaN;
  let exponent = 0;
  for (; x < Math.SQRT1_2; exponent--) x *= 2;
  for (; x > Math.SQRT2; exponent++) x /= 2;
  // log(1 + f) = 2 s + s r with s = f / (2 + f), and 2 s = f - s f = f - half + s half, of which f alone is large.
  const f = x - 1;
  const s = f / (2 + f);
  const half = (f * f) / 2;
  let r = 0;
  for (let n = 21; n > 1; n -= 2) r = (r + 2 / n) * s * s;
  return exponent * ln2High - (half - (s * (half + r) + exponent * ln2Low) - f);
}

/** The cosine. The error is below 1.6e-16 for arguments up to a million; beyond, it grows. */
export const cos = (x: number): number => wave(x, 1);

/** The sine, as `cos`. */
export const sin = (x: number): number => wave(x, 0);

/** The sine of x and so many quarters of a turn. */
function wave(x: number, quarters: number): number {
  const turned = Math.round(x / (Math.PI / 2));
  const rest = x - turned * quarterHigh - turned * quarterLow;
  const quarter = (turned + quarters) & 3;
  const isCos = quarter & 1;
  let sum = 1;
  for (let n = 17 - isCos; n > 1; n -= 2) sum = 1 - (rest * rest * sum) / (n * (n - 1));
  if (!isCos) sum *= rest;
  return quarter > 1 ? -sum : sum;
}
