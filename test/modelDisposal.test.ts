// Which memory a model gives back when it is disposed, and what a disposed model says.
import { beforeAll, describe, expect, test } from "vitest";
import {
  Adam,
  ArgumentError,
  Bidirectional,
  Dense,
  DisposedError,
  GRU,
  Input,
  LSTM,
  memory,
  Model,
  type ModelLayer,
  RNN,
  LSTMCell,
  scope,
  Sequential,
  setBackend,
  type SymbolicTensor,
  tensor,
  TimeDistributed,
  zeros,
} from "../src/index.js";
import { createReferenceBackend } from "../src/backends/reference/index.js";
import { loadModel, saveModel } from "../src/formats/index.js";
import { splitAtRecurrent } from "../src/inspect/index.js";

beforeAll(() => setBackend(createReferenceBackend()));

const used = () => memory().buffers;
const row = () => Input({ shape: [3] });
const line = () => Sequential([row(), Dense({ units: 2 })]);
const predicts = async (model: ModelLayer, shape = [1, 3]) => {
  using x = zeros(shape);
  using y = await model.predict(x);
  return y.shape;
};

describe("what is given back", () => {
  test("weights and states, once; disposing twice is harmless", async () => {
    const before = used();
    const model = Sequential([
      Input({ shape: [4, 3], batchSize: 1 }),
      LSTM({ units: 2, stateful: true, returnSequences: true }),
      Bidirectional(GRU({ units: 2, stateful: true, returnSequences: true })),
      RNN([LSTMCell({ units: 2 }), LSTMCell({ units: 1 })]),
      Dense({ units: 2 }),
    ]);
    await predicts(model, [1, 4, 3]);
    expect(used()).toBeGreaterThan(before + model.weights.length);
    model.dispose();
    expect(used()).toBe(before);
    model.dispose();
    expect(used()).toBe(before);
  });

  test("all of it at the end of a block, where the model is declared with using", async () => {
    const before = used();
    {
      using model = line();
      model.compile({ optimizer: "adam", loss: "mse" });
      await model.fit(tensor([[1, 2, 3]]), tensor([[1, 2]]), { verbose: 0 });
      expect(used()).toBeGreaterThan(before + 2);
    }
    expect(used()).toBe(before + 2); // the data
  });

  test("the optimizer if compile made it, not if it was given", async () => {
    const before = used();
    const [x, y] = [[[1, 2, 3]], [[1, 2]]];
    const named = line();
    named.compile({ optimizer: "adam", loss: "mse" });
    await named.fit(x, y, { verbose: 0 });
    named.dispose();
    expect(used()).toBe(before);
    const optimizer = Adam();
    const given = line();
    given.compile({ optimizer, loss: "mse" });
    await given.fit(x, y, { verbose: 0 });
    given.dispose();
    expect(used()).toBe(before + 4);
    expect([optimizer.iterations, optimizer.variables.length]).toEqual([1, 4]);
    optimizer.dispose();
    expect(used()).toBe(before);
  });

  test("an optimizer that is given to compile again keeps its slots, and is still disposed with the model", async () => {
    const before = used();
    const model = line();
    model.compile({ optimizer: "adam", loss: "mse" });
    await model.fit([[1, 2, 3]], [[1, 2]], { verbose: 0 });
    model.compile({ optimizer: model.optimizer!, loss: "mae" });
    expect(model.optimizer!.variables).toHaveLength(4);
    model.compile({ optimizer: "sgd", loss: "mae" });
    expect(used()).toBe(before + 2);
    model.dispose();
    expect(used()).toBe(before);
  });

  test("everything of a model from a file: models inside, the optimizer that the file described", async () => {
    const before = used();
    const inner = line();
    const model = Sequential([Input({ shape: [3] }), inner, Sequential([Input({ shape: [2] }), Dense({ units: 1 })])]);
    model.compile({ optimizer: "adam", loss: "mse" });
    await model.fit([[1, 2, 3]], [[1]], { verbose: 0 });
    const bytes = await saveModel(model);
    const inside = model.layers[1] as ModelLayer;
    for (const each of [model, inner, inside]) each.dispose();
    expect(used()).toBe(before);
    const loaded = await loadModel(bytes);
    expect(loaded.optimizer!.variables).toHaveLength(8);
    loaded.dispose();
    expect(used()).toBe(before);
  });
});

