// The gradient of every op: <u, J v> by central differences against <J^T u, v>, in double; then J^T u on the wasm builds.
import { expect, test } from "vitest";
import { valueAndGrad } from "../../src/autograd.js";
import { getBackend, setBackend } from "../../src/backend.js";
import { createReferenceBackend } from "../../src/backends/reference/index.js";
import * as ops from "../../src/ops/index.js";
import { scope } from "../../src/scope.js";
import { tensor, Variable } from "../../src/tensor.js";
import { forEachBuild, withReference64 } from "../support/builds.js";
import { numbers } from "../support/cases/case.js";
import { dot, norm, weighted } from "../support/cases/directional.js";
import { gradientRows, type GradientRow, noGradient } from "../support/cases/gradients.js";

test("every op has a row, or a mark that it has no gradient", () => {
  const known = [...Object.keys(gradientRows), ...Object.keys(noGradient)];
  expect(known.sort()).toEqual(Object.keys(ops).sort());
});

const rows = Object.entries(gradientRows).flatMap(([op, list]) =>
  list.map((row, i) => ({ ...row, title: `${op} ${i + 1}: ${row.inputs.map(({ shape }) => `[${shape}]`).join(" ")}` })),
);

/** Values of each input, not too near to each other's bounds. */
const valuesOf = (row: GradientRow): Float32Array[] =>
  row.inputs.map(({ shape, low = -1, high = 1 }, i) =>
    numbers(
      shape.reduce((a, b) => a * b, 1),
      i + 1,
      (high - low) / 2,
      (high + low) / 2,
    ),
  );

async function weightedValue(row: GradientRow, values: ArrayLike<number>[]): Promise<number> {
  const result = scope(() =>
    weighted(row.f(...row.inputs.map(({ shape }, i) => tensor(Float64Array.from(values[i]), shape)))),
  );
  const [value] = await result.data();
  result.dispose();
  return value;
}

/** J^T u: the gradients of the weighted sum. */
async function gradientsOf(row: GradientRow): Promise<Float64Array[]> {
  const values = valuesOf(row);
  const weights = row.inputs.map(({ shape }, i) => new Variable(`input ${i}`, shape).assign(values[i]));
  const { value, grads } = valueAndGrad(() => weighted(row.f(...weights)), weights)();
  expect(grads.map((g) => g.shape)).toEqual(row.inputs.map(({ shape }) => shape));
  const result = await Promise.all(grads.map(async (g) => Float64Array.from(await g.data())));
  [value, ...grads, ...weights].forEach((x) => x.dispose());
  return result;
}

const step = 1e-5;

withReference64(() => {
  test.each(rows)("$title", async (row) => {
    const held = getBackend().memory().buffers;
    const gradients = await gradientsOf(row);
    const values = valuesOf(row).map((x) => Float64Array.from(x));
    for (const [input, x] of values.entries()) {
      const v = numbers(x.length, 200 + input);
      const moved = (by: number) => values.with(input, x.map((value, i) => value + by * v[i]));
      const difference = (await weightedValue(row, moved(step))) - (await weightedValue(row, moved(-step)));
      const scale = Math.max(norm(gradients[input]) * norm(v), 1);
      expect(Math.abs(difference / (2 * step) - dot(gradients[input], v)) / scale, `input ${input}`).toBeLessThan(1e-8);
    }
    expect(getBackend().memory().buffers).toBe(held);
  });

  test.each(Object.entries(noGradient))("%s: no gradient comes through", async (_, { inputs, f }) => {
    for (const gradient of await gradientsOf({ inputs, f })) expect(norm(gradient)).toBe(0);
  });

  test("no gradient of a row is zero", async () => {
    for (const row of rows) for (const gradient of await gradientsOf(row)) expect(norm(gradient), row.title).not.toBe(0);
  });
}); // prettier-ignore

forEachBuild(() => {
  test.each(rows)("$title", async (row) => {
    const build = getBackend();
    const actual = await gradientsOf(row);
    await setBackend(createReferenceBackend({ precision: "float64" }));
    const expected = await gradientsOf(row);
    await setBackend(build);
    for (const [input, gradient] of actual.entries()) {
      const distance = norm(gradient.map((value, i) => value - expected[input][i]));
      expect(distance / norm(expected[input]), `input ${input}`).toBeLessThan(2e-6);
    }
  });
});
