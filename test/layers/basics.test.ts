// The basic layers (Dense, Conv2D, BatchNormalization, LSTM, ConvLSTM2D, ...) beyond what Keras's fixtures say: shapes, errors,
// first values, freezing. In double, on the reference.
import { beforeAll, beforeEach, expect, test } from "vitest";
import { ArgumentError, ShapeError } from "../../src/errors.js";
import {
  Activation,
  Add,
  BatchNormalization,
  type CallOptions,
  callable,
  clearNames,
  Conv2D,
  ConvLSTM2D,
  Dense,
  DepthwiseConv2D,
  Dropout,
  Embedding,
  Flatten,
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  Input,
  Layer,
  LSTM,
  memory,
  MaxPooling2D,
  Model,
  multiply,
  type OneOrMany,
  type PartialShape,
  random,
  ReLU,
  relu,
  Reshape,
  setBackend,
  setSeed,
  Softmax,
  sum,
  type SymbolicTensor,
  type Tensor,
  tensor,
  TimeDistributed,
  valueAndGrad,
  Variable,
  ZeroPadding2D,
} from "../../src/index.js";
import { createReferenceBackend } from "../../src/backends/reference/index.js";

beforeAll(() => setBackend(createReferenceBackend({ precision: "float64" })));
beforeEach(() => {
  clearNames();
  setSeed(1);
});

const list = <T>(x: OneOrMany<T>): T[] => (Array.isArray(x) ? x : [x]);
const values = async (x: Tensor): Promise<number[]> => Array.from(await x.data());

// ── shapes ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

type Anything = Layer & ((x: never, options?: CallOptions) => unknown);
/** A layer with the shapes of its inputs and, batch aside, of its outputs. */
const shapeCases: [layer: () => Anything, inputs: number[] | number[][], outputs: number[] | number[][]][] = [
  [() => Dense({ units: 3 }), [2, 5], [3]],
  [() => Dense({ units: 3, activation: "softmax" }), [2, 4, 6, 5], [4, 6, 3]],
  [() => Conv2D({ filters: 4, kernelSize: 3 }), [2, 7, 5, 3], [5, 3, 4]],
  [() => Conv2D({ filters: 4, kernelSize: [3, 2], strides: [2, 1], padding: "same" }), [2, 7, 5, 3], [4, 5, 4]],
  [() => Conv2D({ filters: 4, kernelSize: 3, dilationRate: 2 }), [2, 7, 5, 2], [3, 1, 4]],
  [() => Conv2D({ filters: 6, kernelSize: 1, groups: 3 }), [2, 7, 5, 3], [7, 5, 6]],
  [() => DepthwiseConv2D({ kernelSize: 3, depthMultiplier: 2, padding: "SAME" }), [2, 7, 5, 3], [7, 5, 6]],
  [() => BatchNormalization(), [2, 7, 5, 3], [7, 5, 3]],
  [() => BatchNormalization({ axis: 1 }), [2, 7, 5, 3], [7, 5, 3]],
  [() => Activation({ activation: "gelu" }), [2, 3, 4], [3, 4]],
  [() => ReLU({ maxValue: 6 }), [2, 3], [3]],
  [() => Softmax({ axis: 1 }), [2, 3, 4], [3, 4]],
  [() => Dropout({ rate: 0.5 }), [2, 3], [3]],
  [() => Flatten(), [2, 3, 4, 5], [60]],
  [() => Flatten(), [2], [1]],
  [() => Reshape({ targetShape: [4, -1] }), [2, 3, 8], [4, 6]],
  [() => ZeroPadding2D(), [2, 7, 5, 3], [9, 7, 3]],
  [() => ZeroPadding2D({ padding: [1, 2] }), [2, 7, 5, 3], [9, 9, 3]],
  [() => ZeroPadding2D({ padding: [[0, 1], [2, 0]] }), [2, 7, 5, 3], [8, 7, 3]], // prettier-ignore
  [() => MaxPooling2D(), [2, 7, 5, 3], [3, 2, 3]],
  [() => MaxPooling2D({ poolSize: 3, strides: 2, padding: "same" }), [2, 7, 5, 3], [4, 3, 3]],
  [() => GlobalAveragePooling2D(), [2, 7, 5, 3], [3]],
  [() => GlobalMaxPooling2D({ keepdims: true }), [2, 7, 5, 3], [1, 1, 3]],
  [() => Add(), [[2, 3, 4], [2, 3, 4], [2, 1, 4]], [3, 4]], // prettier-ignore
  [() => Add(), [[2, 4], [2, 3, 4]], [3, 4]], // prettier-ignore
  [() => Embedding({ inputDim: 9, outputDim: 3 }), [2, 5], [5, 3]],
  [() => LSTM({ units: 4 }), [2, 3, 5], [4]],
  [() => LSTM({ units: 4, returnSequences: true, activation: "relu" }), [2, 3, 5], [3, 4]],
  [() => LSTM({ units: 4, returnState: true }), [2, 3, 5], [[4], [4], [4]]],
  [() => ConvLSTM2D({ filters: 4 }), [2, 3, 7, 5, 2], [5, 3, 4]],
  [() => ConvLSTM2D({ filters: 4, kernelSize: [3, 2], strides: 2, padding: "same" }), [2, 3, 7, 5, 2], [4, 3, 4]],
  [() => ConvLSTM2D({ filters: 4, dilationRate: 2, returnSequences: true }), [2, 3, 7, 5, 2], [3, 3, 1, 4]],
  [
    () => ConvLSTM2D({ filters: 4, returnSequences: true, returnState: true, recurrentActivation: "hardSigmoid" }),
    [2, 3, 7, 5, 2],
    [[3, 5, 3, 4], [5, 3, 4], [5, 3, 4]], // prettier-ignore
  ],
  [() => TimeDistributed(Conv2D({ filters: 4, kernelSize: 3 })), [2, 3, 7, 5, 2], [3, 5, 3, 4]],
  [() => TimeDistributed(TimeDistributed(Dense({ units: 4 }))), [2, 3, 5, 6], [3, 5, 4]],
];

