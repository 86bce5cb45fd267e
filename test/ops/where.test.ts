// where: a bit-exact choice, also of NaN, -0 and denormal numbers; what is not chosen gets the gradient 0.
import { expect, test } from "vitest";
import { valueAndGrad } from "../../src/autograd.js";
import { multiply, sum } from "../../src/ops/index.js";
import { where } from "../../src/ops/where.js";
import { tensor, type Tensor, Variable } from "../../src/tensor.js";
import { forEachBuild } from "../support/builds.js";

const values = async (x: Tensor) => Array.from(await x.data());

forEachBuild(() => {
  test("chooses by a mask of the first axes; any number but 0 chooses a, also NaN", async () => {
    const mask = tensor([1, 0, -0, 2, NaN, -1e-40]);
    const a = tensor([[-0, NaN], [1, 2], [3, 4], [-Infinity, 1e-40], [5, -6], [7, 8]]); // prettier-ignore
    const tiny = Math.fround(1e-40);
    expect(await values(where(mask, a))).toEqual([-0, NaN, 0, 0, 0, 0, -Infinity, tiny, 5, -6, 7, 8]);
    const b = tensor([[9, 9], [-0, NaN], [Infinity, -tiny], [9, 9], [9, 9], [9, 9]]); // prettier-ignore
    const chosen = [-0, NaN, -0, NaN, Infinity, -tiny, -Infinity, tiny, 5, -6, 7, 8];
    expect(await values(where(mask, a, b))).toEqual(chosen);
  });

  test("operands with axes of size 1 repeat, and their gradients are summed", async () => {
    const a = new Variable("a", [2, 1, 2]).assign([1, 2, NaN, 4]);
    const b = new Variable("b", [2, 3, 1]).assign([10, NaN, 30, 40, 50, 60]);
    const mask = tensor([[1, 1, 0], [0, 0, 0]]); // prettier-ignore
    expect(await values(where(mask, a, b))).toEqual([1, 2, 1, 2, 30, 30, 40, 40, 50, 50, 60, 60]);
    const factors = tensor([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [2, 3, 2]);
    const { grads } = valueAndGrad(() => sum(multiply(where(mask, a, b), factors)), [a, b])();
    expect(await values(grads[0])).toEqual([1 + 3, 2 + 4, 0, 0]);
    expect(await values(grads[1])).toEqual([0, 0, 5 + 6, 7 + 8, 9 + 10, 11 + 12]);
  });
});
