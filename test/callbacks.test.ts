// Callbacks: when their hooks run, and the rules of the built-in ones, on given losses.
import { beforeAll, describe, expect, test, vi } from "vitest";
import { setBackend } from "../src/backend.js";
import { createReferenceBackend } from "../src/backends/reference/index.js";
import {
  type Callback,
  EarlyStopping,
  ModelCheckpoint,
  LearningRateScheduler,
  type Logs,
  ReduceLROnPlateau,
  TerminateOnNaN,
} from "../src/callbacks.js";
import { Dense } from "../src/layers/dense.js";
import { Input } from "../src/layers/input.js";
import { Model } from "../src/model.js";
import { SGD } from "../src/optimizers/index.js";
import type { Tensor } from "../src/tensor.js";

beforeAll(() => setBackend(createReferenceBackend()));

const x = [[1], [2], [3], [4]];
const y = [[2], [4], [6], [8]];

function line(options: object = {}) {
  const input = Input({ shape: [1] });
  const model = Model({ inputs: input, outputs: Dense({ units: 1, kernelInitializer: "zeros" })(input) });
  model.compile({ optimizer: SGD({ learningRate: 0.01 }), loss: "mse", ...options });
  return model;
}

/** Puts given values into the logs of the epochs; to stand before the callback that is tested. */
const scripted = (name: string, values: readonly number[]): Callback => ({
  onEpochEnd: (epoch, logs) => void (logs[name] = values[epoch]),
});

async function epochsUntilStop(values: number[], callback: Callback): Promise<number> {
  const callbacks = [scripted("val_loss", values), callback];
  const { epoch } = await line().fit(x, y, { epochs: values.length, callbacks, verbose: 0 });
  return epoch.length;
}

test("a callback has the options that it was made with, also when the caller changes the object", async () => {
  const options = { patience: 1 };
  const stopping = EarlyStopping(options);
  options.patience = 9;
  expect(await epochsUntilStop([1, 2, 3, 4], stopping)).toBe(2);
});

test("hooks run in Keras's order, each is awaited, and the model is set", async () => {
  const seen: string[] = [];
  const names = ["onTrainBegin", "onTrainEnd", "onEpochBegin", "onEpochEnd", "onTrainBatchBegin", "onTrainBatchEnd"];
  const testNames = ["onTestBegin", "onTestEnd", "onTestBatchBegin", "onTestBatchEnd"];
  const predictNames = ["onPredictBegin", "onPredictEnd", "onPredictBatchBegin", "onPredictBatchEnd"];
  const model = line();
  const watcher: Record<string, unknown> = {};
  for (const name of [...names, ...testNames, ...predictNames]) {
    watcher[name] = async function (this: Callback, ...values: unknown[]) {
      const logs = values.find((value) => typeof value === "object") as Logs | undefined;
      await Promise.resolve();
      expect(this.model).toBe(model);
      seen.push([name, ...values.filter(Number.isInteger), ...Object.keys(logs ?? {})].join(" "));
    };
  }
  const callbacks = [watcher as Callback];
  await model.fit(x, y, { batchSize: 3, validationData: [x.slice(1), y.slice(1)], callbacks, verbose: 0 });
  const evaluation = ["onTestBegin", "onTestBatchBegin 0", "onTestBatchEnd 0 loss", "onTestEnd loss"];
  expect(seen).toEqual([
    ...["onTrainBegin", "onEpochBegin 0"],
    ...["onTrainBatchBegin 0", "onTrainBatchEnd 0 loss", "onTrainBatchBegin 1", "onTrainBatchEnd 1 loss"],
    ...evaluation,
    ...["onEpochEnd 0 loss val_loss", "onTrainEnd loss val_loss"],
  ]);
  seen.length = 0;
  await model.evaluate(x, y, { callbacks });
  expect(seen).toEqual(evaluation);
  seen.length = 0;
  (await model.predict(x, { callbacks })).dispose();
  expect(seen).toEqual(["onPredictBegin", "onPredictBatchBegin 0", "onPredictBatchEnd 0", "onPredictEnd"]);
});

test("a callback may predict and evaluate while fit runs, and sees the running mean", async () => {
  const model = line();
  const predictions: number[] = [];
  const running: number[] = [];
  const callbacks: Callback[] = [
    {
      async onTrainBatchEnd(_batch, { loss }) {
        running.push(loss);
        const result = await model.predict([[1]]);
        predictions.push((await result.data())[0]);
        await model.evaluate(x, y);
      },
    },
  ];
  const { history } = await model.fit(x, y, { batchSize: 1, callbacks, verbose: 0 });
  expect(predictions).toHaveLength(4);
  expect(predictions.every((value, i) => i === 0 || value > predictions[i - 1])).toBe(true);
  expect(running.at(-1)).toBe(history.loss[0]);
});

