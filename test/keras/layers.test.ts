// Every layer against real Keras: random distinct weights, frames that are not square. See fixtures/README.md.
import { afterAll, describe, expect } from "vitest";
import { add, Input, multiply, scope, sum, type Tensor, valueAndGrad } from "../../src/index.js";
import type { SymbolicTensor } from "../../src/layer.js";
import { forEachBuild } from "../support/builds.js";
import { type AnyLayer, buildLayer, loadCases, type Node } from "../support/keras.js";
import { expectTensor, host, printWorst, type Stored, testEach, toList, toTensor } from "../support/keras.js";
import type { Spec } from "../support/hash.js";

const forwardBound = 1e-5;
const gradientBound = 1e-4;

interface LayerCase extends Node {
  name: string;
  training: boolean;
  inputSpecs: Spec[];
  weights: (Spec & { name: string; initial?: number[] })[];
  outputs: Stored[];
  weightsAfter?: Stored[];
  cotangents?: Spec[];
  gradients?: { inputs: Stored[]; weights: Stored[] };
}

const oneOrMany = <T>(list: T[]): T | T[] => (list.length === 1 ? list[0] : list);

/** The layer with its weights made, and the shapes that it promises. */
async function start(given: LayerCase): Promise<{ layer: AnyLayer; promised: SymbolicTensor[] }> {
  const layer = await buildLayer(given);
  const symbols = given.inputSpecs.map(({ shape }) => Input({ shape: shape.slice(1) }));
  return { layer, promised: toList(layer(oneOrMany(symbols))) };
}

async function forward(given: LayerCase): Promise<void> {
  const { layer, promised } = await start(given);
  expect(promised.map((y) => y.shape.slice(1))).toEqual(given.outputs.map((y) => y.shape.slice(1)));

  const initial = await layer.getWeights();
  expect(initial.map((w) => w.shape)).toEqual(given.weights.map((w) => w.shape));
  given.weights.forEach((w, i) => {
    if (w.initial) expect([...initial[i].data], `first values of ${w.name}`).toEqual(w.initial);
  });

  layer.setWeights(given.weights.map(host));
  const xs = given.inputSpecs.map(toTensor);
  const ys = toList(layer(oneOrMany(xs), { training: given.training }));
  expect(ys.length).toBe(given.outputs.length);
  for (const [i, y] of ys.entries()) await expectTensor("output", given.name, y, given.outputs[i], forwardBound);
  const after = await layer.getWeights();
  for (const [i, w] of given.weightsAfter?.entries() ?? []) {
    await expectTensor("weight after training", given.name, after[i], w, forwardBound);
  }
}

/** Of sum(output * cotangent) to the inputs (unless they are whole numbers) and to the trainable weights. */
async function gradients(given: LayerCase): Promise<void> {
  const { layer } = await start(given);
  layer.setWeights(given.weights.map(host));
  const xs = given.inputSpecs.map(toTensor);
  const cotangents = given.cotangents!.map(toTensor);
  const { inputs, weights } = given.gradients!;
  const loss = (): Tensor =>
    toList(layer(oneOrMany(xs), { training: given.training }))
      .map((y, i) => sum(multiply(y, cotangents[i])))
      .reduce((total, term) => add(total, term));

  expect(layer.trainableWeights.length).toBe(weights.length);
  const wanted = [...xs.slice(0, inputs.length), ...layer.trainableWeights];
  const grads = scope(() => valueAndGrad(loss, wanted)().grads);
  const expected = [...inputs, ...weights];
  for (const [i, dx] of grads.entries()) await expectTensor("gradient", given.name, dx, expected[i], gradientBound);
}

forEachBuild(() => {
  const groups = ["activations", "dense", "convolutions", "normalization", "shapes", "recurrent"];
  describe.each(groups)("%s as in Keras", (group) => {
    const cases = loadCases<LayerCase>(group);
    describe("forward", () => testEach(cases, forward));
    const withGradients = cases.filter((given) => given.gradients);
    describe("gradients", () => testEach(withGradients, gradients));
  });
  afterAll(printWorst);
});
