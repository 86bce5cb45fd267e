// Memory that ends at any moment: nothing has changed then, nothing is left over, and the next step is the right one.
import {
  Adam,
  BatchNormalization,
  Conv2D,
  ConvLSTM2D,
  Dense,
  Flatten,
  init,
  Input,
  memory,
  OutOfMemoryError,
  Sequential,
  setSeed,
  TimeDistributed,
  zeros,
} from "zoetrope";

import { loadModel, loadWeights, saveModel, saveWeights } from "zoetrope/formats";
import { Finding, must } from "../finding.mjs";
import { disposeModel, weightBytesOf } from "../support/models.mjs";

/** @typedef {import("../support/chance.mjs").Chance} Chance */
/** @typedef {import("zoetrope").ModelLayer} Model */
/** Two models that are trained in the same way, of which only the first meets the end of the memory. @typedef {{ tried: Model, undisturbed: Model, saved: Uint8Array }} Pair */

const maxMemoryBytes = 12 * 2 ** 20;
const [frames, size, classes, count] = [3, 8, 2, 4];

const numbers = (/** @type {number} */ n) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 1.7));
const clips = { data: numbers(count * frames * size * size), shape: [count, frames, size, size, 1] };
const truth = {
  data: Float32Array.from({ length: count * classes }, (_, i) => ((i >> 1) + i) % 2),
  shape: [count, classes],
};

function makeModel() {
  setSeed(7);
  const model = Sequential([
    Input({ shape: [frames, size, size, 1] }),
    TimeDistributed(Conv2D({ filters: 3, kernelSize: 3, activation: "relu" })),
    TimeDistributed(BatchNormalization()),
    ConvLSTM2D({ filters: 4, kernelSize: 3, recurrentActivation: "hardSigmoid" }),
    Flatten(),
    Dense({ units: classes, activation: "softmax" }),
  ]);
  model.compile({ optimizer: Adam({ learningRate: 0.01 }), loss: "categoricalCrossentropy" });
  return model;
}

/** @returns {Promise<Pair>} */
async function makePair() {
  const [tried, undisturbed] = [makeModel(), makeModel()];
  for (const model of [tried, undisturbed]) await model.trainOnBatch(clips, truth);
  return { tried, undisturbed, saved: await saveModel(tried) };
}

export async function prepare() {
  await init({ maxMemoryBytes });
  return makePair();
}

/** What is done while the memory may end. It may change the model only as far as whole steps go. @type {Record<string, (pair: Pair) => Promise<unknown>>} */
const works = {
  predict: async ({ tried }) => (await tried.predict(clips)).dispose(),
  evaluate: ({ tried }) => tried.evaluate(clips, truth, { verbose: 0 }),
  trainOnBatch: ({ tried }) => tried.trainOnBatch(clips, truth),
  fit: ({ tried }) => tried.fit(clips, truth, { epochs: 3, batchSize: count, shuffle: false, verbose: 0 }),
  loadModel: async ({ saved }) => disposeModel(await loadModel(saved)),
  loadWeights: async ({ tried, undisturbed }) => loadWeights(tried, await saveWeights(undisturbed)),
  saveModel: ({ tried }) => saveModel(tried),
  saveKeras: ({ tried }) => saveModel(tried, undefined, { format: "keras" }),
  setWeights: async ({ tried, undisturbed }) => tried.setWeights(await undisturbed.getWeights()),
};

/** @returns {import("../areas.mjs").Case} */
export function makeCase(/** @type {Chance} */ chance, /** @type {Pair} */ pair) {
  const name = chance.of(Object.keys(works));
  const gap = chance.of([0, 256, 4096, 16_384]) + chance.below(chance.of([4096, 65_536, 2 ** 19]));
  return { title: `${name} with ${gap} bytes left`, run: () => run(name, gap, pair) };
}

async function run(/** @type {string} */ name, /** @type {number} */ gap, /** @type {Pair} */ pair) {
  await works.predict(pair); // makes the plan, which keeps what is computed from weights alone
  const before = memory();
  const free = occupy(gap);
  const failure = await failureOf(name, pair);
  free();
  const finding = failure instanceof Finding ? failure : undefined;
  await catchUp(name, pair, finding);
  if (finding === undefined) checkBytes(name, before);
  if (failure) throw failure; // oxlint-disable-line typescript/only-throw-error
}

/** What a work throws where the memory ends, or what was wrong then; undefined where it was enough. */
async function failureOf(/** @type {string} */ name, /** @type {Pair} */ pair) {
  const { buffers } = memory();
  const weights = await stateOf(pair.tried);
  try {
    await works[name](pair);
    return undefined;
  } catch (error) {
    if (!(error instanceof OutOfMemoryError)) return error;
    const left = memory().buffers - buffers;
    if (left !== 0) return new Finding("growth", `${name}: ${left} buffers are left over`, error);
    const isSame = name === "fit" || weights.equals(await stateOf(pair.tried));
    return isSame ? error : new Finding("lost", `${name}: the model has changed though it failed`, error);
  }
}

/** Fills the memory but for a gap; gives a function that frees it. */
function occupy(/** @type {number} */ gap) {
  const room = zeros([Math.max(1, gap >> 2)]);
  const taken = [];
  for (let length = 2 ** 20; length >= 64;) {
    try {
      taken.push(zeros([length]));
    } catch {
      length >>= 1;
    }
  }
  room.dispose();
  return () => {
    for (const each of taken) each.dispose();
  };
}

/** The weights and the state of the optimizer, as bytes. */
async function stateOf(/** @type {Model} */ model) {
  const slots = model.weights.flatMap((weight) => model.optimizer?.slots.get(weight) ?? []);
  const values = await Promise.all(slots.map((slot) => slot.data()));
  const bytes = values.map((each) => Buffer.from(each.buffer, each.byteOffset, each.byteLength));
  return Buffer.concat([await weightBytesOf(model), ...bytes]);
}

/** Trains the undisturbed model as far as the other one, then both by a step. @throws Finding where they differ then. */
async function catchUp(
  /** @type {string} */ name,
  /** @type {Pair} */ pair,
  /** @type {Finding | undefined} */ finding,
) {
  const { tried, undisturbed } = pair;
  const steps = () => Number(tried.optimizer?.iterations) - Number(undisturbed.optimizer?.iterations);
  while (steps() > 0) await undisturbed.trainOnBatch(clips, truth);
  for (const model of [tried, undisturbed]) await model.trainOnBatch(clips, truth);
  if ((await stateOf(tried)).equals(await stateOf(undisturbed))) return;
  disposeModel(tried);
  disposeModel(undisturbed);
  Object.assign(pair, await makePair());
  throw finding ?? new Finding("lost", `${name}: the next step is not that of a model that was not disturbed`);
}

/** @throws Finding where more is in use than before. */
function checkBytes(/** @type {string} */ name, /** @type {import("zoetrope").MemoryInfo} */ before) {
  const { usedBytes, buffers } = memory();
  must(buffers === before.buffers, "growth", `${name}: ${buffers - before.buffers} buffers more than before`);
  must(usedBytes <= before.usedBytes, "growth", `${name}: ${usedBytes - before.usedBytes} bytes more are in use than before`);
} // prettier-ignore
