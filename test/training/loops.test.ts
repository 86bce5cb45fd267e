// fit, evaluate, predict, trainOnBatch and testOnBatch: their numbers against plain loops in double, their memory, their end.
import { beforeAll, describe, expect, test } from "vitest";
import { memory, setBackend } from "../../src/backend.js";
import { createReferenceBackend } from "../../src/backends/reference/index.js";
import type { Logs } from "../../src/callback.js";
import { setSeed } from "../../src/random.js";
import { Dense } from "../../src/layers/dense.js";
import { Input } from "../../src/layers/input.js";
import { Model } from "../../src/model.js";
import { Adam, SGD } from "../../src/optimizers/index.js";
import { scope } from "../../src/scope.js";
import type { HostArray, Tensor } from "../../src/tensor.js";
import { square, subtract } from "../../src/ops/index.js";

beforeAll(() => setBackend(createReferenceBackend({ precision: "float64" })));

const column = (values: readonly number[]): HostArray => ({
  data: Float64Array.from(values),
  shape: [values.length, 1],
});

/** y = w x + b from 0, compiled with SGD. */
function line(options: object = {}) {
  const x = Input({ shape: [1] });
  const model = Model({ inputs: x, outputs: Dense({ units: 1, kernelInitializer: "zeros" })(x) });
  model.compile({ optimizer: SGD({ learningRate: 0.1 }), loss: "mse", ...options });
  return model;
}

/** The same as plain numbers: the loss of each batch before its update. */
function plainLine(xs: readonly number[], ys: readonly number[], batchSize: number, epochs: number, rate = 0.1) {
  let [w, b] = [0, 0];
  const losses: number[][] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    losses.push([]);
    for (let from = 0; from < xs.length; from += batchSize) {
      const part = xs.slice(from, from + batchSize).map((x, i) => [x, w * x + b - ys[from + i]]);
      const mean = (f: (x: number, error: number) => number) =>
        part.reduce((sum, [x, e]) => sum + f(x, e), 0) / part.length;
      losses[epoch].push(mean((_, e) => e * e));
      [w, b] = [w - rate * mean((x, e) => 2 * e * x), b - rate * mean((_, e) => 2 * e)];
    }
  }
  return { w, b, losses };
}

const xs = [0.5, -1, 2, 0.25, -0.75, 1, 1.5, -2, 0.1, 0.9];
const ys = xs.map((x) => 3 * x - 1 + 0.1 * Math.sin(20 * x));
const weightsOf = async (model: { getWeights: ReturnType<typeof line>["getWeights"] }) =>
  (await model.getWeights()).flatMap(({ data }) => [...data] as number[]);
const quiet = { verbose: 0 } as const;

