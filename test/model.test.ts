// Graphs of layers: shared and nested ones, several inputs and outputs, cutting and joining, the order of layers and weights.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  Activation,
  Adam,
  Add,
  add,
  BatchNormalization,
  clearNames,
  Concatenate,
  Conv1D,
  Conv2D,
  conv2d,
  ConvLSTM2D,
  Dense,
  DenseLayer,
  Dropout,
  Flatten,
  Input,
  LSTM,
  LSTMCell,
  memory,
  Model,
  type ModelLayer,
  random,
  scope,
  Sequential,
  setBackend,
  setSeed,
  SGD,
  type Tensor,
  tensor,
  TimeDistributed,
  valueAndGrad,
  sum,
  zeros,
} from "../src/index.js";
import { createReferenceBackend } from "../src/backends/reference/index.js";

beforeAll(() => setBackend(createReferenceBackend({ precision: "float64" })));
beforeEach(() => {
  clearNames();
  setSeed(1);
});

const values = async (x: Tensor): Promise<number[]> => Array.from(await x.data());

describe("shared layers", () => {
  const build = () => {
    const left = Input({ shape: [3], name: "left" });
    const right = Input({ shape: [3], name: "right" });
    const shared = Dense({ units: 3, name: "shared" });
    return { shared, model: Model({ inputs: [left, right], outputs: Add()([shared(left), shared(shared(right))]) }) };
  };

  test("have one set of weights, whose gradients are sums", async () => {
    const { shared, model } = build();
    expect(model.countParams()).toBe(12);
    const [a, b] = [random([2, 3]), random([2, 3])];
    const expected = Add()([shared(a), shared(shared(b))]);
    expect(await values(model([a, b]))).toEqual(await values(expected));
    const { grads } = valueAndGrad(() => sum(model([a, b])), [shared.bias!])();
    const kernel = await values(shared.kernel);
    // 1 from each last call, and what the inner call sends through the kernel: the sum of its row.
    const wanted = [0, 1, 2].map((i) => 2 * (2 + kernel.slice(3 * i, 3 * i + 3).reduce((x, y) => x + y, 0)));
    (await values(grads[0])).forEach((g, i) => expect(g).toBeCloseTo(wanted[i], 12));
  });

  test("have no single output", () => {
    const { shared } = build();
    expect(() => shared.output).toThrow(
      'Dense "shared": was called 3 times on symbolic tensors; use nodes[i].outputs to say which call.',
    );
    expect(shared.nodes[2].outputs[0].shape).toEqual([null, 3]);
  });
});

test("several inputs and outputs keep their order", async () => {
  const [a, b] = [Input({ shape: [2] }), Input({ shape: [3] })];
  const doubled = Dense({ units: 2, useBias: false, kernelInitializer: () => [2, 0, 0, 2] });
  const model = Model({ inputs: [a, b], outputs: [Activation({ activation: "relu" })(b), doubled(a)] });
  const [first, second] = model([tensor([[1, 2]]), tensor([[-1, 5, -3]])]) as unknown as Tensor[];
  expect(await values(first)).toEqual([0, 5, 0]);
  expect(await values(second)).toEqual([2, 4]);
  expect(() => model(random([1, 2]))).toThrow('Functional "functional": expected 2 inputs, received 1.');
});

test("models nest, and their layers are frozen, counted and found through them", () => {
  const frame = Input({ shape: [8, 8, 1] });
  const cnn = Model({
    inputs: frame,
    outputs: BatchNormalization()(Conv2D({ filters: 2, kernelSize: 3 })(frame)),
    name: "cnn",
  });
  const film = Input({ shape: [4, 8, 8, 1] });
  const x = ConvLSTM2D({ filters: 3 })(TimeDistributed(cnn)(film));
  const model = Model({ inputs: film, outputs: Dense({ units: 5 })(Flatten()(x)) });
  expect(model(random([2, 4, 8, 8, 1])).shape).toEqual([2, 5]);
  expect(model.countParams()).toBe(20 + 8 + (3 * 3 * 5 * 12 + 12) + (48 * 5 + 5));
  cnn.trainable = false;
  expect(model.trainableWeights.map((w) => w.name)).toEqual([
    ...["conv_lstm2d/kernel", "conv_lstm2d/recurrent_kernel", "conv_lstm2d/bias"],
    ...["dense/kernel", "dense/bias"],
  ]);
  expect(cnn.getLayer("batch_normalization")).toBe(cnn.layers[2]);
  expect(() => model.getLayer("conv_lstm")).toThrow('unknown layer "conv_lstm"; did you mean "conv_lstm2d"?');
});

