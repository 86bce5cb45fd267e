// The functions that have vector code: their errors over the whole range, and their results for special values.
import { beforeAll, describe, expect, test } from "vitest";
import { getBackend, setBackend } from "../../src/backend.js";
import { createReferenceBackend } from "../../src/backends/reference/index.js";
import { gemmSize, windowSize } from "../../src/shape.js";
import { forEachBuild } from "../support/builds.js";
import { leastResult, type Run, ulp } from "../support/cases/case.js";

async function results(run: Run, length: number, ...inputs: ArrayLike<number>[]): Promise<number[]> {
  const k = getBackend();
  const y = k.allocate(length);
  const xs = inputs.map((values) => {
    const x = k.allocate(values.length);
    k.write(x, values);
    return x;
  });
  run(k.kernels, y, xs);
  const read = Array.from(await k.read(y));
  for (const buffer of [y, ...xs]) k.free(buffer);
  return read;
}

const points = 2 ** 18;
/** Single-precision numbers from -reach to reach, with neighbours that differ in all of their bits. */
const grid = (reach: number) =>
  Float32Array.from({ length: points }, (_, i) => ((2 * (i + 0.37)) / points - 1) * reach);
/** Numbers around 0 of every magnitude down to the smallest. */
const magnitudes = Float32Array.from({ length: 2 * 4 * 149 }, (_, i) => {
  const size = (1 + (i % 4) / 5) * 2 ** -(Math.floor(i / 8) + 1);
  return i & 4 ? -size : size;
});

/** The largest distance in ULP, where results that may be 0 count as 0. */
function furthest(actual: number[], x: Float32Array, exact: (x: number) => number): { ulps: number; at: number } {
  const worst = { ulps: 0, at: NaN };
  actual.forEach((value, i) => {
    const nearest = Math.fround(exact(x[i]));
    const bothTiny = Math.abs(value) < leastResult && Math.abs(nearest) < leastResult;
    if (value === nearest || bothTiny) return;
    const ulps = Math.abs(value - nearest) / ulp(nearest);
    if (!(ulps <= worst.ulps)) Object.assign(worst, { ulps, at: x[i] });
  });
  return worst;
}

const functions = {
  exp: { exact: Math.exp, reach: 88.7, bound: 2 },
  sigmoid: { exact: (x: number) => 1 / (1 + Math.exp(-x)), reach: 104, bound: 3 },
  tanh: { exact: Math.tanh, reach: 12, bound: 3 },
};

