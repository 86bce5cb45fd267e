// Inspecting recurrent layers inside of models and wrappers: they are found by name, and no tensors are left behind.
import { beforeEach, expect, test } from "vitest";
import { watchKernels } from "../../src/launch.js";
import {
  Bidirectional,
  clearNames,
  concat,
  ConvLSTM2D,
  Dense,
  Flatten,
  GRU,
  GRUCell,
  init,
  Input,
  LSTM,
  LSTMCell,
  Masking,
  memory,
  Model,
  random,
  reshape,
  RNN,
  Sequential,
  setSeed,
  SimpleRNN,
  slice,
  type Tensor,
  tensor,
  TimeDistributed,
  transpose,
} from "../../src/index.js";

beforeEach(async () => {
  await init();
  clearNames();
  setSeed(3);
});

const inspect = () => import("../../src/inspect/index.js");
const values = async (x: Tensor): Promise<number[]> => [...(await x.data())];

async function near(actual: Tensor, expected: Tensor, bound = 1e-6): Promise<void> {
  expect(actual.shape).toEqual(expected.shape);
  const wanted = await values(expected);
  expect((await values(actual)).filter((value, i) => !(Math.abs(value - wanted[i]) <= bound))).toEqual([]);
}

const filmModel = () =>
  Sequential([
    Input({ shape: [3, 5, 6, 2] }),
    ConvLSTM2D({ filters: 2, kernelSize: 3, name: "memory" }),
    Flatten(),
    Dense({ units: 3, activation: "softmax", name: "classes" }),
  ]);

// First in the file: the module is imported here for the first time.
test("predict makes the same kernel calls with inspect imported, and after it was used, as without", async () => {
  const calls: string[] = [];
  const leave = watchKernels({
    kernel({ kernel }, run) {
      calls.push(kernel);
      run();
    },
  });
  const model = filmModel();
  const x = random([2, 3, 5, 6, 2], { seed: 1 });
  const callsOf = async (work: () => unknown) => {
    calls.length = 0;
    await work();
    return [...calls];
  };
  const predict = () => callsOf(async () => (await model.predict(x)).dispose());
  const before = await predict();
  expect(before).toContain("lstmGates");
  const { trace } = await inspect();
  expect(await predict()).toEqual(before);
  const composed = await callsOf(() => trace(model, x));
  expect(composed).not.toContain("lstmGates");
  expect(await predict()).toEqual(before);
  leave();
});

test("through Bidirectional, steps in the order of the input", async () => {
  const { trace, ablate } = await inspect();
  const both = Bidirectional(GRU({ units: 2, returnSequences: true }), { name: "both" });
  const input = Input({ shape: [4, 3] });
  const model = Model({ inputs: input, outputs: both(input) });
  const x = random([2, 4, 3], { seed: 1 });
  const [ahead, back] = ["both/forward", "backward_gru"].map((layer) => trace(model, x, { layer }).h);
  await near(transpose(concat([ahead, back]), [1, 0, 2]), await model.predict(x));
  const { ablated } = ablate(model, x, { layer: "backward", gate: "h", value: 9, steps: [1, 2] });
  expect(await values(slice(ablated, [0, 1, 2], [2, 1, 2]))).toEqual([9, 9, 9, 9]);
  expect(() => trace(model, x, { layer: "both" })).toThrow(
    'trace: Bidirectional "both" holds 2 recurrent layers; say which by layer: "both/forward_gru", "both/backward_gru".',
  );
});

test("through TimeDistributed and nested models", async () => {
  const { trace } = await inspect();
  const sentence = Input({ shape: [3, 4] });
  const reader = Model({ inputs: sentence, outputs: LSTM({ units: 2, name: "words" })(sentence), name: "reader" });
  const text = Input({ shape: [5, 3, 4] });
  const model = Model({
    inputs: text,
    outputs: LSTM({ units: 3, name: "sentences", returnSequences: true })(TimeDistributed(reader)(text)),
  });
  const x = random([2, 5, 3, 4], { seed: 1 });
  const words = trace(model, x, { layer: "words" });
  expect(words.f.shape).toEqual([3, 10, 2]);
  await near(trace(model, x, { layer: "reader/words" }).c, words.c, 0);
  await near(reshape(slice(words.h, [2], [1]), [10, 2]), reader(reshape(x, [10, 3, 4])));
  const { h } = trace(model, x, { layer: "sentences" });
  await near(transpose(h, [1, 0, 2]), await model.predict(x));
});

test("TimeDistributed that works group by group is one call", async () => {
  const { trace } = await inspect();
  const wide = Sequential([Input({ shape: [2, 1] }), LSTM({ units: 1, name: "inner" }), Dense({ units: 2 ** 20 })]);
  const clips = Input({ shape: [3, 2, 1] });
  const model = Model({ inputs: clips, outputs: TimeDistributed(wide)(clips) });
  const x = random([2, 3, 2, 1], { seed: 1 });
  const { h } = trace(model, x, { layer: "inner" });
  await near(h, trace(wide, reshape(x, [6, 2, 1])).h);
});

