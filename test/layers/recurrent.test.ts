// Recurrent layers: what must hold for any weights, such as two ways to compute the same states. In double, on the reference.
import { beforeAll, beforeEach, expect, test } from "vitest";
import { createReferenceBackend } from "../../src/backends/reference/index.js";
import {
  add,
  affine,
  Bidirectional,
  type CallOptions,
  callableCell,
  Cell,
  type CellCall,
  clearNames,
  concat,
  ConvLSTM1D,
  ConvLSTM2D,
  ConvLSTM2DCell,
  ConvLSTM3D,
  dense,
  flip,
  GRU,
  GRUCell,
  Input,
  type Layer,
  type LayerOptions,
  LSTM,
  LSTMCell,
  Model,
  memory,
  multiply,
  type OneOrMany,
  type PartialShape,
  random,
  reshape,
  RNN,
  setBackend,
  setSeed,
  SimpleRNN,
  SimpleRNNCell,
  slice,
  StackedRNNCells,
  stepGates,
  subtract,
  sum,
  type SymbolicTensor,
  tanh,
  type Tensor,
  tensor,
  valueAndGrad,
  type Variable,
} from "../../src/index.js";
import type { RecurrentLayer, RecurrentOptions } from "../../src/layers/recurrent.js";
import { numbers } from "../support/cases/case.js";

beforeAll(() => setBackend(createReferenceBackend({ precision: "float64" })));
beforeEach(() => {
  clearNames();
  setSeed(1);
});

type Recurrent = RecurrentLayer & ((x: OneOrMany<Tensor>, options?: CallOptions) => OneOrMany<Tensor>);
type Make = (options?: Record<string, unknown>) => Recurrent;

const made = (layer: unknown): Recurrent => layer as Recurrent;
const kinds: [name: string, make: Make, step: number[]][] = [
  ["SimpleRNN", (o) => made(SimpleRNN({ units: 3, ...o })), [4]],
  ["LSTM", (o) => made(LSTM({ units: 3, ...o })), [4]],
  ["LSTM with relu", (o) => made(LSTM({ units: 3, activation: "relu", ...o })), [4]],
  ["GRU", (o) => made(GRU({ units: 3, biasInitializer: "randomNormal", ...o })), [4]],
  ["GRU, reset before", (o) => made(GRU({ units: 3, resetAfter: false, ...o })), [4]],
  ["ConvLSTM1D", (o) => made(ConvLSTM1D({ filters: 2, kernelSize: 3, padding: "same", strides: 2, ...o })), [7, 2]],
  ["ConvLSTM2D", (o) => made(ConvLSTM2D({ filters: 2, kernelSize: [2, 3], ...o })), [4, 5, 2]],
  ["ConvLSTM3D", (o) => made(ConvLSTM3D({ filters: 2, kernelSize: 2, padding: "same", ...o })), [2, 3, 4, 1]],
  ["RNN of two cells", (o) => made(RNN([GRUCell({ units: 3 }), LSTMCell({ units: 2 })], o as RecurrentOptions)), [4]],
];

const steps = 4;
const sequence = (step: number[], batch = 2, seed = 1): Tensor =>
  tensor(Float64Array.from(numbers(batch * steps * step.reduce((a, b) => a * b, 1), seed)), [batch, steps, ...step]);
const list = <T>(x: OneOrMany<T>): T[] => (Array.isArray(x) ? x : [x]);
const values = async (x: Tensor): Promise<number[]> => Array.from(await x.data());
const part = (x: Tensor, from: number, length: number): Tensor => slice(x, [0, from], [-1, length]);
const stateful = { returnSequences: true, stateful: true };

async function expectEqual(a: OneOrMany<Tensor>, b: OneOrMany<Tensor>): Promise<void> {
  expect(list(a).map((x) => x.shape)).toEqual(list(b).map((x) => x.shape));
  for (const [i, x] of list(a).entries()) {
    const [mine, other] = [await values(x), await values(list(b)[i])];
    mine.forEach((value, at) => expect(value).toBeCloseTo(other[at], 12));
  }
}

