// Watching a model changes none of its objects: passes may be nested and interleaved, and objects may be frozen.
import { beforeEach, expect, test } from "vitest";
import {
  add,
  Bidirectional,
  callable,
  Cell,
  clearNames,
  type ComputeOptions,
  ConvLSTM2D,
  Flatten,
  GRU,
  GRUCell,
  init,
  Input,
  Layer,
  LSTM,
  LSTMCell,
  memory,
  Model,
  type PartialShape,
  random,
  reshape,
  RNN,
  Sequential,
  setSeed,
  slice,
  type Tensor,
  TimeDistributed,
} from "../../src/index.js";
import { ablate, gradientThroughTime, saturation, trace } from "../../src/inspect/index.js";

beforeEach(async () => {
  await init();
  clearNames();
  setSeed(3);
});

/** Returns x, and does some work meanwhile. */
class MeanwhileLayer extends Layer {
  static override className = "Meanwhile";

  constructor(readonly work: () => void) {
    super();
  }

  override call(inputs: Tensor[]): Tensor[] {
    this.work();
    return inputs;
  }

  override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
    return shapes;
  }
}
const Meanwhile = callable(MeanwhileLayer);

const allLayers = (layer: Layer): Layer[] => [layer, ...layer.sublayers.flatMap(allLayers)];

/** Of layers and all that they inherit from: every property with what it is. */
function properties(layers: readonly Layer[]): Map<object, unknown> {
  const found = new Map<object, unknown>();
  for (const layer of layers) {
    for (let object: object = layer; object; object = Object.getPrototypeOf(object)) {
      found.set(object, Object.getOwnPropertyDescriptors(object));
    }
  }
  return found;
}

async function contents(tensors: Readonly<Record<string, Tensor>>): Promise<Record<string, number[]>> {
  const entries = Object.entries(tensors).map(async ([name, x]) => [name, [...(await x.data())]] as [string, number[]]);
  return Object.fromEntries(await Promise.all(entries));
}

/** A recurrent layer of each kind inside of wrappers and models, and `work` done between them. */
function wrapped(work: () => void) {
  const frame = Input({ shape: [3, 5, 6, 2], name: "frame" });
  const inner = Model({
    inputs: frame,
    outputs: Meanwhile(work)(Flatten()(ConvLSTM2D({ filters: 2, kernelSize: 3, name: "memory" })(frame))),
  });
  const input = Input({ shape: [4, 3, 5, 6, 2], name: "clips" });
  let x = TimeDistributed(inner)(input);
  x = Bidirectional(GRU({ units: 2, returnSequences: true, name: "both" }))(x);
  x = RNN([LSTMCell({ units: 3, name: "lower" }), GRUCell({ units: 2, name: "upper" })], { name: "stack" })(x);
  return Model({ inputs: input, outputs: Meanwhile(work)(x) });
}
const places = ["memory", "forward_both", "backward_both", "lower", "upper"];

test("no property of a layer, of a cell or of a class differs during a pass from what it was before", () => {
  let check = () => {};
  let checks = 0;
  const model = wrapped(() => check());
  const x = random([2, 4, 3, 5, 6, 2], { seed: 1 });
  model(x);
  const layers = allLayers(model);
  expect(layers.map(({ className }) => className)).toEqual(expect.arrayContaining(["GRUCell", "ConvLSTM2D"]));
  const before = properties(layers);
  check = () => {
    checks++;
    const now = properties(layers);
    for (const [object, own] of before) expect(now.get(object)).toEqual(own);
  };
  for (const layer of places) {
    trace(model, x, { layer });
    ablate(model, x, { layer, gate: "h", value: 0 });
    gradientThroughTime(model, x, 0, { layer });
  }
  expect(checks).toBe(places.length * 4 * 2); // ablate makes two passes; two such layers
});

test("layers made immutable by Object.freeze can be watched like others", async () => {
  const model = wrapped(() => {});
  const x = random([2, 4, 3, 5, 6, 2], { seed: 1 });
  const expected = await Promise.all(places.map((layer) => contents(trace(model, x, { layer }))));
  const prediction = await contents({ y: ablate(model, x, { layer: "lower", gate: "f", value: 1 }).ablated });
  for (const layer of allLayers(model)) Object.freeze(layer);
  for (const [i, layer] of places.entries()) expect(await contents(trace(model, x, { layer }))).toEqual(expected[i]);
  expect(await contents({ y: ablate(model, x, { layer: "lower", gate: "f", value: 1 }).ablated })).toEqual(prediction);
});

