// How much work a call is, and how it is cut.
import { describe, expect, test } from "vitest";
import { cut, partOfWork, workOf } from "../../../src/backends/wasm/threads/work.js";
import { type KernelName, kernelNames, rowOf } from "../../../src/kernelTable.js";
import { callOf, sized } from "../../support/cases/case.js";
import { timedCases } from "../../support/cases.js";

test.each(kernelNames)("%s: the work is that of the kernel table to a factor of two", (kernel: KernelName) => {
  for (const c of timedCases[kernel]()) {
    const call = callOf(c);
    const { macs, elements, buffers } = rowOf(kernel);
    const touched = elements(...call).filter(
      (_, i) => Object.values(buffers)[i] !== undefined && call[i] !== undefined,
    );
    const inTable = (macs?.(...call) ?? 0) + 3 * touched.reduce((a, b) => a + b, 0);
    const ratio = workOf(call) / inTable;
    expect(ratio, c.name).toBeGreaterThan(0.5);
    expect(ratio, c.name).toBeLessThan(2);
  }
});

describe("cut", () => {
  /** The first rows of the chunks. */
  const begins = (rows: number, [unit, chunks]: readonly [number, number]) =>
    Array.from({ length: chunks }, (_, i) => Math.floor((i * Math.floor(rows / unit)) / chunks) * unit);

  test("less work than pays is not cut, and where workers sleep, four times as much", () => {
    expect(cut("exp", 1000, 0.9e6, 4, false, 1e6)[1]).toBe(1);
    expect(cut("exp", 1000, 1.1e6, 4, false, 1e6)[1]).toBe(4);
    expect(cut("exp", 1000, 3.9e6, 4, true, 1e6)[1]).toBe(1);
    expect(cut("exp", 1000, 4.1e6, 4, true, 1e6)[1]).toBe(8);
    expect(cut("exp", 1000, 1e8, 4, true, 1e6)[1]).toBe(16);
  });

  test("matrix products are cut at whole tiles, into chunks that are worth reading b for", () => {
    expect(begins(512, cut("gemm", 512, 1.3e8, 2, false, 1e6))).toEqual([0, 120, 252, 372]);
    expect(begins(49, cut("gemm", 49, 5e7, 2, false, 1e6))).toEqual([0, 24]);
    expect(begins(49, cut("conv2d", 49, 5e7, 4, false, 1e6))).toEqual([0, 12, 24, 36]);
    expect(begins(49, cut("conv2d", 49, 5e7, 8, false, 1e6))).toEqual([0, 12, 24, 36]);
    expect(cut("gemm", 20, 5e7, 8, false, 1e6)[1]).toBe(1);
  });

  test("columns are cut into blocks of 64 that are worth preparing the rows for", () => {
    expect(begins(1024, cut("columns", 1024, 5e7, 2, false, 1e6))).toEqual([0, 256, 512, 768]);
    expect(begins(330, cut("columns", 330, 5e7, 2, false, 0))).toEqual([0, 128]);
    expect(begins(1000, cut("columns", 1000, 5e7, 8, false, 1e6))).toEqual([0, 64, 192, 320, 448, 576, 704, 832]);
  });

  test("a row is not cut, and few rows give as many chunks", () => {
    expect(cut("conv2dGradInput", 1, 1e9, 8, false, 1e6)[1]).toBe(1);
    expect(cut("conv2dGradInput", 3, 1e9, 8, false, 1e6)[1]).toBe(3);
  });

  test("a chunk of much work stays short", () => {
    expect(cut("softmax", 1e6, 2 ** 40, 2, false, 1e6)[1]).toBe(2 ** 9);
  });
});

test("what prepares a kernel is a small part of its work", () => {
  expect(partOfWork("copy", 10, 1e8)).toBe(40960);
  expect(partOfWork("gemm", 10, 1e8)).toBe(1e8);
  expect(partOfWork("fill", 1e9, 1e8)).toBe(1e8);
  expect(partOfWork("sigmoid", 10, 1e8)).toBe(2560);
});

test("the gates of one step of a small ConvLSTM2D are worth sharing out", () => {
  const elements = 25 * 256;
  const [states, zx, zh, c] = [2, 4, 4, 1].map((n) => sized(n * elements));
  const work = workOf([states, zx, zh, c, undefined, undefined, false, { rows: 25, units: 256 }]);
  expect(cut("lstmGates", 25, partOfWork("lstmGates", 25, work), 2, false, 1e6)).toEqual([1, 2]);
});
