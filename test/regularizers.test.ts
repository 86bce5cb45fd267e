// Penalties: their values, and that they reach the loss, the gradient (before it is clipped) and nothing else.
import { beforeAll, beforeEach, expect, test } from "vitest";
import { createReferenceBackend } from "../src/backends/reference/index.js";
import {
  BatchNormalization,
  clearNames,
  Conv2D,
  Dense,
  DepthwiseConv2D,
  Embedding,
  Input,
  L1,
  L1L2,
  l1,
  L2,
  l2,
  Layer,
  Model,
  OrthogonalRegularizer,
  type PartialShape,
  type RegularizerFunction,
  ReLU,
  Reshape,
  setBackend,
  SGD,
  sum,
  type Tensor,
  tensor,
  TimeDistributed,
  valueAndGrad,
} from "../src/index.js";

beforeAll(() => setBackend(createReferenceBackend({ precision: "float64" })));
beforeEach(clearNames);

const value = async (x: Tensor) => (await x.data())[0];
const w = () => tensor([[1, -2], [0.5, 0]]); // prettier-ignore

const rows: [name: string, make: () => RegularizerFunction, expected: number][] = [
  ["L1", () => L1(), 0.035],
  ["l1", () => l1(0.1), 0.35],
  ["L2", () => L2(), 0.0525],
  ["l2", () => l2(1), 5.25],
  ["L1L2 without options", () => L1L2(), 0.0875],
  ["L1L2 of one", () => L1L2({ l1: 1 }), 3.5],
  ["L1L2 of both", () => L1L2({ l1: 1, l2: 2 }), 14],
  // Rows (1, -2) and (0.5, 0): |cosine| 1 / sqrt 5. Columns (1, 0.5) and (-2, 0): 2 / sqrt 5.
  ["OrthogonalRegularizer", () => OrthogonalRegularizer(), 0.01 / Math.sqrt(5)],
  ["OrthogonalRegularizer of columns", () => OrthogonalRegularizer({ factor: 1, mode: "columns" }), 2 / Math.sqrt(5)],
];

test.each(rows)("%s", async (_, make, expected) => {
  expect(await value(make()(w()))).toBeCloseTo(expected, 6);
});

test("gradients: the sign, twice the weight", async () => {
  const weight = w();
  const { grads } = valueAndGrad(() => L1L2({ l1: 1, l2: 3 })(weight), [weight])();
  expect([...(await grads[0].data())]).toEqual([7, -13, 4, 0]);
});

test("names and objects are resolved to functions, which know their class name and config", () => {
  const layer = Dense({
    units: 1,
    kernelRegularizer: "l2",
    biasRegularizer: { className: "L1", config: { l1: 0.5 } },
    activityRegularizer: L1L2({ l2: 1 }),
  });
  layer(Input({ shape: [2] }));
  expect({ ...layer.kernel.regularizer }).toMatchObject({ className: "L2", config: { l2: 0.01 } });
  expect({ ...layer.bias!.regularizer }).toMatchObject({ className: "L1", config: { l1: 0.5 } });
  expect({ ...layer.activityRegularizer }).toMatchObject({ className: "L1L2", config: { l2: 1 } });
});

test("the name l1l2 means both penalties, as Keras's documentation says", async () => {
  const layer = Dense({ units: 2, kernelInitializer: "ones", kernelRegularizer: "l1l2" });
  layer(Input({ shape: [3] }));
  expect(await value(layer.losses[0])).toBeCloseTo(0.12, 9);
});

test("unknown names and options are refused", () => {
  const dense = (kernelRegularizer: string | object) => () =>
    Dense({ units: 1, name: "d", kernelRegularizer } as Parameters<typeof Dense>[0]);
  expect(dense("l22")).toThrow('Dense "d": unknown regularizer "l22"; did you mean "l2"?');
  expect(dense({ className: "L2", config: { l1: 1 } })).toThrow('L2: unknown option "l1"; did you mean "l2"?');
  expect(dense({})).toThrow('Dense "d": expected a regularizer: a name, { className, config } or a function.');
  expect(() => L2({ l2: -1 })).toThrow("L2: l2 -1; expected a number from 0.");
  expect(() => OrthogonalRegularizer({ mode: "row" as "rows" })).toThrow('mode "row"');
  expect(() => OrthogonalRegularizer()(tensor([1]))).toThrow("expected a matrix, received [1]");
});

// ── where they are taken ──────────────────────────────────────────────────────────────────────────────────────────────────

