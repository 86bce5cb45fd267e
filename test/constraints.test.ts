// What constraints make of weights, and when.
import { beforeAll, expect, test } from "vitest";
import { createReferenceBackend } from "../src/backends/reference/index.js";
import {
  Adam,
  BatchNormalization,
  type ConstraintFunction,
  Conv2D,
  Dense,
  DepthwiseConv2D,
  Embedding,
  Input,
  type Layer,
  MaxNorm,
  MinMaxNorm,
  Model,
  NonNeg,
  setBackend,
  SGD,
  type Tensor,
  tensor,
  UnitNorm,
} from "../src/index.js";

beforeAll(() => setBackend(createReferenceBackend({ precision: "float64" })));

/** Columns of norms 5 and 0.5. */
const w = () => tensor([[3, 0.3], [-4, 0.4]]); // prettier-ignore

const rows: [name: string, make: () => ConstraintFunction, expected: number[]][] = [
  ["MaxNorm", () => MaxNorm(), [1.2, 0.3, -1.6, 0.4]],
  ["MaxNorm of rows", () => MaxNorm({ maxValue: 1, axis: 1 }), [0.995037, 0.0995037, -0.995037, 0.0995037]],
  ["MaxNorm of everything", () => MaxNorm({ maxValue: 1, axis: [0, 1] }), [0.597022, 0.0597022, -0.796030, 0.0796030]],
  ["NonNeg", () => NonNeg(), [3, 0.3, 0, 0.4]],
  ["UnitNorm", () => UnitNorm(), [0.6, 0.6, -0.8, 0.8]],
  ["MinMaxNorm", () => MinMaxNorm({ minValue: 1, maxValue: 2 }), [1.2, 0.6, -1.6, 0.8]],
  ["MinMaxNorm, half of the way", () => MinMaxNorm({ minValue: 1, maxValue: 2, rate: 0.5 }), [2.1, 0.45, -2.8, 0.6]],
]; // prettier-ignore

test.each(rows)("%s", async (_, make, expected) => {
  const result = [...(await make()(w()).data())];
  result.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
});

test("UnitNorm makes elements 0 whose norm is beyond the largest number", async () => {
  expect([...(await UnitNorm()(tensor(Float64Array.of(1e200, 3, 1e200, 4), [2, 2])).data())]).toEqual([0, expect.closeTo(0.6, 5), 0, expect.closeTo(0.8, 5)]); // prettier-ignore
});

test("names and objects are resolved to functions, which know their class name and config", () => {
  const layer = Dense({ units: 1, kernelConstraint: "maxNorm", biasConstraint: { className: "UnitNorm", config: { axis: 0 } } }); // prettier-ignore
  layer(Input({ shape: [2] }));
  expect({ ...layer.kernel.constraint }).toMatchObject({ className: "MaxNorm", config: { maxValue: 2, axis: 0 } });
  expect({ ...layer.bias!.constraint }).toMatchObject({ className: "UnitNorm", config: { axis: 0 } });
  expect({ ...NonNeg() }).toMatchObject({ className: "NonNeg", config: {} });
  expect({ ...MinMaxNorm({ rate: 0.5 }) }).toMatchObject({
    className: "MinMaxNorm",
    config: { minValue: 0, maxValue: 1, rate: 0.5, axis: 0 },
  });
});

test("unknown names and options are refused", () => {
  expect(() => Dense({ units: 1, name: "d", kernelConstraint: "maxnorm" })).toThrow(
    'Dense "d": unknown constraint "maxnorm"; did you mean "maxNorm"?',
  );
  expect(() => MaxNorm({ max: 1 } as object)).toThrow('MaxNorm: unknown option "max"');
});

const nonNeg = { kernelConstraint: "nonNeg", biasConstraint: "nonNeg" };
const takers: [layer: () => Layer, shape: number[]][] = [
  [() => Dense({ units: 2, ...nonNeg }), [3]],
  [() => Conv2D({ filters: 2, kernelSize: 2, ...nonNeg }), [3, 3, 1]],
  [() => DepthwiseConv2D({ kernelSize: 2, depthwiseConstraint: "nonNeg", biasConstraint: "nonNeg" }), [3, 3, 3]],
  [() => BatchNormalization({ gammaConstraint: "nonNeg", betaConstraint: "nonNeg" }), [4]],
  [() => Embedding({ inputDim: 5, outputDim: 2, embeddingsConstraint: "nonNeg" }), []],
];

test.each(takers.map(([make, shape]) => [make().className, make, shape] as const))(
  "%s holds its weights to theirs",
  (_, make, shape) => {
    const layer = make();
    (layer as Layer & ((x: unknown) => unknown))(Input({ shape }));
    for (const weight of layer.trainableWeights)
      expect({ ...weight.constraint }).toMatchObject({ className: "NonNeg" });
  },
);

async function trained(optimizer: ReturnType<typeof SGD>): Promise<{ weights: number[]; initial: number[] }> {
  const x = Input({ shape: [2] });
  const layer = Dense({ units: 1, useBias: false, kernelInitializer: "ones", kernelConstraint: UnitNorm() });
  const model = Model({ inputs: x, outputs: layer(x) });
  model.compile({ optimizer, loss: "meanSquaredError" });
  const initial = [...(await layer.kernel.data())];
  await model.trainOnBatch(tensor([[1, 0]]), tensor([[0]]) as Tensor);
  return { weights: [...(await layer.kernel.data())], initial };
}

test("a constraint is applied after each update, not before the first", async () => {
  const { weights, initial } = await trained(SGD({ learningRate: 0.25 }));
  expect(initial).toEqual([1, 1]);
  // The gradient is 2, so (0.5, 1) goes to length 1.
  expect(weights[0]).toBeCloseTo(0.5 / Math.hypot(0.5, 1), 6);
  expect(weights[1]).toBeCloseTo(1 / Math.hypot(0.5, 1), 6);
});

test("weight decay is applied before it, whatever the optimizer", async () => {
  const { weights } = await trained(Adam({ learningRate: 0.1, weightDecay: 1 }));
  // Decayed to 0.9, then less 0.1 where there is a gradient.
  expect(weights[0]).toBeCloseTo(0.8 / Math.hypot(0.8, 0.9), 5);
  expect(weights[1]).toBeCloseTo(0.9 / Math.hypot(0.8, 0.9), 5);
});