/** A layer like `make` with other options and the weights of `like`. */
async function twin(
  make: Make,
  like: Layer,
  options: Record<string, unknown>,
  x: OneOrMany<Tensor>,
): Promise<Recurrent> {
  const layer = make(options);
  layer(x);
  layer.resetStates();
  layer.setWeights(await like.getWeights());
  return layer;
}

// ── options ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

test.each(kinds)("%s: symbolic and real shapes are the same; the states follow the output", async (_, make, step) => {
  const x = sequence(step);
  for (const returnSequences of [true, false]) {
    for (const returnState of [true, false]) {
      const layer = make({ returnSequences, returnState });
      const symbol = Input({ shape: [steps, ...step] });
      const promised = list((layer as unknown as (x: SymbolicTensor) => OneOrMany<SymbolicTensor>)(symbol));
      const real = list(layer(x));
      expect(real.map((y) => [null, ...y.shape.slice(1)])).toEqual(promised.map((y) => y.shape));
      const states = layer.cell.stateShapes([2, ...step]).length;
      expect(real.length).toBe(returnState ? 1 + states : 1);
    }
  }
});

test.each(kinds)("%s: the last output of the sequence is the result without returnSequences", async (_, make, step) => {
  const x = sequence(step);
  const all = make({ returnSequences: true, returnState: true });
  const [outputs, ...states] = list(all(x));
  const last = await twin(make, all, { returnState: true }, x);
  const shape = [2, ...outputs.shape.slice(2)];
  await expectEqual(last(x), [reshape(part(outputs, steps - 1, 1), shape), ...states]);
});

test.each(kinds)("%s: goBackwards is the same as the reversed sequence", async (_, make, step) => {
  const x = sequence(step);
  const forwards = make({ returnSequences: true, returnState: true });
  const expected = forwards(flip(x, 1));
  const backwards = await twin(make, forwards, { returnSequences: true, returnState: true, goBackwards: true }, x);
  await expectEqual(backwards(x), expected);
});

test.each(kinds)(
  "%s: stateful, two halves give the same as the whole; resetStates begins anew",
  async (_, make, step) => {
    const x = sequence(step);
    const whole = make({ returnSequences: true });
    const expected = whole(x) as Tensor;
    const halves = await twin(make, whole, stateful, x);
    const [a, b] = [part(x, 0, 1), part(x, 1, steps - 1)];
    const run = () => concat([halves(a) as Tensor, halves(b) as Tensor], 1);
    await expectEqual(run(), expected);
    halves.resetStates();
    await expectEqual(run(), expected);
    expect(halves.weights.length).toBe(whole.weights.length);
    expect(() => halves(slice(x, [0], [1]))).toThrow(/expected states .* resetStates\(\)/);
  },
);

test.each(kinds)(
  "%s: initial states, as an option or in a list, are where the first part ended",
  async (_, make, step) => {
    const x = sequence(step);
    const layer = make({ returnSequences: true, returnState: true });
    const [expected, ...end] = list(layer(x));
    const [first, ...states] = list(layer(part(x, 0, 2)));
    const rest = part(x, 2, steps - 2);
    for (const second of [layer(rest, { initialState: states }), layer([rest, ...states])]) {
      const [y, ...after] = list(second);
      await expectEqual([concat([first, y], 1), ...after], [expected, ...end]);
    }
    expect(() => layer([rest, ...states, states[0]])).toThrow(/expected states/);
  },
);

test("symbolic initial states are inputs of the model", async () => {
  const x = Input({ shape: [steps, 4] });
  const [h, c] = [Input({ shape: [3] }), Input({ shape: [3] })];
  const layer = LSTM({ units: 3 });
  const model = Model({ inputs: [x, h, c], outputs: layer(x, { initialState: [h, c] }) });
  const [xs, hs, cs] = [sequence([4]), random([2, 3]), random([2, 3])];
  await expectEqual(model([xs, hs, cs]), layer([xs, hs, cs]));
});

