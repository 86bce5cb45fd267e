// Gates and states seen, clamped, counted and differentiated, against the fused layers, hand-computed steps and finite differences.
import { beforeEach, expect, test } from "vitest";
import {
  clearNames,
  ConvLSTM1D,
  ConvLSTM2D,
  ConvLSTM3D,
  GRU,
  type Layer,
  LSTM,
  LSTMCell,
  multiply,
  random,
  reshape,
  RNN,
  setSeed,
  SimpleRNN,
  slice,
  square,
  subtract,
  sum,
  type Tensor,
  tensor,
  transpose,
} from "../../src/index.js";
import { ablate, gradientThroughTime, trace } from "../../src/inspect/index.js";
import { forEachBuild, withReference64 } from "../support/builds.js";

beforeEach(() => {
  clearNames();
  setSeed(3);
});

type Call = Layer & ((x: Tensor) => Tensor[]);
const all = { returnSequences: true, returnState: true } as const;
const kinds: [name: string, make: (options: object) => unknown, step: number[], names: string][] = [
  ["LSTM", (o) => LSTM({ units: 3, ...o }), [4], "i f g o c h"],
  ["LSTM with relu, no bias", (o) => LSTM({ units: 3, activation: "relu", useBias: false, ...o }), [4], "i f g o c h"],
  ["GRU", (o) => GRU({ units: 3, biasInitializer: "randomNormal", ...o }), [4], "z r g h"],
  ["GRU, reset before", (o) => GRU({ units: 3, resetAfter: false, ...o }), [4], "z r g h"],
  ["SimpleRNN", (o) => SimpleRNN({ units: 3, ...o }), [4], "h"],
  ["ConvLSTM1D", (o) => ConvLSTM1D({ filters: 2, strides: 2, ...o }), [7, 2], "i f g o c h"],
  ["ConvLSTM2D", (o) => ConvLSTM2D({ filters: 2, kernelSize: [2, 3], ...o }), [4, 5, 2], "i f g o c h"],
  ["ConvLSTM3D", (o) => ConvLSTM3D({ filters: 2, padding: "same", ...o }), [2, 3, 4, 1], "i f g o c h"],
  ["RNN of a cell", (o) => RNN(LSTMCell({ units: 3 }), o), [4], "i f g o c h"],
];

const values = async (x: Tensor): Promise<number[]> => [...(await x.data())];

async function near(actual: Tensor, expected: Tensor, bound = 1e-6): Promise<void> {
  expect(actual.shape).toEqual(expected.shape);
  const wanted = await values(expected);
  const far = (await values(actual)).filter((value, i) => !(Math.abs(value - wanted[i]) <= bound));
  expect(far).toEqual([]);
}

const timeFirst = (x: Tensor): Tensor => transpose(x, [1, 0, ...x.shape.slice(2).map((_, i) => i + 2)]);
const lastOf = (xs: Tensor): Tensor => reshape(slice(xs, [xs.shape[0] - 1]), xs.shape.slice(1));

function agreement(): void {
  test.each(kinds)("trace of %s agrees with the layer", async (_name, make, step, names) => {
    const layer = make(all) as Call;
    const x = random([2, 5, ...step], { seed: 4, min: -1 });
    const [hs, h, c] = layer(x);
    const seen = trace(layer, x);
    expect(Object.keys(seen).join(" ")).toBe(names);
    await near(seen.h, timeFirst(hs));
    await near(lastOf(seen.h), h);
    if (c) await near(lastOf(seen.c), c);
  });
}
forEachBuild(agreement);

