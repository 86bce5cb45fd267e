// The rarer activation functions against their formulas and slopes, in double; names, options, and unknown names.
import { beforeAll, expect, test } from "vitest";
import { createReferenceBackend } from "../../src/backends/reference/index.js";
import {
  Activation,
  type ActivationFunction,
  type ActivationOption,
  Dense,
  getActivation,
  glu,
  Input,
  mish,
  setBackend,
  sparsemax,
  sum,
  multiply,
  tensor,
  valueAndGrad,
} from "../../src/index.js";

beforeAll(() => setBackend(createReferenceBackend({ precision: "float64" })));

const xs = [-7, -3.2, -1.3, -0.7, -0.4, -0.1, 0.1, 0.3, 0.6, 0.9, 1.4, 2.7, 6.5];
const relu = (x: number) => Math.max(x, 0);
const softplus = (x: number) => Math.log1p(Math.exp(x));
const hardSigmoid = (x: number) => Math.min(Math.max(x / 6 + 0.5, 0), 1);

const rows: [activation: ActivationOption, formula: (x: number) => number][] = [
  ["celu", (x) => relu(x) + Math.min(0, Math.expm1(x))],
  [{ className: "celu", config: { alpha: 2 } }, (x) => relu(x) + Math.min(0, 2 * Math.expm1(x / 2))],
  ["hardShrink", (x) => (Math.abs(x) > 0.5 ? x : 0)],
  [{ className: "hardShrink", config: { threshold: 1 } }, (x) => (Math.abs(x) > 1 ? x : 0)],
  ["softShrink", (x) => Math.sign(x) * relu(Math.abs(x) - 0.5)],
  [{ className: "softShrink", config: { threshold: 1 } }, (x) => Math.sign(x) * relu(Math.abs(x) - 1)],
  [{ className: "threshold", config: { threshold: 0.5, defaultValue: 3 } }, (x) => (x > 0.5 ? x : 3)],
  ["sparsePlus", (x) => (x <= -1 ? 0 : x >= 1 ? x : (x + 1) ** 2 / 4)],
  ["sparseSigmoid", (x) => Math.min(Math.max((x + 1) / 2, 0), 1)],
  ["logSigmoid", (x) => -softplus(-x)],
  ["hardSilu", (x) => x * hardSigmoid(x)],
  ["hardSwish", (x) => x * hardSigmoid(x)],
  ["mish", (x) => x * Math.tanh(softplus(x))],
  ["hardTanh", (x) => Math.min(Math.max(x, -1), 1)],
  ["tanhShrink", (x) => x - Math.tanh(x)],
  ["squareplus", (x) => (x + Math.sqrt(x * x + 4)) / 2],
  [{ className: "squareplus", config: { b: 1 } }, (x) => (x + Math.sqrt(x * x + 1)) / 2],
  [{ className: "relu", config: { negativeSlope: 0.1, maxValue: 2, threshold: 0.5 } }, (x) => (x < 0.5 ? 0.1 * (x - 0.5) : Math.min(x, 2))],
  [{ className: "leakyRelu", config: { negativeSlope: 0.4 } }, (x) => (x < 0 ? 0.4 * x : x)],
  [{ className: "elu", config: { alpha: 3 } }, (x) => (x < 0 ? 3 * Math.expm1(x) : x)],
  [{ className: "gelu", config: { approximate: true } }, (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))],
]; // prettier-ignore

test.each(rows)("%j", async (activation, formula) => {
  const { apply } = getActivation("test", activation);
  const x = tensor(xs);
  const values = await apply(x).data();
  xs.forEach((at, i) => expect(values[i], `at ${at}`).toBeCloseTo(formula(at), 6));
  const { grads } = valueAndGrad(() => sum(apply(x)), [x])();
  const slopes = await grads[0].data();
  const step = 1e-6;
  xs.forEach((at, i) => {
    expect(slopes[i], `slope at ${at}`).toBeCloseTo((formula(at + step) - formula(at - step)) / (2 * step), 4);
  });
});