// ── cells ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const cells: [name: string, make: Make, cell: () => Cell, step: number[]][] = [
  ["SimpleRNN", kinds[0][1], () => SimpleRNNCell({ units: 3 }), [4]],
  ["LSTM", kinds[1][1], () => LSTMCell({ units: 3 }), [4]],
  ["GRU", kinds[3][1], () => GRUCell({ units: 3 }), [4]],
  ["ConvLSTM2D", kinds[6][1], () => ConvLSTM2DCell({ filters: 2, kernelSize: [2, 3] }), [4, 5, 2]],
];

test.each(cells)("RNN of a cell is %s, and the cell by hand too", async (_, make, makeCell, step) => {
  const x = sequence(step);
  const layer = make({ returnSequences: true, returnState: true });
  const expected = list(layer(x));
  const cell = makeCell();
  const rnn = made(RNN(cell, { returnSequences: true, returnState: true }));
  rnn(x);
  rnn.setWeights(await layer.getWeights());
  await expectEqual(rnn(x), expected);

  let states = cell.getInitialState(2, [2, ...step]);
  const outputs: Tensor[] = [];
  for (let t = 0; t < steps; t++) {
    const [y, next] = (cell as Cell & CellCall)(reshape(part(x, t, 1), [2, ...step]), states);
    outputs.push(reshape(y, [2, 1, ...y.shape.slice(1)]));
    states = next;
  }
  await expectEqual([concat(outputs, 1), ...states], expected);
});

test("a cell that is called with its states makes its weights", async () => {
  const cell = GRUCell({ units: 3 });
  const [x, h] = [random([2, 4]), random([2, 3])];
  const [y, states] = cell(x, [h]);
  expect(cell.weights.map(({ shape }) => shape)).toEqual([[4, 9], [3, 9], [2, 9]]); // prettier-ignore
  await expectEqual([y, ...states], [states[0], states[0]]);
  await expectEqual(cell.call([x, h], { training: false, timeSteps: 1, masks: [] }), [y, ...states]);
});

test("stacked cells compute the same as stacked layers", async () => {
  const [a, b] = [
    GRU({ units: 3, returnSequences: true }),
    LSTM({ units: 2, returnSequences: true, returnState: true }),
  ];
  const x = sequence([4]);
  const expected = list(b(a(x)));
  const rnn = made(
    RNN(StackedRNNCells([GRUCell({ units: 3 }), LSTMCell({ units: 2 })]), {
      returnSequences: true,
      returnState: true,
    }),
  );
  rnn(x);
  rnn.setWeights([...(await a.getWeights()), ...(await b.getWeights())]);
  const [y, ...states] = list(rnn(x));
  await expectEqual([y, ...states.slice(1)], expected);
});

test("a user-defined cell", async () => {
  class LeakyCellLayer extends Cell {
    static override className = "LeakyCell";
    readonly stateSize: number;
    kernel!: Variable;

    constructor(options: { units: number } & LayerOptions) {
      super(options, ["units"]);
      this.stateSize = options.units;
    }

    override build([shape]: PartialShape[]): void {
      this.kernel = this.addWeight("kernel", [shape.at(-1)!, this.stateSize], "glorotUniform");
    }

    override call([x, h]: Tensor[]): Tensor[] {
      const next = add(affine(h, 0.9), affine(tanh(dense(x, this.kernel)), 0.1));
      return [next, next];
    }
  }
  const LeakyCell = callableCell(LeakyCellLayer);
  const layer = made(RNN(LeakyCell({ units: 3 }), { returnSequences: true, name: "leaky" }));
  const x = sequence([4]);
  const y = layer(x) as Tensor;
  expect(layer.trainableWeights.map((w) => w.shape)).toEqual([[4, 3]]);
  const { kernel } = layer.cell as LeakyCellLayer;
  const by = (t: number) => affine(tanh(dense(reshape(part(x, t, 1), [2, 4]), kernel)), 0.1);
  const second = add(affine(by(0), 0.9), by(1));
  await expectEqual(reshape(part(y, 1, 1), [2, 3]), second);
  class PairCellLayer extends LeakyCellLayer {
    static override className = "PairCell";

    override call(inputs: Tensor[]): Tensor[] {
      const [y, h] = super.call(inputs);
      return [y, [h]] as Tensor[];
    }
  }
  expect(() => RNN(callableCell(PairCellLayer)({ units: 3, name: "pair" }))(x)).toThrow(
    'PairCell "pair": call returned [Tensor, Array]; expected a list of 2 tensors: return [output, ...states].',
  );
  // It works like the built-in ones: masked, backwards, stacked, in both directions.
  expect(Bidirectional(RNN([LeakyCell({ units: 3 }), GRUCell({ units: 2 })]))(x).shape).toEqual([2, 4]);
});