describe("numbers", () => {
  test("trainOnBatch gives the loss before its update", async () => {
    const model = line();
    const { w, b, losses } = plainLine(xs, ys, 10, 2);
    expect((await model.trainOnBatch(column(xs), column(ys))).loss).toBeCloseTo(losses[0][0], 12);
    expect((await model.trainOnBatch(column(xs), column(ys))).loss).toBeCloseTo(losses[1][0], 12);
    const [kernel, bias] = await weightsOf(model);
    expect(kernel).toBeCloseTo(w, 12);
    expect(bias).toBeCloseTo(b, 12);
  });

  test("an epoch's loss is the mean over samples, the last batch short", async () => {
    const model = line();
    const { w, b, losses } = plainLine(xs, ys, 4, 3);
    const history = await model.fit(column(xs), column(ys), { batchSize: 4, epochs: 3, shuffle: false, ...quiet });
    expect(history.epoch).toEqual([0, 1, 2]);
    const wanted = losses.map(([first, second, third]) => (4 * first + 4 * second + 2 * third) / 10);
    history.history.loss.forEach((loss, i) => expect(loss).toBeCloseTo(wanted[i], 12));
    const [kernel, bias] = await weightsOf(model);
    expect(kernel).toBeCloseTo(w, 12);
    expect(bias).toBeCloseTo(b, 12);
    expect(model.history).toBe(history);
  });

  test("evaluate and testOnBatch change nothing and agree, however data are cut", async () => {
    const model = line({ metrics: ["mae"] });
    await model.trainOnBatch(column(xs), column(ys));
    const before = await weightsOf(model);
    const whole = await model.testOnBatch(column(xs), column(ys));
    const cut = await model.evaluate(column(xs), column(ys), { batchSize: 3 });
    expect(Object.keys(cut)).toEqual(["loss", "mae"]);
    expect(cut.loss).toBeCloseTo(whole.loss, 12);
    expect(cut.mae).toBeCloseTo(whole.mae, 12);
    const [w, b] = before;
    expect(whole.mae).toBeCloseTo(xs.reduce((sum, x, i) => sum + Math.abs(w * x + b - ys[i]), 0) / 10, 12);
    expect(await weightsOf(model)).toEqual(before);
  });

  test("stepsPerExecution: hooks of batches before the first and after the last of so many", async () => {
    const calls = async (stepsPerExecution?: number) => {
      const model = line({ stepsPerExecution });
      const called: string[] = [];
      const losses: number[] = [];
      const hook = (name: string) => (batch: number) => void called.push(`${name} ${batch}`);
      const onTrainBatchEnd = (batch: number, logs: Logs) => {
        called.push(`end ${batch}`);
        losses.push(logs.loss);
      };
      const tests = { onTestBatchBegin: hook("test"), onTestBatchEnd: hook("tested") };
      const callbacks = [{ onTrainBatchBegin: hook("begin"), onTrainBatchEnd, ...tests }];
      const options = { batchSize: 2, epochs: 1, shuffle: false, callbacks, ...quiet };
      const { history } = await model.fit(column(xs), column(ys), options);
      await model.evaluate(column(xs), column(ys), { batchSize: 4, callbacks });
      return { called, losses, loss: history.loss[0] };
    };
    const [one, two, many] = [await calls(), await calls(2), await calls(100)];
    expect(one.called.slice(0, 4)).toEqual(["begin 0", "end 0", "begin 1", "end 1"]);
    const ofTwo = ["begin 0", "end 1", "begin 2", "end 3", "begin 4", "end 4", "test 0", "tested 1", "test 2", "tested 2"];
    expect(two.called).toEqual(ofTwo);
    expect(two.losses).toEqual([1, 3, 4].map((i) => one.losses[i]));
    expect(many.called).toEqual(["begin 0", "end 4", "test 0", "tested 2"]);
    expect([two.loss, many.loss]).toEqual([one.loss, one.loss]);
    expect(() => line({ stepsPerExecution: 0 })).toThrow(/stepsPerExecution 0; expected a whole number from 1/);
  }); // prettier-ignore

  test("sample weights multiply the losses and not the metrics; class weights are sample weights by class", async () => {
    const model = line({ optimizer: SGD({ learningRate: 0 }), metrics: ["mse"] });
    const weights = xs.map((_, i) => i);
    const errors = ys.map((y) => y * y);
    const sum = (values: number[]) => values.reduce((a, b) => a + b);
    const options = { sampleWeight: weights, batchSize: 4 };
    const logs = await model.evaluate(column(xs), column(ys), options);
    expect(logs.loss).toBeCloseTo(sum(errors.map((e, i) => e * i)) / 10, 12);
    expect(logs.mse).toBeCloseTo(sum(errors) / 10, 12);
    const { history } = await model.fit(column(xs), column(ys), { ...options, ...quiet, seed: 1 });
    expect(history.loss[0]).toBeCloseTo(logs.loss, 12);
    const bits = [0, 1, 1, 0, 1];
    const classed = { classWeight: { 1: 5 } };
    expect((await model.trainOnBatch(column(bits), column(bits), classed)).loss).toBeCloseTo((3 * 5) / 5, 12);
    expect((await model.fit(column(bits), column(bits), { ...classed, ...quiet })).history.loss[0]).toBeCloseTo(3, 12);
  });

  test("validationSplit holds back the last samples, before any shuffling", async () => {
    const model = line({ optimizer: SGD({ learningRate: 0 }) });
    const { history } = await model.fit(column(xs), column(ys), {
      validationSplit: 0.25,
      epochs: 2,
      batchSize: 3,
      ...quiet,
    });
    const meanSquare = (values: number[]) => values.reduce((sum, y) => sum + y * y, 0) / values.length;
    for (const epoch of [0, 1]) {
      expect(history.loss[epoch]).toBeCloseTo(meanSquare(ys.slice(0, 7)), 12);
      expect(history.val_loss[epoch]).toBeCloseTo(meanSquare(ys.slice(7)), 12);
    }
  });

  test("validation runs after the epoch's last update", async () => {
    const model = line();
    const options = { validationData: [column(xs), column(ys)] as const, shuffle: false, ...quiet };
    const { history } = await model.fit(column(xs), column(ys), options);
    expect(history.val_loss[0]).toBeCloseTo(plainLine(xs, ys, 10, 2).losses[1][0], 12);
    expect(Object.keys(history)).toEqual(["loss", "val_loss"]);
  });

  test("the order of samples repeats for a seed and is new each epoch", async () => {
    const orders = async (seed: number) => {
      const seen: number[] = [];
      const model = line({ optimizer: SGD({ learningRate: 0 }) });
      const options = { batchSize: 1, epochs: 2, seed, callbacks: [watchLosses(seen)], ...quiet };
      await model.fit(column(xs), column(xs.map((_, i) => i)), options);
      return seen.map((loss) => Math.round(Math.sqrt(loss)));
    };
    const first = await orders(7);
    expect(await orders(7)).toEqual(first);
    expect(await orders(8)).not.toEqual(first);
    expect(first.slice(0, 10)).not.toEqual(first.slice(10));
    for (const epoch of [first.slice(0, 10), first.slice(10)])
      expect([...epoch].sort((a, b) => a - b)).toEqual(xs.map((_, i) => i));
    setSeed(3);
    const global = line();
    await global.fit(column(xs), column(ys), { batchSize: 2, ...quiet });
    setSeed(3);
    const again = line();
    await again.fit(column(xs), column(ys), { batchSize: 2, ...quiet });
    expect(await weightsOf(again)).toEqual(await weightsOf(global));
  });
});

