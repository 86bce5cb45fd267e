// A small training of everything that has a state of its own, and a store of checkpoints in memory.
import type { CheckpointStore } from "../../src/formats/index.js";
import { AUC, BatchNormalization, type BatchSource, type Callback, Dense, Dropout, F1Score, type FitOptions, GRU, type HostArray, IoU, LSTM, Input, type ModelLayer, type Optimizer, Precision, R2Score, RootMeanSquaredError, Sequential, setSeed, SGD } from "../../src/index.js"; // prettier-ignore
import { RandomStream } from "../../src/random.js";

export interface MemoryStore extends CheckpointStore {
  /** The newest and the one before it. */
  kept: [newest?: Uint8Array, previous?: Uint8Array];
}

export function memoryStore(): MemoryStore {
  const store: MemoryStore = {
    names: ["memory", "memory.previous"],
    kept: [],
    read: (age) => Promise.resolve(store.kept[age]),
    write(pieces) {
      store.kept = [new Uint8Array(Buffer.concat(pieces)), store.kept[0]];
      return Promise.resolve();
    },
    remove(age) {
      store.kept[age] = undefined;
      return Promise.resolve();
    },
  };
  return store;
}

const [batchSize, steps] = [2, 3];

/** Uniform numbers, the same for the same seed. */
export function uniform(shape: readonly number[], seed: number): HostArray {
  const stream = new RandomStream(seed);
  return { data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => stream.uniform()), shape };
}

const oneHot = (count: number, seed: number): HostArray => {
  const { data } = uniform([count], seed);
  return { data: Float32Array.from({ length: 2 * count }, (_, i) => Number(data[i >> 1] < 0.5 === (i % 2 === 0))), shape: [count, 2] }; // prettier-ignore
};

export const data = (count: number, seed: number) =>
  [uniform([count, steps, 2], seed), oneHot(count, seed + 1)] as const;

/** Seven batches, which no number of epochs of four divides. */
export function* batches() {
  for (let i = 0; i < 7; i++) yield data(batchSize, 10 * i);
}

export function network(optimizer: Optimizer = SGD({ learningRate: 0.5, momentum: 0.9 })): ModelLayer {
  const model = Sequential([
    Input({ shape: [steps, 2], batchSize }),
    LSTM({ units: 3, stateful: true, recurrentDropout: 0.2, returnSequences: true }),
    BatchNormalization(),
    Dropout({ rate: 0.2 }),
    GRU({ units: 3, stateful: true }),
    Dense({ units: 2, activation: "softmax" }),
  ]);
  const running = [AUC(), AUC({ multiLabel: true, name: "areas" }), F1Score(), IoU({ numClasses: 2, targetClassIds: [0, 1] }), Precision(), R2Score(), RootMeanSquaredError()]; // prettier-ignore
  model.compile({ optimizer, loss: "categoricalCrossentropy", metrics: ["accuracy", ...running] });
  return model;
}

/** Trains on arrays with validation, or on batches. */
export interface KeptTraining extends FitOptions {
  batches?: BatchSource;
  optimizer?: () => Optimizer;
  programSeed?: number;
  /** Called with the model before its training begins. */
  onModel?: (model: ModelLayer) => void;
}

/** Trains as a program would that is started anew. */
export async function train({ batches: source, optimizer, onModel, programSeed = 3, ...given }: KeptTraining) {
  setSeed(programSeed);
  const model = network(optimizer?.());
  onModel?.(model);
  const [x, y] = data(10, 1000);
  const options: FitOptions = { batchSize, epochs: 3, verbose: 0, validationData: data(4, 2000), ...given };
  const { epoch, history } = source ? await model.fit(source, options) : await model.fit(x, y, options);
  return { epoch, history, ...(await stateOf(model)) };
}

/** All numbers that training changes. */
export const stateOf = async (model: ModelLayer) => ({
  weights: await Promise.all(model.weights.map(async (weight) => [...(await weight.data())])),
  slots: await Promise.all(model.optimizer!.variables.map(async (slot) => [...(await slot.data())])),
  iterations: model.optimizer!.iterations,
});

/** A callback that throws at the hook of this number, counted from 0; it counts on. */
export function breakAt(hook: number): Callback & { count: number } {
  const callback = { count: 0 } as Callback & { count: number };
  const names = ["onTrainBatchBegin", "onTrainBatchEnd", "onEpochBegin", "onEpochEnd", "onTestBegin", "onTestBatchEnd", "onTestEnd", "onTrainEnd"] as const; // prettier-ignore
  for (const name of names) {
    callback[name] = () => {
      if (callback.count++ === hook) throw new Error("broken");
    };
  }
  return callback;
}