// ── gates and states ──────────────────────────────────────────────────────────────────────────────────────────────────────

test("recurrent layers and their cells are at most four classes deep, counted from the class that makes them callable", () => {
  const depth = (object: object): number => {
    const next = Object.getPrototypeOf(object) as object;
    return next === Object.prototype ? 0 : 1 + depth(next);
  };
  const layers = kinds.map(([, make]) => make());
  const all = [...layers, ...layers.map(({ cell }) => cell), ConvLSTM2DCell({ filters: 1 })];
  expect(Math.max(...all.map(depth))).toBe(4);
});

test("the weights of each gate by name", async () => {
  const lstm = LSTM({ units: 3 });
  lstm(sequence([4]));
  const { i, f, g, o } = lstm.gates();
  await expectEqual(concat([i, f, g, o].map(({ kernel }) => kernel)), lstm.kernel);
  await expectEqual(f.recurrentKernel, slice(lstm.recurrentKernel, [0, 3], [3, 3]));
  expect(await values(f.bias!)).toEqual([1, 1, 1]);
  expect(await values(i.bias!)).toEqual([0, 0, 0]);
  const gru = GRU({ units: 3, useBias: false });
  gru(sequence([4]));
  const { z, r, g: candidate } = gru.gates();
  await expectEqual(concat([z, r, candidate].map(({ recurrentKernel }) => recurrentKernel)), gru.recurrentKernel);
  expect(z.bias).toBeUndefined();
});

test("one step with all its gates", async () => {
  const layer = ConvLSTM2D({ filters: 2, kernelSize: 3, padding: "same", returnState: true });
  const x = sequence([4, 5, 2]);
  const [, h, c] = layer(part(x, 0, 3));
  const step = stepGates(layer.cell, reshape(part(x, 3, 1), [2, 4, 5, 2]), [h, c]);
  const [y, ...states] = layer(x);
  await expectEqual([step.h, step.h, step.c], [y, ...states]);
  await expectEqual(step.c, add(multiply(step.f, c), multiply(step.i, step.g)));
  await expectEqual(step.h, multiply(step.o, tanh(step.c)));
});

// ── dropout ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

test.each(kinds.slice(0, 8))("%s: either dropout alone works, and draws masks", async (_, make, step) => {
  const x = sequence(step);
  for (const only of [{ dropout: 0.5 }, { recurrentDropout: 0.5 }]) {
    const layer = make({ ...only, seed: 7 });
    const [dropped, whole] = [true, false].map((training) => layer(x, { training }) as Tensor);
    expect(await values(dropped)).not.toEqual(await values(whole));
  }
});