/** The loss of each single batch, from the running mean over batches of one sample. */
function watchLosses(into: number[]) {
  let before = 0;
  return {
    onTrainBatchEnd(batch: number, { loss }: Record<string, number>) {
      const total = loss * (batch + 1);
      into.push(batch === 0 ? total : total - before);
      before = total;
    },
  };
}

describe("several inputs and outputs", () => {
  function forked() {
    const [a, b] = [Input({ shape: [2], name: "a" }), Input({ shape: [3], name: "b" })];
    const left = Dense({ units: 1, name: "left" })(a);
    const right = Dense({ units: 4, activation: "softmax", name: "right" })(b);
    return Model({ inputs: [a, b], outputs: [left, right] });
  }
  const rows = (n: number, width: number): HostArray => ({
    data: Float64Array.from({ length: n * width }, (_, i) => Math.sin(3 * i)),
    shape: [n, width],
  });
  const [x, t] = [
    [rows(6, 2), rows(6, 3)],
    [rows(6, 1), [0, 1, 2, 3, 0, 1]],
  ];
  const losses = { left: "mse", right: "sparseCategoricalCrossentropy" };

  test("logs are named by output: in order from evaluate, sorted in the history", async () => {
    const model = forked();
    const compileOptions = { loss: losses, metrics: { right: ["acc"], left: ["mae"] }, lossWeights: { right: 0.5 } };
    model.compile(compileOptions);
    expect(model.metricsNames).toEqual(["loss", "left_loss", "right_loss", "left_mae", "right_acc"]);
    const logs = await model.evaluate(x, t, { batchSize: 4 });
    expect(Object.keys(logs)).toEqual(model.metricsNames);
    expect(logs.loss).toBeCloseTo(logs.left_loss + 0.5 * logs.right_loss, 12);
    const { history } = await model.fit(x, t, { validationSplit: 0.5, ...quiet });
    const names = ["left_loss", "left_mae", "loss", "right_acc", "right_loss"];
    expect(Object.keys(history)).toEqual([...names, ...names.map((name) => `val_${name}`)]);
    model.compile({
      ...compileOptions,
      loss: Object.values(losses),
      lossWeights: [1, 0.5],
      metrics: [["mae"], ["acc"]],
    });
    expect((await model.evaluate(x, t)).right_acc).toBeTypeOf("number");
  });

  test("a weight for all outputs or one list each; an output without a loss is not trained", async () => {
    const model = forked();
    model.compile({ loss: [null, "sparseCategoricalCrossentropy"], optimizer: SGD({ learningRate: 1 }) });
    expect(model.metricsNames).toEqual(["loss"]);
    const before = await weightsOf(model);
    await model.trainOnBatch(x, t, { sampleWeight: [1, 1, 1, 0, 0, 0] });
    const after = await weightsOf(model);
    expect(after.slice(0, 3)).toEqual(before.slice(0, 3));
    expect(after.slice(3)).not.toEqual(before.slice(3));
    model.compile({ loss: losses });
    const none = { data: new Float32Array(6), shape: [6] };
    const each = await model.testOnBatch(x, t, { sampleWeight: [none, rows(6, 1)] });
    expect(each.left_loss).toBe(0);
    expect(each.right_loss).not.toBe(0);
  });

  test("null among the weights of outputs stands for 1 everywhere", async () => {
    const model = forked();
    model.compile({ loss: losses, weightedMetrics: [[], ["accuracy"]] });
    const weights = [1, 0, 2, 0, 0, 1];
    const ones = { data: new Float32Array(6).fill(1), shape: [6] };
    const [left, right] = [{ data: Float32Array.from(weights), shape: [6] }, ones];
    const expected = await model.testOnBatch(x, t, { sampleWeight: [left, right] });
    const plain = await model.testOnBatch(x, t);
    expect(expected.right_loss).toBe(plain.right_loss);
    expect(expected.left_loss).not.toBe(plain.left_loss);
    for (const sampleWeight of [[left, null], [weights, undefined]]) {
      expect(await model.testOnBatch(x, t, { sampleWeight })).toEqual(expected);
      const cut = await model.evaluate(x, t, { sampleWeight, batchSize: 4 });
      for (const [name, value] of Object.entries(expected)) expect(cut[name]).toBeCloseTo(value, 6);
      expect(await model.evaluate([[x, t, sampleWeight]])).toEqual(expected);
    }
    expect(await model.testOnBatch(x, t, { sampleWeight: [null, null] })).toEqual(plain);
    const few = model.testOnBatch(x, t, { sampleWeight: [null] });
    await expect(few).rejects.toThrow("received 1 arrays as sample weights; the model has 2: give a list of as many.");
  }); // prettier-ignore

  test("predict gives a list, joined from batches", async () => {
    const model = forked();
    const [left, right] = await model.predict(x, { batchSize: 4 });
    expect([left.shape, right.shape]).toEqual([
      [6, 1],
      [6, 4],
    ]);
    const [wholeLeft, wholeRight] = await model.predictOnBatch(x);
    expect(await left.data()).toEqual(await wholeLeft.data());
    expect(await right.data()).toEqual(await wholeRight.data());
    // Copied values: the result has no logits attached.
    expect(wholeRight.logits).toBeUndefined();
  });
});

