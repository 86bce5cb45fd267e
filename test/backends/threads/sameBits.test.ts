// Any number of threads gives the same bits: on every kernel, on a model, and in training.
import { afterAll, describe, expect, test } from "vitest";
import { setBackend } from "../../../src/backend.js";
import type { WasmOptions } from "../../../src/backends/wasm/index.js";
import {
  Adam,
  BatchNormalization,
  Conv2D,
  ConvLSTM2D,
  Dense,
  DepthwiseConv2D,
  Flatten,
  init,
  Input,
  LSTM,
  Model,
  random,
  Sequential,
  setSeed,
  TimeDistributed,
} from "../../../src/index.js";
import { kernelNames } from "../../../src/kernelTable.js";
import { bits, bitsAfter, chosenCases } from "../../support/kernelBits.js";
import { comparedBackends, threadedBackend, untilStarted } from "../../support/threads.js";

const settings: [build: string, options: WasmOptions, threads: number[]][] = [
  ["plain", { relaxed: false }, [2, 3, 4, 8]],
  ["relaxed", { relaxed: true }, [2, 3]],
  ["wide", { relaxed: true, wide: true }, [3]],
];

describe.each(settings)("%s", (_, options, counts) => {
  const { one, several } = comparedBackends(options, counts);

  test.each(kernelNames)("%s", async (kernel) => {
    let compared = 0;
    for (const c of chosenCases(kernel)) {
      const kind = compared++ % 2 === 0 ? "weight" : undefined;
      const expected = await bitsAfter(one, c, kind);
      for (const [i, backend] of several.entries()) {
        const actual = await bitsAfter(backend, c, kind);
        const differs = actual.findIndex((list, j) => list.some((value, at) => value !== expected[j][at]));
        expect(differs, `${c.name} with ${counts[i]} threads: buffer ${differs} differs`).toBe(-1);
      }
    }
    expect(compared).toBeGreaterThan(10);
    expect(several.map((backend) => backend.info().started)).toEqual(several.map(() => true));
  });
});

/** The outputs of a model like the seed's, before and after two steps of training, and its weights after them. */
async function trained(): Promise<Uint32Array[]> {
  setSeed(3);
  const cnn = Sequential([
    Input({ shape: [16, 12, 3] }),
    Conv2D({ filters: 8, kernelSize: 3, strides: 2, padding: "same" }),
    BatchNormalization(),
    DepthwiseConv2D({ kernelSize: 3, padding: "same" }),
    Conv2D({ filters: 12, kernelSize: 1, activation: "relu" }),
  ]);
  const film = Input({ shape: [4, 16, 12, 3] });
  const maps = ConvLSTM2D({ filters: 6, kernelSize: 3, returnSequences: true })(TimeDistributed(cnn)(film));
  const steps = LSTM({ units: 9 })(TimeDistributed(Flatten())(maps));
  using model = Model({ inputs: film, outputs: Dense({ units: 5, activation: "softmax" })(steps) });
  model.compile({ optimizer: Adam({ learningRate: 1e-2 }), loss: "categoricalCrossentropy" });
  using x = random([3, 4, 16, 12, 3], { seed: 5 });
  const labels = [0, 3, 4].map((label) => Array.from({ length: 5 }, (_, i) => +(i === label)));
  const outputs: Uint32Array[] = [];
  for (let step = 0; step < 3; step++) {
    using y = await model.predict(x);
    outputs.push(bits(await y.data()));
    if (step < 2) await model.trainOnBatch(x, labels);
  }
  for (const weight of model.weights) outputs.push(bits(await weight.data()));
  return outputs;
}

describe("a small model with convolutions, ConvLSTM2D and LSTM", () => {
  afterAll(() => init());

  test("predictions, two steps of training and the weights have the same bits with 1, 2, 3, 4 and 8 threads", async () => {
    await init({ threads: 1 });
    const expected = await trained();
    expect(expected[0]).not.toEqual(expected[1]); // it has learnt something
    for (const threads of [2, 3, 4, 8]) {
      const backend = threadedBackend({ threads });
      await untilStarted(backend);
      await setBackend(backend);
      expect(await trained(), `${threads} threads`).toEqual(expected);
      expect(backend.info()).toMatchObject({ threads, started: true, shared: true });
    }
  });
});