test.each(shapeCases.map(([layer, ...shapes]) => [layer().className, layer, ...shapes] as const))(
  "%s has one shape, symbolic and real",
  (_, make, inputs, outputs) => {
    const isMany = Array.isArray(inputs[0]);
    const given = (isMany ? inputs : [inputs]) as number[][];
    const expected = (Array.isArray(outputs[0]) ? outputs : [outputs]) as number[][];
    const symbols = given.map(([, ...shape]) => Input({ shape }));
    const layer = make();
    const symbolic = layer((isMany ? symbols : symbols[0]) as never) as OneOrMany<SymbolicTensor>;
    expect(list(symbolic).map((x) => x.shape)).toEqual(expected.map((shape) => [null, ...shape]));
    const xs = given.map((shape) => random(shape));
    const real = layer((isMany ? xs : xs[0]) as never) as OneOrMany<Tensor>;
    expect(list(real).map((x) => x.shape)).toEqual(expected.map((shape) => [given[0][0], ...shape]));
  },
);

test("sizes that are not known stay unknown", () => {
  const film = Input({ shape: [null, 32, 32, 3] });
  const frame = Input({ shape: [null, null, 3] });
  expect(ConvLSTM2D({ filters: 2, returnSequences: true })(film).shape).toEqual([null, null, 30, 30, 2]);
  expect(Conv2D({ filters: 2, kernelSize: 3 })(frame).shape).toEqual([null, null, null, 2]);
  expect(Flatten()(frame).shape).toEqual([null, null]);
  expect(Reshape({ targetShape: [-1, 3] })(frame).shape).toEqual([null, null, 3]);
  expect(Input({ shape: [5], batchSize: 4 }).shape).toEqual([4, 5]);
});

