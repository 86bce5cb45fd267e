// Activations and layers at the rims of the numbers, as Keras 3.15.1 has them on TensorFlow 2.21 (run there, not derived).
import { describe, expect, test } from "vitest";
import {
  Activation,
  type Layer,
  LayerNormalization,
  LeakyReLU,
  PReLU,
  ReLU,
  sum,
  tensor,
  valueAndGrad,
} from "../../src/index.js";
import { type Tensor, Variable } from "../../src/tensor.js";
import { forEachBuild } from "../support/builds.js";

const largest = 3e38;
const at = [-Infinity, Infinity, -largest, largest];

/** Name or options, values at -Infinity, Infinity, -3e38 and 3e38, and gradients there. */
const rows: readonly (readonly [string | { className: string; config: object }, number[], number[]])[] = [
  ["softplus", [0, Infinity, 0, largest], [0, 1, 0, 1]],
  ["mish", [NaN, Infinity, 0, largest], [NaN, NaN, 0, 1]],
  ["logSigmoid", [-Infinity, 0, -largest, 0], [1, 0, 1, 0]],
  ["relu", [0, Infinity, 0, largest], [0, 1, 0, 1]],
  ["relu6", [0, 6, 0, 6], [0, 0, 0, 0]],
  ["leakyRelu", [-Infinity, Infinity, -0.2 * largest, largest], [0.2, 1, 0.2, 1]],
  ["elu", [-1, Infinity, -1, largest], [0, 1, 0, 1]],
  ["celu", [-1, Infinity, -1, largest], [0, 1, 0, 1]],
  ["selu", [-1.7580993, Infinity, -1.7580993, 3.1521031e38], [0, 1.050701, 0, 1.050701]],
  ["silu", [NaN, Infinity, 0, largest], [NaN, NaN, 0, 1]],
  ["gelu", [NaN, Infinity, 0, largest], [NaN, NaN, 0, 1]],
  ["hardSigmoid", [0, 1, 0, 1], [0, 0, 0, 0]],
  ["sigmoid", [0, 1, 0, 1], [0, 0, 0, 0]],
  ["tanh", [-1, 1, -1, 1], [0, 0, 0, 0]],
  [{ className: "threshold", config: { threshold: 0 } }, [0, Infinity, 0, largest], [0, 1, 0, 1]],
  [{ className: "relu", config: { threshold: 1 } }, [0, Infinity, 0, largest], [0, 1, 0, 1]],
  [{ className: "relu", config: { threshold: 1, maxValue: 6 } }, [0, 6, 0, 6], [0, 0, 0, 0]],
  [{ className: "relu", config: { maxValue: 6, negativeSlope: 0.1 } }, [-Infinity, 6, -0.1 * largest, 6], [0.1, 0, 0.1, 0]],
  [{ className: "relu", config: { threshold: 1, negativeSlope: 0.1 } }, [-Infinity, Infinity, -0.1 * largest, largest], [0.1, 1, 0.1, 1]],
]; // prettier-ignore

async function expectAtRims(layer: Layer, values: readonly number[], slopes: readonly number[] | undefined) {
  const x = new Variable("x", [1, 4], true);
  x.assign(Float32Array.from(at));
  const call = layer as unknown as (given: Variable) => Tensor;
  const { grads } = valueAndGrad(() => sum(call(x)), [x])();
  const near = (got: Float32Array, wanted: readonly number[]) =>
    got.forEach((value, i) => {
      if (!Number.isFinite(wanted[i])) expect(value).toBe(wanted[i]);
      else expect(Math.abs(value - wanted[i])).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(wanted[i])));
    });
  near(await call(x).data(), values);
  if (slopes) near(await grads[0].data(), slopes);
}

forEachBuild((build) => {
  describe(build, () => {
    test.each(rows.map((row) => [JSON.stringify(row[0]), ...row] as const))("%s", (_, activation, values, slopes) =>
      // The slope of silu and gelu at infinities is a product with 0, in whatever order.
      expectAtRims(
        Activation({ activation }),
        values,
        ["silu", "gelu"].includes(activation as string) ? undefined : slopes,
      ),
    );

    test("LeakyReLU, PReLU and ReLU", async () => {
      await expectAtRims(
        LeakyReLU({ negativeSlope: 0.2 }),
        [-Infinity, Infinity, -0.2 * largest, largest],
        [0.2, 1, 0.2, 1],
      );
      await expectAtRims(PReLU({ alphaInitializer: "ones" }), at, [1, 1, 1, 1]);
      await expectAtRims(
        ReLU({ negativeSlope: 0.1, threshold: 1 }),
        [-Infinity, Infinity, -0.1 * largest, largest],
        [0.1, 1, 0.1, 1],
      );
    });

    test.each([3, 4, 5, 6, 8, 10, 13, 16])("layer norm of %i times 1e20 is 0", async (count) => {
      const y = LayerNormalization()(tensor([new Array<number>(count).fill(1e20)]));
      expect([...(await y.data())]).toEqual(new Array(count).fill(0));
    });

    test("layer norm of a row whose variance is more than there are numbers is 0", async () => {
      const y = LayerNormalization()(tensor([[1e20, -1e20, 3e19, 0], [1e20, 1, 2, 3]])); // prettier-ignore
      expect((await y.data()).every((value) => value === 0)).toBe(true);
      const large = await LayerNormalization()(tensor([[1e19, 2e19, 1e18, 0]])).data();
      [0.27867657, 1.5172389, -0.8360294, -0.95988566].forEach((value, i) => expect(large[i]).toBeCloseTo(value, 6));
    });
  });
});
