// The functions of src/elementary.ts and src/powers.ts against their series, computed with whole numbers of 1300 binary places.
import { describe, expect, test } from "vitest";
import { cos, log, sin } from "../src/elementary.js";
import { exp, pow } from "../src/powers.js";
import { RandomStream } from "../src/random.js";

const places = 1300n;
const one = 1n << places;
const times = (a: bigint, b: bigint): bigint => (a * b) >> places;

/** A number as a whole number of 2^-1300, exactly. */
function fixed(x: number): bigint {
  let [whole, shift] = [x, 0n];
  for (; !Number.isInteger(whole); shift++) whole *= 2;
  return (BigInt(whole) << places) >> shift;
}

/** The sum of 1, x / first, x^2 / (first (first + 1)), ..., where `step` terms are left out each time. */
function series(x: bigint, first: number, step: number): bigint {
  let [sum, term] = [one, one];
  for (let n = first; term !== 0n && term !== -1n; n += step) {
    for (let i = 0; i < step; i++) term /= BigInt(n + i);
    term = times(term, x);
    sum += term;
  }
  return sum;
}

/** e^x: the series of x / 256, squared eight times. */
function exactExp(x: bigint): bigint {
  let y = series(x >> 8n, 1, 1);
  for (let i = 0; i < 8; i++) y = times(y, y);
  return y;
}

function arctangentOfInverse(n: bigint): bigint {
  let [sum, power] = [0n, one / n];
  for (let k = 1n; power !== 0n; k += 2n, power /= -n * n) sum += power / k;
  return sum;
}
const pi = 16n * arctangentOfInverse(5n) - 4n * arctangentOfInverse(239n); // Machin

const inTurn = (x: number): bigint => fixed(x) % (2n * pi);
const exactCos = (x: number): bigint => series(-times(inTurn(x), inTurn(x)), 1, 2);
const exactSin = (x: number): bigint => times(inTurn(x), series(-times(inTurn(x), inTurn(x)), 2, 2));

/** A small difference of two numbers, as a number. */
const gap = (a: bigint, b: bigint): number => Number((a - b) >> (places - 1000n)) / 2 ** 1000;
/** The distance of y to the next number away from zero. */
function unit(y: number): number {
  const bits = new BigInt64Array(Float64Array.of(Math.abs(y)).buffer);
  bits[0]++;
  return new Float64Array(bits.buffer)[0] - Math.abs(y);
}

const random = new RandomStream(5);
/** Numbers drawn by chance between two bounds. */
const between = (low: number, high: number, count = 400): number[] =>
  Array.from({ length: count }, () => low + (high - low) * (random.bits() / 2 ** 32));
const largest = (xs: readonly number[], error: (x: number) => number): number =>
  xs.reduce((most, x) => Math.max(most, Math.abs(error(x))), 0);

/** log(x) = y + log(q) with q = x e^-y, which is 1 but for a remainder of which the square counts for nothing. */
const errorOfLog = (x: number): number => gap(times(fixed(x), exactExp(-fixed(log(x)))), one) / unit(log(x));

describe("the error in units of the last place", () => {
  test("of log is below 1", () => {
    const ends = [1 / 2 ** 32, Math.SQRT1_2, Math.SQRT2, 1 + 2 ** -52, 1 - 2 ** -53, 2 ** -1022, 1e300];
    const xs = [...between(0, 1), ...between(0.7, 1.5), ...between(-700, 700, 100).map(Math.exp), ...ends];
    expect(largest(xs, errorOfLog)).toBeLessThan(1);
  });

  test("of exp is below 1", () => {
    const error = (x: number) => gap(fixed(exp(x)), exactExp(fixed(x))) / unit(exp(x));
    expect(largest([...between(-1, 1), ...between(-30, 30), 0, 1], error)).toBeLessThan(1);
    const relative = (x: number) => gap((exactExp(fixed(x)) * one) / fixed(exp(x)), one) * 2 ** 53;
    expect(largest(between(-700, 700, 100), relative), "large and small").toBeLessThan(2);
  });

  test("of powers grows with y or y log(x)", () => {
    const whole = (y: number) => {
      let exact = one;
      for (let i = 0; i < y; i++) exact = times(exact, fixed(Math.fround(0.999)));
      return gap((exact * one) / fixed(pow(Math.fround(0.999), y)), one) * 2 ** 53;
    };
    for (const y of [1, 2, 3, 10, 1000, 4095]) expect(Math.abs(whole(y)), `.999^${y}`).toBeLessThan(y);
    const root = (x: number) => gap(times(fixed(pow(x, 0.5)), fixed(pow(x, 0.5))), fixed(x)) / x / 2;
    expect(largest(between(0.001, 1), root) * 2 ** 53).toBeLessThan(5);
  });
});

test("the error of cos and sin is below 1.6e-16 for arguments up to a million", () => {
  const xs = [...between(0, 2 * Math.PI), ...between(-1e6, 1e6), ...[1, 2, 3, 4].map((n) => (n * Math.PI) / 2), 0];
  expect(largest(xs, (x) => gap(fixed(cos(x)), exactCos(x)))).toBeLessThan(1.6e-16);
  expect(largest(xs, (x) => gap(fixed(sin(x)), exactSin(x)))).toBeLessThan(1.6e-16);
  expect(largest(between(-1e-3, 1e-3), (x) => gap(fixed(sin(x)), exactSin(x)) / unit(sin(x)))).toBeLessThan(1);
});

test("special values", () => {
  expect([0, -0, -1, NaN, Infinity, 1].map(log)).toEqual([-Infinity, -Infinity, NaN, NaN, Infinity, 0]);
  expect(log(5e-324)).toBe(-744.4400719213812);
  expect([0, -Infinity, Infinity, NaN, 1e9, -1e9].map(exp)).toEqual([1, 0, Infinity, NaN, Infinity, 0]);
  expect([0, NaN, Infinity].map(cos)).toEqual([1, NaN, NaN]);
  expect([0, NaN, -Infinity].map(sin)).toEqual([0, NaN, NaN]);
  const cases = [[0, 0], [0, 0.5], [0, -0.5], [0, 3], [-2, 3], [-2, 0.5], [2, -3], [0.5, Infinity], [NaN, 1], [2, 5000], [7, 1]]; // prettier-ignore
  expect(cases.map(([x, y]) => pow(x, y))).toEqual([1, 0, Infinity, 0, -8, NaN, 0.125, 0, NaN, Infinity, 7]);
});