test("a network is cut at a layer's output, and joined to another", async () => {
  const x = Input({ shape: [6] });
  const whole = Model({
    inputs: x,
    outputs: Dense({ units: 2, name: "head" })(
      Dropout({ rate: 0.5 })(Dense({ units: 4, activation: "relu", name: "features" })(x)),
    ),
  });
  const features = whole.getLayer("features").output;
  const lower = Model({ inputs: whole.inputs[0], outputs: features });
  const upper = Model({ inputs: features, outputs: whole.outputs[0] });
  expect(lower.weights.map((w) => w.name)).toEqual(["features/kernel", "features/bias"]);
  expect(upper.weights.map((w) => w.name)).toEqual(["head/kernel", "head/bias"]);
  const data = random([3, 6]);
  expect(await values(upper(lower(data)))).toEqual(await values(whole(data)));
  const clips = Input({ shape: [5, 6] });
  const joined = Model({ inputs: clips, outputs: LSTM({ units: 3 })(TimeDistributed(lower)(clips)) });
  expect(joined(random([2, 5, 6])).shape).toEqual([2, 3]);
});

test("layers and weights are in Keras's order: the deepest first", () => {
  const [a, b] = [Input({ shape: [2], name: "a" }), Input({ shape: [2], name: "b" })];
  const dense = (name: string) => Dense({ units: 2, name });
  const left = dense("left2")(dense("left1")(a));
  const right = dense("right3")(dense("right2")(dense("right1")(b)));
  const model = Model({ inputs: [b, a], outputs: Add({ name: "sum" })([left, right]) });
  const names = model.layers.map((layer) => layer.name);
  expect(names).toEqual(["b", "a", "right1", "left1", "right2", "left2", "right3", "sum"]);
});

test("Sequential is a chain, without its Input among the layers", () => {
  const model = Sequential([Input({ shape: [3] }), Dense({ units: 4 }), Dense({ units: 2 })]);
  expect(model.name).toBe("sequential");
  expect(model.layers.map((layer) => layer.name)).toEqual(["dense", "dense_1"]);
  expect(model(random([5, 3])).shape).toEqual([5, 2]);
  expect(() => Sequential([Dense({ units: 1 })])).toThrow("the first element must be an Input({ shape })");
});

