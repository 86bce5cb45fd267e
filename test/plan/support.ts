// Models and comparisons for the tests of plans.
import { expect } from "vitest";
import { type ModelLayer, type OneOrMany, random, type Tensor } from "../../src/index.js";

/** The elements of one or several tensors, which are disposed. */
export async function values(y: OneOrMany<Tensor>): Promise<number[][]> {
  const list = [y].flat();
  const all = await Promise.all(list.map(async (each) => Array.from(await each.data())));
  for (const each of list) each.dispose();
  return all;
}

/** Gives all weights values that show which is which: variances are positive, nothing is 0 or 1. */
export function mixWeights(model: ModelLayer<never>, seed = 1): void {
  model.weights.forEach((weight, i) => {
    const [min, max] = weight.name.includes("variance") ? [0.5, 2] : [-0.5, 0.7];
    const drawn = random(weight.shape, { min, max, seed: 1000 * seed + i });
    weight.assign(drawn);
    drawn.dispose();
  });
}

/** The largest difference of two lists of outputs, as a share of the largest element. */
export function difference(a: number[][], b: number[][]): number {
  expect(a.map((each) => each.length)).toEqual(b.map((each) => each.length));
  const size = Math.max(...b.flat().map(Math.abs), 1e-30);
  return Math.max(
    ...a.flatMap((each, i) => each.map((x, j) => (Object.is(x, b[i][j]) ? 0 : Math.abs(x - b[i][j]) / size))),
  );
}
