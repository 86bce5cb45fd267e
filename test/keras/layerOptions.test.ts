// Regularizers, constraints, initializers and the rarer activations against real Keras. See fixtures/README.md and penalty_cases.py.
import { describe, expect } from "vitest";
import { getInitializer, type Initializer } from "../../src/index.js";
import { expectNumbers, loadCases, testEach } from "../support/keras.js";
import { testCalls } from "../support/kerasCalls.js";

for (const file of ["regularizers", "constraints", "moreActivations"]) testCalls(file);

interface InitializerCase {
  name: string;
  initializer: Initializer;
  kind: "fixed" | "drawn" | "orthogonal";
  shape: number[];
  /** Of a fixed one. */
  values?: number[];
  /** Of a draw of Keras. */
  mean?: number;
  stddev?: number;
  min?: number;
  max?: number;
  /** What the products of rows (or of columns, if those are fewer) of an orthogonal one with themselves are. */
  gram?: number;
}

const average = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;

/** Two draws of 20,000 numbers and more agree so far: each bound is above five standard errors. */
function expectAlike(values: number[], { name, mean, stddev, min, max, initializer }: InitializerCase): void {
  const middle = average(values);
  expect(Math.abs(middle - mean!), `${name}: mean`).toBeLessThan(0.06 * stddev!);
  expectNumbers("stddev", name, [Math.sqrt(average(values.map((v) => (v - middle) ** 2)))], [stddev!], 0.03);
  if (/^(randomN|n)ormal|RandomNormal|untruncated/.test(JSON.stringify(initializer).replace(/^"/, ""))) return;
  for (const [edge, value] of [
    [min!, Math.min(...values)],
    [max!, Math.max(...values)],
  ]) {
    expect(Math.abs(edge - value), `${name}: extremes`).toBeLessThan(0.02 * (max! - min!));
  }
}

/** Matrix [all axes but the last, last], whose rows or columns, whichever are fewer, are orthogonal and of one length. */
function expectOrthogonal(values: number[], { name, shape, gram }: InitializerCase): void {
  const columns = shape.at(-1)!;
  const rows = values.length / columns;
  const entry = (i: number, k: number) => (rows < columns ? values[i * columns + k] : values[k * columns + i]);
  const [few, many] = [Math.min(rows, columns), Math.max(rows, columns)];
  for (let i = 0; i < few; i++) {
    for (let j = 0; j < few; j++) {
      let product = 0;
      for (let k = 0; k < many; k++) product += entry(i, k) * entry(j, k);
      expect(product, `${name}: rows ${i} and ${j}`).toBeCloseTo(i === j ? gram! : 0, 4);
    }
  }
}

async function initializer(given: InitializerCase): Promise<void> {
  const values = Array.from(getInitializer("test", given.initializer)(given.shape));
  expect(values.length).toBe(given.shape.reduce((product, size) => product * size, 1));
  if (given.kind === "fixed") expect(values).toEqual(given.values);
  else if (given.kind === "drawn") expectAlike(values, given);
  else expectOrthogonal(values, given);
}

describe("initializers as in Keras", () => testEach(loadCases<InitializerCase>("initializers"), initializer));