test("stopTraining ends training after the current batch; epochs are counted from initialEpoch", async () => {
  const model = line();
  let batches = 0;
  const stop: Callback = {
    onTrainBatchEnd(batch) {
      batches++;
      if (batch === 1) this.model!.stopTraining = true;
    },
  };
  const { epoch } = await model.fit(x, y, { batchSize: 1, epochs: 5, initialEpoch: 3, callbacks: [stop], verbose: 0 });
  expect([batches, epoch]).toEqual([2, [3]]);
  const { epoch: later } = await model.fit(x, y, { epochs: 5, initialEpoch: 3, verbose: 0 });
  expect(later).toEqual([3, 4]);
});

describe("EarlyStopping", () => {
  test.each([
    ["patience 0 stops at the first that is no better", {}, [5, 4, 4, 3], 3],
    ["NaN is never better", { patience: 1 }, [5, NaN, NaN], 2],
    ["patience bears that many", { patience: 2 }, [5, 4, 6, 6, 1], 4],
    ["an improvement starts counting anew", { patience: 2 }, [5, 6, 4, 6, 6, 1], 5],
    ["improvements up to minDelta are none", { minDelta: 1 }, [5, 4.5, 1], 2],
    ["more is better in mode max", { mode: "max" as const }, [1, 2, 3, 2, 9], 4],
    ["a baseline must be beaten in time", { baseline: 2, patience: 2 }, [5, 4, 4, 1, 1], 3],
    ["once it is reached, improvements count as usual", { baseline: 2, patience: 2 }, [5, 1, 1.5, 1.2, 0.5], 4],
    ["epochs before startFromEpoch are not looked at", { startFromEpoch: 2 }, [1, 2, 5, 4, 4], 5],
  ])("%s", async (_name, options, values, epochs) => {
    expect(await epochsUntilStop(values, EarlyStopping(options))).toBe(epochs);
  });

  test("knows whether lower or higher values are better, and asks for `mode` where it does not", async () => {
    const own = (target: Tensor) => target;
    const until = async (monitor: string, values: number[]): Promise<number> => {
      const model = line({ metrics: ["mae", "binaryAccuracy", "cosineSimilarity", own] });
      const callbacks = [scripted(monitor, values), EarlyStopping({ monitor })];
      return (await model.fit(x, y, { epochs: values.length, callbacks, verbose: 0 })).epoch.length;
    };
    expect(await until("loss", [1, 2, 3])).toBe(2);
    expect(await until("val_mae", [1, 2, 3])).toBe(2);
    expect(await until("binaryAccuracy", [1, 2, 3])).toBe(3);
    expect(await until("val_cosineSimilarity", [1, 2, 3])).toBe(3);
    await expect(until("val_own", [1, 2, 3])).rejects.toThrow(
      /"val_own" is better is not known; give mode "min" or "max"/,
    );
    await expect(line().fit(x, y, { callbacks: [EarlyStopping()], verbose: 0 })).rejects.toThrow(
      'EarlyStopping: "val_loss" is not in the logs (loss); give validationData or validationSplit.',
    );
    const misspelt = [EarlyStopping({ monitor: "los" })];
    await expect(line().fit(x, y, { callbacks: misspelt, verbose: 0 })).rejects.toThrow(/did you mean "loss"/);
    expect(() => EarlyStopping({ restore_best_weights: true } as object)).toThrow(/did you mean "restoreBestWeights"/);
  });

  test("restoreBestWeights brings the best epoch's weights back, stopped or not", async () => {
    for (const patience of [1, 10]) {
      const model = line();
      const kernels: number[] = [];
      const kernelOf = async () => (await model.getWeights())[0].data[0];
      const watcher: Callback = { onEpochEnd: async () => void kernels.push(await kernelOf()) };
      const stopper = EarlyStopping({ monitor: "val_loss", patience, restoreBestWeights: true });
      const callbacks = [watcher, scripted("val_loss", [3, 1, 2, 2]), stopper];
      await model.fit(x, y, { epochs: 4, callbacks, verbose: 0 });
      expect(kernels).toHaveLength(patience === 1 ? 3 : 4);
      expect(new Set(kernels).size).toBe(kernels.length);
      expect(await kernelOf()).toBe(kernels[1]);
      expect([stopper.best, stopper.bestEpoch, stopper.stoppedEpoch]).toEqual([1, 1, patience === 1 ? 2 : undefined]);
    }
  });
});

