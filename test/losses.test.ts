// Losses against numbers from real Keras 3.15.1, in double; their gradients against differences; what is refused.
import { beforeAll, describe, expect, test } from "vitest";
import { valueAndGrad } from "../src/autograd.js";
import { setBackend } from "../src/backend.js";
import { createReferenceBackend } from "../src/backends/reference/index.js";
import {
  BinaryCrossentropy,
  binaryCrossentropy,
  CategoricalCrossentropy,
  categoricalCrossentropy,
  Huber,
  type Loss,
  losses,
  SparseCategoricalCrossentropy,
  sparseCategoricalCrossentropy,
} from "../src/losses/index.js";
import { getLoss } from "../src/losses/table.js";
import { dense, sigmoid, softmax, square, subtract } from "../src/ops/index.js";
import { type NestedArray, tensor, type Tensor, Variable } from "../src/tensor.js";

beforeAll(() => setBackend(createReferenceBackend({ precision: "float64" })));

// prettier-ignore
const data = {
  probabilities: [[0.1, 0.7, 0.2], [0.5, 0.2, 0.3], [0.05, 0.05, 0.9], [1 / 3, 1 / 3, 1 / 3]],
  oneHot: [[0, 1, 0], [0, 0, 1], [0, 0, 1], [1, 0, 0]],
  classes: [1, 2, 2, 0],
  bits: [[1, 1, 0], [0, 0, 1], [0, 1, 1], [1, 0, 0]],
  real: [[0.5, -1.2, 2], [0, 0.3, -0.4], [1.5, 2.5, -3], [0.25, 0, 4]],
  guess: [[0.4, -1, 3.5], [0.1, 0.3, -0.9], [-1.5, 2, -3], [0.2, 0.6, 0.5]],
  soft: [[0.2, 0.5, 0.3], [0.1, 0.1, 0.8], [0, 0.4, 0.6], [1, 0, 0]],
};
// A tensor in double: nested arrays would be rounded to single.
const make = (values: NestedArray): Tensor => {
  const rows = values as readonly (number | readonly number[])[];
  const shape = Array.isArray(rows[0]) ? [rows.length, rows[0].length] : [rows.length];
  return tensor(Float64Array.from(rows.flat()), shape);
};
const of = (name: keyof typeof data, scale = 1): Tensor =>
  make((data[name] as number[][]).map((row) => (Array.isArray(row) ? row.map((x) => x * scale) : row)));
const abs = (name: "real" | "guess"): Tensor => make(data[name].map((row) => row.map(Math.abs)));

