/**
 * Operations on each element, made of the ops. Names, defaults and meanings are those of `keras.ops`; a condition is
 * true where it is not 0, and its result is 1 or 0.
 */
import { ArgumentError, shown } from "../errors.js";
import { checkTensors } from "../op.js";
import { abs, add, affine, clip, divide, equal, exp, greater, log, maximum, multiply, reshape, sign, sqrt, square, subtract } from "../ops/index.js"; // prettier-ignore
import { where } from "../ops/where.js";
import { scope } from "../scope.js";
import { constantTensor, type Tensor } from "../tensor.js";

/** Runs work in a scope of its own, so that only its result is left. */
const scoped =
  <Args extends unknown[]>(work: (...args: Args) => Tensor) =>
  (...args: Args): Tensor =>
    scope(() => work(...args));

export const logicalNot = (x: Tensor): Tensor => equal(x, 0);
const isTrue = scoped((x: Tensor) => logicalNot(logicalNot(x)));
export { isTrue };

export const notEqual = scoped((a: Tensor, b: Tensor) => logicalNot(equal(a, b)));
export const less = (a: Tensor, b: Tensor): Tensor => greater(b, a);
/** Not the opposite of less: both are 0 for NaN. */
export const greaterEqual = scoped((a: Tensor, b: Tensor) => maximum(greater(a, b), equal(a, b)));
export const lessEqual = (a: Tensor, b: Tensor): Tensor => greaterEqual(b, a);
export const logicalAnd = scoped((a: Tensor, b: Tensor) => multiply(isTrue(a), isTrue(b)));
export const logicalOr = scoped((a: Tensor, b: Tensor) => maximum(isTrue(a), isTrue(b)));
export const logicalXor = scoped((a: Tensor, b: Tensor) => notEqual(isTrue(a), isTrue(b)));
export const isNaN = scoped((x: Tensor) => notEqual(x, x));
/** The difference of an infinite number with itself is NaN. */
export const isFinite = scoped((x: Tensor) => equal(subtract(x, x), 0));
export const isInf = scoped((x: Tensor) => equal(abs(x), Infinity));

/** Selects a where the condition is true, else b; all three broadcast. */
export const select = scoped((condition: Tensor, a: Tensor, b: Tensor) => {
  const rank = Math.max(...[condition, a, b].map(({ shape }) => shape.length));
  const aligned = (x: Tensor) => reshape(x, [...new Array<number>(rank - x.shape.length).fill(1), ...x.shape]);
  return where(aligned(condition), aligned(a), aligned(b));
});

export const reciprocal = scoped((x: Tensor) => divide(1, x));
export const rsqrt = scoped((x: Tensor) => divide(1, sqrt(x)));
export const exp2 = scoped((x: Tensor) => exp(affine(x, Math.LN2)));
export const log2 = scoped((x: Tensor) => affine(log(x), Math.LOG2E));
export const log10 = scoped((x: Tensor) => affine(log(x), Math.LOG10E));

/**
 * ln(1 + x), exact for small x: with w the rounded 1 + x it is ln(w) x / (w - 1). W. Kahan's method, in D. Goldberg,
 * "What every computer scientist should know about floating-point arithmetic", 1991.
 */
export const log1p = scoped((x: Tensor) => {
  const w = affine(x, 1, 1);
  const isSmall = equal(w, 1);
  const rest = affine(w, 1, -1);
  const corrected = multiply(log(w), divide(x, select(isSmall, constantTensor([], 1, x.backend), rest)));
  const plain = maximum(isInf(w), equal(x, -1));
  return select(isSmall, x, select(plain, log(w), corrected));
});

/** e^x - 1, exact for small x: with u the rounded e^x it is (u - 1) x / ln(u). W. Kahan's method, as in log1p. */
export const expm1 = scoped((x: Tensor) => {
  const u = exp(x);
  const one = constantTensor([], 1, x.backend);
  const isSmall = equal(u, 1);
  const rest = affine(u, 1, -1);
  const plain = maximum(isInf(u), equal(rest, -1));
  const denominator = select(maximum(isSmall, plain), one, log(u));
  return select(isSmall, x, select(plain, rest, multiply(rest, divide(x, denominator))));
});

