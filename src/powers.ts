/** Powers with the same bits in every JavaScript engine, as elementary.ts. */
import { ln2High, ln2Low, log } from "./elementary.js";

/** e^x, within 1 unit in the last place where the result is not subnormal. */
export function exp(x: number): number {
  const bounded = Math.min(Math.max(x, -800), 800);
  const exponent = Math.round(bounded / Math.LN2);
  const rest = bounded - exponent * ln2High - exponent * ln2Low;
  let sum = 1;
  for (let n = 14; n > 0; n--) sum = 1 + (rest * sum) / n;
  for (let i = exponent; i > 0; i--) sum *= 2;
  for (let i = exponent; i < 0; i++) sum /= 2;
  return sum;
}

/**
 * x^y. Whole exponents multiply x with itself, with an error of about y units in the last place; others are
 * exp(y log(x)), with an error of about y log(x) units, and NaN for x below 0.
 */
export function pow(x: number, y: number): number {
  if (!Number.isInteger(y)) return exp(y * log(x));
  if (y < 0) return 1 / pow(x, -y);
  let product = 1;
  for (let square = x; y > 0; y = Math.floor(y / 2), square *= square) if (y % 2 === 1) product *= square;
  return product;
}