withReference64(() => {
  agreement();

  test("a small LSTM computed by hand", async () => {
    const layer = LSTM({ units: 1 });
    const x = tensor([[[1], [-2]]]);
    trace(layer, x);
    const [wi, wf, wg, wo] = [0.5, -0.25, 0.75, 1];
    const [ui, uf, ug, uo] = [0.25, 0.5, -1, 0.125];
    layer.setWeights([
      { data: [wi, wf, wg, wo], shape: [1, 4] },
      { data: [ui, uf, ug, uo], shape: [1, 4] },
      { data: [0, 1, 0, 0.5], shape: [4] },
    ]);
    const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
    const wanted: Record<string, number[]> = { i: [], f: [], g: [], o: [], c: [], h: [] };
    let [h, c] = [0, 0];
    for (const input of [1, -2]) {
      const i = sigmoid(wi * input + ui * h);
      const f = sigmoid(wf * input + uf * h + 1);
      const g = Math.tanh(wg * input + ug * h);
      const o = sigmoid(wo * input + uo * h + 0.5);
      c = f * c + i * g;
      h = o * Math.tanh(c);
      for (const [name, value] of Object.entries({ i, f, g, o, c, h })) wanted[name].push(value);
    }
    const seen = trace(layer, x);
    for (const [name, numbers] of Object.entries(wanted)) await near(seen[name], tensor(numbers, [2, 1, 1]), 1e-7);
  });

  test("an open forget gate and a closed input gate keep c", async () => {
    const layer = LSTM({ units: 3, returnState: true, name: "memory" });
    const x = random([2, 5, 4], { seed: 1 });
    const { c } = trace(layer, x);
    const keep = { layer: "memory", steps: [2, 5] } as const;
    const { ablated, prediction, difference } = ablate<Tensor[]>(layer, x, [
      { ...keep, gate: "f", value: 1 },
      { ...keep, gate: "i", value: 0 },
    ]);
    await near(ablated[2], reshape(slice(c, [1], [1]), [2, 3]), 0);
    await near(prediction[2], lastOf(c));
    await near(difference[2], subtract(ablated[2], prediction[2]), 0);
  });

  test("only the given channels and steps are clamped; clamping a value to itself changes nothing", async () => {
    const layer = LSTM({ units: 3, returnSequences: true, goBackwards: true });
    const x = random([1, 4, 2], { seed: 1 });
    const clamp = { gate: "h", value: 7, channels: [1], steps: [3, 4] } as const;
    // Read from its end: step 3 is the first.
    const { ablated, difference } = ablate(layer, x, clamp);
    const [first] = await values(slice(ablated, [0, 0, 1], [1, 1, 1]));
    expect(first).toBe(7);
    expect(await values(slice(difference, [0, 0, 0], [1, 1, 1]))).toEqual([0]);
    expect(await values(slice(difference, [0, 0, 2], [1, 1, 1]))).toEqual([0]);
    const { h } = trace(layer, x);
    const [value] = await values(slice(h, [3, 0, 1], [1, 1, 1]));
    const same = ablate(layer, x, { ...clamp, value });
    expect(new Set((await values(same.difference)).map(Math.abs))).toEqual(new Set([0]));
  });

  /** Of a unit of a state at a step, for one sample of frames of one pixel. */
  async function slopes(layer: Layer, x: Tensor, loss: (y: Tensor) => Tensor, gate: string, step: number) {
    const states = trace(layer, x)[gate];
    const now = await values(slice(states, [step], [1]));
    const shift = 1e-5;
    return Promise.all(
      now.map(async (value, unit) => {
        const clamp = { gate, channels: [unit], steps: [step, step + 1] as const };
        const at = async (held: number) => (await values(loss(ablate(layer, x, { ...clamp, value: held }).ablated)))[0];
        return ((await at(value + shift)) - (await at(value - shift))) / (2 * shift);
      }),
    );
  }

  const onePixel: [name: string, layer: () => unknown, step: number[], states: ("h" | "c")[]][] = [
    ["LSTM", () => LSTM({ units: 3, returnSequences: true }), [4], ["h", "c"]],
    ["LSTM, backwards", () => LSTM({ units: 3, returnSequences: true, goBackwards: true }), [4], ["h", "c"]],
    ["GRU", () => GRU({ units: 3, returnSequences: true }), [4], ["h"]],
    ["SimpleRNN", () => SimpleRNN({ units: 3, returnSequences: true }), [4], ["h"]],
    ["ConvLSTM2D", () => ConvLSTM2D({ filters: 2, kernelSize: [2, 3], returnSequences: true }), [2, 3, 2], ["h", "c"]],
  ];
  test.each(onePixel)("gradient through %s, by finite differences", async (_name, make, step, states) => {
    const layer = make() as Layer;
    const x = random([2, 3, ...step], { seed: 9, min: -1 });
    const loss = (y: Tensor) => sum(multiply(square(y), random(y.shape.slice(1), { seed: 2 })));
    const found = gradientThroughTime(layer, x, loss);
    expect(found.c === undefined).toBe(!states.includes("c"));
    for (const name of states) {
      const perSample = await values(found[name]!.perSample);
      const norm = await values(found[name]!.norm);
      for (const t of [0, 1, 2]) {
        const expected: number[] = [];
        for (const sample of [0, 1]) {
          expected.push(Math.hypot(...(await slopes(layer, slice(x, [sample], [1]), loss, name, t))));
          expect(perSample[2 * t + sample]).toBeCloseTo(expected[sample], 7);
        }
        expect(norm[t]).toBeCloseTo(Math.hypot(...expected), 7);
      }
    }
  });

  test("gradient of a unit of the output", async () => {
    const layer = LSTM({ units: 3 });
    const x = random([2, 3, 4], { seed: 9 });
    const { loss, h } = gradientThroughTime(layer, x, 1);
    await near(loss, sum(slice(layer(x), [0, 1], [2, 1])));
    expect((await values(h.perSample)).slice(-2)).toEqual([1, 1]);
    expect(() => gradientThroughTime(layer, x, 3)).toThrow("gradientThroughTime: unit 3 of the output; expected one");
    expect(() => gradientThroughTime(layer, x, (y) => y)).toThrow("expected a loss of one element, received [2, 3]");
  });
});
