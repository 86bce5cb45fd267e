// Masks: a padded sequence with a mask gives the same as the shorter sequence. In double, on the reference.
import { beforeAll, beforeEach, expect, test } from "vitest";
import { createReferenceBackend } from "../../src/backends/reference/index.js";
import {
  Activation,
  Add,
  BatchNormalization,
  Bidirectional,
  type CallOptions,
  clearNames,
  concat,
  Concatenate,
  Conv2D,
  ConvLSTM2D,
  Dense,
  Dropout,
  Embedding,
  Flatten,
  GRU,
  Input,
  keep,
  type Layer,
  LSTM,
  Masking,
  Maximum,
  meanSquaredError,
  memory,
  Minimum,
  Model,
  multiply,
  Multiply,
  type OneOrMany,
  random,
  ReLU,
  reshape,
  RNN,
  Sequential,
  setBackend,
  setSeed,
  SimpleRNN,
  SimpleRNNCell,
  slice,
  Softmax,
  type Tensor,
  tensor,
  TimeDistributed,
} from "../../src/index.js";

beforeAll(() => setBackend(createReferenceBackend({ precision: "float64" })));
beforeEach(() => {
  clearNames();
  setSeed(1);
});

type AnyLayer = Layer & ((x: OneOrMany<Tensor>, options?: CallOptions) => OneOrMany<Tensor>);
const any = (layer: unknown): AnyLayer => layer as AnyLayer;
const list = <T>(x: OneOrMany<T>): T[] => (Array.isArray(x) ? x : [x]);
const values = async (x: Tensor): Promise<number[]> => Array.from(await x.data());

async function expectClose(a: Tensor, b: Tensor): Promise<void> {
  expect(a.shape).toEqual(b.shape);
  const [mine, other] = [await values(a), await values(b)];
  mine.forEach((value, i) => expect(value).toBeCloseTo(other[i], 12));
}

/** In each of three samples another step is masked: the first, the middle one, the last. */
const holes = () => tensor([[0, 1, 1], [1, 0, 1], [1, 1, 0]]); // prettier-ignore
const used = [[1, 2], [0, 2], [0, 1]]; // prettier-ignore
/** [1, 2, ...]: the two steps of a sample that count. */
const shorter = (x: Tensor, row: number): Tensor =>
  concat(used[row].map((t) => slice(x, [row, t], [1, 1])), 1); // prettier-ignore
const at = (y: Tensor, row: number, t: number): Tensor => reshape(slice(y, [row, t], [1, 1]), [1, ...y.shape.slice(2)]);

const recurrent: [name: string, make: (options: object) => AnyLayer, step: number[]][] = [
  ["SimpleRNN", (o) => any(SimpleRNN({ units: 3, ...o })), [4]],
  ["LSTM", (o) => any(LSTM({ units: 3, ...o })), [4]],
  ["GRU", (o) => any(GRU({ units: 3, ...o })), [4]],
  ["RNN", (o) => any(RNN(SimpleRNNCell({ units: 3 }), o)), [4]],
  // As many samples as columns, so that a mask that was broadcast along the frame by mistake would have a wrong effect, not an error.
  ["ConvLSTM2D", (o) => any(ConvLSTM2D({ filters: 2, kernelSize: 2, padding: "same", ...o })), [4, 3, 2]],
];

test.each(recurrent)("%s: masked steps are as if they were not there", async (_, make, step) => {
  const x = random([3, 3, ...step], { min: -1 });
  const layer = make({ returnSequences: true, returnState: true });
  const [y, ...states] = list(layer(x, { mask: holes() }));
  for (const row of [0, 1, 2]) {
    const [expected, ...last] = list(layer(shorter(x, row)));
    for (const [i, t] of used[row].entries()) await expectClose(at(y, row, t), at(expected, 0, i));
    for (const [i, state] of states.entries()) await expectClose(slice(state, [row], [1]), last[i]);
  }
  // The output of a masked step is the one before it; of a first step zeros.
  expect(new Set(await values(at(y, 0, 0)))).toEqual(new Set([0]));
  await expectClose(at(y, 1, 1), at(y, 1, 0));
  await expectClose(at(y, 2, 2), at(y, 2, 1));
});