const takers: [layer: () => Layer, shape: number[], expected: number][] = [
  [() => Dense({ units: 2, kernelInitializer: "ones", kernelRegularizer: l1(1), biasInitializer: "ones", biasRegularizer: l2(1) }), [3], 8],
  [() => Conv2D({ filters: 2, kernelSize: 2, kernelInitializer: "ones", kernelRegularizer: l1(1), biasInitializer: "ones", biasRegularizer: l2(1) }), [3, 3, 1], 10],
  [() => DepthwiseConv2D({ kernelSize: 2, depthwiseInitializer: "ones", depthwiseRegularizer: l1(1), biasInitializer: "ones", biasRegularizer: l2(1) }), [3, 3, 3], 15],
  [() => BatchNormalization({ gammaRegularizer: l1(2), betaInitializer: "ones", betaRegularizer: l2(1) }), [4], 12],
  [() => Embedding({ inputDim: 5, outputDim: 2, embeddingsInitializer: "ones", embeddingsRegularizer: l1(1) }), [], 10],
]; // prettier-ignore

test.each(takers.map(([make, shape, expected]) => [make().className, make, shape, expected] as const))(
  "%s has the penalties of its weights",
  async (_, make, shape, expected) => {
    const layer = make();
    (layer as Layer & ((x: unknown) => unknown))(Input({ shape }));
    const penalties = await Promise.all(layer.losses.map(value));
    expect(penalties.reduce((a, b) => a + b)).toBeCloseTo(expected, 9);
    layer.trainable = false;
    expect(layer.losses).toEqual([]);
  },
);

/** x [samples, 1] through a Dense of weight 2 without bias, against targets of 0. */
function line(options: Partial<Parameters<typeof Dense>[0]>, optimizer = SGD({ learningRate: 0.5 })) {
  const x = Input({ shape: [1] });
  const layer = Dense({ units: 1, useBias: false, kernelInitializer: { className: "constant", config: { value: 2 } }, ...options }); // prettier-ignore
  const model = Model({ inputs: x, outputs: layer(x) });
  model.compile({ optimizer, loss: "meanSquaredError", metrics: ["meanSquaredError"] });
  return { layer, model };
}

test("a weight's penalty is part of the loss and of the gradient, not of the metrics; evaluation has it too", async () => {
  const { layer, model } = line({ kernelRegularizer: l2(3) });
  const [x, y] = [tensor([[1], [1]]), tensor([[2], [2]])];
  expect(await model.testOnBatch(x, y)).toEqual({ loss: 12, meanSquaredError: 0 });
  expect(await model.trainOnBatch(x, y)).toEqual({ loss: 12, meanSquaredError: 0 });
  expect([...(await layer.kernel.data())]).toEqual([2 - 0.5 * 12]);
});

test("an activity's penalty is divided by the size of the batch", async () => {
  const { layer, model } = line({ activityRegularizer: l1(1) });
  const [x, y] = [tensor([[1], [3]]), tensor([[2], [6]])];
  expect((await model.evaluate(x, y)).loss).toBe(4); // (2 + 6) / 2
  await model.trainOnBatch(x, y);
  expect([...(await layer.kernel.data())]).toEqual([2 - 0.5 * 2]); // (1 + 3) / 2
});

test("any layer takes a penalty on its activity; under TimeDistributed there is one for each time step", async () => {
  const x = Input({ shape: [3, 2] });
  const cell = Reshape({ targetShape: [2], activityRegularizer: l1(1) });
  const model = Model({ inputs: x, outputs: TimeDistributed(ReLU({ activityRegularizer: l2(1) }))(TimeDistributed(cell)(x)) }); // prettier-ignore
  model.compile({ optimizer: "sgd", loss: "meanAbsoluteError" });
  const ones = tensor(new Float32Array(12).fill(1), [2, 3, 2]);
  // For each of the three steps: 4 / 2 of each layer.
  expect((await model.evaluate(ones, ones)).loss).toBeCloseTo(12, 6);
});

test("clipping comes after the penalty's gradient", async () => {
  const { layer, model } = line({ kernelRegularizer: l2(3) }, SGD({ learningRate: 1, clipvalue: 0.25 }));
  await model.trainOnBatch(tensor([[1]]), tensor([[2]]));
  expect([...(await layer.kernel.data())]).toEqual([1.75]);
});

test("with several outputs, the losses of the single outputs do not include penalties", async () => {
  const x = Input({ shape: [1] });
  const head = (name: string) => Dense({ units: 1, name, kernelInitializer: "ones", kernelRegularizer: l1(1) })(x);
  const model = Model({ inputs: x, outputs: [head("a"), head("b")] });
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  const one = tensor([[1]]);
  expect(await model.testOnBatch(one, [one, tensor([[3]])])).toEqual({ loss: 6, a_loss: 0, b_loss: 4 });
});

test("a user-defined layer can give its weight a penalty", async () => {
  class ScaleLayer extends Layer {
    static override className = "Scale";
    override build() {
      this.addWeight("scale", [2], { initializer: "ones", regularizer: "l1", constraint: "nonNeg" });
    }
    override call(inputs: Tensor[]) {
      return inputs;
    }
    override computeOutputShape(shapes: PartialShape[]) {
      return shapes;
    }
  }
  const layer = new ScaleLayer();
  layer.buildOnce([[1, 2]]);
  expect(await value(sum(layer.losses[0]))).toBeCloseTo(0.02, 9);
});
