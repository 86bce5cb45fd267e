// What stands in a masked time step has no effect, not even as NaN: not on outputs, states, losses and metrics, nor on any gradient.
// Bit by bit, on every build.
import { expect, test } from "vitest";
import {
  add,
  Bidirectional,
  type CallOptions,
  clearNames,
  ConvLSTM2D,
  GlobalAveragePooling1D,
  GRU,
  type Layer,
  LSTM,
  LSTMCell,
  Masking,
  Maximum,
  meanAbsoluteError,
  meanSquaredError,
  Minimum,
  Multiply,
  type OneOrMany,
  RNN,
  setSeed,
  SimpleRNN,
  SimpleRNNCell,
  sparseCategoricalCrossentropy,
  StackedRNNCells,
  sum,
  tensor,
  type Tensor,
  valueAndGrad,
  Variable,
} from "../../src/index.js";
import { measure } from "../../src/metric.js";
import { metrics } from "../../src/metrics/table.js";
import { forEachBuild } from "../support/builds.js";
import { numbers } from "../support/cases/case.js";
import { weighted } from "../support/cases/directional.js";

type AnyLayer = Layer & ((x: OneOrMany<Tensor>, options?: CallOptions) => OneOrMany<Tensor>);
const any = (layer: unknown): AnyLayer => layer as AnyLayer;
const list = <T>(x: OneOrMany<T>): T[] => (Array.isArray(x) ? x : [x]);
const product = (shape: number[]) => shape.reduce((a, b) => a * b, 1);

const time = 4;
/** The first step, two in the middle, and all of a sample; any number but 0 stands for a step that counts. */
const steps = [0, 1, 1, 1, 2, 0, 0, 0.5, 0, 0, 0, 0];
const batch = steps.length / time;
const mask = () => tensor(steps, [batch, time]);
const fills = [NaN, Infinity, -Infinity, 1e38];

/** Numbers whose masked steps are all `fill`. */
function padded(step: number[], fill: number, seed = 1): Float32Array {
  const size = product(step);
  return numbers(steps.length * size, seed).map((value, i) => (steps[Math.floor(i / size)] ? value : fill));
}

const variable = (values: Float32Array, step: number[], name = "x") =>
  new Variable(name, [batch, time, ...step]).assign(values);

const bitsOf = async (xs: readonly Tensor[]) =>
  Promise.all(xs.map(async (x) => Array.from(new Uint32Array(Float32Array.from(await x.data()).buffer))));

/** The bits of outputs and of the gradients of some variables. */
async function bits(f: () => OneOrMany<Tensor>, variables: () => readonly Tensor[]): Promise<number[][]> {
  const outputs = list(f());
  const { grads } = valueAndGrad(() => weighted(list(f())), variables())();
  return [...(await bitsOf(outputs)), ...(await bitsOf(grads))];
}

const recurrent: Record<string, { make: (options: object) => AnyLayer; step: number[] }> = {
  SimpleRNN: { make: (o) => any(SimpleRNN({ units: 3, ...o })), step: [4] },
  LSTM: { make: (o) => any(LSTM({ units: 3, ...o })), step: [4] },
  GRU: { make: (o) => any(GRU({ units: 3, ...o })), step: [4] },
  "GRU, reset before": { make: (o) => any(GRU({ units: 3, resetAfter: false, ...o })), step: [4] },
  RNN: { make: (o) => any(RNN(SimpleRNNCell({ units: 3 }), o)), step: [4] },
  "stacked cells": { make: (o) => any(RNN(StackedRNNCells([LSTMCell({ units: 2 }), LSTMCell({ units: 3 })]), o)), step: [4] },
  ConvLSTM2D: { make: (o) => any(ConvLSTM2D({ filters: 2, kernelSize: 2, padding: "same", ...o })), step: [4, 3, 2] },
}; // prettier-ignore

const ways: Record<string, (make: (options: object) => AnyLayer) => AnyLayer> = {
  "last output": (make) => make({}),
  "sequences and states": (make) => make({ returnSequences: true, returnState: true }),
  "going backwards": (make) => make({ returnSequences: true, returnState: true, goBackwards: true }),
  "zeros for masked steps": (make) => make({ returnSequences: true, zeroOutputForMask: true }),
  stateful: (make) => make({ stateful: true, returnState: true }),
  ...Object.fromEntries(
    (["concat", "sum", "mul", "ave", null] as const).map((mergeMode) => [
      `both directions, ${mergeMode}`,
      (make: (options: object) => AnyLayer) =>
        any(Bidirectional(make({ returnSequences: true }) as never, { mergeMode: mergeMode as "sum" })),
    ]),
  ),
};