test.each(recurrent)("%s: zeroOutputForMask, and the output after the last step", async (_, make, step) => {
  const x = random([3, 3, ...step], { min: -1 });
  const layer = make({ returnSequences: true });
  const y = layer(x, { mask: holes() }) as Tensor;
  const [zeroed, last, lastZeroed] = [
    make({ returnSequences: true, zeroOutputForMask: true }),
    make({}),
    make({ zeroOutputForMask: true }),
  ];
  for (const other of [zeroed, last, lastZeroed]) {
    other(x);
    other.setWeights(await layer.getWeights());
  }
  const ones = holes().shape.concat(step.map(() => 1));
  await expectClose(zeroed(x, { mask: holes() }) as Tensor, multiply(y, reshape(holes(), ones)));
  const end = reshape(slice(y, [0, 2], [-1, 1]), [3, ...y.shape.slice(2)]);
  await expectClose(last(x, { mask: holes() }) as Tensor, end);
  const isUsed = tensor([1, 1, 0]);
  const rows = reshape(isUsed, [3, ...end.shape.slice(1).map(() => 1)]);
  await expectClose(lastZeroed(x, { mask: holes() }) as Tensor, multiply(end, rows));
});

test("a mask that is not [batch, time] is refused", () => {
  const clips = random([2, 3, 4, 4, 1]);
  const layer = ConvLSTM2D({ filters: 2, name: "encoder" });
  expect(() => layer(Masking()(clips))).toThrow(
    'ConvLSTM2D "encoder": expected a mask [batch, time], received [2, 3, 4, 4] for [2, 3, 4, 4, 1].',
  );
});

test("a first step that is masked keeps the initial state", async () => {
  const layer = any(GRU({ units: 3, returnSequences: true, returnState: true }));
  const [x, h] = [random([3, 3, 4]), random([3, 3])];
  const [y, last] = list(layer(x, { mask: tensor(new Float32Array(9), [3, 3]), initialState: [h] }));
  expect(new Set(await values(y))).toEqual(new Set([0]));
  await expectClose(last, h);
});

test("going backwards, the mask goes with the sequence", async () => {
  const layer = any(LSTM({ units: 3, goBackwards: true }));
  const x = random([3, 3, 4]);
  const y = layer(x, { mask: holes() }) as Tensor;
  for (const row of [0, 1, 2]) await expectClose(slice(y, [row], [1]), layer(shorter(x, row)) as Tensor);
});

// ── where masks are made, and how far they pass ───────────────────────────────────────────────────────────────────────────

const filled = () => tensor([[[1, 0], [7, 7], [0, 3]], [[7, 7], [7, 1], [7, 7]]]); // prettier-ignore

test("Masking: steps of which all features equal the value", async () => {
  const y = Masking({ maskValue: 7 })(filled());
  expect(await values(y)).toEqual([1, 0, 0, 0, 0, 3, 0, 0, 7, 1, 0, 0]);
  expect(y.mask!.shape).toEqual([2, 3]);
  expect(await values(y.mask!)).toEqual([1, 0, 1, 0, 1, 0]);
});

test("Embedding: index 0 where maskZero says so", async () => {
  const words = tensor([[3, 0, 1]]);
  expect(await values(Embedding({ inputDim: 4, outputDim: 2, maskZero: true })(words).mask!)).toEqual([1, 0, 1]);
  expect(Embedding({ inputDim: 4, outputDim: 2 })(words).mask).toBeUndefined();
});

const through: [name: string, layer: () => AnyLayer, passes: boolean][] = [
  ["Dense", () => any(Dense({ units: 2 })), true],
  ["Dropout", () => any(Dropout({ rate: 0.5 })), true],
  ["Activation", () => any(Activation({ activation: "tanh" })), true],
  ["ReLU", () => any(ReLU()), true],
  ["Softmax", () => any(Softmax()), true],
  ["BatchNormalization", () => any(BatchNormalization()), true],
  ["TimeDistributed", () => any(TimeDistributed(Dense({ units: 2 }))), true],
  ["LSTM with sequences", () => any(LSTM({ units: 2, returnSequences: true })), true],
  ["LSTM without", () => any(LSTM({ units: 2 })), false],
  ["Bidirectional with sequences", () => any(Bidirectional(GRU({ units: 2, returnSequences: true }))), true],
  ["Bidirectional without", () => any(Bidirectional(GRU({ units: 2 }))), false],
  ["a model", () => any(Sequential([Input({ shape: [3, 2] }), Dense({ units: 2 }), Dropout({ rate: 0.5 })])), true],
  ["Flatten", () => any(Flatten()), false],
];