test("glu gates one half with the other", async () => {
  expect(await glu(tensor([[1, 2, 0, 1000]])).data()).toEqual(Float64Array.from([0.5, 2]));
  expect(await glu(tensor([[1, 2], [0, 0]]), { axis: 0 }).data()).toEqual(Float64Array.from([0.5, 1])); // prettier-ignore
  expect(() => glu(tensor([1, 2, 3]))).toThrow("glu: 3 elements on axis -1; expected an even number.");
});

/** By sorting, as Martins and Astudillo have it. */
function sparsemaxOf(z: number[]): number[] {
  const sorted = [...z].sort((a, b) => b - a);
  let [total, tau] = [0, 0];
  sorted.forEach((value, i) => {
    total += value;
    if (1 + (i + 1) * value > total) tau = (total - 1) / (i + 1);
  });
  return z.map((value) => relu(value - tau));
}

test("sparsemax is the nearest point of the simplex, with its gradient", async () => {
  const rows = [[0.1, 1.1, 0.2, 0.9], [5, -3, 4.5, 4.6], [0.3, 0.3, 0.3, 0.3], [100, 0, 0, 0]]; // prettier-ignore
  const z = tensor(rows);
  expect([...(await sparsemax(z).data())].map((value) => Number(value.toFixed(6)))).toEqual(
    rows.flatMap(sparsemaxOf).map((value) => Number(value.toFixed(6))),
  );
  const u = tensor(
    Float32Array.from({ length: 16 }, (_, i) => (i * 7) % 5),
    [4, 4],
  );
  const { grads } = valueAndGrad(() => sum(multiply(sparsemax(z), u)), [z])();
  const [got, weights] = [await grads[0].data(), await u.data()];
  const step = 1e-6;
  rows.slice(0, 2).forEach((row, r) =>
    row.forEach((_, c) => {
      const at = (move: number) =>
        sparsemaxOf(row.map((value, i) => (i === c ? value + move : value))).reduce(
          (total, value, i) => total + value * weights[r * 4 + i],
          0,
        );
      expect(got[r * 4 + c]).toBeCloseTo((at(step) - at(-step)) / (2 * step), 4);
    }),
  );
});

test("softmax, logSoftmax and sparsemax along another axis", async () => {
  const x = tensor([[0, 1], [0, 3]]); // prettier-ignore
  const along = async (className: string) => [...(await getActivation("test", { className, config: { axis: 0 } }).apply(x).data())]; // prettier-ignore
  const share = 1 / (1 + Math.exp(2));
  (await along("softmax")).forEach((value, i) => expect(value).toBeCloseTo([0.5, share, 0.5, 1 - share][i], 6));
  expect((await along("logSoftmax"))[1]).toBeCloseTo(Math.log(share), 5);
  expect(await along("sparsemax")).toEqual([0.5, 0, 0.5, 1]);
});

test("a function can be given, and is named in a config", () => {
  const { activation } = Dense({ units: 1, activation: mish }).config as { activation: ActivationFunction };
  expect({ ...activation }).toEqual({ className: "mish", config: {} });
  const { apply } = getActivation("test", { className: "glu", config: { axis: 1 } });
  expect({ ...apply }).toMatchObject({ className: "glu", config: { axis: 1 } });
});

test("unknown names and options are refused", () => {
  const layer = (activation: ActivationOption) => () =>
    Activation({ activation, name: "a" })(Input({ shape: [2] })) as unknown;
  expect(layer("sparseMax")).toThrow('Activation "a": unknown activation "sparseMax"; did you mean "sparsemax"?');
  expect(layer("hard_tanh")).toThrow('did you mean "hardTanh"?');
  expect(layer({ className: "mush" })).toThrow('Activation "a": unknown activation "mush"; did you mean "mish"?');
  expect(() => glu(tensor([1, 2]), { axes: 1 } as object)).toThrow('glu: unknown option "axes"; did you mean "axis"?');
});