forEachBuild(() => {
  const cases = Object.keys(recurrent).flatMap((name) => Object.keys(ways).map((way) => [name, way] as const));
  test.each(cases)("%s, %s", async (name, way) => {
    const { make, step } = recurrent[name];
    const resultFor = (fill: number) => {
      clearNames();
      setSeed(1);
      const layer = ways[way](make);
      const x = variable(padded(step, fill), step);
      return bits(
        () => layer(x, { mask: mask() }),
        () => [x, ...layer.weights],
      );
    };
    const zeros = await resultFor(0);
    for (const fill of fills) expect(await resultFor(fill), String(fill)).toEqual(zeros);
  });

  test.each(Object.keys(recurrent))(
    "%s: an empty batch with a mask gives empty results, and no gradients",
    async (name) => {
      const { make, step } = recurrent[name];
      const layer = make({ returnSequences: true, returnState: true });
      const x = tensor([], [0, time, ...step]);
      const empty = { mask: tensor([], [0, time]) };
      const outputs = list(layer(x, empty));
      expect(outputs.map(({ shape }) => shape[0])).toEqual(outputs.map(() => 0));
      const { grads } = valueAndGrad(() => sum(list(layer(x, empty))[0]), layer.trainableWeights)();
      for (const g of grads) expect((await g.data()).every((value) => value === 0)).toBe(true);
    },
  );

  test.each(Object.keys(recurrent))("%s: any mask but 0 counts, also with initial states", async (name) => {
    const { make, step } = recurrent[name];
    const layer = make({ returnSequences: true, returnState: true });
    const x = tensor(numbers(2 * product(step), 1), [1, 2, ...step]);
    const [, ...states] = list(layer(x));
    const resultFor = (first: number) =>
      bits(() => layer([x, ...states], { mask: tensor([first, 1], [1, 2]) }), () => []); // prettier-ignore
    const wanted = await resultFor(1);
    for (const first of [0.5, -2, 1e-30, 1e-40, NaN, Infinity]) {
      expect(await resultFor(first), String(first)).toEqual(wanted);
    }
    expect(await resultFor(-0)).toEqual(await resultFor(0));
  });

  test("a recurrent layer after a recurrent layer", async () => {
    const resultFor = (fill: number) => {
      clearNames();
      setSeed(1);
      const [first, second] = [LSTM({ units: 3, returnSequences: true }), GRU({ units: 2 })];
      const x = variable(padded([2], fill), [2]);
      return bits(
        () => second(first(x, { mask: mask() })),
        () => [x, ...first.weights, ...second.weights],
      );
    };
    const zeros = await resultFor(0);
    for (const fill of fills) expect(await resultFor(fill), String(fill)).toEqual(zeros);
  });

  test("Masking: an infinite value too gives zeros", async () => {
    const y = Masking({ maskValue: Infinity })(tensor([[[1, Infinity], [Infinity, Infinity]]])); // prettier-ignore
    expect(Array.from(await y.data())).toEqual([1, Infinity, 0, 0]);
    expect(Array.from(await y.mask!.data())).toEqual([1, 0]);
  });

  test("the mean over time", async () => {
    const resultFor = (fill: number) => {
      const x = variable(padded([2], fill), [2]);
      return bits(
        () => GlobalAveragePooling1D()(x, { mask: mask() }),
        () => [x],
      );
    };
    const zeros = await resultFor(0);
    for (const fill of fills) expect(await resultFor(fill), String(fill)).toEqual(zeros);
  });

  test.each([Maximum, Minimum, Multiply])("merge layers: %o", async (make) => {
    const other = steps.map((value) => 1 - Number(value !== 0)); // where it counts, the first one does not
    const resultFor = async (fill: number) => {
      const [a, b] = [variable(padded([2], fill), [2], "a"), new Variable("b", [batch, time, 2])];
      b.assign(numbers(b.size, 2).map((value, i) => (other[i >> 1] ? value : fill)));
      return bits(
        () => make()([a, b], { mask: [mask(), tensor(other, [batch, time])] }),
        () => [a, b],
      );
    };
    const zeros = await resultFor(0);
    for (const fill of fills) expect(await resultFor(fill), String(fill)).toEqual(zeros);
  });

  test("losses: targets and outputs of masked steps, and values of samples whose weight is 0", async () => {
    for (const loss of [meanSquaredError, meanAbsoluteError]) {
      const resultFor = (fill: number) => {
        const y = variable(numbers(2 * steps.length, 3), [2]);
        return bits(
          () => {
            const output = add(y, 0);
            output.mask = mask();
            return loss(tensor(padded([2], fill), [batch, time, 2]), output);
          },
          () => [y],
        );
      };
      const zeros = await resultFor(0);
      for (const fill of fills) expect(await resultFor(fill), String(fill)).toEqual(zeros);
      const rows = (fill: number) => loss(tensor([[1, 2], [fill, fill]]), tensor([[2, 2], [0, 0]]), tensor([1, 0])); // prettier-ignore
      for (const fill of fills) expect(await bitsOf([rows(fill)])).toEqual(await bitsOf([rows(0)]));
    }
    // -1, a usual target of padding, is no class.
    const y = tensor(numbers(3 * steps.length, 3, 0.5, 0.5), [batch, time, 3]);
    y.mask = mask();
    const targets = tensor(steps.map((value) => (value ? 1 : -1)), [batch, time]); // prettier-ignore
    expect(Number.isFinite((await sparseCategoricalCrossentropy(targets, y).data())[0])).toBe(true);
  });

  test("metrics", async () => {
    const resultFor = async (fill: number) => {
      const y = tensor(padded([2], fill), [batch, time, 2]);
      y.mask = mask();
      return bitsOf([
        measure(metrics.cosineSimilarity, tensor(padded([2], fill, 2), [batch, time, 2]), y).parts[0] as Tensor,
      ]);
    };
    for (const fill of fills) expect(await resultFor(fill), String(fill)).toEqual(await resultFor(0));
  });
});