describe("a Sequential that grows", () => {
  test("refuses a layer after one with several outputs", () => {
    const model = Sequential([Input({ shape: [3, 2] }), LSTM({ units: 2, returnState: true })]);
    expect(() => model.add(Dense({ units: 1 }))).toThrow(/add: the last layer has 3 outputs/);
    expect(model.outputs).toHaveLength(3);
  });

  const grown = () => {
    const model = Sequential({ name: "grown" });
    model.add(Input({ shape: [3] }));
    model.add(Dense({ units: 4, name: "first" }));
    return model;
  };
  const names = (model: ModelLayer) => model.layers.map(({ name }) => name);

  test("is the same as one that is made from a list", async () => {
    const model = grown();
    model.add(Dense({ units: 2, name: "second" }));
    expect(names(model)).toEqual(["first", "second"]);
    expect(model.outputs.map(({ shape }) => shape)).toEqual([[null, 2]]);
    const whole = Sequential({ layers: [Input({ shape: [3] }), ...model.layers], name: "whole" });
    const x = random([5, 3]);
    expect(await values(model(x))).toEqual(await values(whole(x)));
    expect(model.countParams()).toBe(4 * 4 + 5 * 2);
  });

  test("trains before and after a layer is added or removed, by the options of the first compile", async () => {
    const model = Sequential();
    model.compile({ loss: "mse", optimizer: SGD({ learningRate: 0.1 }), metrics: ["mae"] });
    model.add(Input({ shape: [3] }));
    model.add(Dense({ units: 2 }));
    const x = random([8, 3]);
    const lossesOf = async (units: number) => {
      const { history } = await model.fit(x, zeros([8, units]), { epochs: 20, verbose: 0 });
      expect(Object.keys(history)).toEqual(["loss", "mae"]);
      expect(history.loss.at(-1)).toBeLessThan(history.loss[0]);
    };
    await lossesOf(2);
    const last = Dense({ units: 5 });
    model.add(last);
    await lossesOf(5);
    expect(model.pop()).toBe(last);
    expect(model.trainableWeights).toHaveLength(2);
    await lossesOf(2);
  });

  test("is unchanged where the options of compile do not fit what is added", async () => {
    const model = grown();
    model.compile({ loss: { first: "mse" } });
    expect(() => model.add(Dense({ units: 1, name: "second" }))).toThrow(
      'loss: unknown output "first"; known are second.',
    );
    expect(names(model)).toEqual(["first"]);
    expect((await model.evaluate(zeros([2, 3]), zeros([2, 4]))).loss).toBe(0);
    const empty = Sequential();
    empty.compile({ loss: "msee" });
    expect(() => empty.add(Input({ shape: [3] }))).toThrow('unknown loss "msee"');
    expect(empty.inputs).toEqual([]);
    empty.compile({ loss: "mse" });
    empty.add(Input({ shape: [3] }));
    expect(empty.outputs[0].shape).toEqual([null, 3]);
  });

  test("is unchanged after an error", async () => {
    const model = grown();
    const x = random([2, 3]);
    const before = await values(model(x));
    const [last] = model.outputs;
    const refused: [() => void, string][] = [
      [() => model.add(Input({ shape: [3] })), "has an Input already; add layers to it."],
      [() => model.add(Dense({ units: 1, name: "first" })), 'two layers are named "first"; rename one.'],
      [() => model.add(LSTM({ units: 1 })), "expected [batch, time, features], received [null, 4]"],
      [() => Sequential().add(Dense({ units: 1 })), "the first element must be an Input({ shape })"],
      [() => Sequential().add(last), "the first element must be an Input({ shape })"],
      [() => model.add(last), "expected a layer, as Dense({ units: 1 }), received SymbolicTensor."],
      [() => model.add(Dense as never), "expected a layer, as Dense({ units: 1 }), received Function."],
      [() => model.add("dense" as never), 'expected a layer, as Dense({ units: 1 }), received "dense".'],
      [() => Sequential().pop(), "there is no layer to remove."],
      [() => Sequential([Input({ shape: [3] })]).pop(), "there is no layer to remove."],
    ];
    for (const [change, message] of refused) expect(change).toThrow(message);
    expect(names(model)).toEqual(["first"]);
    expect(await values(model(x))).toEqual(before);
    model(Input({ shape: [3] }));
    for (const change of [() => model.add(Dense({ units: 1 })), () => void model.pop()]) {
      expect(change).toThrow("it is inside of another layer or model; change it before it is called or given.");
    }
  });
});