test.each(kinds.slice(0, 8))("%s: dropout works in training only, and repeats with its seed", async (_, make, step) => {
  const x = sequence(step);
  const plain = make();
  const expected = plain(x);
  const options = { dropout: 0.5, recurrentDropout: 0.3, seed: 7 };
  const [a, b] = [await twin(make, plain, options, x), await twin(make, plain, options, x)];
  await expectEqual(a(x), expected);
  const first = a(x, { training: true });
  await expectEqual(b(x, { training: true }), first);
  expect(await values(a(x, { training: true }) as Tensor)).not.toEqual(await values(first as Tensor));
  expect(await values(first as Tensor)).not.toEqual(await values(expected as Tensor));
});

test("the same elements are dropped at every step, and the others grow by 1 / (1 - rate)", async () => {
  const [batch, features, rate] = [200, 30, 0.4];
  const layer = made(
    SimpleRNN({ units: features, activation: "linear", dropout: rate, returnSequences: true, seed: 3,
      recurrentInitializer: "zeros" }), // prettier-ignore
  );
  layer.buildOnce([[batch, 3, features]]);
  layer.setWeights([
    { data: Float64Array.from({ length: features ** 2 }, (_, i) => Number(i % (features + 1) === 0)), shape: [features, features] }, // prettier-ignore
    { data: new Float64Array(features ** 2), shape: [features, features] },
    { data: new Float64Array(features), shape: [features] },
  ]);
  const x = tensor(new Float64Array(batch * 3 * features).fill(1), [batch, 3, features]);
  const y = await values(layer(x, { training: true }) as Tensor);
  const at = (row: number, t: number, i: number) => y[(row * 3 + t) * features + i];
  let kept = 0;
  for (let row = 0; row < batch; row++) {
    for (let i = 0; i < features; i++) {
      const value = at(row, 0, i);
      expect([0, Math.fround(1 / (1 - rate))]).toContain(Math.fround(value));
      expect([at(row, 1, i), at(row, 2, i)]).toEqual([value, value]);
      if (value !== 0) kept++;
    }
  }
  expect(kept / (batch * features)).toBeCloseTo(1 - rate, 1);
});

test("a rate of 1 drops nothing (Keras's test is for rates below 1) but in SimpleRNN", async () => {
  const x = sequence([4]);
  for (const [name, make] of kinds.slice(0, 8).filter(([, , step]) => step.length === 1)) {
    const plain = make();
    const all = await twin(make, plain.built ? plain : (plain(x), plain), { dropout: 1, recurrentDropout: 1 }, x);
    const [a, b] = [await values(all(x, { training: true }) as Tensor), await values(plain(x) as Tensor)];
    if (name === "SimpleRNN") expect(a).not.toEqual(b);
    else a.forEach((value, i) => expect(value).toBeCloseTo(b[i], 12));
  }
});

// ── weights, gradients, memory ────────────────────────────────────────────────────────────────────────────────────────────

test("regularizers and constraints reach the weights", () => {
  const layer = GRU({
    units: 3,
    kernelRegularizer: "l2",
    recurrentRegularizer: "l1",
    biasConstraint: "nonNeg",
    recurrentConstraint: "maxNorm",
  } as never);
  layer(sequence([4]));
  expect(layer.losses.length).toBe(2);
  expect([layer.kernel, layer.recurrentKernel, layer.bias!].map((w) => !!w.regularizer)).toEqual([true, true, false]);
  expect([layer.kernel, layer.recurrentKernel, layer.bias!].map((w) => !!w.constraint)).toEqual([false, true, true]);
});

test("errors name the layer", () => {
  expect(() => LSTM({ units: 3, returnSequence: true } as never)).toThrow(
    'LSTM: unknown option "returnSequence"; did you mean "returnSequences"?',
  );
  expect(() => GRU({ units: 0, name: "g" })).toThrow('GRU "g": units 0; expected a whole number from 1.');
  expect(() => ConvLSTM1D({ filters: 2 })(random([2, 3, 4]) as never)).toThrow(
    /ConvLSTM1D .*\[batch, time, width, channels\]/,
  );
  expect(() => RNN(3 as never)).toThrow(/expected a cell or a list of cells/);
  expect(() => SimpleRNN({ units: 3, recurrentActivation: "sigmoid" } as never)).toThrow(/unknown option/);
});

