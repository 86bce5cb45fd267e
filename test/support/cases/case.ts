// The cases of kernels, and the tolerances of their results against the reference in double precision.
import { createReferenceBackend } from "../../../src/backends/reference/index.js";
import type { Buffer, Kernels } from "../../../src/kernels.js";
import { kernelNames } from "../../../src/kernelTable.js";
import { values } from "../hash.js";

/** Calls one kernel. `xs`: the case's inputs, in their order. */
export type Run = (k: Kernels<Buffer>, y: Buffer, xs: readonly Buffer[]) => void;

/** For a case: the distance allowed at element i, whose exact value is `expected`. */
export type Tolerance = (inputs: readonly Float32Array[], length: number) => (expected: number, i: number) => number;

export interface Case {
  /** Sizes, for the message. */
  name: string;
  /** Elements of the output. */
  length: number;
  inputs: readonly Float32Array[];
  run: Run;
  tolerance: Tolerance;
  /** The contents of the output before the call, for kernels that keep or change it. */
  start?: Float32Array;
  /** The distance allowed in inputs that the kernel changes too (see the kernel table). */
  changes?: ReadonlyMap<number, Tolerance>;
  /** Inputs that are weights of a layer in practice, and are held as such where the case is timed. */
  weights?: readonly number[];
}

/** Makes a case whose inputs are made when they are first read, so that a search by name does not make the inputs of others. */
export function lazily({ inputs, ...rest }: Omit<Case, "inputs"> & { inputs: () => Case["inputs"] }): Case {
  let made: Case["inputs"] | undefined;
  return {
    ...rest,
    get inputs() {
      return (made ??= inputs());
    },
  };
}

/** The arguments with which a case calls its kernel; with buffers of the right lengths unless some are given. */
export function callOf(
  c: Case,
  y: Buffer = sized(c.length),
  xs: readonly Buffer[] = c.inputs.map((x) => sized(x.length)),
): readonly unknown[] {
  let seen: readonly unknown[] = [];
  const recorders = kernelNames.map((name) => [name, (...args: unknown[]) => void (seen = args)]);
  c.run(Object.fromEntries(recorders) as Kernels<Buffer>, y, xs);
  return seen;
}

/** A buffer that has only a length. */
export const sized = (length: number): Buffer => ({ length, root: { version: 0 } });

/** 1, tile - 1, tile, tile + 1 and 2 tile + 3 for tiles of 4, 6, 8 and 16. */
export const lengths = [1, 3, 4, 5, 6, 7, 8, 9, 11, 15, 16, 17, 19, 35];

/** `n` numbers in offset ± scale. */
export const numbers = (n: number, seed: number, scale = 1, offset = 0): Float32Array =>
  values({ shape: [n], seed, scale, offset });
/** `n` whole numbers from 0 to limit - 1. */
export const integers = (n: number, seed: number, limit: number): Float32Array =>
  values({ shape: [n], seed, integer: limit });

// ── tolerances ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The error of rounding to single precision, relative to the number. */
export const rounding = 2 ** -24;

/** Results below this may be 0, so that no denormal numbers arise; the smallest normal one is 1.18e-38. */
export const leastResult = 1.8e-38;

/** The distance between neighbouring single-precision numbers at x. */
export const ulp = (x: number): number => 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -126) - 23);

export const exact: Tolerance = () => () => 0;
export const ulps =
  (n: number): Tolerance =>
  () =>
  (expected) =>
    n * ulp(Math.fround(expected));
export const absolute =
  (distance: number): Tolerance =>
  () =>
  () =>
    distance;
export const both =
  (a: Tolerance, b: Tolerance): Tolerance =>
  (inputs, length) => {
    const [first, second] = [a(inputs, length), b(inputs, length)];
    return (expected, i) => first(expected, i) + second(expected, i);
  };

/** `n` roundings of numbers as large as `magnitude` says for each element. */
export const roundings =
  (n: number, magnitude: (inputs: readonly Float32Array[]) => (i: number) => number): Tolerance =>
  (inputs) => {
    const at = magnitude(inputs);
    return (_, i) => n * rounding * at(i);
  };

/** The rounding error of a sum of `n` products: each term rounded, and each partial sum (Higham 2002, 3.1). */
export const sumOf =
  (n: number, run: Run): Tolerance =>
  (inputs, length) => {
    const sums = runOnReference(
      run,
      inputs.map((x) => x.map(Math.abs)),
      length,
    ).y;
    return (_, i) => (n + 1) * rounding * sums[i];
  };

/** Roundings fall to both sides: of many, so many add up (Higham and Mary 2019, theorem 2.4, with lambda = 4). */
export const likely = (n: number): number => 4 * Math.sqrt(n);

/** For sums of `n` products of one element of each input, where n is so large that `sumOf` would allow one to be left out. */
export const longSumOf = (n: number): Tolerance =>
  roundings(likely(n), (inputs) => {
    const largest = inputs.map((x) => x.reduce((a, b) => Math.max(a, Math.abs(b)), 0));
    const bound = largest.reduce((a, b) => a * b, n);
    return () => bound;
  });

// ── the reference ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** The output of `run` in double, and its inputs afterwards. */
export function runOnReference(run: Run, inputs: readonly Float32Array[], length: number, start?: Float32Array) {
  const k = createReferenceBackend({ precision: "float64" }) as unknown as Kernels<Buffer>;
  const hold = (values: Float64Array) => ({ values, length: values.length, root: { version: 0 } });
  const y = hold(new Float64Array(length));
  const xs = inputs.map((x) => hold(Float64Array.from(x)));
  if (start) y.values.set(start);
  run(k, y, xs);
  return { y: y.values, xs: xs.map((x) => x.values) };
}
