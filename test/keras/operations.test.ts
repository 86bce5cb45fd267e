// Operations in functional graphs: models of real Keras (test/fixtures/operations.py) are read, predict the same, and are written again.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { layerFromConfig, loadModel, saveModel } from "../../src/formats/index.js";
import { fromKerasConfig, toKerasConfig } from "../../src/formats/keras/config/kerasConfig.js";
import { operationTable } from "../../src/formats/keras/config/operationTable.js";
import { fromJson } from "../../src/formats/json.js";
import { clearNames, init, type ModelLayer, type Tensor } from "../../src/index.js";
import { operations } from "../../src/operations/table.js";
import type { Spec } from "../support/hash.js";
import { expectTensor, host, loadCases, printWorst, type Stored } from "../support/keras.js";

interface Case {
  name: string;
  inputs: Spec[];
  weights: Spec[];
  config: Record<string, unknown>;
  outputs: Stored[];
}
const cases = loadCases<Case>("operations");

beforeAll(() => init());
beforeEach(() => clearNames());
afterAll(printWorst);

function modelOf(config: unknown): ModelLayer {
  const { model } = fromKerasConfig("file", fromJson(JSON.stringify(config)), { kerasVersion: "3.15.1" });
  return layerFromConfig(model) as ModelLayer;
}

async function check(kind: string, model: ModelLayer, { name, inputs, outputs }: Case): Promise<void> {
  const xs = inputs.map(host);
  const results = [await model.predict(xs.length > 1 ? xs : xs[0], { batchSize: xs[0].shape[0] })].flat() as Tensor[];
  expect(results.length).toBe(outputs.length);
  for (const [i, y] of results.entries()) await expectTensor(kind, `${name}, output ${i}`, y, outputs[i], 3e-6);
}

test.each(cases.map((given) => [given.name, given] as const))("%s", async (_, given) => {
  const model = modelOf(given.config);
  model.setWeights(given.weights.map(host));
  await check("predictions", model, given);
  // Written for Keras and read again.
  const again = modelOf(toKerasConfig(model).config);
  again.setWeights(given.weights.map(host));
  await check("after writing", again, given);
  // In our own format.
  const loaded = await loadModel(await saveModel(model));
  await check("from our own file", loaded, given);
});

const keras2Cases = loadCases<Case>("keras2Operations");

test.each(keras2Cases.map((given) => [given.name, given] as const))("Keras 2: %s", async (_, given) => {
  const { model: described } = fromKerasConfig("file", fromJson(JSON.stringify(given.config)));
  const model = layerFromConfig(described) as ModelLayer;
  model.setWeights(given.weights.map(host));
  await check("predictions of Keras 2", model, given);
  const loaded = await loadModel(await saveModel(model));
  await check("from our own file", loaded, given);
});

test("every operation of the table is in a case", () => {
  const text = JSON.stringify(cases.map(({ config }) => config));
  // `abs` is absolute in Keras, constants are converted before, and sparsemax of Keras is wrong (fixtures/README.md).
  const unpinned = ["Abs", "ConvertToTensor", "Fabs", "Sparsemax"];
  const missing = Object.keys(operationTable).filter((name) => !text.includes(`"class_name":"${name}"`));
  expect(missing.sort()).toEqual(unpinned);
  for (const { ours } of Object.values(operationTable)) expect(operations.has(ours), ours).toBe(true);
});