// prettier-ignore
const fromKeras: [string, Loss, () => [Tensor, Tensor], number[]][] = [
  ["categoricalCrossentropy", losses.categoricalCrossentropy, () => [of("oneHot"), of("probabilities")], [0.356674944, 1.2039728, 0.105360516, 1.09861229]],
  ["with label smoothing", CategoricalCrossentropy({ labelSmoothing: 0.1 }), () => [of("oneHot"), of("probabilities")], [0.463297381, 1.20046079, 0.298051966, 1.09861229]],
  ["from logits", CategoricalCrossentropy({ fromLogits: true }), () => [of("oneHot"), of("real")], [3.43419614, 1.50531605, 5.8162449, 3.79098203]],
  ["of outputs that do not sum to 1", losses.categoricalCrossentropy, () => [of("oneHot"), of("probabilities", 2)], [0.356674944, 1.2039728, 0.105360516, 1.09861229]],
  ["sparseCategoricalCrossentropy", losses.sparseCategoricalCrossentropy, () => [of("classes"), of("probabilities")], [0.356674944, 1.2039728, 0.105360516, 1.09861229]],
  ["sparse from logits", SparseCategoricalCrossentropy({ fromLogits: true }), () => [of("classes"), of("real")], [3.43419614, 1.50531605, 5.8162449, 3.79098203]],
  ["sparse of outputs that do not sum to 1", losses.sparseCategoricalCrossentropy, () => [of("classes"), of("probabilities", 0.8)], [0.356674944, 1.2039728, 0.105360516, 1.09861229]],
  ["binaryCrossentropy", losses.binaryCrossentropy, () => [of("bits"), of("probabilities")], [0.960801196, 0.706754512, 1.05079536, 0.636514168]],
  ["binary with label smoothing", BinaryCrossentropy({ labelSmoothing: 0.2 }), () => [of("bits"), of("probabilities")], [0.962013451, 0.724721062, 1.12403618, 0.659619074]],
  ["binary from logits", BinaryCrossentropy({ fromLogits: true }), () => [of("bits"), of("real")], [1.35476249, 0.820172559, 1.60963012, 1.76241218]],
  ["klDivergence", losses.klDivergence, () => [of("soft"), of("probabilities")], [0.0920328502, 0.554404893, 0.58849624, 1.09860928]],
  ["meanSquaredError", losses.meanSquaredError, () => [of("real"), of("guess")], [0.766666667, 0.0866666667, 3.08333333, 4.20416667]],
  ["meanAbsoluteError", losses.meanAbsoluteError, () => [of("real"), of("guess")], [0.6, 0.2, 1.16666667, 1.38333333]],
  ["meanAbsolutePercentageError", losses.meanAbsolutePercentageError, () => [of("real"), of("guess")], [37.2222222, 33333375, 73.3333333, 200000036]],
  ["meanSquaredLogarithmicError", losses.meanSquaredLogarithmicError, () => [of("real"), of("guess")], [0.0563873234, 0.00302800377, 0.287783651, 0.557373422]],
  ["huber", losses.huber, () => [of("real"), of("guess")], [0.341666667, 0.0433333333, 0.875, 1.06041667]],
  ["huber with delta", Huber({ delta: 0.5 }), () => [of("real"), of("guess")], [0.216666667, 0.0433333333, 0.5, 0.600416667]],
  ["logCosh", losses.logCosh, () => [of("real"), of("guess")], [0.293433309, 0.0417020634, 0.809814335, 0.993049682]],
  ["poisson", losses.poisson, () => [abs("real"), abs("guess")], [0.950873042, 0.567778634, 0.287699065, 1.49164909]],
  ["cosineSimilarity", losses.cosineSimilarity, () => [of("real"), of("guess")], [-0.961631684, -0.943456353, -0.719256707, -0.634440082]],
  ["hinge", losses.hinge, () => [of("bits"), of("guess")], [2.36666667, 1.43333333, 1.33333333, 1.3]],
  ["hinge of other targets", losses.hinge, () => [of("real"), of("guess")], [0.266666667, 0.85, 1.08333333, 0.65]],
  ["squaredHinge", losses.squaredHinge, () => [of("bits"), of("guess")], [8.20333333, 2.17, 5.33333333, 1.81666667]],
  ["categoricalHinge", losses.categoricalHinge, () => [of("oneHot"), of("guess")], [5.5, 2.2, 6, 1.4]],
];

describe("losses of each sample are those of Keras", () => {
  // Keras rounds epsilon and ln 2 to single, which percentages near 0 and log cosh show.
  const tolerance = (name: string) => (name.includes("Percentage") ? 3e-6 : name === "logCosh" ? 1e-7 : 1e-8);
  test.each(fromKeras)("%s", async (name, loss, make, expected) => {
    const [t, y] = make();
    const values = await loss.perSample(t, y).data();
    expect(values.length).toBe(expected.length);
    expected.forEach((wanted, i) =>
      expect(Math.abs(values[i] - wanted) / Math.abs(wanted)).toBeLessThan(tolerance(name)),
    );
    const [meanValue] = await loss(t, y).data();
    expect(meanValue).toBeCloseTo(values.reduce((a, b) => a + b) / values.length, 12);
  });

  test("every loss of the table is among these cases", () => {
    const tested = new Set(fromKeras.map(([, loss]) => loss.name));
    expect([...new Set(Object.values(losses).map((loss) => loss.name))].filter((name) => !tested.has(name))).toEqual(
      [],
    );
  });
});