test.each(through)("%s passes a mask on, or ends it", async (_, make, passes) => {
  for (const training of [false, true]) {
    const layer = make();
    const y = layer(Masking({ maskValue: 7 })(filled()), { training }) as Tensor;
    if (passes) expect(await values(y.mask!)).toEqual([1, 0, 1, 0, 1, 0]);
    else expect(y.mask).toBeUndefined();
    const explicit = layer(filled(), { training, mask: tensor([[1, 1, 0], [0, 0, 0]]) }) as Tensor; // prettier-ignore
    if (passes && explicit.mask) expect(await values(explicit.mask)).toEqual([1, 1, 0, 0, 0, 0]);
    if (!passes) expect(explicit.mask).toBeUndefined();
  }
});

test("a convolution ends it, also under TimeDistributed's frames", () => {
  const x = random([2, 3, 5, 5, 1]);
  const y = TimeDistributed(Conv2D({ filters: 2, kernelSize: 3 }))(x, { mask: tensor([[1, 1, 0], [1, 0, 0]]) }); // prettier-ignore
  expect(y.mask!.shape).toEqual([2, 3]); // of the steps, which are still there
  expect(
    (Conv2D({ filters: 2, kernelSize: 3 })(random([2, 5, 5, 1]), { mask: random([2, 5, 5]) }) as Tensor).mask,
  ).toBeUndefined();
});

test("stacked layers: the mask of the first reaches the last", async () => {
  const x = Input({ shape: [null, 2] });
  let y = Masking({ maskValue: 7 })(x);
  y = Bidirectional(LSTM({ units: 3, returnSequences: true }))(y);
  y = Dense({ units: 3, activation: "tanh" })(y);
  const model = Model({ inputs: x, outputs: GRU({ units: 2 })(y) });
  const clip = tensor([[[1, 2], [3, 4], [7, 7], [7, 7]]]); // prettier-ignore
  await expectClose(model(clip), model(slice(clip, [0, 0], [1, 2])));
});

test("TimeDistributed passes the mask of its frames to a recurrent layer inside it", async () => {
  const gru = GRU({ units: 2 });
  const x = random([2, 3, 4, 5]);
  const mask = tensor(
    Float32Array.from({ length: 24 }, (_, i) => Number(i % 3 !== 1)),
    [2, 3, 4],
  );
  const y = TimeDistributed(gru)(x, { mask });
  const frame = reshape(slice(x, [1, 2], [1, 1]), [1, 4, 5]);
  const expected = gru(frame, { mask: reshape(slice(mask, [1, 2], [1, 1]), [1, 4]) });
  await expectClose(at(y, 1, 2), expected);
});

test("merge layers: what is masked in one tensor does not count, what is masked in all stays masked", async () => {
  const [a, b] = [Masking()(tensor([[[2], [0], [0]]])), Masking({ maskValue: 9 })(tensor([[[3], [-4], [9]]]))]; // prettier-ignore
  const joined: [y: Tensor, expected: number[]][] = [
    [Add()([a, b]), [5, -4, 0]],
    [Multiply()([a, b]), [6, -4, 0]],
    [Maximum()([a, b]), [3, -4, 0]],
    [Minimum()([a, b]), [2, -4, 0]],
    [Concatenate()([a, b]), [2, 3, 0, -4, 0, 0]],
  ];
  for (const [y, expected] of joined) {
    expect(await values(y)).toEqual(expected);
    expect(await values(y.mask!)).toEqual([1, 1, 0]);
  }
  expect(await values(Concatenate({ axis: 1 })([a, b]).mask!)).toEqual([1, 0, 0, 1, 1, 0]);
  expect(Add()([a, tensor([[[1], [1], [1]]])]).mask).toBeUndefined(); // prettier-ignore
});

