// Bidirectional: two layers, one of which reads from the end. In double, on the reference.
import { beforeAll, beforeEach, expect, test } from "vitest";
import { createReferenceBackend } from "../../src/backends/reference/index.js";
import {
  add,
  affine,
  Bidirectional,
  type CallOptions,
  clearNames,
  concat,
  ConvLSTM2D,
  flip,
  GRU,
  GRUCell,
  Input,
  LSTM,
  LSTMCell,
  Model,
  multiply,
  type OneOrMany,
  random,
  RNN,
  setBackend,
  setSeed,
  SimpleRNN,
  slice,
  type SymbolicTensor,
  type Tensor,
  tensor,
} from "../../src/index.js";
import type { BidirectionalLayer, BidirectionalOptions, MergeMode } from "../../src/layers/bidirectional.js";
import type { RecurrentLayer, RecurrentOptions } from "../../src/layers/recurrent.js";

beforeAll(() => setBackend(createReferenceBackend({ precision: "float64" })));
beforeEach(() => {
  clearNames();
  setSeed(1);
});

type Both = BidirectionalLayer & ((x: OneOrMany<Tensor>, options?: CallOptions) => OneOrMany<Tensor>);
const both = (layer: RecurrentLayer, options?: BidirectionalOptions): Both => Bidirectional(layer, options) as Both;
const list = <T>(x: OneOrMany<T>): T[] => (Array.isArray(x) ? x : [x]);
const compute = (layer: RecurrentLayer, x: OneOrMany<Tensor>, options = {}): Tensor[] =>
  layer.compute(list(x), options);
const values = async (x: Tensor): Promise<number[]> => Array.from(await x.data());

async function expectEqual(a: Tensor[], b: Tensor[]): Promise<void> {
  expect(a.map((x) => x.shape)).toEqual(b.map((x) => x.shape));
  for (const [i, x] of a.entries()) expect(await values(x)).toEqual(await values(b[i]));
}

const kinds: [name: string, make: (options: RecurrentOptions) => RecurrentLayer, step: number[]][] = [
  ["SimpleRNN", (o) => SimpleRNN({ units: 3, ...o }), [4]],
  ["LSTM", (o) => LSTM({ units: 3, ...o }), [4]],
  ["GRU", (o) => GRU({ units: 3, ...o }), [4]],
  ["ConvLSTM2D", (o) => ConvLSTM2D({ filters: 2, kernelSize: 2, ...o }), [4, 5, 2]],
  ["RNN of two cells", (o) => RNN([GRUCell({ units: 3 }), LSTMCell({ units: 2 })], o), [4]],
];
const merged: [mode: MergeMode, merge: (a: Tensor, b: Tensor) => Tensor[]][] = [
  ["concat", (a, b) => [concat([a, b], -1)]],
  ["sum", (a, b) => [add(a, b)]],
  ["mul", (a, b) => [multiply(a, b)]],
  ["ave", (a, b) => [affine(add(a, b), 0.5)]],
  [null, (a, b) => [a, b]],
];

test.each(kinds)("%s: the results of both layers in all modes, shapes symbolic and real", async (_, make, step) => {
  const x = random([2, 3, ...step], { min: -1 });
  for (const [mergeMode, merge] of merged) {
    for (const returnSequences of [true, false]) {
      for (const returnState of [true, false]) {
        const layer = both(make({ returnSequences, returnState }), { mergeMode });
        const y = list(layer(x));
        const [ahead, ...aheadStates] = compute(layer.forwardLayer, x);
        const [back, ...backStates] = compute(layer.backwardLayer, x);
        const inOrder = returnSequences ? flip(back, 1) : back;
        await expectEqual(y, [...merge(ahead, inOrder), ...aheadStates, ...backStates]);
        const call = layer as unknown as (x: SymbolicTensor) => OneOrMany<SymbolicTensor>;
        const promised = list(call(Input({ shape: [3, ...step] })));
        expect(promised.map(({ shape }) => shape.slice(1))).toEqual(y.map(({ shape }) => shape.slice(1)));
      }
    }
  }
});

test.each(kinds)("%s: backward is forward over the reversed sequence", async (_, make, step) => {
  const x = random([2, 3, ...step]);
  const layer = both(make({}), { mergeMode: null });
  const [ahead, back] = list(layer(x));
  const [a, b] = [await layer.forwardLayer.getWeights(), await layer.backwardLayer.getWeights()];
  layer.setWeights([...b, ...a]);
  await expectEqual(list(layer(flip(x, 1))), [back, ahead]);
});