test.each(kinds)(
  "%s: gradients of weights, input and initial states, with a mask and dropout",
  async (_, make, shape) => {
    const mask = tensor([[0, 1, 1, 0], [1, 1, 0, 1]]); // prettier-ignore
    const plain = { returnSequences: true, returnState: true };
    const dropping = { ...plain, dropout: 0.3, recurrentDropout: 0.2, seed: 5 };
    const first = make(plain);
    const options = first.className === "RNN" ? plain : dropping;
    const x = sequence(shape);
    const initial = first.cell.stateShapes([2, ...shape]).map((s, i) => random(s as number[], { seed: i, min: -1 }));
    first([x, ...initial]);
    const weights = await first.getWeights();

    /** A new layer each time, so that the seed gives the same masks of dropout. */
    const start = (values: readonly Tensor[]) => {
      const layer = make(options);
      layer.buildOnce([[2, steps, ...shape]]);
      layer.setWeights(weights.map((w, i) => values[1 + initial.length + i] ?? w));
      return layer;
    };
    const loss = (layer: Recurrent, inputs: Tensor[]): Tensor => {
      const outputs = list(layer(inputs, { mask, training: true }));
      const terms = outputs.map((y, i) => sum(multiply(y, tensor(numbers(y.size, 10 + i), y.shape))));
      return terms.reduce((a, b) => add(a, b));
    };

    const inputs = [x, ...initial];
    const layer = start([]);
    const { grads } = valueAndGrad(() => loss(layer, inputs), [...inputs, ...layer.trainableWeights])();
    const all = [...inputs, ...weights.map((w) => tensor(w.data as Float64Array, w.shape))];
    for (const [i, w] of all.entries()) {
      const direction = Float64Array.from(numbers(w.size, 50 + i));
      const before = await values(w);
      const moved = async (by: number): Promise<number> => {
        const to = before.map((value, at) => value + by * direction[at]);
        const there = all.with(i, tensor(Float64Array.from(to), w.shape));
        const [value] = await loss(start(there), there.slice(0, inputs.length)).data();
        return value;
      };
      const slope = ((await moved(1e-5)) - (await moved(-1e-5))) / 2e-5;
      const along = (await values(grads[i])).reduce((total, g, at) => total + g * direction[at], 0);
      expect(along, `gradient ${i}`).not.toBe(0);
      expect(Math.abs(slope - along) / Math.max(1, Math.abs(slope)), `gradient ${i} [${w.shape}]`).toBeLessThan(1e-7);
    }
  },
);

test("the intermediate tensors of a call are disposed", () => {
  for (const [, make, shape] of kinds) {
    const x = sequence(shape);
    const layer = make({ returnSequences: true, returnState: true });
    list(layer(x)).forEach((y) => y.dispose());
    const held = memory().buffers;
    const results = list(layer(x));
    expect(memory().buffers).toBeLessThanOrEqual(held + results.length);
    results.forEach((y) => y.dispose());
    expect(memory().buffers).toBe(held);
    x.dispose();
  }
});

test("stateful in training: the backward pass reads the states that the call began with", async () => {
  const x = sequence([4]);
  const whole = made(GRU({ units: 3 }));
  whole(x);
  for (const make of [kinds[1][1], kinds[3][1]]) {
    const layer = make({ stateful: true });
    layer(x);
    const began = layer.states!.map((state) => affine(state, 1));
    const loss = (y: OneOrMany<Tensor>) => sum(multiply(list(y)[0], list(y)[0]));
    const ofStateful = valueAndGrad(() => loss(layer(x)), layer.trainableWeights)().grads;
    const again = await twin(make, layer, {}, x);
    const expected = valueAndGrad(() => loss(again([x, ...began])), again.trainableWeights)().grads;
    for (const [i, g] of ofStateful.entries()) await expectEqual(subtract(g, expected[i]), affine(g, 0));
  }
});
