// recompute: the weights of training to the bit, with less memory, for every layer; random numbers, states, nesting, refusals.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  add,
  clearNames,
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  init,
  Input,
  Layer,
  type LayerCall,
  memory,
  Model,
  multiply,
  MultiHeadAttention,
  Multiply,
  BatchNormalization,
  recompute,
  setSeed,
  Sequential,
  type HostArray,
  softmax,
  type SymbolicTensor,
  tanh,
  tensor,
  type Tensor,
  Variable,
  valueAndGrad,
  sum,
  LSTM,
  Embedding,
  TimeDistributed,
  scope,
  square,
} from "../src/index.js";
import { numbers } from "./support/cases/case.js";
import { dataOf, layerOf, type LayerRow, layerRows, shapesOf, sizeOf } from "./support/cases/layers.js";

beforeAll(() => init({ threads: 1 }));
beforeEach(() => {
  clearNames();
  setSeed(1);
});

const host = (shape: number[], seed: number): HostArray => ({
  data: Float32Array.from(numbers(sizeOf(shape), seed)),
  shape,
});

describe("three steps of every layer are the same with and without", () => {
  const rows = Object.entries(layerRows).flatMap(([name, list]) =>
    list.flatMap((row, i) => (row.predictOnly ? [] : [[`${name} ${i + 1}`, name, row] as const])),
  );

  /** Trains a model of the layer between two others. Gives logs, all weights, and the buffers that are left. */
  async function train(name: string, row: LayerRow, isOn: boolean) {
    clearNames();
    setSeed(1);
    const layer = layerOf(name, row);
    const xs = shapesOf(row).map(([, ...shape]) => Input({ shape, ...(row.strings && { dtype: "string" as const }) }));
    const before = row.strings || row.integers ? xs : xs.map((x) => Dense({ units: x.shape.at(-1)! })(x));
    const given = Array.isArray(row.input[0]) ? before : before[0];
    const made = [(layer as Layer & LayerCall)(given as SymbolicTensor)].flat();
    const model = Model({
      inputs: xs,
      outputs: made.map((y) => Dense({ units: 2, activation: "softmax" })(Flatten()(y))),
    });
    model.compile({ optimizer: "adam", loss: made.map(() => "categoricalCrossentropy") });
    if (isOn) recompute(layer);
    const data = dataOf(row);
    const [batch] = data[0].shape;
    const target = host([batch, 2], 90);
    const logs = [];
    for (let step = 0; step < 3; step++)
      logs.push(
        await model.trainOnBatch(
          data,
          made.map(() => target),
        ),
      );
    const result = { logs, weights: await model.getWeights() };
    const { buffers } = memory();
    await model.trainOnBatch(
      data,
      made.map(() => target),
    );
    expect(memory().buffers).toBe(buffers);
    model.dispose();
    return result;
  }

  test.each(rows)("%s", async (_, name, row) => {
    if (row.changesWeights)
      return expect(train(name, row, true)).rejects.toThrow(/its call changes ".*", which is trained/);
    expect(await train(name, row, true)).toEqual(await train(name, row, false));
  });
});

/** A block with everything that a call may change: dropout, moving statistics; its input is read twice. */
function blocks(count: number, isOn: boolean) {
  clearNames();
  setSeed(7);
  const input = Input({ shape: [8, 8, 3] });
  let x: SymbolicTensor = Conv2D({ filters: 4, kernelSize: 3, padding: "same" })(input);
  for (let i = 0; i < count; i++) {
    const inner = Input({ shape: [8, 8, 4] });
    const conv = Conv2D({ filters: 4, kernelSize: 3, padding: "same", activation: "tanh" })(inner);
    const block = Model({
      inputs: inner,
      outputs: Dropout({ rate: 0.2 })(BatchNormalization()(conv)),
      name: `block_${i}`,
    });
    if (isOn) recompute(block);
    x = block(x);
  }
  const model = Model({ inputs: input, outputs: Dense({ units: 3, activation: "softmax" })(Flatten()(x)) });
  model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
  return model;
}
const pictures = host([6, 8, 8, 3], 1);
const labels = { data: Float32Array.from({ length: 18 }, (_, i) => +(i % 4 === 0)), shape: [6, 3] };