describe("what is trained", () => {
  test("frozen layers are not trained, from the next step on", async () => {
    const model = line();
    await model.trainOnBatch(column(xs), column(ys));
    const trained = await weightsOf(model);
    model.layers[1].trainable = false;
    await model.trainOnBatch(column(xs), column(ys));
    expect(await weightsOf(model)).toEqual(trained);
    model.trainable = true;
    await model.trainOnBatch(column(xs), column(ys));
    expect(await weightsOf(model)).not.toEqual(trained);
  });

  test("with a user-defined loss and metric, named after their functions", async () => {
    const model = line();
    function squares(t: Tensor, y: Tensor): Tensor {
      return square(subtract(t, y));
    }
    model.compile({ loss: (t, y) => square(subtract(t, y)), metrics: [squares, "mse", "mse"] });
    const logs = await model.testOnBatch(column(xs), column(ys));
    expect(Object.keys(logs)).toEqual(["loss", "squares", "mse", "mse_1"]);
    expect(logs.loss).toBeCloseTo(logs.mse, 12);
    expect(logs.squares).toBeCloseTo(logs.mse, 12);
  });

  test("with the logits of a last softmax or sigmoid: the loss is not bounded", async () => {
    const x = Input({ shape: [3] });
    const identity = {
      kernelInitializer: (shape: readonly number[]) =>
        Float64Array.from({ length: shape[0] * shape[1] }, (_, i) => Number(i % (shape[1] + 1) === 0)),
    };
    const classes = Model({ inputs: x, outputs: Dense({ units: 3, activation: "softmax", ...identity })(x) });
    classes.compile({ loss: "categoricalCrossentropy" });
    expect((await classes.testOnBatch([[300, 0, -300]], [[0, 0, 1]])).loss).toBe(600);
    expect((await classes.trainOnBatch([[300, 0, -300]], [[0, 0, 1]])).loss).toBe(600);
    const bits = Model({ inputs: x, outputs: Dense({ units: 3, activation: "sigmoid", ...identity })(x) });
    bits.compile({ loss: "binaryCrossentropy" });
    expect((await bits.trainOnBatch([[300, 0, -300]], [[0, 1, 1]])).loss).toBeCloseTo((600 + Math.LN2) / 3, 10);
  });
});

