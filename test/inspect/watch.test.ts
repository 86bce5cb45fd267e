// Watching a model changes none of its objects: passes may be nested and interleaved, and objects may be frozen.
import { beforeEach, expect, test } from "vitest";
import {
  Bidirectional,
  callable,
  clearNames,
  ConvLSTM2D,
  Flatten,
  GRU,
  GRUCell,
  init,
  Input,
  Layer,
  LSTM,
  LSTMCell,
  Model,
  type PartialShape,
  random,
  RNN,
  Sequential,
  setSeed,
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
