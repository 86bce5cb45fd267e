// Small models against real Keras: masks on their way, penalties, states handed on. See fixtures/README.md and chain_cases.py.
import { afterAll, describe } from "vitest";
import { type NestedArray, tensor } from "../../src/index.js";
import { forEachBuild } from "../support/builds.js";
import { type AnyModel, api, buildModel, loadCases, type Node, type Stored } from "../support/keras.js";
import { expectNumbers, expectTensor, host, printWorst, testEach, toList, toTensor } from "../support/keras.js";
import type { Spec } from "../support/hash.js";

const forwardBound = 1e-5;
const trainingBound = 1e-4;

interface ChainCase {
  name: string;
  model: Node[];
  weights: Spec[];
  x: Spec | NestedArray;
  y: Spec | NestedArray;
  /** One a sample. */
  sampleWeight?: number[];
  loss: string;
  metrics: string[];
  optimizer: { name: string; options: object };
  /** Of testOnBatch before any training; of each trainOnBatch: loss, then metrics. */
  evaluation: number[];
  logs: number[][];
  /** Before and after training. */
  prediction: Stored;
  after: Stored;
}

async function chain(given: ChainCase): Promise<void> {
  const { name, loss, metrics } = given;
  const model = await buildModel(given.model);
  model.setWeights(given.weights.map(host));
  const optimizer = api[given.optimizer.name](given.optimizer.options);
  model.compile({ optimizer, loss, metrics } as Parameters<AnyModel["compile"]>[0]);
  const [x, y] = [toTensor(given.x), toTensor(given.y)];
  const weighted = given.sampleWeight ? { sampleWeight: tensor(given.sampleWeight) } : {};
  const row = (logs: Record<string, number>): number[] => ["loss", ...metrics].map((key) => logs[key]);

  const [prediction] = toList(await model.predict(x));
  await expectTensor("prediction", name, prediction, given.prediction, forwardBound);
  for (const [i, value] of row(await model.testOnBatch(x, y, weighted)).entries()) {
    expectNumbers("evaluation", name, [value], [given.evaluation[i]], forwardBound);
  }
  for (const expected of given.logs) {
    for (const [i, value] of row(await model.trainOnBatch(x, y, weighted)).entries()) {
      expectNumbers("losses and metrics", name, [value], [expected[i]], trainingBound);
    }
  }
  const [after] = toList(await model.predict(x));
  await expectTensor("prediction after training", name, after, given.after, trainingBound);
}

forEachBuild(() => {
  describe("masks as in Keras", () => testEach(loadCases<ChainCase>("maskedModels"), chain));
  describe("small models as in Keras", () => testEach(loadCases<ChainCase>("chains"), chain));
  afterAll(printWorst);
});