/** a / b, and 0 where b is 0. */
export const divideNoNan = scoped((a: Tensor, b: Tensor) => {
  const isZero = equal(b, 0);
  const one = constantTensor([], 1, b.backend);
  const quotient = divide(a, select(isZero, one, b));
  return select(isZero, constantTensor([], 0, b.backend), quotient);
});

/** ln(e^a + e^b), without overflow. */
export const logaddexp = scoped((a: Tensor, b: Tensor) => {
  const most = maximum(a, b);
  const distance = abs(subtract(a, b));
  const sum = add(most, log1p(exp(affine(distance, -1))));
  return select(equal(a, b), affine(most, 1, Math.LN2), sum);
});

const largestFloat = 3.4028234663852886e38;

/** Replaces NaN and infinite numbers by numbers, by default 0 and the largest floats. */
export const nanToNum = scoped((x: Tensor, nan: number = 0, above?: number | null, below?: number | null) => {
  const number = (value: number) => constantTensor([], value, x.backend);
  const bounded = select(equal(x, Infinity), number(above ?? largestFloat), x);
  const both = select(equal(x, -Infinity), number(below ?? -largestFloat), bounded);
  return select(isNaN(x), number(nan), both);
});

/** The largest power that is computed by products; their rounding adds up. */
const mostProducts = 64;

/**
 * x to the power of a number. Whole powers are products, powers of halves use square roots, so that x may be negative
 * where the result is a number. The power 0 of everything is 1, also of NaN.
 */
export function power(x: Tensor, exponent: number): Tensor {
  checkTensors("power", [x]);
  return scope(() => {
    if (exponent < 0) return divide(1, power(x, -exponent));
    if (exponent === 0) return onesLike(x);
    if (!Number.isInteger(exponent * 2)) return exp(affine(log(x), exponent));
    if (exponent > mostProducts) {
      if (!Number.isInteger(exponent)) return exp(affine(log(x), exponent));
      const size = exp(affine(log(abs(x)), exponent));
      return exponent % 2 === 0 ? size : multiply(size, sign(x));
    }
    let result = Number.isInteger(exponent) ? undefined : sqrt(x);
    let factor = x;
    for (let n = Math.floor(exponent); n > 0; n = Math.floor(n / 2)) {
      if (n % 2 === 1) result = result ? multiply(result, factor) : factor;
      if (n > 1) factor = square(factor);
    }
    return result!;
  });
}

/** A positive number to the power of x. */
export const powerOf = scoped((x: Tensor, base: number) => {
  if (base === 1) return onesLike(x); // also where x is infinite
  return exp(multiply(x, log(constantTensor([], base, x.backend))));
});

/** Limits elements to an interval. */
export const clipTo = (x: Tensor, low: number, high: number): Tensor => clip(x, low ?? -Infinity, high ?? Infinity);

/** Gives x in another type of number. All numbers are floats here, so only conditions and floats can be asked for. */
export function cast(x: Tensor, dtype: string): Tensor {
  if (dtype === "bool") return isTrue(x);
  if (typeof dtype === "string" && /^b?float/.test(dtype)) return x;
  throw new ArgumentError(
    `cast: to ${shown(dtype)}, but all numbers are float32 here; expected "bool" or a type of floats.`,
  );
}

/** Gives whole numbers in a type of whole numbers: they stay what they are. Readers of files make sure that x holds them. */
export const castWhole = (x: Tensor, _dtype: string): Tensor => x;

/** A tensor of the shape of x with one value. */
export const fullLike = scoped((x: Tensor, value: Tensor) => add(constantTensor(x.shape, 0, x.backend), value));
export const zerosLike = (x: Tensor): Tensor => constantTensor(x.shape, 0, x.backend);
export const onesLike = (x: Tensor): Tensor => constantTensor(x.shape, 1, x.backend);
export const identity = (x: Tensor): Tensor => x;
export const deg2rad = (x: Tensor): Tensor => affine(x, Math.PI / 180);
export const rad2deg = (x: Tensor): Tensor => affine(x, 180 / Math.PI);