// ── errors ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const on = (shape: number[], layer: unknown) => () => (layer as (x: Tensor) => Tensor)(random(shape));
const options = (value: object) => value as never;
const errorCases: [action: () => unknown, message: string][] = [
  [
    on([2, 64, 64, 3], ConvLSTM2D({ filters: 2, name: "encoder" })),
    'ConvLSTM2D "encoder": expected [batch, time, height, width, channels], received [2, 64, 64, 3]; wrap the frame model in TimeDistributed.',
  ],
  [() => Dense(options({ units: 1, use_bias: true })), 'Dense: unknown option "use_bias"; did you mean "useBias"?'],
  [
    () => ConvLSTM2D(options({ filters: 1, returnSequence: true })),
    'ConvLSTM2D: unknown option "returnSequence"; did you mean "returnSequences"?',
  ],
  [
    () => ConvLSTM2D({ filters: 1, strides: 2, dilationRate: 2, name: "c" }),
    'ConvLSTM2D "c": strides [2, 2] beside dilationRate [2, 2]; one of them must be 1.',
  ],
  [
    () => ConvLSTM2D({ filters: 1, name: "c" })(Input({ shape: [3, null, 8, 1] })),
    'ConvLSTM2D "c": height and width in [null, 3, null, 8, 1] must be known.',
  ],
  [
    on([8, 8, 3], Conv2D({ filters: 1, kernelSize: 3, name: "a" })),
    'Conv2D "a": expected [batch, height, width, channels], received [8, 8, 3]; the batch or the channels are missing.',
  ],
  [
    on([1, 2, 8, 8, 3], MaxPooling2D({ name: "a" })),
    'MaxPooling2D "a": expected [batch, height, width, channels], received [1, 2, 8, 8, 3]; wrap the layer in TimeDistributed.',
  ],
  [
    on([1, 2, 8, 3], Conv2D({ filters: 1, kernelSize: 3, name: "a" })),
    'Conv2D "a": a 3x3 window does not fit into [2, 8]; use padding "same" or larger frames.',
  ],
  [
    () => Conv2D({ filters: 3, kernelSize: 3, groups: 2, name: "a" }),
    'Conv2D "a": 3 filters do not fall into 2 groups.',
  ],
  [
    on([1, 8, 8, 3], Conv2D({ filters: 4, kernelSize: 3, groups: 2, name: "a" })),
    'Conv2D "a": 3 channels do not fall into 2 groups, received [1, 8, 8, 3].',
  ],
  [() => Dense(options({ units: 2.5, name: "d" })), 'Dense "d": units 2.5; expected a whole number from 1.'],
  [
    () => Dense({ units: 2, activation: "rellu", name: "d" }),
    'Dense "d": unknown activation "rellu"; did you mean "relu"?',
  ],
  [
    () => Dense({ units: 2, kernelInitializer: "glorot_uniform", name: "d" }),
    'Dense "d": unknown initializer "glorot_uniform"; did you mean "glorotUniform"?',
  ],
  [on([3], Dense({ units: 2, name: "d" })), 'Dense "d": expected [batch, ..., inputs], received [3].'],
  [
    on([2, 5], LSTM({ units: 2, name: "l" })),
    'LSTM "l": expected [batch, time, features], received [2, 5]; a layer before it needs returnSequences: true, or the data a time axis.',
  ],
  [
    on([2, 5], Reshape({ targetShape: [2, -1], name: "r" })),
    'Reshape "r": a sample of [5] does not fill [2, -1], received [2, 5].',
  ],
  [() => Dropout({ rate: 1.5, name: "d" }), 'Dropout "d": rate 1.5; expected a number from 0 to 1.'],
  [
    () => ZeroPadding2D({ padding: options([1, 2, 3]), name: "z" }),
    'ZeroPadding2D "z": padding [1, 2, 3]; expected a whole number, one for each of 2 axes, or [before, after] for each.',
  ],
  [() => Add({ name: "a" })([random([2, 3])]), 'Add "a": expected a list of at least two tensors.'],
  [
    () => Add({ name: "a" })([random([2, 3]), random([2, 4])]),
    'Add "a": [2, 3] and [2, 4] do not broadcast; sizes must be equal or 1.',
  ],
  [
    on([2, 3], TimeDistributed(Dense({ units: 1 }), { name: "t" })),
    'TimeDistributed "t": expected [batch, time, ...], received [2, 3].',
  ],
  [
    () => TimeDistributed(options({ units: 3 }), { name: "t" }),
    'TimeDistributed "t": expected a layer or model, as in TimeDistributed(cnn)(clips).',
  ],
  [
    () => Dense({ units: 1, name: "d" })([random([2, 3]), random([2, 3])]),
    'Dense "d": expected one tensor, received a list of 2.',
  ],
  [() => Input(options({ shapes: [3] })), 'Input: unknown option "shapes"; did you mean "shape"?'],
  [
    () => Dense({ units: 2, name: "d" })(options({ a: 1 })),
    'Dense "d": expected tensors (or symbolic tensors, from Input), received [Object]; make one with tensor(values, shape).',
  ],
];