test("a layer that is not trained has the same gradients through time", async () => {
  const model = Sequential([Input({ shape: [4, 3] }), LSTM({ units: 2, name: "fixed" })]);
  const x = random([1, 4, 3], { seed: 1 });
  const gradients = () => contents({ h: gradientThroughTime(model, x, 0).h.norm });
  const before = await gradients();
  model.trainable = model.getLayer("fixed").trainable = false;
  expect(await gradients()).toEqual(before);
  expect(before.h[0]).toBeGreaterThan(0);
});

test("a trace inside of a trace of the same layer, and of another model that shares it", async () => {
  let inside: (() => void) | undefined;
  const memory = LSTM({ units: 2, name: "memory", returnSequences: true });
  const whenCalled = Meanwhile(() => {
    const work = inside;
    inside = undefined; // the trace inside calls this layer too
    work?.();
  });
  const model = Sequential([Input({ shape: [4, 3] }), whenCalled, memory, GRU({ units: 2, name: "after" })]);
  const other = Sequential([Input({ shape: [6, 3] }), memory]);
  const [x, y, z] = [random([2, 4, 3], { seed: 1 }), random([1, 4, 3], { seed: 2 }), random([3, 6, 3], { seed: 3 })];
  const alone = await Promise.all([
    contents(trace(model, x, { layer: "memory" })),
    contents(trace(model, y, { layer: "memory" })),
    contents(trace(other, z)),
    contents({ y: ablate(model, y, { layer: "memory", gate: "f", value: 0 }).ablated }),
  ]);
  const nested: Promise<Record<string, number[]>>[] = [];
  inside = () => {
    nested.push(contents(trace(model, y, { layer: "memory" })), contents(trace(other, z)));
    nested.push(contents({ y: ablate(model, y, { layer: "memory", gate: "f", value: 0 }).ablated }));
  };
  const outer = await contents(trace(model, x, { layer: "memory" }));
  expect([outer, ...(await Promise.all(nested))]).toEqual(alone);
});

test("two models that share a layer, watched batch by batch at the same time", async () => {
  const shared = ConvLSTM2D({ filters: 2, kernelSize: 3, name: "shared" });
  const models = [
    Sequential([Input({ shape: [3, 5, 6, 2] }), shared]),
    Sequential([Input({ shape: [2, 5, 6, 2] }), shared]),
  ];
  const data = [random([4, 3, 5, 6, 2], { seed: 1 }), random([4, 2, 5, 6, 2], { seed: 2 })];
  const alone = await Promise.all(models.map((model, i) => saturation(model, data[i], { batchSize: 4 })));
  async function* batches(i: number) {
    for (let from = 0; from < 4; from++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const whole = await data[i].data();
      const size = whole.length / 4;
      trace(models[1 - i], data[1 - i]);
      yield { data: whole.slice(from * size, (from + 1) * size), shape: [1, ...data[i].shape.slice(1)] };
    }
  }
  const together = await Promise.all(models.map((model, i) => saturation(model, batches(i))));
  for (const [i, { count, gates }] of together.entries()) {
    expect(count).toBe(alone[i].count);
    for (const gate of ["i", "f", "o"]) {
      expect(gates[gate].low).toEqual(alone[i].gates[gate].low);
      expect(gates[gate].high).toEqual(alone[i].gates[gate].high);
    }
  }
});

/** A user-defined cell with a layer or a cell inside, whose state has 2 units. */
abstract class AroundCell<Inner extends Layer> extends Cell {
  readonly stateSize: number | readonly number[] = 2;

  constructor(readonly inner: Inner) {
    super({ inner } as object, ["inner"]);
  }

  override get sublayers(): readonly Layer[] {
    return [this.inner];
  }

  override build(shapes: PartialShape[]): void {
    this.inner.buildOnce(shapes);
  }
}

/** Adds to its state what a recurrent layer reads in a step: [batch, time, features]. */
class ReadingCell extends AroundCell<Layer> {
  override call([x, h]: Tensor[], options: ComputeOptions): Tensor[] {
    const next = add(h, this.inner.compute([x], options)[0]);
    return [next, next];
  }
}

class SameCell extends AroundCell<Cell> {
  override readonly stateSize = [2, 2];

  override call(inputs: Tensor[], options: ComputeOptions): Tensor[] {
    return this.inner.call(inputs, options);
  }
}

