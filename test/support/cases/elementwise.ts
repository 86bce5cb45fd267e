import { broadcastShapes, broadcastSize, type Shape, sizeOf } from "../../../src/shape.js";
import {
  absolute,
  both,
  type Case,
  exact,
  integers,
  lazily,
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

/** As many as the output of MobileNet's first convolution at 224 has. */
const frame = { name: "112x112x32", n: 112 * 112 * 32 };
const million = { name: "1M", n: 1_000_000 };

/** How far each may be off, and what numbers it is given: scale and offset. */
const unaries = {
  exp: { tolerance: both(ulps(2), tiny), inputs: [80] },
  log: { tolerance: ulps(2), inputs: [5, 5] },
  sqrt: { tolerance: exact, inputs: [5, 5] },
  abs: { tolerance: exact, inputs: [5] },
  sign: { tolerance: exact, inputs: [5] },
  sigmoid: { tolerance: both(ulps(3), tiny), inputs: [12] },
  tanh: { tolerance: ulps(3), inputs: [6] },
} satisfies Record<string, { tolerance: Tolerance; inputs: [scale: number, offset?: number] }>;
type UnaryName = keyof typeof unaries;

function unaryCase(kernel: UnaryName, name: string, length: number, x?: Float32Array): Case {
  const { tolerance, inputs } = unaries[kernel];
  const run: Case["run"] = (k, y, [x]) => k[kernel](y, x);
  return lazily({ name, length, inputs: () => [x ?? numbers(length, 1, ...inputs)], run, tolerance });
}

const unary = (kernel: UnaryName) =>
  function* (): Iterable<Case> {
    for (const n of longer) yield unaryCase(kernel, `[${n}]`, n);
    yield unaryCase(kernel, "special values", specials.length, specials);
  };

const timedUnary =
  (kernel: UnaryName, { name, n } = frame) =>
  () => [unaryCase(kernel, name, n)];

const affineCase = (name: string, length: number, scale: number, offset: number): Case =>
  lazily({
    name,
    length,
    inputs: () => [numbers(length, 1, 4)],
    run: (k, y, [x]) => k.affine(y, x, scale, offset),
    tolerance: roundings(2, ([x]) => (i) => Math.abs(scale * x[i]) + Math.abs(offset)),
  }); // prettier-ignore

function* affine(): Iterable<Case> {
  for (const n of longer) {
    for (const [scale, offset] of [[-1, 0], [2.5, 0.375], [0, 3], [1, -0.75]] as const) {
      yield affineCase(`${scale} x + ${offset}, [${n}]`, n, scale, offset);
    }
  }
} // prettier-ignore

const bounds = [[0, Infinity], [0, 6], [-1, 1], [-Infinity, 2]] as const; // prettier-ignore
/** Numbers around the bounds, many of them exactly on one, and special values. */
const aroundBounds = (n: number): Float32Array =>
  n === specials.length ? specials : integers(n, 1, 18).map((value) => (value - 4) / 2);

function clipCase(name: string, length: number, low: number, high: number): Case {
  const run: Case["run"] = (k, y, [x]) => k.clip(y, x, low, high);
  return lazily({ name, length, inputs: () => [aroundBounds(length)], run, tolerance: exact });
}

function* clip(): Iterable<Case> {
  for (const n of longer) for (const [low, high] of bounds) yield clipCase(between(n, low, high), n, low, high);
}

const between = (n: number, low: number, high: number) => `[${n}] between ${low} and ${high}`;

function clipGradCase(name: string, length: number, low: number, high: number): Case {
  const run: Case["run"] = (k, dx, [dy, x]) => k.clipGrad(dx, dy, x, low, high);
  return lazily({ name, length, inputs: () => [numbers(length, 2), aroundBounds(length)], run, tolerance: exact });
}

function* clipGrad(): Iterable<Case> {
  for (const n of longer) for (const [low, high] of bounds) yield clipGradCase(between(n, low, high), n, low, high);
}

function sigmoidGradCase(name: string, length: number): Case {
  const run: Case["run"] = (k, dx, [dy, y]) => k.sigmoidGrad(dx, dy, y);
  const inputs = () => [numbers(length, 1), numbers(length, 2, 0.5, 0.5)];
  return lazily({ name, length, inputs, run, tolerance: ulps(4) });
}

function* sigmoidGrad(): Iterable<Case> {
  for (const n of longer) yield sigmoidGradCase(`[${n}]`, n);
}

function tanhGradCase(name: string, length: number): Case {
  const run: Case["run"] = (k, dx, [dy, y]) => k.tanhGrad(dx, dy, y);
  const inputs = () => [numbers(length, 1), numbers(length, 2)];
  // 1 - y^2 cancels: y^2 is rounded once, the difference once, the product once.
  const tolerance = roundings(3, ([dy]) => (i) => Math.abs(dy[i])); // prettier-ignore
  return lazily({ name, length, inputs, run, tolerance });
}

function* tanhGrad(): Iterable<Case> {
  for (const n of longer) yield tanhGradCase(`[${n}]`, n);
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

/** Few different values, so that many are equal. */
const few = (n: number, seed: number) => integers(n, seed, 4);
const real = (n: number, seed: number) => numbers(n, seed, 3);

const operands: Record<BinaryName, (n: number, seed: number) => Float32Array> = {
  ...{ add: real, subtract: real, multiply: real, divide: real },
  ...{ maximum: few, minimum: few, greater: few, equal: few },
};

/** All eight are exact: the first four because double holds what is rounded to single (Figueroa 1995), the others choose. */
function binaryCase(kernel: BinaryName, name: string, a: Shape, b: Shape, values?: Case["inputs"]): Case {
  const shape = broadcastShapes(kernel, a, b);
  const size = broadcastSize(shape, a, b);
  const operand = operands[kernel];
  return lazily({
    name,
    length: sizeOf(shape),
    inputs: () => values ?? [operand(sizeOf(a), 1), operand(sizeOf(b), 2)],
    run: (k, y, [a, b]) => k[kernel](y, a, b, size),
    tolerance: exact,
  });
}

/** Both sides of all pairs of special values. */
const specialPairs = [0, 1].map((side) =>
  Float32Array.from([...specials].flatMap((a) => [...specials].map((b) => [a, b][side]))),
);

const binary = (kernel: BinaryName) =>
  function* (): Iterable<Case> {
    for (const [a, b] of broadcasts) yield binaryCase(kernel, `[${a}] and [${b}]`, a, b);
    const shape = [specialPairs[0].length];
    yield binaryCase(kernel, "special values", shape, shape, specialPairs);
  };

/** The mask is 0 in a quarter of its elements; elsewhere it is 1 or another number. */
function copyWhereCase(name: string, x: Shape, mask: Shape, values?: Case["inputs"]): Case {
  const shape = broadcastShapes("copyWhere", x, mask);
  const size = broadcastSize(shape, x, mask);
  return lazily({
    name,
    length: sizeOf(shape),
    inputs: () => values ?? [real(sizeOf(x), 1), few(sizeOf(mask), 2)],
    start: real(sizeOf(shape), 3),
    run: (k, y, [x, mask]) => k.copyWhere(y, x, mask, size),
    tolerance: exact,
  });
}

function* copyWhere(): Iterable<Case> {
  for (const [x, mask] of broadcasts) yield copyWhereCase(`[${x}] where [${mask}]`, x, mask);
  yield copyWhereCase("special values", [specialPairs[0].length], [specialPairs[0].length], specialPairs);
}

const images = [112, 112, 32];
/** Two images, and an image and a number for each channel. */
const timedBinary = (kernel: BinaryName) => () => [
  binaryCase(kernel, frame.name, images, images),
  binaryCase(kernel, `${frame.name} and [32]`, images, [32]),
];

type OtherName = "affine" | "clip" | "clipGrad" | "sigmoidGrad" | "tanhGrad" | "copyWhere";
export type ElementwiseKernel = UnaryName | BinaryName | OtherName;
type Family = Record<ElementwiseKernel, () => Iterable<Case>>;

const each = <Name extends string>(names: readonly Name[], make: (name: Name) => () => Iterable<Case>) =>
  Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, () => Iterable<Case>>;
const unaryNames = Object.keys(unaries) as UnaryName[];
const binaryNames = Object.keys(operands) as BinaryName[];

export const elementwise: Family = {
  ...each(unaryNames, unary),
  ...{ affine, clip, sigmoidGrad, tanhGrad, clipGrad, copyWhere },
  ...each(binaryNames, binary),
};

export const timedElementwise: Family = {
  ...each(unaryNames, timedUnary),
  sigmoid: timedUnary("sigmoid", million),
  tanh: timedUnary("tanh", million),
  affine: () => [affineCase(frame.name, frame.n, 1 / 127.5, -1)],
  clip: () => [clipCase(frame.name, frame.n, 0, 6)],
  sigmoidGrad: () => [sigmoidGradCase(frame.name, frame.n)],
  tanhGrad: () => [tanhGradCase(frame.name, frame.n)],
  clipGrad: () => [clipGradCase(frame.name, frame.n, 0, 6)],
  ...each(binaryNames, timedBinary),
  copyWhere: () => [copyWhereCase(`${frame.name} where [112, 112, 1]`, images, [112, 112, 1])],
};