test("new before a layer changes nothing, and what is no object of options is refused", () => {
  const New = Dense as unknown as new (options: object) => DenseLayer;
  expect(new New({ units: 3 })).toBeInstanceOf(DenseLayer);
  const refused = { 3: 3, '"relu"': "relu", Array: [3], null: null, undefined };
  for (const [received, options] of Object.entries(refused)) {
    for (const [make, name] of [
      [Dense, "Dense: expected options, as { units: ... }"],
      [LSTM, "LSTM: expected options, as { units: ... }"],
      [LSTMCell, "LSTMCell: expected options, as { units: ... }"],
      [Conv1D, "Conv1D: expected options, as { filters: ... }"],
      [Input, "Input: expected options, as { shape: ... }"],
    ] as const) {
      expect(() => make(options as never)).toThrow(`${name}, received ${received}.`);
    }
  }
  for (const options of [3, null, { inputs: Input({ shape: [1] }) }, Dense({ units: 1 })]) {
    expect(() => Sequential(options as never)).toThrow(
      /^Sequential: (expected options, as \{ layers: |unknown option "(inputs|config)")/,
    );
  }
  expect(() => Adam(0.001 as never)).toThrow("Adam: expected options, as { learningRate: ... }, received 0.001.");
});

test("output and input of a model are its own, also before and after it is called", () => {
  const x = Input({ shape: [3] });
  const model = Model({ inputs: x, outputs: Dense({ units: 2 })(x) });
  for (let calls = 0; calls < 3; calls++) {
    expect([model.input, model.output]).toEqual([x, model.outputs[0]]);
    model(Input({ shape: [3] }));
  }
});

test("what a caller may take for an argument is refused with what to write", () => {
  const [x, y] = [Input({ shape: [3] }), Input({ shape: [3] })];
  const join = Concatenate({ name: "join" });
  const refused: [() => unknown, string][] = [
    [() => join(x, y as never), 'Concatenate "join": unknown option "shape"; known are training, mask'],
    [() => join([zeros([1, 3])], [zeros([1, 3])] as never), 'Concatenate "join": expected options, as { training: ... }'],
    [() => Dense({ units: 1 })(zeros([1, 3]), { trainig: true } as never), 'did you mean "training"?'],
    [() => Model({ input: x, output: x } as never), 'unknown option "input"; did you mean "inputs"?'],
    [() => conv2d(x as never, zeros([1, 1, 1, 1])), "received SymbolicTensor; in a graph call a layer"],
    [() => add(undefined as never, 1), "expected a tensor, received undefined."],
    [() => add([1] as never, 1), "received a list; a layer's call takes a list: call([x])."],
    [() => Conv2D({ filters: 1, kernelSize: 3 })(Input({ shape: [28, 28] })), "[null, 28, 28]; the batch or the channels are missing."],
  ]; // prettier-ignore
  for (const [call, message] of refused) expect(call).toThrow(message);
});

test("TypeScript knows of a list of outputs", async () => {
  const x = Input({ shape: [2] });
  const two = Model({ inputs: x, outputs: [Dense({ units: 1 })(x), Dense({ units: 3 })(x)] });
  const one = Model({ inputs: x, outputs: Dense({ units: 1 })(x) });
  const data = zeros([1, 2]);
  // The types of these constants are what this test is for: tsc checks them.
  const lists: Tensor[][] = [await two.predict(data), await two.predictOnBatch(data), two(data)];
  const single: Tensor[] = [await one.predict(data), await one.predictOnBatch(data), one(data)];
  for (const list of lists) expect(list.map(({ shape }) => shape)).toEqual([[1, 1], [1, 3]]); // prettier-ignore
  for (const { shape } of single) expect(shape).toEqual([1, 1]);
});

test("a model counts multiply-adds for sizes that only the data determine", () => {
  const frame = Input({ shape: [null, null, 3] });
  const model = Model({ inputs: frame, outputs: Conv2D({ filters: 4, kernelSize: 3, padding: "same" })(frame) });
  expect(model.macs([[null, null, null, 3]])).toBeNaN();
  expect(model.macs([[null, 10, 20, 3]])).toBe(10 * 20 * 9 * 3 * 4);
  expect(model.largestOutput([[null, 10, 20, 3]])).toBe(10 * 20 * 4);
});

test("graphs whose outputs do not depend on the inputs only are refused", () => {
  const [a, b] = [Input({ shape: [2], name: "a" }), Input({ shape: [2], name: "b" })];
  expect(() => Model({ inputs: a, outputs: Add()([a, b]) })).toThrow(
    'Functional "functional": an output depends on Input "b", which is no input.',
  );
  const twice = () => Dense({ units: 2, name: "same" });
  expect(() => Model({ inputs: a, outputs: twice()(twice()(a)) })).toThrow('two layers are named "same"; rename one.');
  const model = Model({ inputs: a, outputs: Dense({ units: 1 })(a) });
  expect(() => model(random([2]))).toThrow(
    "expected [null, 2], received [2]; reshape the data (a batch comes first), or the Input.",
  );
});

test("the intermediate tensors of a call are disposed", () => {
  const x = Input({ shape: [16, 16, 1] });
  const conv = (filters: number) => Conv2D({ filters, kernelSize: 3, padding: "same", activation: "sigmoid" });
  const model = Model({ inputs: x, outputs: Flatten()(Dropout({ rate: 0.1 })(conv(2)(conv(4)(conv(8)(x))))) });
  scope(() => {
    const data = random([2, 16, 16, 1]);
    const before = memory();
    const y = model(data);
    expect(memory().buffers).toBe(before.buffers + 1);
    y.dispose();
    expect(memory().usedBytes).toBe(before.usedBytes);
  });
});

test("either all weights are set or none", async () => {
  const dense = Dense({ units: 2, name: "d" });
  expect(() => dense.setWeights([])).toThrow('Dense "d": received 0 weights, has none yet');
  dense(random([1, 3]));
  const before = await dense.getWeights();
  const wrong = [{ data: new Float32Array(6), shape: [3, 2] }, { data: new Float32Array(3), shape: [3] }]; // prettier-ignore
  expect(() => dense.setWeights(wrong)).toThrow('Dense "d": weight 1 "d/bias" is [2], received [3].');
  expect(await dense.getWeights()).toEqual(before);
});