test("a cell in a stack, a shared layer, several inputs and outputs", async () => {
  const { trace, ablate } = await inspect();
  const stack = RNN([GRUCell({ units: 3, name: "lower" }), LSTMCell({ units: 2, name: "upper" })], { name: "stack" });
  const x = random([2, 4, 3], { seed: 1 });
  const output = stack(x);
  await near(reshape(slice(trace(stack, x, { layer: "upper" }).h, [3], [1]), [2, 2]), output);
  expect(trace(stack, x, { layer: "stack/lower" }).z.shape).toEqual([4, 2, 3]);

  const shared = SimpleRNN({ units: 2, name: "shared" });
  const [a, b] = [Input({ shape: [4, 3] }), Input({ shape: [4, 3] })];
  const model = Model({ inputs: [a, b], outputs: [shared(a), shared(b)] });
  const y = random([2, 4, 3], { seed: 2 });
  expect(() => trace(model, [x, y])).toThrow(/"shared" is called 2 times; say which: call from 0 to 1/);
  await near(trace(model, [x, y], { call: 1 }).h, trace(shared, y).h);
  const { prediction, difference } = ablate<Tensor[]>(model, [x, y], { gate: "h", value: 0 });
  for (const part of [0, 1]) expect(await values(difference[part])).toEqual((await values(prediction[part])).map((v) => -v)); // prettier-ignore
});

test("states over masked steps, and stateful layers, are left as they were", async () => {
  const { trace, saturation } = await inspect();
  const input = Input({ shape: [3, 1] });
  const model = Model({ inputs: input, outputs: LSTM({ units: 2, name: "lstm" })(Masking()(input)) });
  const x = tensor([[[1], [2], [0]], [[0], [3], [4]]]); // prettier-ignore
  const { h, c } = trace(model, x);
  await near(slice(c, [2, 0], [1, 1]), slice(c, [1, 0], [1, 1]), 0);
  expect(await values(slice(c, [0, 1], [1, 1]))).toEqual([0, 0]);
  await near(reshape(slice(h, [2], [1]), [2, 2]), await model.predict(x));
  expect((await saturation(model, x)).count).toBe(4);

  const layer = LSTM({ units: 2, stateful: true });
  const z = random([1, 2, 3], { seed: 1 });
  trace(layer, z);
  expect(layer.states).toBeUndefined();
  layer(z);
  const before = await values(layer.states![0]);
  trace(layer, z);
  expect(await values(layer.states![0])).toEqual(before);
});

test("saturation refuses numbers without a shape, which are no batches", async () => {
  const { saturation } = await inspect();
  const numbers = saturation(filmModel(), new Float32Array(4) as never);
  await expect(numbers).rejects.toThrow("expected a tensor, { data, shape } or nested arrays, received Float32Array.");
});

test("saturation leaves nothing of a list that is refused", async () => {
  const { saturation } = await inspect();
  const model = Sequential([Input({ shape: [3, 2] }), LSTM({ units: 2 })]);
  const { buffers } = memory();
  const list = [{ data: new Float32Array(6), shape: [1, 3, 2] }, null] as never;
  await expect(saturation(model, list)).rejects.toThrow("nested arrays, received null.");
  expect(memory().buffers).toBe(buffers);
});

test("saturation counts exactly, whole or in batches", async () => {
  const { saturation, trace } = await inspect();
  const model = filmModel();
  const layer = model.getLayer("memory");
  const sharp = await layer.getWeights();
  layer.setWeights(sharp.map(({ data, shape }) => ({ data: Float32Array.from(data, (v) => 8 * v), shape })));
  const x = random([5, 3, 5, 6, 2], { seed: 1, min: -1 });
  const found = await saturation(model, x, { layer: "memory", batchSize: 2 });
  const seen = trace(model, x);
  expect(found.count).toBe(5 * 3 * 3 * 4);
  expect(Object.keys(found.gates)).toEqual(["i", "f", "o"]);
  for (const [gate, { low, high, mean }] of Object.entries(found.gates)) {
    const all = await values(seen[gate]);
    for (const filter of [0, 1]) {
      const own = all.filter((_, i) => i % 2 === filter);
      expect(low[filter]).toBe(own.filter((v) => v < 0.1).length);
      expect(high[filter]).toBe(own.filter((v) => v > 0.9).length);
      expect(mean[filter]).toBeCloseTo(own.reduce((total, v) => total + v) / own.length, 6);
    }
  }
  expect(found.gates.f.high[0]).toBeGreaterThan(0);
  expect(found.halfLife[1]).toBeCloseTo(-Math.LN2 / Math.log(found.gates.f.mean[1]), 12);
  async function* batches() {
    yield slice(x, [0], [3]);
    yield { data: (await x.data()).slice(3 * 180), shape: [2, 3, 5, 6, 2] };
  }
  const again = await saturation(model, batches());
  for (const gate of ["i", "f", "o"]) {
    expect(again.gates[gate].low).toEqual(found.gates[gate].low);
    expect(again.gates[gate].high).toEqual(found.gates[gate].high);
  }
});