test.each(errorCases)("error %#", (action, message) => {
  expect(action).toThrow(expect.objectContaining({ message }));
});

test("a layer refuses other sizes than it was built for", () => {
  const dense = Dense({ units: 2, name: "d" });
  dense(random([4, 3]));
  expect(() => dense(random([4, 5]))).toThrow('Dense "d": was built for 3 inputs, received [4, 5].');
  const norm = BatchNormalization({ name: "b" });
  norm(random([4, 3]));
  expect(() => norm(random([4, 5]))).toThrow('BatchNormalization "b": was built for 3 channels, received [4, 5]');
});

// ── what layers do ────────────────────────────────────────────────────────────────────────────────────────────────────────

test("names follow Keras's rule", () => {
  const names = [
    ConvLSTM2D({ filters: 1 }),
    ReLU(),
    Conv2D({ filters: 1, kernelSize: 1 }),
    ZeroPadding2D(),
    ReLU(),
    LSTM({ units: 1 }),
  ];
  expect(names.map((layer) => layer.name)).toEqual(["conv_lstm2d", "re_lu", "conv2d", "zero_padding2d", "re_lu_1", "lstm"]); // prettier-ignore
});

test("the forget gate's bias begins at 1, and only that", async () => {
  const lstm = LSTM({ units: 2, biasInitializer: { className: "Constant", config: { value: 5 } } });
  lstm(random([1, 2, 3]));
  expect(await values(lstm.bias!)).toEqual([5, 5, 1, 1, 5, 5, 5, 5]);
  const plain = LSTM({ units: 2, unitForgetBias: false });
  plain(random([1, 2, 3]));
  expect(await values(plain.bias!)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
});

test("kernelSize of ConvLSTM2D is 3 where it is left out", () => {
  const layer = ConvLSTM2D({ filters: 2 });
  layer(random([1, 2, 5, 5, 3]));
  expect(layer.weights.map((w) => w.shape)).toEqual([[3, 3, 3, 8], [3, 3, 2, 8], [8]]); // prettier-ignore
});

test("dropout keeps the mean in training, returns x otherwise, and repeats with its seed", async () => {
  const x = tensor(new Float32Array(10000).fill(2), [100, 100]);
  expect(Dropout({ rate: 0.25 })(x)).toBe(x);
  const y = await values(Dropout({ rate: 0.25, seed: 3 })(x, { training: true }));
  expect(new Set(y)).toEqual(new Set([0, Math.fround(1 / 0.75) * 2]));
  expect(y.filter((value) => value === 0).length / 10000).toBeCloseTo(0.25, 1);
  expect(await values(Dropout({ rate: 0.25, seed: 3 })(x, { training: true }))).toEqual(y);
  expect(await values(sum(Dropout({ rate: 1 })(x, { training: true })))).toEqual([0]);
});

test("dropout's noiseShape drops whole columns", async () => {
  const layer = Dropout({ rate: 0.5, noiseShape: [1, null], seed: 1 });
  const y = await values(layer(tensor(new Float32Array(40).fill(1), [4, 10]), { training: true }));
  for (let row = 1; row < 4; row++) expect(y.slice(10 * row, 10 * row + 10)).toEqual(y.slice(0, 10));
  expect(new Set(y)).toEqual(new Set([0, 2]));
});

test("batch normalization on another axis is that on the last, transposed", async () => {
  const x = random([3, 4, 5]);
  const first = BatchNormalization({ axis: 1 });
  const last = BatchNormalization();
  const flipped = tensor(await values(x).then((v) => v.map((_, i) => v[Math.floor(i / 20) * 20 + (i % 4) * 5 + Math.floor((i % 20) / 4)])), [3, 5, 4]); // prettier-ignore
  const a = await values(first(x, { training: true }));
  const b = await values(last(flipped, { training: true }));
  const back = a.map((_, i) => b[Math.floor(i / 20) * 20 + (i % 5) * 4 + Math.floor((i % 20) / 5)]);
  a.forEach((value, i) => expect(value).toBeCloseTo(back[i], 10));
  expect(await values(first.movingMean)).toEqual(await values(last.movingMean));
});

test("a frozen batch normalization uses and keeps its averages, even in training", async () => {
  const norm = BatchNormalization();
  const x = random([8, 3], { min: 5, max: 9 });
  norm(x, { training: true });
  const before = await norm.getWeights();
  norm.trainable = false;
  expect(await values(norm(x, { training: true }))).toEqual(await values(norm(x)));
  expect(await norm.getWeights()).toEqual(before);
  expect(norm.trainableWeights).toEqual([]);
  norm.trainable = true;
  norm(x, { training: true });
  expect(await norm.getWeights()).not.toEqual(before);
});

test("gradients pass through a frozen layer to what lies before it", async () => {
  const first = Dense({ units: 3 });
  const frozen = Dense({ units: 2, trainable: false });
  const x = Input({ shape: [4] });
  const model = Model({ inputs: x, outputs: frozen(first(x)) });
  expect(model.trainableWeights).toEqual(first.weights);
  const step = valueAndGrad((data: Tensor) => sum(multiply(model(data), model(data))), model.trainableWeights);
  const { grads } = step(random([5, 4]));
  expect((await values(grads[0])).every((g) => g !== 0)).toBe(true);
});

test("`trainable` reaches all layers inside", () => {
  const x = Input({ shape: [6, 6, 2] });
  const cnn = Model({ inputs: x, outputs: BatchNormalization()(Conv2D({ filters: 2, kernelSize: 3 })(x)) });
  const wrapped = TimeDistributed(cnn);
  expect(wrapped.trainableWeights.length).toBe(4);
  wrapped.trainable = false;
  expect(cnn.layers.every((layer) => !layer.trainable)).toBe(true);
  expect(wrapped.nonTrainableWeights.length).toBe(6);
  cnn.layers[1].trainable = true;
  expect(wrapped.trainableWeights).toEqual([]);
});

// ── a user-defined layer ───────────────────────────────────────────────────────────────────────────────────────────────────

class ScaleLayer extends Layer {
  static override className = "Scale";
  scale!: Variable;
  override build([shape]: PartialShape[]) {
    this.scale = this.addWeight("scale", [shape.at(-1)!], { className: "Constant", config: { value: 2 } });
  }
  override call([x]: Tensor[]) {
    return [multiply(x, this.scale)];
  }
  override computeOutputShape(shapes: PartialShape[]) {
    return shapes;
  }
}
const Scale = callable(ScaleLayer);

test("a layer that does not return a list throws an error that says so", () => {
  const bare = <Method extends string>(method: Method, value: unknown) => {
    class BareLayer extends ScaleLayer {
      static override className = "Bare";
    }
    Object.assign(BareLayer.prototype, { [method]: () => value });
    return callable(BareLayer)({ name: "bare" });
  };
  const x = tensor([[1, 2, 3]]);
  const expected = "expected a list, one for each output: return";
  const cases: [string, unknown, string, string][] = [
    ["call", x, "Tensor", "[y]"],
    ["call", undefined, "undefined", "[y]"],
    ["call", [1], "[1]", "[y]"],
    ["computeOutputShape", [null, 3], "[null, 3]", "[shape]"],
    ["computeMask", x, "Tensor", "[mask]"],
  ];
  for (const [method, value, received, advice] of cases) {
    const message = `Bare "bare": ${method} returned ${received}; ${expected} ${advice}.`;
    expect(() => bare(method, value)(x)).toThrow(new ArgumentError(message));
  }
  const wrong = bare("computeOutputShape", [null, 3]);
  expect(() => wrong(Input({ shape: [3] }))).toThrow('Bare "bare": computeOutputShape returned [null, 3]; expected');
});

test("a layer that takes one tensor refuses a list, and one that takes several is given it", () => {
  const [a, b] = [tensor([[1, 2, 3]]), tensor([[4, 5, 6]])];
  expect(() => Scale({ name: "s" })([a, b])).toThrow(
    new ShapeError('Scale "s": expected one tensor, received a list of 2.'),
  );
  class CountLayer extends ScaleLayer {
    override get takesSeveral() {
      return true;
    }
    override call(inputs: Tensor[]) {
      return [tensor([inputs.length])];
    }
  }
  expect(callable(CountLayer)()([a, b]).shape).toEqual([1]);
});

test("methods of a layer that take what stands in the list for the list", () => {
  class ListLayer extends ScaleLayer {
    override call(xs: Tensor[]) {
      return [relu(xs as never)];
    }
  }
  class ShapeLayer extends ScaleLayer {
    override build(shapes: PartialShape[]) {
      this.addWeight("kernel", [shapes.at(-1) as never, 4], "ones");
    }
  }
  const x = tensor([[1, 2]]);
  const { buffers } = memory();
  expect(() => callable(ListLayer)()(x)).toThrow(/expected a tensor, received a list; a layer's call takes a list/);
  expect(() => multiply([x] as never, 2)).toThrow(/expected a tensor, received a list/);
  expect(() => multiply(x, [2] as never)).toThrow(/expected a tensor, received a list/);
  expect(() => callable(ShapeLayer)()(x)).toThrow(/kernel": .* is not a shape; expected whole numbers from 0/);
  class RestLayer extends ScaleLayer {
    override build() {
      this.addWeight("count", [1], "zeros", { trainable: false } as never);
    }
  }
  expect(() => callable(RestLayer)()(x)).toThrow(
    /addWeight received \["count", Array, "zeros", Object\]; expected \(name, shape, initializer or/,
  );
  expect(() => new Variable("w", [NaN])).toThrow('Variable "w": [NaN] is not a shape; expected whole numbers from 0.');
  expect(memory().buffers, "a layer whose first call fails has no weights").toBe(buffers);
});

test("a user-defined layer is called, named, built, counted and trained like any other", async () => {
  const scale = Scale();
  const x = Input({ shape: [3] });
  const model = Model({ inputs: x, outputs: Dense({ units: 1 })(scale(x)) });
  expect(model.getLayer("scale")).toBe(scale);
  expect(model.weights.map((w) => w.name)).toEqual(["scale/scale", "dense/kernel", "dense/bias"]);
  expect(await values(scale(tensor([[1, 2, 3]])))).toEqual([2, 4, 6]);
  const { grads } = valueAndGrad((data: Tensor) => sum(scale(data)), scale.weights)(tensor([[1, 2, 3]]));
  expect(await values(grads[0])).toEqual([1, 2, 3]);
});
