// Whole models against real Keras: MobileNet, training, summary, two photographs. See test/fixtures/README.md.
import { readFileSync } from "node:fs";
import { decode as decodePng } from "fast-png";
import { afterAll, beforeEach, describe, expect } from "vitest";
import { MobileNet, mobileNet, type NestedArray, tensor } from "../../src/index.js";
import { clearNames } from "../../src/layer/names.js";
import { forEachBuild } from "../support/builds.js";
import { type AnyModel, api, buildModel, decode, loadCases, type Node, type Stored } from "../support/keras.js";
import { expectNumbers, expectTensor, host, printWorst, testEach, toList, toTensor } from "../support/keras.js";
import type { Spec } from "../support/hash.js";

const forwardBound = 1e-5;
const trainingBound = 1e-4;

interface ModelCase {
  name: string;
  model: Node[];
  weights: Spec[];
}

/** Automatic names count from the start, as after Keras's clear_session. */
beforeEach(clearNames);

async function start(given: ModelCase): Promise<AnyModel> {
  const model = await buildModel(given.model);
  expect(model.weights.map((w) => w.shape)).toEqual(given.weights.map((w) => w.shape));
  model.setWeights(given.weights.map(host));
  return model;
}

async function predict(name: string, model: AnyModel, x: Spec, keras: Stored, bound: number): Promise<void> {
  const [prediction] = toList(await model.predict(toTensor(x)));
  await expectTensor("prediction", name, prediction, keras, bound);
}

interface MobileNetCase extends ModelCase {
  x: Spec;
  layerNames: string[];
  parameters: number;
  output: Stored;
}

async function mobileNetForward(given: MobileNetCase): Promise<void> {
  const model = await start(given);
  expect(model.layers.slice(1).map((layer) => layer.name)).toEqual(given.layerNames);
  expect(model.countParams()).toBe(given.parameters);
  await predict(given.name, model, given.x, given.output, forwardBound);
  await expectTensor("call", given.name, toList(model(toTensor(given.x)))[0], given.output, forwardBound);
}

interface TrainingCase extends ModelCase {
  loss: string;
  optimizer: { name: string; options: object };
  batches: { x: Spec; y: NestedArray }[];
  losses: number[];
  accuracies: number[];
  prediction: Stored;
}

/** Ten steps on two batches that take turns; then the first of them in inference, with the moving statistics. */
async function training(given: TrainingCase): Promise<void> {
  const model = await start(given);
  const optimizer = api[given.optimizer.name](given.optimizer.options);
  model.compile({ optimizer, loss: given.loss, metrics: ["accuracy"] } as Parameters<AnyModel["compile"]>[0]);
  const logs = [];
  for (let step = 0; step < given.losses.length; step++) {
    const { x, y } = given.batches[step % given.batches.length];
    logs.push(await model.trainOnBatch(toTensor(x), tensor(y)));
  }
  expectNumbers("losses", given.name, logs.map((log) => log.loss), given.losses, trainingBound); // prettier-ignore
  expectNumbers("accuracies", given.name, logs.map((log) => log.accuracy), given.accuracies, 1e-6); // prettier-ignore
  await predict(given.name, model, given.batches[0].x, given.prediction, trainingBound);
}

interface SummaryCase {
  name: string;
  model: Node[];
  trained: boolean;
  text: string;
}

/** Without our column of multiply-adds, the text of Keras on a terminal of 92 columns. */
async function summary(given: SummaryCase): Promise<void> {
  const model = await buildModel(given.model);
  if (given.trained) {
    model.compile({ optimizer: "adam", loss: "meanSquaredError" });
    await model.trainOnBatch(tensor(new Float32Array(64), [1, 8, 8, 1]), tensor([[0, 0, 0]]));
  }
  let text = "";
  await model.summary({ macs: false, lineLength: 88, print: (all) => void (text += all) });
  expect(text).toBe(given.text);
}

interface PhotoCase {
  name: string;
  best: number;
  probabilities: Stored;
}

/** The same bytes, the same weights: all 1000 probabilities. */
async function photo(given: PhotoCase): Promise<void> {
  const file = readFileSync(new URL(`../fixtures/photos/${given.name}.png`, import.meta.url));
  const { data, width, height } = decodePng(file);
  const model = await MobileNet({ weights: "imagenet" });
  const x = mobileNet.preprocessInput(tensor(Float32Array.from(data), [1, height, width, 3]));
  const [prediction] = toList(await model.predict(x));
  const probabilities = await prediction.data();
  const keras = decode(given.probabilities).data;
  const errors = keras.map((p, i) => Math.abs(p - probabilities[i]));
  expect(Math.max(...errors)).toBeLessThan(1e-5);
  expect(probabilities.indexOf(Math.max(...probabilities))).toBe(given.best);
}

forEachBuild(() => {
  describe("MobileNet", () => testEach(loadCases<MobileNetCase>("mobileNet"), mobileNetForward));
  describe("ten steps", () => testEach(loadCases<TrainingCase>("training"), training));
  describe("photographs", () => testEach(loadCases<PhotoCase>("photos"), photo));
  afterAll(printWorst);
});

describe("summary", () => testEach(loadCases<SummaryCase>("summary"), summary));