describe("gradients agree with finite differences", () => {
  test.each(fromKeras)("%s", async (_name, loss, make) => {
    const [t, start] = make();
    // Away from the corners of |x|, of clips and of maxima.
    const y = new Variable("y", start.shape).assign((await start.data()).map((v, i) => v + 0.013 * Math.sin(i + 1)));
    const step = valueAndGrad(() => loss(t, y), [y]);
    const { grads } = step();
    const slopes = await grads[0].data();
    const base = await y.data();
    const at = async (i: number, shift: number) => {
      y.assign(base.map((v, j) => (j === i ? v + shift : v)));
      return (await loss(t, y).data())[0];
    };
    const h = 1e-6;
    const differences: number[] = [];
    for (let i = 0; i < base.length; i++) differences.push(((await at(i, h)) - (await at(i, -h))) / (2 * h));
    const largest = Math.max(...differences.map(Math.abs));
    expect(largest).toBeGreaterThan(1e-3);
    differences.forEach((difference, i) => expect(Math.abs(slopes[i] - difference)).toBeLessThan(1e-6 * largest));
  });
});

describe("after a softmax or sigmoid the logits are used", () => {
  test("a probability that rounds to 0 has its exact loss and a gradient that is not 0", async () => {
    const z = new Variable("z", [1, 3]).assign([300, 0, -300]);
    const { value, grads } = valueAndGrad(() => categoricalCrossentropy(make([[0, 0, 1]]), softmax(z)), [z])();
    expect((await value.data())[0]).toBe(600);
    expect([...(await grads[0].data())]).toEqual([1, expect.closeTo(0, 100), -1]);
    expect((await sparseCategoricalCrossentropy(make([2]), softmax(z)).data())[0]).toBe(600);
  });

  test("the same holds for a sigmoid, also for a target of 0", async () => {
    const z = new Variable("z", [3, 1]).assign([300, -300, 0]);
    const { value, grads } = valueAndGrad(() => binaryCrossentropy(make([[0], [0], [1]]), sigmoid(z)), [z])();
    expect((await value.data())[0]).toBeCloseTo((300 + Math.LN2) / 3, 12);
    const slopes = await grads[0].data();
    [1 / 3, 0, -0.5 / 3].forEach((wanted, i) => expect(slopes[i]).toBeCloseTo(wanted, 12));
  });

  test("values without logits are clipped to [1e-7, 1 - 1e-7]", async () => {
    expect((await categoricalCrossentropy(make([[1, 0, 0]]), make([[0, 1, 0]])).data())[0]).toBeCloseTo(16.1180957, 6);
    expect((await binaryCrossentropy(make([[1]]), make([[0]])).data())[0]).toBeCloseTo(16.1180957, 6);
  });

  test("a categorical cross-entropy ignores the logits of a sigmoid, a binary one those of a softmax", async () => {
    const z = make([[0.3, -1.1, 2]]);
    const bare = (y: Tensor) => Object.assign(y.as(y.shape), { logits: undefined });
    const oneHot = make([[0, 1, 0]]);
    const pairs = [
      [categoricalCrossentropy(oneHot, sigmoid(z)), categoricalCrossentropy(oneHot, bare(sigmoid(z)))],
      [binaryCrossentropy(oneHot, softmax(z)), binaryCrossentropy(oneHot, bare(softmax(z)))],
    ];
    for (const [a, b] of pairs) expect((await a.data())[0]).toBeCloseTo((await b.data())[0], 12);
  });

  test("the logits are found through the call of a layer, and the gradient reaches the weights", async () => {
    const w = new Variable("w", [2, 2]).assign([1, -1, 2, 0.5]);
    const x = make([[1, 2]]);
    const { grads } = valueAndGrad(() => categoricalCrossentropy(make([[1, 0]]), softmax(dense(x, w))), [w])();
    const [p0] = await softmax(dense(x, w)).data();
    const expected = [p0 - 1, 1 - p0, 2 * (p0 - 1), 2 * (1 - p0)];
    (await grads[0].data()).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 12));
  });
});