describe("memory", () => {
  test("300 steps, evaluations and predictions leave nothing behind", async () => {
    const model = line({ optimizer: Adam({ clipnorm: 1 }), metrics: ["mae"] });
    await model.trainOnBatch(column(xs), column(ys));
    const { buffers } = memory();
    for (let i = 0; i < 100; i++) await model.trainOnBatch(column(xs), column(ys));
    await model.fit(column(xs), column(ys), { batchSize: 1, epochs: 20, validationSplit: 0.2, ...quiet });
    await model.evaluate(column(xs), column(ys), { batchSize: 3 });
    const result = await model.predict(column(xs), { batchSize: 3 });
    expect(result.shape).toEqual([10, 1]);
    expect(memory().buffers).toBe(buffers + 1);
    result.dispose();
    expect(memory().buffers).toBe(buffers);
  });

  test("failed calls leave nothing behind", async () => {
    const model = line({ metrics: ["mae"] });
    await model.trainOnBatch(column(xs), column(ys));
    const before = await weightsOf(model);
    const { buffers } = memory();
    const wrong = { data: new Float64Array(20), shape: [10, 2] };
    await expect(model.trainOnBatch(column(xs), wrong)).rejects.toThrow(/targets \[10, 2\] against outputs \[10, 1\]/);
    await expect(model.fit(column(xs), wrong, { batchSize: 4, ...quiet })).rejects.toThrow(
      /\[4, 2\] against outputs \[4, 1\]/,
    );
    await expect(model.predict(wrong)).rejects.toThrow(/expected \[null, 1\], received \[10, 2\]/);
    const abort = AbortSignal.abort(new Error("enough"));
    await expect(model.predict(column(xs), { signal: abort })).rejects.toThrow("enough");
    expect(memory().buffers).toBe(buffers);
    expect(await weightsOf(model)).toEqual(before);
  });

  test("a call that starts inside a scope outlives it", async () => {
    const model = line();
    const begun: Promise<unknown>[] = [];
    scope(() => {
      begun.push(model.trainOnBatch(column(xs), column(ys)), model.predictOnBatch(column(xs)));
    });
    const [logs, prediction] = (await Promise.all(begun)) as [{ loss: number }, Tensor];
    expect(logs.loss).toBeGreaterThan(0);
    expect(await prediction.data()).toHaveLength(10);
  });

  test("compiling again disposes the slots of an optimizer that compile made", async () => {
    const model = line({ optimizer: "adam" });
    const { buffers } = memory();
    await model.trainOnBatch(column(xs), column(ys));
    expect(memory().buffers).toBe(buffers + 4);
    model.compile({ loss: "mse" });
    expect(memory().buffers).toBe(buffers);
  });
});

describe("the end", () => {
  test("an abort throws the signal's reason; weights are as after the last whole batch", async () => {
    const model = line();
    const controller = new AbortController();
    const reason = new Error("the user left");
    let ended = false;
    const callbacks = [
      {
        onTrainBatchEnd: (batch: number) => void (batch === 2 && controller.abort(reason)),
        onTrainEnd: () => void (ended = true),
      },
    ];
    const options = { batchSize: 2, shuffle: false, epochs: 5, callbacks, signal: controller.signal, ...quiet };
    await expect(model.fit(column(xs), column(ys), options)).rejects.toBe(reason);
    const { w, b } = plainLine(xs.slice(0, 6), ys.slice(0, 6), 2, 1);
    const [kernel, bias] = await weightsOf(model);
    expect(kernel).toBeCloseTo(w, 12);
    expect(bias).toBeCloseTo(b, 12);
    expect(ended).toBe(false);
    await model.fit(column(xs), column(ys), quiet);
  });

  test("timers run while fit does", async () => {
    const model = line();
    let fired = false;
    setTimeout(() => (fired = true), 10);
    const callbacks = [{ onTrainBatchEnd: () => void (fired && (model.stopTraining = true)) }];
    await model.fit(column(xs), column(ys), { stepsPerEpoch: 1e5, batchSize: 10, callbacks, ...quiet });
    expect(fired).toBe(true);
  });
});
