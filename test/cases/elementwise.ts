import type { Kernels } from "../../src/kernels.js";
import { broadcastShapes, broadcastSize, sizeOf } from "../../src/shape.js";
import {
  absolute,
  both,
  type Case,
  exact,
  integers,
  leastResult,
  lengths,
  numbers,
  roundings,
  type Tolerance,
  ulps,
} from "./case.js";

const longer = [0, ...lengths, 64, 131];
const specials = Float32Array.of(0, -0, 1, -1, 10, -10, 120, -120, Infinity, -Infinity, NaN, 1e-40, -1e-40, 6, 0.5);
const tiny = absolute(leastResult);

type UnaryName = "exp" | "log" | "sqrt" | "abs" | "sign" | "sigmoid" | "tanh";

const unary = (kernel: UnaryName, tolerance: Tolerance, scale: number, offset = 0) =>
  function* (): Iterable<Case> {
    const inputs = [...longer.map((n) => numbers(n, 1, scale, offset)), specials];
    for (const x of inputs) {
      const name = x === specials ? "special values" : `[${x.length}]`;
      yield { name, length: x.length, inputs: [x], run: (k, y, [x]) => k[kernel](y, x), tolerance };
    }
  };

export const exp = unary("exp", both(ulps(2), tiny), 80);
export const log = unary("log", ulps(2), 5, 5);
export const sqrt = unary("sqrt", exact, 5, 5);
export const abs = unary("abs", exact, 5);
export const sign = unary("sign", exact, 5);
export const sigmoid = unary("sigmoid", both(ulps(3), tiny), 12);
export const tanh = unary("tanh", ulps(3), 6);

export function* affine(): Iterable<Case> {
  for (const n of longer) {
    for (const [scale, offset] of [[-1, 0], [2.5, 0.375], [0, 3], [1, -0.75]] as const) {
      yield {
        name: `${scale} x + ${offset}, [${n}]`,
        length: n,
        inputs: [numbers(n, 1, 4)],
        run: (k, y, [x]) => k.affine(y, x, scale, offset),
        tolerance: roundings(2, ([x]) => (i) => Math.abs(scale * x[i]) + Math.abs(offset)),
      };
    }
  }
} // prettier-ignore

const bounds = [[0, Infinity], [0, 6], [-1, 1], [-Infinity, 2]] as const; // prettier-ignore
/** Numbers around the bounds, many of them exactly on one, and special values. */
const aroundBounds = (n: number): Float32Array =>
  n === specials.length ? specials : integers(n, 1, 18).map((value) => (value - 4) / 2);

export function* clip(): Iterable<Case> {
  for (const n of longer) {
    for (const [low, high] of bounds) {
      const run: Case["run"] = (k, y, [x]) => k.clip(y, x, low, high);
      const name = `[${n}] between ${low} and ${high}`;
      yield { name, length: n, inputs: [aroundBounds(n)], run, tolerance: exact };
    }
  }
}

export function* clipGrad(): Iterable<Case> {
  for (const n of longer) {
    for (const [low, high] of bounds) {
      const run: Case["run"] = (k, dx, [dy, x]) => k.clipGrad(dx, dy, x, low, high);
      const inputs = [numbers(n, 2), aroundBounds(n)];
      yield { name: `[${n}] between ${low} and ${high}`, length: n, inputs, run, tolerance: exact };
    }
  }
}

export function* sigmoidGrad(): Iterable<Case> {
  for (const n of longer) {
    const inputs = [numbers(n, 1), numbers(n, 2, 0.5, 0.5)];
    const run: Case["run"] = (k, dx, [dy, y]) => k.sigmoidGrad(dx, dy, y);
    yield { name: `[${n}]`, length: n, inputs, run, tolerance: ulps(4) };
  }
}

export function* tanhGrad(): Iterable<Case> {
  for (const n of longer) {
    const run: Case["run"] = (k, dx, [dy, y]) => k.tanhGrad(dx, dy, y);
    // 1 - y^2 cancels: y^2 is rounded once, the difference once, the product once.
    const tolerance = roundings(
      3,
      ([dy]) =>
        (i) =>
          Math.abs(dy[i]),
    );
    yield { name: `[${n}]`, length: n, inputs: [numbers(n, 1), numbers(n, 2)], run, tolerance };
  }
}

const broadcasts: [number[], number[]][] = [
  ...longer.flatMap((n): [number[], number[]][] => [
    [[n], [n]],
    [[n], []],
    [[], [n]],
    [[3, n], [n]],
    [[3, n], [3, 1]],
    [[3, 1], [3, n]],
    [[n, 1], [1, 5]],
  ]),
  [[], []],
  [[2, 3, 4, 5], [3, 1, 5]],
  [[2, 1, 4, 1], [1, 3, 1, 5]],
  [[1, 3, 1, 8], [2, 1, 4, 8]],
  [[2, 5, 1, 1, 3], [2, 1, 4, 5, 3]],
  [[2, 6, 7, 4], [2, 1, 1, 4]],
  [[2, 6, 7, 9], [9]],
]; // prettier-ignore

type BinaryName = "add" | "subtract" | "multiply" | "divide" | "maximum" | "minimum" | "greater" | "equal";

/** All eight are exact: the first four because double holds what is rounded to single (Figueroa 1995), the others choose. */
const binary = (kernel: BinaryName, operand: (n: number, seed: number) => Float32Array) =>
  function* (): Iterable<Case> {
    for (const [a, b] of broadcasts) {
      const shape = broadcastShapes(kernel, a, b);
      const size = broadcastSize(shape, a, b);
      const length = sizeOf(shape);
      yield {
        name: `[${a}] and [${b}]`,
        length,
        inputs: [operand(sizeOf(a), 1), operand(sizeOf(b), 2)],
        run: (k, y, [a, b]) => k[kernel](y, a, b, size),
        tolerance: exact,
      };
    }
    const pairs = [...specials].flatMap((a) => [...specials].map((b) => [a, b]));
    const size = broadcastSize([pairs.length], [pairs.length], [pairs.length]);
    yield {
      name: "special values",
      length: pairs.length,
      inputs: [Float32Array.from(pairs, (p) => p[0]), Float32Array.from(pairs, (p) => p[1])],
      run: (k, y, [a, b]) => k[kernel](y, a, b, size),
      tolerance: exact,
    };
  };

const real = (n: number, seed: number) => numbers(n, seed, 3);
/** Few different values, so that many are equal. */
const few = (n: number, seed: number) => integers(n, seed, 4);

export const add = binary("add", real);
export const subtract = binary("subtract", real);
export const multiply = binary("multiply", real);
export const divide = binary("divide", real);
export const maximum = binary("maximum", few);
export const minimum = binary("minimum", few);
export const greater = binary("greater", few);
export const equal = binary("equal", few);

export type ElementwiseKernel = UnaryName | BinaryName | "affine" | "clip" | "clipGrad" | "sigmoidGrad" | "tanhGrad";
export const elementwise = {
  ...{ exp, log, sqrt, abs, sign, sigmoid, tanh, affine, clip, sigmoidGrad, tanhGrad, clipGrad },
  ...{ add, subtract, multiply, divide, maximum, minimum, greater, equal },
} satisfies Partial<Record<keyof Kernels<unknown>, () => Iterable<Case>>>;
