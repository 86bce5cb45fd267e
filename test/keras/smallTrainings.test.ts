// Losses in training against real Keras: see test/fixtures/small_trainings.py.
import { afterAll } from "vitest";
import { Dense, Input, Masking, Model, type NestedArray, SGD, tensor } from "../../src/index.js";
import { forEachBuild } from "../support/builds.js";
import type { Spec } from "../support/hash.js";
import {
  api,
  expectNumbers,
  expectTensor,
  host,
  loadCases,
  printWorst,
  type Stored,
  testEach,
} from "../support/keras.js";

const bound = 1e-5;

interface Training {
  name: string;
  x: Spec;
  isMasked: boolean;
  learningRate: number;
  outputs: {
    loss: string;
    options: object;
    units: number;
    target: Spec | number[][];
    weight: number | null;
    sampleWeight?: number[];
    weights: Spec[];
  }[];
  losses: number[];
  after: Stored[];
}

const data = (given: Spec | NestedArray) => (Array.isArray(given) ? tensor(given) : host(given as Spec));

async function train({ name, x, isMasked, learningRate, outputs, losses, after }: Training): Promise<void> {
  const input = Input({ shape: x.shape.slice(1) });
  const masked = isMasked ? Masking()(input) : input;
  const layers = outputs.map(({ units }) => Dense({ units }));
  const model = Model({ inputs: input, outputs: layers.map((layer) => layer(masked)) });
  layers.forEach((layer, i) => layer.setWeights(outputs[i].weights.map(host)));
  const loss = outputs.map((given) => api[given.loss](given.options) as never);
  model.compile({ optimizer: SGD({ learningRate }), loss, lossWeights: outputs.map(({ weight }) => weight ?? 1) });
  const targets = outputs.map(({ target }) => data(target));
  const weights = outputs.flatMap(({ sampleWeight }) => (sampleWeight ? [tensor(sampleWeight)] : []));
  const more = weights.length > 0 ? { sampleWeight: weights } : {};
  const got: number[] = [];
  for (let step = 1; step < losses.length; step++) {
    got.push((await model.trainOnBatch(host(x), targets, more)).loss);
  }
  got.push((await model.testOnBatch(host(x), targets, more)).loss);
  expectNumbers("losses", name, got, losses, bound);
  const variables = layers.flatMap((layer) => layer.weights);
  for (const [i, stored] of after.entries()) await expectTensor("weights", name, variables[i], stored, bound);
  model.dispose();
}

forEachBuild(() => {
  testEach(loadCases<Training>("smallTrainings"), train);
  afterAll(printWorst);
});
