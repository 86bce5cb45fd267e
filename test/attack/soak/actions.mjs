// What a long-lived program does with models, again and again: in Node and in a page.
import { Conv2D, ConvLSTM2D, Dense, Flatten, Input, memory, Sequential, setSeed, TimeDistributed } from "zoetrope";
import { loadModel, saveModel } from "zoetrope/formats";

/** @typedef {{ below(limit: number): number }} Chance */
/** @typedef {import("zoetrope").ModelLayer} Model */

const [frames, size, classes, count] = [4, 16, 3, 4];
const numbers = (/** @type {number} */ n) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 1.3));
const clips = { data: numbers(count * frames * size * size), shape: [count, frames, size, size, 1] };
const truth = {
  data: Float32Array.from({ length: count * classes }, (_, i) => Number(i % 4 === 0)),
  shape: [count, classes],
};

function makeModel() {
  setSeed(1);
  const model = Sequential([
    Input({ shape: [frames, size, size, 1] }),
    TimeDistributed(Conv2D({ filters: 4, kernelSize: 3, strides: 2, activation: "relu" })),
    ConvLSTM2D({ filters: 4, kernelSize: 3 }),
    Flatten(),
    Dense({ units: classes, activation: "softmax" }),
  ]);
  model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
  return model;
}

function disposeModel(/** @type {Model} */ model) {
  model.dispose();
}

/** Bytes that come as from a network, and end with an error after some of them. */
const brokenStream = (/** @type {Uint8Array} */ bytes, /** @type {number} */ length) =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(bytes.slice(0, length));
      controller.error(new Error("the connection was lost"));
    },
  });

/** @type {Record<string, (model: Model, chance: Chance) => Promise<void>>} */
const actions = {
  async predict(model) {
    (await model.predict(clips)).dispose();
  },
  async fit(model) {
    await model.fit(clips, truth, { epochs: 2, batchSize: 2, verbose: 0 });
  },
  async saveAndLoad(model) {
    disposeModel(await loadModel(await saveModel(model)));
  },
  async stop(model, chance) {
    const last = chance.below(3);
    const callback = { onTrainBatchEnd: (/** @type {number} */ batch) => void (batch >= last && (model.stopTraining = true)) };
    await model.fit(clips, truth, { epochs: 3, batchSize: 2, verbose: 0, callbacks: [callback] });
  },
  async fail(model) {
    const callback = {
      onTrainBatchEnd() {
        throw new Error("the program's own error");
      },
    };
    await model.fit(clips, truth, { verbose: 0, callbacks: [callback] }).catch(() => {});
  },
  async refuse(model, chance) {
    const bytes = await saveModel(model);
    await loadModel(bytes.slice(0, chance.below(bytes.length))).catch(() => {});
    await loadModel(brokenStream(bytes, chance.below(bytes.length))).catch(() => {});
  },
  async make() {
    disposeModel(makeModel());
  },
}; // prettier-ignore

/** Makes a function that does everything some times, in an order by chance, and gives the state of the engine then. */
export function makeRounds(/** @type {Chance} */ chance, times = 3) {
  const model = makeModel();
  return async () => {
    const left = Object.keys(actions).flatMap((name) => Array.from({ length: times }, () => name));
    while (left.length > 0) {
      const [name] = left.splice(chance.below(left.length), 1);
      await actions[name](model, chance);
    }
    const { buffers, usedBytes, reservedBytes } = memory();
    return { buffers, usedBytes, reservedBytes };
  };
}