// ── statistics, losses, metrics ───────────────────────────────────────────────────────────────────────────────────────────

test("BatchNormalization leaves masked steps out of its statistics", async () => {
  const layer = BatchNormalization({ momentum: 0.5 });
  const x = random([3, 3, 2], { min: -1 });
  const y = layer(x, { mask: holes(), training: true });
  const rows = concat([0, 1, 2].map((row) => reshape(shorter(x, row), [2, 2])), 0); // prettier-ignore
  const plain = BatchNormalization({ momentum: 0.5 });
  const expected = plain(rows, { training: true });
  for (const [i, [row, t]] of [
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 2],
    [2, 0],
    [2, 1],
  ].entries()) {
    // prettier-ignore
    const [a, b] = [await values(at(y, row, t)), await values(slice(expected, [i], [1]))];
    a.forEach((value, channel) => expect(value).toBeCloseTo(b[channel], 5)); // Keras adds 1e-7 to the count
  }
  const [mean, variance] = (await layer.getWeights()).slice(2);
  const [plainMean, plainVariance] = (await plain.getWeights()).slice(2);
  mean.data.forEach((value, i) => expect(value).toBeCloseTo(plainMean.data[i], 6));
  variance.data.forEach((value, i) => expect(value).toBeCloseTo(plainVariance.data[i], 6));
});

test("a loss is the mean over the steps that count", async () => {
  const y = random([3, 3, 2]);
  y.mask = holes();
  const t = random([3, 3, 2]);
  const parts = [0, 1, 2].map((row) => shorter(y, row));
  const targets = [0, 1, 2].map((row) => shorter(t, row));
  await expectClose(meanSquaredError(t, y), meanSquaredError(concat(targets, 0), concat(parts, 0)));
  const weights = tensor([1, 2, 3]);
  await expectClose(meanSquaredError(t, y, weights), meanSquaredError(concat(targets, 0), concat(parts, 0), weights));
});

test("evaluate and fit count what is not masked, also over batches", async () => {
  const model = Sequential([
    Input({ shape: [3, 2] }),
    Masking({ maskValue: 7 }),
    LSTM({ units: 3, returnSequences: true }),
    Dense({ units: 1 }),
  ]);
  model.compile({ optimizer: "sgd", loss: "mse", metrics: ["mae"] });
  const x = tensor([[[1, 2], [3, 4], [7, 7]], [[2, 1], [7, 7], [7, 7]], [[1, 1], [2, 2], [3, 3]]]); // prettier-ignore
  const t = tensor(new Float32Array(9).fill(1), [3, 3, 1]);
  const y = await model.predict(x);
  expect(y.mask).toBeUndefined();
  const errors = (await values(y)).map((value) => Math.abs(value - 1)).filter((_, i) => [0, 1, 3, 6, 7, 8].includes(i));
  const average = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
  const { loss, mae } = await model.evaluate(x, t);
  expect(mae).toBeCloseTo(average(errors), 12);
  expect(loss).toBeCloseTo(average(errors.map((e) => e ** 2)), 12);
  expect((await model.evaluate(x, t, { batchSize: 1 })).mae).toBeCloseTo(average(errors), 12);
  const { history } = await model.fit(x, t, { epochs: 3, verbose: 0 });
  expect(history.loss[2]).toBeLessThan(history.loss[0]);
});

test("masks are disposed with the tensors that they are attached to", async () => {
  const model = Sequential([
    Input({ shape: [3, 2] }),
    Masking(),
    LSTM({ units: 3, returnSequences: true }),
    BatchNormalization(),
    Dense({ units: 1 }),
  ]);
  model.compile({ optimizer: "sgd", loss: "mse", metrics: ["mae"] });
  const [x, t] = [keep(random([2, 3, 2])), keep(random([2, 3, 1]))];
  await model.trainOnBatch(x, t);
  (await model.predict(x)).dispose(); // makes the plan, and what it keeps
  const held = memory().buffers;
  await model.trainOnBatch(x, t);
  await model.evaluate(x, t);
  (await model.predict(x)).dispose();
  model(x).dispose();
  expect(memory().buffers).toBe(held);
});
