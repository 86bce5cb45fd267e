// Few rows: threads share out the columns of a product, with the bits that one thread computes.
import { describe, expect, test } from "vitest";
import { columnsOf } from "../../../src/backends/wasm/threads/columns.js";
import type { WasmOptions } from "../../../src/backends/wasm/index.js";
import { convolutionRoad } from "../../../src/convolutionRoad.js";
import { type Conv2dSize, conv2dSize, type GemmSize, gemmSize } from "../../../src/shape.js";
import { type Case, exact, numbers } from "../../support/cases/case.js";
import { bitsAfter } from "../../support/kernelBits.js";
import { comparedBackends } from "../../support/threads.js";

/** Inputs with `spoilt` in a few places, which reach some filters and not others. */
function inputsOf(lengths: readonly number[], spoilt?: number): Float32Array[] {
  const inputs = lengths.map((length, i) => numbers(length, i + 1));
  if (spoilt !== undefined) for (const at of [77, 1234]) inputs[1][at] = spoilt;
  return inputs;
}

const convolution = (name: string, s: Conv2dSize, spoilt?: number): Case => ({
  name: `${name}${spoilt === undefined ? "" : ` with ${spoilt} in the kernel`}`,
  length: s.batch * s.outHeight * s.outWidth * s.filters,
  inputs: inputsOf(
    [s.batch * s.height * s.width * s.channels, (s.kernelHeight * s.kernelWidth * s.channels * s.filters) / s.groups, s.filters],
    spoilt,
  ),
  run: (k, y, [x, kernel, bias]) => k.conv2d(y, x, kernel, name.endsWith("bias") ? bias : undefined, s, "relu6"),
  tolerance: exact,
}); // prettier-ignore

const product = (size: GemmSize, withBias: boolean): Case => ({
  name: `${size.m}x${size.k}x${size.n}${size.transA ? " transA" : ""}${size.transB ? " transB" : ""}`,
  length: size.m * size.n,
  inputs: inputsOf([size.m * size.k, size.k * size.n, size.n]),
  run: (k, c, [a, b, bias]) => k.gemm(c, a, b, withBias ? bias : undefined, size, "relu"),
  tolerance: exact,
});

const sizes = {
  "windows, bias": conv2dSize("test", [2, 4, 4, 9], [2, 3, 9, 260], { padding: "same" }),
  "windows, groups": conv2dSize("test", [1, 4, 5, 8], [3, 2, 4, 400], { groups: 2 }),
  "winograd 3x3, bias": conv2dSize("test", [1, 5, 5, 20], [3, 3, 20, 262], { padding: "same" }),
  "winograd 4x4, groups": conv2dSize("test", [3, 8, 8, 34], [3, 3, 17, 402], { padding: "same", groups: 2 }),
  "pointwise, bias": conv2dSize("test", [1, 7, 7, 24], [1, 1, 24, 330], {}),
};

const cases = [
  ...Object.entries(sizes).map(([name, s]) => convolution(name, s)),
  ...[Infinity, NaN].flatMap((spoilt) =>
    Object.entries(sizes).map(([name, s]) => convolution(name, s, spoilt)),
  ),
  ...[false, true].flatMap((transA) =>
    [false, true].map((transB) => product(gemmSize(25, 530, 330, transA, transB), transA === transB)),
  ),
  product(gemmSize(6, 10, 201), true), // read in place, so cut by rows
]; // prettier-ignore

const settings: [build: string, options: WasmOptions, threads: number[]][] = [
  ["plain", { relaxed: false }, [2, 3]],
  ["relaxed", { relaxed: true }, [2, 3]],
  ["wide", { relaxed: true, wide: true }, [2, 3]],
];

describe.each(settings)("%s", (_, options, counts) => {
  const { one, several } = comparedBackends(options, counts);

  test.each(cases.map((c) => [c.name, c] as const))("%s", async (_name, c) => {
    for (const kind of ["weight", undefined] as const) {
      const expected = await bitsAfter(one, c, kind);
      expect(new Set(expected[0]).size).toBeGreaterThan(c.length / 4);
      for (const backend of several) expect(await bitsAfter(backend, c, kind)).toEqual(expected);
    }
  });
});

test("the convolutions take the roads that they are named after", () => {
  for (const [name, s] of Object.entries(sizes)) expect(name).toContain(convolutionRoad(s, { winograd: true }));
});

describe("columnsOf", () => {
  // scratch, c, ldc, a, b, bias, n, k, transA, lda, ldb, ...
  const args = (n: number, bias = 5000, ldb = 0) => [64, 1000, 4 * n, 2000, 3000, bias, n, 10, 0, 40, ldb, 8, 0, 6];

  test("few rows: the results and the bias move by 4 bytes for each column, packed weights by 4 k", () => {
    const steps = [0, 4, 0, 0, 40, 4, 0, 0, 0, 0, 0, 0, 0, 0];
    expect(columnsOf("gemm", 49, args(1024), 2)).toEqual({ count: 1024, place: 6, steps });
    expect(columnsOf("gemm", 49, args(1024, 0), 2)?.steps[5]).toBe(0);
  });

  test("rows are cut where they are many, columns too few for the threads, weights not packed, or for other exports", () => {
    expect(columnsOf("gemm", 512, args(1024), 2)).toBe(undefined);
    expect(columnsOf("gemm", 49, args(256), 8)).toBe(undefined);
    expect(columnsOf("gemm", 49, args(1024, 5000, 4096), 2)).toBe(undefined);
    expect(columnsOf("copy", 49, args(1024), 2)).toBe(undefined);
  });
});