describe("learning rates", () => {
  const ratesOf = async (callback: Callback, values: number[]): Promise<number[]> => {
    const model = line({ optimizer: SGD({ learningRate: 1e-3 }) });
    const callbacks = [scripted("val_loss", values), callback];
    const { history } = await model.fit(x, y, { epochs: values.length, callbacks, verbose: 0 });
    expect(Object.keys(history)).toContain("learning_rate");
    return [...history.learning_rate, model.optimizer!.learningRate].map((rate) => Number((rate * 1e3).toPrecision(9)));
  };

  test("ReduceLROnPlateau lowers the rate after `patience` epochs, waits for `cooldown` epochs, and stops at `minLearningRate`", async () => {
    const half = { factor: 0.5, patience: 2 };
    // The rate that is logged is the one the epoch was trained with; the last one stands behind.
    expect(await ratesOf(ReduceLROnPlateau(half), [3, 3, 3, 3, 3, 1])).toEqual([1, 1, 1, 0.5, 0.5, 0.25, 0.25]);
    const resting = ReduceLROnPlateau({ ...half, patience: 1, cooldown: 2 });
    expect(await ratesOf(resting, [3, 3, 3, 3, 3, 3])).toEqual([1, 1, 0.5, 0.5, 0.25, 0.25, 0.125]);
    const bounded = ReduceLROnPlateau({ factor: 0.1, patience: 1, minLearningRate: 5e-4 });
    expect(await ratesOf(bounded, [3, 3, 3])).toEqual([1, 1, 0.5, 0.5]);
    expect(await ratesOf(ReduceLROnPlateau({ factor: 0.5, patience: 1 }), [3, 2.99995, 2])).toEqual([1, 1, 0.5, 0.5]);
    expect(() => ReduceLROnPlateau({ factor: 1 })).toThrow("ReduceLROnPlateau: factor 1; expected a number below 1.");
  });

  test("LearningRateScheduler sets it from the epoch and the rate so far", async () => {
    const scheduler = LearningRateScheduler((epoch, rate) => (epoch < 2 ? rate : rate / 2));
    expect(await ratesOf(scheduler, [1, 1, 1, 1])).toEqual([1, 1, 0.5, 0.25, 0.25]);
  });
});

test("a callback that is used again begins anew", async () => {
  const callback = EarlyStopping({ patience: 1 });
  for (let i = 0; i < 2; i++) expect(await epochsUntilStop([5, 4, 4, 1], callback)).toBe(3);
  const reduce = ReduceLROnPlateau({ patience: 2, factor: 0.5 });
  for (let i = 0; i < 2; i++) {
    const model = line();
    const callbacks = [scripted("val_loss", [3 + i, 3 + i]), reduce];
    await model.fit(x, y, { epochs: 2, callbacks, verbose: 0 });
    expect(model.optimizer!.learningRate).toBe(0.01);
  }
});

test.each([
  ["EarlyStopping", EarlyStopping({ monitor: "loss" })],
  ["ReduceLROnPlateau", ReduceLROnPlateau({ monitor: "loss" })],
  ["ModelCheckpoint", ModelCheckpoint({ save: () => {}, target: "best" })],
])("%s takes up only what its getState gives", (name, callback) => {
  const { setState, getState } = callback as unknown as Record<"setState" | "getState", (state?: unknown) => object>;
  const before = getState.call(callback);
  expect(() => setState.call(callback, undefined)).toThrow(`${name}: state undefined; expected what getState gave.`);
  expect(() => setState.call(callback, { ...before, wait: -1, epoch: -1 })).toThrow(
    /-1; expected a whole number from 0\.$/,
  );
  expect(getState.call(callback)).toEqual(before);
  setState.call(callback, { ...before, best: 0.5 });
  expect(getState.call(callback)).toEqual({ ...before, best: 0.5 });
});

test("TerminateOnNaN ends training at the batch whose loss is no number", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  let batches = 0;
  const counter: Callback = { onTrainBatchBegin: () => void batches++ };
  const bad = [[1], [NaN], [3], [4]];
  const options = {
    batchSize: 1,
    shuffle: false,
    epochs: 3,
    callbacks: [counter, TerminateOnNaN()],
    verbose: 0,
  } as const;
  await line().fit(x, bad, options);
  expect(batches).toBe(2);
  const callback = TerminateOnNaN();
  callback.model = line();
  void callback.onTrainBatchEnd!(3, { loss: Symbol("s") } as never);
  expect(warn).toHaveBeenLastCalledWith("TerminateOnNaN: the loss is Symbol(s) after batch 3; training stops.");
  warn.mockRestore();
});