test("a layer is named by a text", async () => {
  const { saturation } = await inspect();
  const wrong = { layer: ["memory"] } as never;
  await expect(saturation(filmModel(), random([2, 3, 5, 6, 2], { seed: 1 }), wrong)).rejects.toThrow(
    /expected the name of a layer/,
  );
});

test("the half-life of a memory that is never multiplied by less than 1 is infinite", async () => {
  const { saturation } = await inspect();
  const layer = LSTM({ units: 2, unitForgetBias: false, biasInitializer: () => [0, 0, 99, -99, 0, 0, 0, 0] });
  const { count, gates, halfLife } = await saturation(layer, random([2, 3, 4], { seed: 1 }));
  expect(count).toBe(6);
  const ends = [1, expect.closeTo(0, 6)];
  expect(gates.f).toEqual({ low: [0, 6], high: [6, 0], mean: ends, min: ends, max: ends });
  expect(halfLife).toEqual([Infinity, expect.closeTo(0, 1)]);
});

test("everything but the returned tensors is disposed, also after an error", async () => {
  const { trace, ablate, gradientThroughTime, saturation } = await inspect();
  const model = filmModel();
  const x = random([2, 3, 5, 6, 2], { seed: 1 });
  const host = { data: await x.data(), shape: x.shape };
  const turn = async () => {
    for (const y of Object.values(trace(model, host))) y.dispose();
    for (const y of Object.values(ablate(model, host, { gate: "f", value: 1 }))) y.dispose();
    const { loss, h, c } = gradientThroughTime(model, host, 0);
    for (const y of [loss, h.norm, h.perSample, c!.norm, c!.perSample]) y.dispose();
    await saturation(model, host);
    const broken = () => gradientThroughTime(model, host, () => { throw new Error("broken"); }); // prettier-ignore
    expect(broken).toThrow("broken");
    expect(() => ablate(model, host, { gate: "f", value: 1, channels: [2] })).toThrow("channel 2; expected one from 0 to 1"); // prettier-ignore
  };
  (await model.predict(x)).dispose();
  await turn();
  const { buffers, usedBytes } = memory();
  for (let i = 0; i < 3; i++) await turn();
  expect(memory()).toMatchObject({ buffers, usedBytes });
});

test("errors say where, what was received and what to do", async () => {
  const { trace, ablate, saturation } = await inspect();
  const model = filmModel();
  const x = random([1, 3, 5, 6, 2], { seed: 1 });
  const clamp = { gate: "f", value: 1 };
  const errors: [work: () => unknown, message: string][] = [
    [() => trace(model, x, { layer: "memroy" }), 'trace: Sequential "sequential" has no layer "memroy"; did you mean "memory"?'],
    [() => trace(model, x, { layer: "xyz" }), 'has no layer "xyz"; recurrent are "memory".'],
    [() => trace(model, x, { layer: "classes" }), 'trace: Dense "classes" holds no recurrent layer with gates; recurrent are "memory".'],
    [() => trace(Dense({ units: 1, name: "d" }), x), 'trace: Dense "d" holds no recurrent layer with gates; the model has none at all.'],
    [() => trace(model, x, { layr: "a" } as object), 'trace: unknown option "layr"; did you mean "layer"?'],
    [() => trace(model, x, { call: 1 }), "is called 1 times; received 1: call from 0 to 0"],
    [() => ablate(model, x, { gate: "z", value: 1 }), 'ablate: ConvLSTM2D "memory": unknown gate "z"; did you mean "i"?'],
    [() => ablate(model, x, { gate: "f", value: NaN }), "value NaN; expected a finite number to hold the gate at."],
    [() => ablate(model, x, { ...clamp, steps: [2, 1] }), "steps [2, 1]; expected [from, to]"],
    [() => ablate(model, x, { ...clamp, steps: [3, 4] }), 'ConvLSTM2D "memory" came to no step of [3,4); give steps that it has.'],
    [() => ablate(model, x, []), "ablate: received no clamp"],
  ]; // prettier-ignore
  for (const [work, message] of errors) expect(work).toThrow(message);
  const simple = SimpleRNN({ units: 1, name: "s" });
  await expect(saturation(simple, x)).rejects.toThrow('saturation: SimpleRNN "s" has no gates; give an LSTM, GRU');
  await expect(saturation(model, [][Symbol.iterator]())).rejects.toThrow("saturation: received no samples.");
});