test("names; weights, forward before backward, with different values", async () => {
  const lstm = LSTM({ units: 3, name: "memory" });
  const layer = both(lstm);
  layer(random([2, 3, 4]));
  expect(layer.sublayers.map(({ name }) => name)).toEqual(["forward_memory", "backward_memory"]);
  expect(layer.weights.map(({ name }) => name.split("/")[0])).toEqual([
    ...new Array<string>(3).fill("forward_memory"),
    ...new Array<string>(3).fill("backward_memory"),
  ]);
  const [kernel, , , other] = await layer.getWeights();
  expect(kernel.data).not.toEqual(other.data);
  expect(lstm.built).toBe(false);
});

test("initial states: the first half forward, the rest backward; symbolic ones too", async () => {
  const layer = both(LSTM({ units: 3 }));
  const x = random([2, 3, 4]);
  const states = [1, 2, 3, 4].map((seed) => random([2, 3], { seed }));
  const y = list(layer(x, { initialState: states }));
  const [ahead] = compute(layer.forwardLayer, [x, ...states.slice(0, 2)]);
  const [back] = compute(layer.backwardLayer, [x, ...states.slice(2)]);
  await expectEqual(y, [concat([ahead, back])]);
  const inputs = [Input({ shape: [3, 4] }), ...states.map(() => Input({ shape: [3] }))];
  const [first, ...rest] = inputs;
  const outputs = (layer as unknown as (x: SymbolicTensor, o: CallOptions) => SymbolicTensor)(first, {
    initialState: rest,
  });
  await expectEqual([Model({ inputs, outputs })([x, ...states])], y);
  expect(() => layer([x, ...states.slice(1)])).toThrow(/expected states/);
});

test("stateful in both directions, with states in the result (where Keras fails)", async () => {
  const layer = both(GRU({ units: 3, stateful: true, returnState: true, returnSequences: true }));
  const x = random([2, 3, 4]);
  const first = list(layer(x));
  const second = list(layer(x));
  expect(await values(second[0])).not.toEqual(await values(first[0]));
  layer.resetStates();
  await expectEqual(list(layer(x)), first);
});

test("a mask: padding at the end is the same as a shorter sequence, and its outputs are zeros", async () => {
  const x = random([2, 5, 4]);
  const mask = tensor([[1, 1, 1, 0, 0], [1, 1, 1, 0, 0]]); // prettier-ignore
  const layer = both(LSTM({ units: 3, returnSequences: true }));
  const y = layer(x, { mask }) as Tensor;
  const expected = layer(slice(x, [0, 0], [-1, 3])) as Tensor;
  const [a, b] = [await values(slice(y, [0, 0], [-1, 3])), await values(expected)];
  a.forEach((value, i) => expect(value).toBeCloseTo(b[i], 12));
  expect(new Set(await values(slice(y, [0, 3], [-1, 2])))).toEqual(new Set([0]));
});

test("a backward layer that the user gives", async () => {
  const backwardLayer = GRU({ units: 2, goBackwards: true, returnSequences: true });
  const layer = both(LSTM({ units: 3, returnSequences: true }), { backwardLayer });
  const x = random([2, 3, 4]);
  const y = layer(x) as Tensor;
  expect(y.shape).toEqual([2, 3, 5]);
  expect(layer.backwardLayer).toBe(backwardLayer);
  await expectEqual([slice(y, [0, 0, 3])], [flip(backwardLayer(x) as Tensor, 1)]);
});

test("layers that do not match are refused", () => {
  const lstm = LSTM({ units: 3 });
  expect(() => both(lstm, { backwardLayer: LSTM({ units: 3 }) })).toThrow(/goBackwards/);
  const other = LSTM({ units: 3, goBackwards: true, returnSequences: true });
  expect(() => both(lstm, { backwardLayer: other })).toThrow(/returnSequences/);
  expect(() => both(lstm, { mergeMode: "add" as never })).toThrow(
    /mergeMode "add"; expected "concat", "sum", "mul", "ave" or null/,
  );
  expect(() => both(3 as never)).toThrow(/expected recurrent layers/);
  expect(() => both(lstm, { mergemode: "sum" } as never)).toThrow(/did you mean "mergeMode"/);
});