describe("layers that several models hold", () => {
  test("stay until the last of them is disposed", async () => {
    const before = used();
    const x = row();
    const hidden = Dense({ units: 2 })(x);
    const whole = Model({ inputs: x, outputs: Dense({ units: 1 })(hidden) });
    const features = Model({ inputs: x, outputs: hidden });
    whole.dispose();
    expect(used()).toBe(before + 2); // those of the second layer are gone
    expect(await predicts(features)).toEqual([1, 2]);
    await expect(predicts(whole)).rejects.toThrow(DisposedError);
    features.dispose();
    expect(used()).toBe(before);
  });

  test("a model that was cut in two is held by its parts", async () => {
    const before = used();
    const model = Sequential([
      Input({ shape: [4, 3] }),
      TimeDistributed(Dense({ units: 2 })),
      LSTM({ units: 2 }),
      Dense({ units: 1 }),
    ]);
    const { before: first, after } = splitAtRecurrent(model);
    model.dispose();
    expect(await predicts(after, [1, 4, 2])).toEqual([1, 1]);
    first!.dispose();
    after.dispose();
    expect(used()).toBe(before);
  });

  test.each([[[0, 1]], [[1, 0]]])("a model inside another one, disposed in the order %j", async (order) => {
    const before = used();
    const inner = line();
    const models: ModelLayer[] = [inner, Sequential([row(), inner, Dense({ units: 1 })])];
    const [first, second] = order.map((i) => models[i]);
    first.dispose();
    expect(await predicts(second)).toEqual([1, second === inner ? 2 : 1]);
    second.dispose();
    expect(used()).toBe(before);
    await expect(predicts(inner)).rejects.toThrow(DisposedError);
  });

  test("a model that was given to a layer is disposed with the last model around it", async () => {
    const before = used();
    const inner = line();
    const video = Input({ shape: [2, 3] });
    const frames = TimeDistributed(inner)(video);
    const models = [1, 2].map((units) => Model({ inputs: video, outputs: LSTM({ units })(frames) }));
    models[0].dispose();
    expect(await predicts(inner)).toEqual([1, 2]);
    models[1].dispose();
    expect(used()).toBe(before);
    await expect(predicts(inner)).rejects.toThrow(DisposedError);
  });

  test("a layer that a model calls several times, or through several models, counts once in the end", () => {
    const before = used();
    const square = Sequential([row(), Dense({ units: 3 })]);
    const [a, b] = [row(), row()];
    const inside = Model({ inputs: a, outputs: square(square(a)) });
    const model = Model({ inputs: b, outputs: [inside(b), square(inside(b)) as SymbolicTensor] });
    for (const each of [model, inside]) each.dispose();
    expect(used()).toBe(before + 2);
    square.dispose();
    expect(used()).toBe(before);
  });

  test("a layer that was popped belongs to nobody; its next model gives it back", async () => {
    const before = used();
    const model = Sequential([row(), Dense({ units: 2 }), Dense({ units: 1 })]);
    const last = model.pop();
    model.dispose();
    expect(used()).toBe(before + 2);
    const x = Input({ shape: [2] });
    const next = Sequential([x, last]);
    expect(await predicts(next, [1, 2])).toEqual([1, 1]);
    next.dispose();
    expect(used()).toBe(before);
  });

  test("a model that could not be made holds nothing, and takes nothing away", async () => {
    const before = used();
    const own = Dense({ units: 2 });
    scope(() => void own(zeros([1, 3])));
    expect(() => Sequential([row(), own, Dense({ units: 2 }), 5 as never])).toThrow(ArgumentError);
    expect(used()).toBe(before + 2);
    const model = Sequential([row(), own]);
    expect(() => model.add(5 as never)).toThrow(ArgumentError);
    model.dispose();
    expect(used()).toBe(before);
  });
});

describe("a disposed model", () => {
  const message = (what: string) => `${what} was used after it had been disposed; make it again.`;

  test("says so, whatever is asked of it", async () => {
    const model = Sequential({ layers: [row(), Dense({ units: 2 })], name: "line" });
    model.compile({ optimizer: "sgd", loss: "mse" });
    const layer = model.layers[0];
    model.dispose();
    const [x, y] = [[[1, 2, 3]], [[1, 2]]];
    const text = message('Sequential "line"');
    const later = [
      () => model.predict(x),
      () => model.predictOnBatch(x),
      () => model.fit(x, y),
      () => model.evaluate(x, y),
      () => model.trainOnBatch(x, y),
      () => saveModel(model),
      () => model.getWeights(),
    ];
    for (const use of later) {
      const error = await use().then(String, (thrown: Error) => thrown);
      expect(error).toBeInstanceOf(DisposedError);
      expect((error as Error).message).toBe(text);
    }
    const now = [
      () => scope(() => model(zeros([1, 3]))),
      () => model(row()),
      () => model.weights,
      () => model.layers,
      () => model.add(Dense({ units: 1 })),
      () => model.compile(),
      () => model.getConfig(),
      () => model.countParams(),
      () => model.summary({ print: () => {} }),
    ];
    for (const use of now) expect(use).toThrow(new DisposedError(text));
    expect(() => scope(() => layer.compute([zeros([1, 3])]))).toThrow(DisposedError);
    expect([model.name, String(model)]).toEqual(["line", 'Sequential "line"']);
  });

  test("ends a fit that is running, and leaves nothing in memory", async () => {
    const before = used();
    const model = line();
    model.compile({ optimizer: "adam", loss: "mse" });
    const callback = { onTrainBatchEnd: () => model.dispose() };
    const x = [[1, 2, 3], [4, 5, 6]]; // prettier-ignore
    const fitted = model.fit(x, [[1, 2], [3, 4]], { batchSize: 1, verbose: 0, callbacks: [callback as never] }); // prettier-ignore
    await expect(fitted).rejects.toThrow(DisposedError);
    expect(used()).toBe(before);
  });
});