function specialValues(): void {
  test.each(["exp", "sigmoid", "tanh"] as const)("%s is good to its bound over its whole range", async (name) => {
    const { exact, reach, bound } = functions[name];
    for (const x of [grid(reach), grid(1), magnitudes]) {
      const actual = await results((k, y, [x]) => k[name](y, x), x.length, x);
      const { ulps, at } = furthest(actual, x, exact);
      expect(ulps, `at ${at}`).toBeLessThanOrEqual(bound);
    }
  });

  test("tanh is exactly odd", async () => {
    const x = Float32Array.from([...grid(12), ...magnitudes]);
    const up = await results((k, y, [x]) => k.tanh(y, x), x.length, x);
    const down = await results((k, y, [x]) => k.tanh(y, x), x.length, x.map((value) => -value)); // prettier-ignore
    expect(up.filter((value, i) => !Object.is(value, -down[i]))).toEqual([]);
  });

  const x = [0, -0, 10, -10, Infinity, -Infinity, NaN];
  test("tanh of special values", async () => {
    const y = await results((k, y, [x]) => k.tanh(y, x), 7, x);
    expect(y).toEqual([0, -0, 1, -1, 1, -1, NaN]);
  });

  test("sigmoid of special values", async () => {
    const y = await results((k, y, [x]) => k.sigmoid(y, x), 7, x);
    expect(y.filter((_, i) => i !== 2 && i !== 3)).toEqual([0.5, 0.5, 1, 0, NaN]);
  });

  test("exp of special values", async () => {
    const y = await results((k, y, [x]) => k.exp(y, x), 9, [0, -0, Infinity, -Infinity, NaN, 89, 1000, -104, -1000]);
    expect(y.map((value) => (value < leastResult ? 0 : value))).toEqual([1, 1, Infinity, 0, NaN, Infinity, Infinity, 0, 0]);
  }); // prettier-ignore

  test("log of special values", async () => {
    const y = await results((k, y, [x]) => k.log(y, x), 6, [1, 0, -1, Infinity, NaN, -0]);
    expect(y).toEqual([0, -Infinity, NaN, Infinity, NaN, -Infinity]);
  });

  test("ReLU and ReLU6 keep NaN; their gradient is 0 at both bounds", async () => {
    const relu = await results((k, y, [x]) => k.clip(y, x, 0, Infinity), 5, [NaN, Infinity, -Infinity, -0, 2]);
    expect(relu.map((value) => value + 0)).toEqual([NaN, Infinity, 0, 0, 2]);
    const relu6 = await results((k, y, [x]) => k.clip(y, x, 0, 6), 5, [NaN, Infinity, -Infinity, 6, 7]);
    expect(relu6).toEqual([NaN, 6, 0, 6, 6]);
    const ones = new Float32Array(5).fill(1);
    const grad = await results((k, dx, [dy, x]) => k.clipGrad(dx, dy, x, 0, 6), 5, ones, [0, 6, 3, -1, 7]);
    expect(grad).toEqual([0, 0, 1, 0, 0]);
  });

  test("NaN reaches only the rows and elements that depend on it", async () => {
    for (const columns of [2, 5, 9, 33]) {
      const table = new Float32Array(3 * columns).fill(1);
      table[columns + (columns >> 1)] = NaN;
      const poisoned = (row: number) => row === 1;
      const rows = (values: number[], width: number) =>
        [0, 1, 2].map((row) => values.slice(row * width, (row + 1) * width).every(Number.isNaN));
      const softmax = await results((k, y, [x]) => k.softmax(y, x, 3, columns), table.length, table);
      expect(rows(softmax, columns)).toEqual([0, 1, 2].map(poisoned));
      expect(softmax.filter(Number.isNaN)).toHaveLength(columns);
      const max = await results((k, y, [x]) => k.max(y, x, { outer: 3, length: columns, inner: 1 }), 3, table);
      expect(rows(max, 1)).toEqual([0, 1, 2].map(poisoned));
      const product = await results((k, c, [a, b]) => k.gemm(c, a, b, undefined, gemmSize(3, columns, 17)), 51, table, new Float32Array(columns * 17)); // prettier-ignore
      expect(rows(product, 17)).toEqual([0, 1, 2].map(poisoned));
      expect(product.filter(Number.isNaN)).toHaveLength(17);
    }
  });

  test("ReLU as an epilogue keeps NaN", async () => {
    for (const activation of ["relu", "relu6", "sigmoid", "tanh"] as const) {
      const run: Run = (k, c, [a, b]) => k.gemm(c, a, b, undefined, gemmSize(1, 2, 9), activation);
      expect(await results(run, 9, [1, NaN], new Float32Array(18))).toEqual(new Array(9).fill(NaN));
    }
  });

  test("max pooling takes NaN for the largest", async () => {
    const size = windowSize("test", [1, 2, 4, 5], [2, 2], { strides: 2 });
    const x = new Float32Array(40).fill(3);
    x[7] = NaN;
    const y = await results((k, y, [x]) => k.maxPool2d(y, x, size), 10, x);
    expect(y).toEqual([3, 3, NaN, 3, 3, 3, 3, 3, 3, 3]);
  });

  test("rows of a softmax sum to 1, however large the numbers", async () => {
    for (const columns of [1, 3, 8, 1000]) {
      const rows = Float32Array.from({ length: 2 * columns }, (_, i) => ((i * 37) % 101) * (i < columns ? 1e4 : 1e-3));
      const y = await results((k, y, [x]) => k.softmax(y, x, 2, columns), rows.length, rows);
      for (const row of [0, 1]) {
        const sum = y.slice(row * columns, (row + 1) * columns).reduce((a, b) => a + b, 0);
        expect(Math.abs(sum - 1)).toBeLessThanOrEqual((columns + 2) * 2 ** -24);
      }
    }
  });
}

describe("reference, single", () => {
  beforeAll(() => setBackend(createReferenceBackend()));
  specialValues();
});
forEachBuild(specialValues);
