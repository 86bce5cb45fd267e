// Every recurrent layer as one op against the same cell step by step in ordinary ops (an activation without a name has no kernel):
// outputs, states and every gradient, with masks, initial states and both directions, in double precision.
import { expect, test } from "vitest";
import {
  add,
  type CallOptions,
  ConvLSTM1D,
  ConvLSTM2D,
  GRU,
  type Layer,
  LSTM,
  multiply,
  type OneOrMany,
  relu,
  sigmoid,
  SimpleRNN,
  sum,
  tanh,
  tensor,
  type Tensor,
  valueAndGrad,
  Variable,
} from "../../src/index.js";
import { watchKernels } from "../../src/launch.js";
import { withReference64 } from "../support/builds.js";
import { numbers } from "../support/cases/case.js";

type AnyLayer = Layer & ((x: OneOrMany<Tensor>, options?: CallOptions) => Tensor[]);
type Options = Record<string, unknown>;

const functions = { tanh, sigmoid, relu };
const [batch, time] = [3, 6];
/** A masked start, masked steps inside and at the end, a sample without any, and one of nothing else. */
const mask = [0, 1, 0, 0, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0];

interface Kind {
  make: (options: Options) => unknown;
  options: Options;
  step: number[];
  states: number[][];
  /** The kernel that each time step of the op has. */
  kernel: string;
}

const lstm = { kernel: "lstmGates", step: [4], states: [[3], [3]] };
const gru = { kernel: "gruGates", step: [4], states: [[3]] };
const simple = { step: [4], states: [[3]] };
const kinds: Record<string, Kind> = {
  LSTM: { make: LSTM as never, options: { units: 3 }, ...lstm },
  "LSTM without bias": { make: LSTM as never, options: { units: 3, useBias: false }, ...lstm },
  GRU: { make: GRU as never, options: { units: 3 }, ...gru },
  "GRU without bias": { make: GRU as never, options: { units: 3, useBias: false }, ...gru },
  "GRU, reset before": { make: GRU as never, options: { units: 3, resetAfter: false }, ...gru },
  "GRU, reset before, without bias": {
    make: GRU as never,
    options: { units: 3, resetAfter: false, useBias: false },
    ...gru,
  },
  SimpleRNN: { make: SimpleRNN as never, options: { units: 3 }, ...simple, kernel: "tanh" },
  "SimpleRNN, relu": { make: SimpleRNN as never, options: { units: 3, activation: "relu" }, ...simple, kernel: "clip" },
  "SimpleRNN, sigmoid": {
    make: SimpleRNN as never,
    options: { units: 3, activation: "sigmoid" },
    ...simple,
    kernel: "sigmoid",
  },
  ConvLSTM1D: {
    ...{ make: ConvLSTM1D as never, options: { filters: 2, kernelSize: 3, strides: 2, padding: "same" } },
    ...{ kernel: "lstmGates", step: [5, 3] },
    states: [
      [3, 2],
      [3, 2],
    ],
  },
  ConvLSTM2D: {
    ...{ make: ConvLSTM2D as never, options: { filters: 2, kernelSize: [2, 3] } },
    ...{ kernel: "lstmGates", step: [4, 5, 2] },
    states: [
      [3, 3, 2],
      [3, 3, 2],
    ],
  },
};

const settings = [{}, { mask: true }, { mask: true, initial: true }].flatMap((given) =>
  [false, true].flatMap((returnSequences) => [
    { ...given, returnSequences },
    { ...given, returnSequences, goBackwards: true },
    ...("mask" in given ? [{ ...given, returnSequences, zeroOutputForMask: true }] : []),
  ]),
) as {
  mask?: boolean;
  initial?: boolean;
  returnSequences: boolean;
  goBackwards?: boolean;
  zeroOutputForMask?: boolean;
}[];

const variable = (name: string, shape: number[], seed: number) =>
  new Variable(name, shape).assign(
    numbers(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
  );

/** Outputs and gradients of a layer whose weights, inputs and states are always the same numbers. */
async function results(kind: Kind, setting: (typeof settings)[number], isFused: boolean): Promise<number[][]> {
  const { mask: isMasked, initial, ...options } = setting;
  const activation = (kind.options.activation ?? "tanh") as keyof typeof functions;
  const unnamed = { activation: (x: Tensor) => functions[activation](x) };
  const layer = kind.make({
    ...kind.options,
    ...(isFused ? {} : unnamed),
    ...options,
    returnState: true,
  }) as AnyLayer;
  const x = variable("x", [batch, time, ...kind.step], 1);
  const states = initial ? kind.states.map((shape, i) => variable("state", [batch, ...shape], 20 + i)) : [];
  const call: CallOptions = {
    ...(isMasked ? { mask: tensor(mask, [batch, time]) } : {}),
    ...(initial ? { initialState: states } : {}),
  };
  layer(x, call);
  layer.weights.forEach((weight, i) => weight.assign(numbers(weight.size, 40 + i)));
  const outputs = layer(x, call);
  const values = await Promise.all(outputs.map(async (y) => [...(await y.data())]));
  const weights = [x, ...states, ...layer.weights];
  const { grads } = valueAndGrad(() => {
    const terms = layer(x, call).map((y, i) => sum(multiply(y, tensor(numbers(y.size, 60 + i), [...y.shape]))));
    return terms.reduce((a, b) => add(a, b));
  }, weights)();
  const gradients = grads.map(async (gradient) => [...(await gradient.data())]);
  return [...values, ...(await Promise.all(gradients))];
}

withReference64(() => {
  test.each(Object.entries(kinds))("%s computes the same as its steps", async (_name, kind) => {
    for (const setting of settings) {
      const seen = new Set<string>();
      const stop = watchKernels({
        kernel({ kernel }, run) {
          seen.add(kernel);
          run();
        },
      });
      const fused = await results(kind, setting, true);
      stop();
      expect(seen).toContain(kind.kernel);
      const steps = await results(kind, setting, false);
      expect(fused.length).toBe(steps.length);
      const off = fused.map((values, i) => Math.max(...values.map((value, j) => Math.abs(value - steps[i][j]))));
      expect(Math.max(...off), JSON.stringify(setting)).toBeLessThan(1e-11);
    }
  });
});
