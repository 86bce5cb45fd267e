// The gpu.js kernels against the reference's double, on some of the cases of each, in both of gpu.js's modes that need no GPU.
import { GPU } from "gpu.js";
import { describe, expect, test } from "vitest";
import type { Buffer, Kernels } from "../../src/kernels.js";
import {
  type GpujsBuffer,
  gpujsBuffer,
  type GpujsKernels,
  gpujsKernels,
  gpujsView,
} from "../../src/backends/gpujs/index.js";
import { gemmSize } from "../../src/shape.js";
import { type Case, runOnReference } from "../support/cases/case.js";
import { cases } from "../support/cases.js";

const names = Object.keys(gpujsKernels()) as (keyof GpujsKernels)[];
/** Of thousands of cases; a prime, so that no option is skipped in step with it. */
const casesOfEach = 61;

function someCases(name: keyof GpujsKernels): Case[] {
  const all = [...cases[name]()];
  const step = Math.max(1, Math.floor(all.length / casesOfEach));
  return all.filter((_, i) => i % step === 0);
}

const guard = Math.fround(-12345.678);

/** The values between others, as an input that begins at an odd place. */
function guardedView(values: Float32Array): GpujsBuffer {
  const wide = new Float32Array(values.length + 4).fill(guard);
  wide.set(values, 3);
  return gpujsView(gpujsBuffer(wide), 3, values.length);
}

/** These kernels look at no root: they are no backend yet. */
const buffer = (memory: GpujsBuffer) => memory as unknown as Buffer;

/** What is wrong with a case's result, or undefined. */
function problemOf(kernels: GpujsKernels, c: Case): string | undefined {
  const y = gpujsBuffer(new Float32Array(c.length).fill(NaN));
  c.run(kernels as unknown as Kernels<Buffer>, buffer(y), c.inputs.map(guardedView).map(buffer));
  const expected = runOnReference(c.run, c.inputs, c.length).y;
  const allowed = c.tolerance(c.inputs, c.length);
  const isOff = (value: number, i: number) =>
    !(Math.abs(value - expected[i]) <= allowed(expected[i], i) + Math.abs(Math.fround(expected[i]) - expected[i]));
  const i = y.values.findIndex(isOff);
  return i < 0 ? undefined : `${c.name}: y[${i}] = ${y.values[i]}, expected ${expected[i]}`;
}

describe.each(["cpu", "webasm"] as const)("gpu.js, mode %s", (mode) => {
  const kernels = gpujsKernels({ mode });

  test.each(names)("%s", (name) => {
    const chosen = someCases(name);
    expect(chosen.length).toBeGreaterThanOrEqual(casesOfEach);
    expect(chosen.map((c) => problemOf(kernels, c)).filter((problem) => problem !== undefined)).toEqual([]);
  });
});

test.each(["cpu", "webasm"] as const)("mode %s: loops are not cut short", (mode) => {
  const [ones, sum] = [gpujsBuffer(new Float32Array(5000).fill(1)), gpujsBuffer(new Float32Array(1))];
  gpujsKernels({ mode }).gemm(sum, ones, ones, undefined, gemmSize(1, 5000, 1));
  expect(sum.values[0]).toBe(5000);
});

test("an output may be an input where the contract says so", () => {
  const size = { outer: 2, groups: 1, inner: 1, channels: 1 };
  const buffer = (...values: number[]) => gpujsBuffer(Float32Array.from(values));
  const x = buffer(1, 5);
  gpujsKernels().batchNorm(x, x, buffer(3, 4), buffer(2), buffer(10), 0, size);
  expect([...x.values]).toEqual([8, 12]);
});

test("an instance that the user gives is used; asynchronous modes are refused", () => {
  const gpu = new GPU({ mode: "cpu" });
  const c = gpujsBuffer(new Float32Array(1));
  gpujsKernels({ gpu }).gemm(
    c,
    gpujsBuffer(Float32Array.of(2, 3)),
    gpujsBuffer(Float32Array.of(4, 5)),
    undefined,
    gemmSize(1, 2, 1),
  );
  expect([...c.values]).toEqual([23]);
  expect((gpu as unknown as { kernels: unknown[] }).kernels.length).toBe(1);
  expect(() => gpujsKernels({ mode: "webgpu" as "cpu" })).toThrow(
    'gpujsKernels: mode "webgpu"; expected "cpu" or "webasm".',
  );
});