describe("shapes", () => {
  const column = () => make([[0.2], [0.7], [0.9]]);

  test("targets [batch] match outputs [batch, 1], and the other way round", async () => {
    const wanted = (0.04 + 0.09 + 0.01) / 3;
    for (const [t, y] of [
      [make([0, 1, 1]), column()],
      [make([[0], [1], [1]]), make([0.2, 0.7, 0.9])],
    ]) {
      expect((await losses.mse(t, y).data())[0]).toBeCloseTo(wanted, 12);
      expect(losses.mse.perSample(t, y).shape).toEqual([3]);
    }
  });

  test("a sequence has a loss for each step", () => {
    const y = tensor(new Float64Array(24).fill(0.25), [2, 3, 4]);
    expect(categoricalCrossentropy.perSample(y, y).shape).toEqual([2, 3]);
    expect(sparseCategoricalCrossentropy.perSample(tensor(new Float64Array(6), [2, 3]), y).shape).toEqual([2, 3]);
    expect(sparseCategoricalCrossentropy.perSample(tensor(new Float64Array(6), [2, 3, 1]), y).shape).toEqual([2, 3]);
  });

  test("shapes that do not match are refused, nothing is broadcast silently", () => {
    const t = tensor(new Float64Array(320), [32, 10]);
    const y = tensor(new Float64Array(256), [32, 8]);
    for (const name of Object.keys(losses))
      expect(() => losses[name](t, y)).toThrow(/\[32, 10\] against outputs \[32, 8\]/);
    expect(() => losses.mse(column(), tensor(new Float64Array(9), [3, 3]))).toThrow(
      /\[3, 1\] against outputs \[3, 3\]/,
    );
    const classes = tensor(new Float64Array(32), [32]);
    expect(() => categoricalCrossentropy(classes, y)).toThrow(/use sparseCategoricalCrossentropy/);
  });

  test("an invalid class gives NaN", async () => {
    const values = await sparseCategoricalCrossentropy
      .perSample(make([0, 3, -1]), softmax(make(data.real.slice(0, 3))))
      .data();
    expect(values[0]).toBeGreaterThan(0);
    expect([values[1], values[2]]).toEqual([NaN, NaN]);
  });
});

describe("sample weights", () => {
  const pair = () => [tensor([1, 2, 3, 4, 5, 6], [2, 3, 1]), tensor(new Float64Array(6), [2, 3, 1])] as const;
  const weighted = async (weights: Tensor) => (await losses.mse(...pair(), weights).data())[0];

  test("multiply the losses; the sum is divided by their number, not by the weights", async () => {
    expect(await weighted(make([1, 10]))).toBeCloseTo((1 + 4 + 9 + 10 * (16 + 25 + 36)) / 6, 12);
    expect(await weighted(make([[1], [10]]))).toBeCloseTo((1 + 4 + 9 + 10 * (16 + 25 + 36)) / 6, 12);
    const each = [1, 2, 3, 4, 5, 6];
    const wanted = (1 + 8 + 27 + 64 + 125 + 216) / 6;
    for (const shape of [
      [2, 3],
      [2, 3, 1],
    ])
      expect(await weighted(tensor(each, shape))).toBeCloseTo(wanted, 12);
  });

  test("are read along samples even where there are as many steps", async () => {
    const square = tensor(Float64Array.from([1, 2, 3, 4]), [2, 2, 1]);
    const zero = tensor(new Float64Array(4), [2, 2, 1]);
    expect((await losses.mse(square, zero, make([1, 100])).data())[0]).toBeCloseTo((1 + 4 + 900 + 1600) / 4, 12);
  });

  test("of another number are refused", () => {
    expect(() => losses.mse(...pair(), make([1, 2, 3]))).toThrow(/weights \[3\] against losses \[2, 3\]/);
    expect(() =>
      losses.mse(
        ...pair(),
        make([
          [1, 2],
          [3, 4],
        ]),
      ),
    ).toThrow(/weights \[2, 2\]/);
  });
});

describe("by name", () => {
  test("short names, user-defined functions, and unknown names", async () => {
    expect(getLoss("here", "mse")).toBe(losses.meanSquaredError);
    expect(getLoss("here", categoricalCrossentropy)).toBe(categoricalCrossentropy);
    const own = getLoss("here", function quartic(t, y) {
      return square(square(subtract(t, y)));
    });
    expect(own.name).toBe("quartic");
    expect((await own(make([1, 2]), make([0, 0])).data())[0]).toBe(8.5);
    expect(() => getLoss("here", "categorical_crossentropy")).toThrow(
      'here: unknown loss "categorical_crossentropy"; did you mean "categoricalCrossentropy"?',
    );
    expect(() => getLoss("here", "toString")).toThrow(/unknown loss/);
    expect(() => CategoricalCrossentropy({ from_logits: true } as object)).toThrow(/did you mean "fromLogits"/);
  });
});