test("blocks with dropout and batch norm train to the same bits over several epochs of fit", async () => {
  const [plain, twice] = [blocks(3, false), blocks(3, true)];
  const options = { epochs: 3, batchSize: 4, seed: 1, verbose: 0 } as const;
  expect(await twice.fit(pictures, labels, options)).toEqual(await plain.fit(pictures, labels, options));
  expect(await twice.getWeights()).toEqual(await plain.getWeights());
  const [a, b] = [await plain.predict(pictures), await twice.predict(pictures)];
  expect(await b.data()).toEqual(await a.data());
});

test("between call and backward pass only inputs are kept, and a block inside a block is computed again too", () => {
  const held = (isOn: boolean, isNested = false) => {
    const model = blocks(4, isOn);
    if (isNested) for (const layer of model.getLayer("block_1").sublayers) recompute(layer);
    let bytes = 0;
    const x = tensor(pictures.data as Float32Array, [6, 8, 8, 3]);
    const before = memory().usedBytes;
    const { grads } = valueAndGrad(() => {
      const [y] = model.compute([x], { training: true });
      bytes = memory().usedBytes - before;
      return sum(square(y));
    }, model.trainableWeights)();
    for (const grad of grads) grad.dispose();
    x.dispose();
    return bytes;
  };
  const map = 6 * 8 * 8 * 4 * 4; // bytes of the output of a block
  expect(held(false) - held(true)).toBeGreaterThan(4 * 2 * map); // those of the convolution and of batch norm, at least
  expect(held(true, true)).toBe(held(true));
});

test("the call is repeated once in a step of training, and nowhere else", async () => {
  let calls = 0;
  class Counted extends Layer {
    static override className = "Counted";
    override call([x]: Tensor[]) {
      calls++;
      return [tanh(x)];
    }
    override computeOutputShape(shapes: (number | null)[][]) {
      return shapes;
    }
  }
  const counted = recompute(new Counted({}) as Counted & LayerCall);
  const model = Sequential([Input({ shape: [2] }), Dense({ units: 3 }), counted, Dense({ units: 1 })]);
  model.compile({ optimizer: "sgd", loss: "mse" });
  const count = async (work: () => Promise<unknown>) => {
    calls = 0;
    await work();
    return calls;
  };
  const [x, y] = [host([4, 2], 1), host([4, 1], 2)];
  expect(await count(() => model.trainOnBatch(x, y))).toBe(2);
  expect(await count(() => model.testOnBatch(x, y))).toBe(1);
  expect(await count(() => model.predictOnBatch(x))).toBe(1);
  expect(recompute(counted, false)).toBe(counted);
  expect(await count(() => model.trainOnBatch(x, y))).toBe(1);
});

test("a loss that reads the logits of the layer", async () => {
  const make = (isOn: boolean) => {
    clearNames();
    setSeed(3);
    const last = Dense({ units: 3, activation: "softmax" });
    if (isOn) recompute(last);
    const model = Sequential([Input({ shape: [4] }), Dense({ units: 5 }), last]);
    model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
    return model;
  };
  const [x, y] = [host([6, 4], 1), labels];
  const [plain, twice] = [make(false), make(true)];
  for (let step = 0; step < 3; step++) expect(await twice.trainOnBatch(x, y)).toEqual(await plain.trainOnBatch(x, y));
  expect(await twice.getWeights()).toEqual(await plain.getWeights());
});

test("a layer that is called twice goes on from the states of its second call", async () => {
  const make = (isOn: boolean) => {
    clearNames();
    setSeed(5);
    const [norm, drop] = [BatchNormalization({ momentum: 0.5 }), Dropout({ rate: 0.3 })];
    if (isOn) for (const layer of [norm, drop]) recompute(layer);
    const x = Input({ shape: [4] });
    const once = drop(norm(Dense({ units: 4 })(x)));
    const model = Model({ inputs: x, outputs: Dense({ units: 1 })(drop(norm(once))) });
    model.compile({ optimizer: "sgd", loss: "mse" });
    return model;
  };
  const [x, y] = [host([6, 4], 1), host([6, 1], 2)];
  const [plain, twice] = [make(false), make(true)];
  const options = { epochs: 5, shuffle: false, verbose: 0 } as const;
  const expected = await plain.fit(x, y, options);
  expect(await twice.fit(x, y, { ...options, plan: true })).toEqual(expected);
  expect(await twice.getWeights()).toEqual(await plain.getWeights());
});