test("a recurrent layer that a user-defined cell calls has a call for each time step", async () => {
  const inner = LSTM({ units: 2, name: "inner" });
  const layer = RNN(new ReadingCell(inner), { returnSequences: true });
  const x = random([2, 4, 3, 5], { seed: 1 });
  layer(x);
  const { buffers } = memory();
  expect(() => trace(layer, x)).toThrow(/"inner" is called 4 times; say which/);
  expect(memory().buffers).toBe(buffers);
  for (let t = 0; t < 4; t++) {
    const step = reshape(slice(x, [0, t], [2, 1]), [2, 3, 5]);
    expect(await contents(trace(layer, x, { call: t }))).toEqual(await contents(trace(inner, step)));
  }
  expect((await saturation(layer, x)).count).toBe(4 * 2 * 3);
  const { ablated } = ablate(layer, x, { gate: "h", value: 1, steps: [2, 3] });
  expect((await contents({ ablated })).ablated).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 1, 1, 2, 2, 3, 3, 4, 4]);
  expect((await contents({ y: gradientThroughTime(layer, x, 0, { call: 3 }).h.norm })).y[2]).toBeGreaterThan(0);
});

test("a cell that stands twice in a stack has two calls", async () => {
  const cell = LSTMCell({ units: 3, name: "twice" });
  const layer = RNN([cell, cell], { returnSequences: true });
  const x = random([1, 4, 3], { seed: 1 });
  const output = layer(x);
  const { buffers } = memory();
  expect(() => trace(layer, x)).toThrow("is called 2 times");
  expect(memory().buffers).toBe(buffers);
  expect(await contents(trace(layer, x, { call: 0 }))).toEqual(await contents(trace(RNN(cell), x)));
  const { h } = await contents(trace(layer, x, { call: 1 }));
  const expected = (await contents({ output })).output;
  h.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 6));
});

test("what is not shown is said", async () => {
  class AloneLayer extends MeanwhileLayer {
    readonly inner = LSTM({ units: 2, name: "inner" });
    override get sublayers(): readonly Layer[] {
      return [this.inner];
    }
    override call([x]: Tensor[]): Tensor[] {
      return [this.inner(x)]; // without its options
    }
    override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
      return this.inner.computeOutputShape(shapes);
    }
  }
  const x = random([1, 4, 3], { seed: 1 });
  for (const layer of [callable(AloneLayer)(() => {}), RNN(new SameCell(LSTMCell({ units: 2, name: "inner" })))]) {
    const message = /: no time step of .* \(".*\/inner"\) was seen; a user-defined layer must pass its options on/;
    expect(() => trace(layer, x)).toThrow(message);
    expect(() => ablate(layer, x, { gate: "f", value: 1 })).toThrow(message);
    expect(() => gradientThroughTime(layer, x, 0)).toThrow(message);
    await expect(saturation(layer, x)).rejects.toThrow(message);
  }
});

test("an error in the middle of a pass leaves states and memory as they were, and the next pass is right", async () => {
  let work = () => {};
  const both = Bidirectional(LSTM({ units: 2, stateful: true, returnSequences: true, name: "state" }));
  const model = Sequential([Input({ shape: [4, 3] }), both, Meanwhile(() => work())]);
  const x = random([1, 4, 3], { seed: 1 });
  const layer = "forward_state";
  const statesOf = () => [both.forwardLayer, both.backwardLayer].flatMap((child) => child.states ?? []);
  const states = () => contents(Object.fromEntries(statesOf().map((state, i) => [i, state])));
  const passes = [
    () => trace(model, x, { layer }),
    () => ablate(model, x, { layer, gate: "f", value: 1 }),
    () => gradientThroughTime(model, x, 0, { layer }),
  ];
  model.buildOnce([x.shape]);
  const expectNothingLeft = async () => {
    const [before, { buffers }, expected] = [await states(), memory(), await contents(trace(model, x, { layer }))];
    const left = memory().buffers - buffers; // the trace itself
    work = () => {
      throw new Error("in the middle");
    };
    for (const pass of passes) expect(pass).toThrow("in the middle");
    await expect(saturation(model, x, { layer })).rejects.toThrow("in the middle");
    expect(memory().buffers - buffers).toBe(left);
    work = () => {};
    expect(await states()).toEqual(before);
    expect(await contents(trace(model, x, { layer }))).toEqual(expected);
  };
  await expectNothingLeft();
  expect(statesOf()).toEqual([]);
  model(x);
  expect(statesOf().length).toBe(4);
  await expectNothingLeft();
});
