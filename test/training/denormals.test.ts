// Denormal numbers do not stay: slots that decay reach 0, and the gradients of a model that has become certain are normal numbers or 0.
import { expect, test } from "vitest";
import { getBackend } from "../../src/backend.js";
import {
  clearNames,
  ConvLSTM2D,
  Dense,
  Flatten,
  GRU,
  Input,
  LSTM,
  random,
  Sequential,
  setSeed,
  zeros,
} from "../../src/index.js";
import type { SequentialModel } from "../../src/model.js";
import type { Buffer } from "../../src/kernels.js";
import { rowOf } from "../../src/kernelTable.js";
import { watchKernels } from "../../src/launch.js";
import { Adam, type Optimizer, RMSprop, SGD } from "../../src/optimizers/index.js";
import { tensor, Variable } from "../../src/tensor.js";
import { forEachBuild } from "../support/builds.js";

const numDenormal = (values: ArrayLike<number>) =>
  Array.from(values).filter((x) => x !== 0 && Math.abs(x) < 2 ** -126).length;

/** Each with the slots that decay by a tenth in each step; the mean of Adam's squares decays by a thousandth. */
const optimizers: [name: string, make: () => Optimizer, slots: number[]][] = [
  ["SGD with momentum", () => SGD({ momentum: 0.9 }), [0]],
  ["SGD with Nesterov's momentum", () => SGD({ momentum: 0.9, nesterov: true }), [0]],
  ["Adam", () => Adam(), [0]],
  ["RMSprop with momentum", () => RMSprop({ momentum: 0.9 }), [0, 1]],
];

const models: Record<string, () => { model: SequentialModel; x: number[]; learningRate: number }> = {
  Dense: () => ({
    model: Sequential([Input({ shape: [16] }), Dense({ units: 32, activation: "relu" }), softmax()]),
    x: [32, 16],
    learningRate: 0.5,
  }),
  LSTM: () => ({ model: Sequential([Input({ shape: [10, 4] }), LSTM({ units: 16 }), softmax()]), x: [16, 10, 4], learningRate: 0.3 }),
  GRU: () => ({ model: Sequential([Input({ shape: [10, 4] }), GRU({ units: 16 }), softmax()]), x: [16, 10, 4], learningRate: 0.6 }),
  ConvLSTM2D: () => ({
    model: Sequential([Input({ shape: [3, 6, 6, 2] }), ConvLSTM2D({ filters: 4, kernelSize: 3 }), Flatten(), softmax()]),
    x: [8, 3, 6, 6, 2],
    learningRate: 0.3,
  }),
}; // prettier-ignore
const softmax = () => Dense({ units: 5, activation: "softmax" });

forEachBuild(() => {
  test.each(optimizers)("%s: slots that decay reach 0", async (_, make, slots) => {
    const optimizer = make();
    const w = new Variable("w", [9]).assign(new Float32Array(9));
    const step = (gradient: number) => optimizer.apply([tensor(new Float32Array(9).fill(gradient))], [w]);
    step(1);
    for (let i = 0; i < 1000; i++) step(0);
    for (const slot of slots) expect(await optimizer.slotsOf(w)[slot].data()).toEqual(new Float32Array(9));
  });

  test.each(Object.keys(models))("%s: a model that has become certain", async (name) => {
    clearNames();
    setSeed(1);
    const { model, x: shape, learningRate } = models[name]();
    model.compile({ optimizer: Adam({ learningRate }), loss: "sparseCategoricalCrossentropy" });
    const [x, oneClass] = [random(shape, { min: -1 }), zeros([shape[0]])];
    const stored: Promise<number>[] = [];
    let least = Infinity;
    const stop = watchKernels({
      kernel({ kernel, args }, run) {
        run();
        const { flushes, buffers } = rowOf(kernel);
        if (!flushes) return;
        Object.values(buffers).forEach((use, i) => {
          if (use !== "out" && !(use.startsWith("changed") && i > 0 && args[i])) return;
          const count = async (): Promise<number> => {
            const values = await getBackend().read(args[i] as Buffer);
            for (const value of values) if (value !== 0) least = Math.min(least, Math.abs(value));
            return numDenormal(values);
          };
          stored.push(count());
        });
      },
    });
    for (let step = 0; step < 60; step++) await model.trainOnBatch(x, oneClass);
    stop();
    const counts = await Promise.all(stored);
    expect(least, "numbers are so small that some would be denormal").toBeLessThan(1e-36);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(0);
    for (const weight of [...model.weights, ...model.optimizer!.variables]) {
      expect(numDenormal(await weight.data()), weight.name).toBe(0);
    }
  });
});