test("a mask that comes from before the layer", async () => {
  const make = (isOn: boolean) => {
    clearNames();
    setSeed(3);
    const lstm = LSTM({ units: 4, returnSequences: true });
    const dense = TimeDistributed(Dense({ units: 3, activation: "softmax" }));
    if (isOn) for (const layer of [lstm, dense]) recompute(layer);
    const model = Sequential([
      Input({ shape: [5] }),
      Embedding({ inputDim: 6, outputDim: 3, maskZero: true }),
      lstm,
      dense,
    ]);
    model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
    return model;
  };
  const words = { data: Float32Array.from([1, 2, 3, 0, 0, 5, 4, 0, 0, 0]), shape: [2, 5] };
  const targets = { data: Float32Array.from({ length: 30 }, (_, i) => +(i % 3 === 1)), shape: [2, 5, 3] };
  const [plain, twice] = [make(false), make(true)];
  for (let step = 0; step < 3; step++)
    expect(await twice.trainOnBatch(words, targets)).toEqual(await plain.trainOnBatch(words, targets));
  expect(await twice.getWeights()).toEqual(await plain.getWeights());
});

test("a layer that gives its input back, and gradients with respect to an input", async () => {
  class Same extends Layer {
    static override className = "Same";
    override call([x]: Tensor[]) {
      return [x, multiply(x, x)];
    }
    override computeOutputShape([shape]: (number | null)[][]) {
      return [shape, shape];
    }
  }
  const x = new Variable("x", [3]).assign([1, -2, 3]);
  const layer = recompute(new Same({}));
  const { value, grads } = valueAndGrad(() => {
    const [same, squared] = layer.compute([x], { training: true });
    return sum(add(multiply(same, 3), softmax(squared).as([3])));
  }, [x])();
  const plain = valueAndGrad(() => sum(add(multiply(x, 3), softmax(multiply(x, x)).as([3]))), [x])();
  expect([...(await grads[0].data())]).toEqual([...(await plain.grads[0].data())]);
  expect([...(await value.data())]).toEqual([...(await plain.value.data())]);
  for (const one of [x, value, plain.value, ...grads, ...plain.grads]) one.dispose();
});

test("a tensor that is given twice, and gradients of frozen weights that are asked for", async () => {
  const make = (isOn: boolean) => {
    clearNames();
    setSeed(9);
    const [product, attention] = [Multiply(), MultiHeadAttention({ numHeads: 2, keyDim: 3 })];
    if (isOn) for (const layer of [product, attention]) recompute(layer);
    const x = Input({ shape: [3, 4] });
    const h = Dense({ units: 4 })(x);
    const y = Dense({ units: 1 })(attention([product([h, h]), h, h]));
    const model = Model({ inputs: x, outputs: y });
    model.compile({ optimizer: "sgd", loss: "mse" });
    return model;
  };
  const [x, y] = [host([5, 3, 4], 1), host([5, 3, 1], 2)];
  const [plain, twice] = [make(false), make(true)];
  for (let step = 0; step < 3; step++) expect(await twice.trainOnBatch(x, y)).toEqual(await plain.trainOnBatch(x, y));
  const dense = recompute(Dense({ units: 2 }));
  dense.trainable = false;
  const input = tensor([[1, 2]]);
  dense.apply(input);
  const { grads } = valueAndGrad(() => sum(square(dense(input, { training: true }))), dense.weights)();
  expect((await grads[0].data()).every((g) => g !== 0)).toBe(true);
});

test("a step that fails in the second call leaves weights, streams and memory as they were", async () => {
  const model = blocks(2, true);
  await model.trainOnBatch(pictures, labels);
  const [before, { buffers }] = [await model.getWeights(), memory()];
  const block = model.getLayer("block_1");
  const call = block.call.bind(block);
  let calls = 0;
  block.call = (...args) => {
    if (++calls === 2) throw new Error("in the second call");
    return call(...args);
  };
  await expect(model.trainOnBatch(pictures, labels)).rejects.toThrow("in the second call");
  expect(await model.getWeights()).toEqual(before);
  expect(memory().buffers).toBe(buffers);
  block.call = call;
  const twin = blocks(2, false);
  for (let step = 0; step < 2; step++) await twin.trainOnBatch(pictures, labels);
  await model.trainOnBatch(pictures, labels);
  expect(await model.getWeights()).toEqual(await twin.getWeights());
  scope(() => model.compute([tensor(pictures.data as Float32Array, [6, 8, 8, 3])]));
});

test("what is no layer is refused", () => {
  expect(() => recompute({})).toThrow(/^recompute: expected a layer, received .*\.$/);
});
