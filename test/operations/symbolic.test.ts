// The public ops on symbolic tensors: they add operations to graphs, which compute what the ops compute on tensors.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { exportOnnx } from "../../src/formats/onnx/export.js";
import { loadModel, registerLayers, saveModel } from "../../src/formats/index.js";
import * as zoetrope from "../../src/index.js";
import {
  add,
  ArgumentError,
  clearNames,
  concat,
  Dense,
  getItem,
  init,
  Input,
  Masking,
  LSTM,
  mean,
  memory,
  Model,
  type ModelLayer,
  multiply,
  OperationLayer,
  power,
  random,
  reshape,
  ShapeError,
  softmax,
  split,
  squeeze,
  type SymbolicTensor,
  type Tensor,
  tensor,
} from "../../src/index.js";
import { roll } from "../../src/operations/definitions.js";
import * as arithmetic from "../../src/operations/symbolic/arithmetic.js";
import * as frames from "../../src/operations/symbolic/frames.js";
import * as functions from "../../src/operations/symbolic/functions.js";
import * as moves from "../../src/operations/symbolic/moves.js";
import * as reductions from "../../src/operations/symbolic/reductions.js";
import { onnxruntime } from "../support/onnxFile.js";

beforeAll(() => init());
beforeEach(() => clearNames());

type Call = (x: never) => unknown;
/** An op with its other arguments, for tensors and symbolic tensors of shape [2, 4, 6], or frames [2, 6, 4, 3]. */
const sequence = [4, 6];
const frame = [6, 4, 3];
const list = (x: never): never => [x, x] as never;
const calls: Record<string, [shape: number[], ...calls: Call[]]> = {
  abs: [sequence, zoetrope.abs],
  add: [sequence, (x) => add(x, 1), (x) => add(1, x), (x) => add(x, x)],
  affine: [sequence, (x) => zoetrope.affine(x, 2), (x) => zoetrope.affine(x, 2, -1)],
  argMax: [sequence, (x) => zoetrope.argMax(x), (x) => zoetrope.argMax(x, 1)],
  averagePool2d: [frame, (x) => zoetrope.averagePool2d(x, [2, 2]), (x) => zoetrope.averagePool2d(x, [3, 2], { strides: [1, 1], padding: "same" })],
  clip: [sequence, (x) => zoetrope.clip(x, -0.2, 0.4)],
  concat: [sequence, (x) => concat(list(x)), (x) => concat(list(x), 1)],
  divide: [sequence, (x) => zoetrope.divide(x, 255), (x) => zoetrope.divide(1, zoetrope.affine(x, 1, 3))],
  equal: [sequence, (x) => zoetrope.equal(x, 0), (x) => add(zoetrope.equal(x, x), 1)],
  exp: [sequence, zoetrope.exp],
  expandDims: [sequence, (x) => zoetrope.expandDims(x, 1), (x) => zoetrope.expandDims(x, [-1, 1])],
  flip: [sequence, (x) => zoetrope.flip(x, -1)],
  getItem: [sequence, (x) => getItem(x, [{}, -1]), (x) => getItem(x, ["...", { start: 1, stop: -1 }]), (x) => getItem(x, [{}, null, { step: -2 }])],
  greater: [sequence, (x) => zoetrope.greater(x, 0.1)],
  log: [sequence, (x) => zoetrope.log(zoetrope.affine(x, 1, 2))],
  logSoftmax: [sequence, zoetrope.logSoftmax],
  matMul: [sequence, (x) => zoetrope.matMul(x, zoetrope.transpose(x, [0, 2, 1]))],
  max: [sequence, (x) => zoetrope.max(x, 1)],
  maxPool2d: [frame, (x) => zoetrope.maxPool2d(x, [2, 2])],
  maximum: [sequence, (x) => zoetrope.maximum(x, 0.1)],
  mean: [frame, (x) => mean(x, [1, 2]), (x) => mean(x, -1, true)],
  min: [sequence, (x) => zoetrope.min(x, 1, true)],
  minimum: [sequence, (x) => zoetrope.minimum(0.1, x)],
  multiply: [sequence, (x) => multiply(x, 0.5)],
  negative: [sequence, zoetrope.negative],
  pad: [sequence, (x) => zoetrope.pad(x, [0, 1, 0], [0, 2, 1])],
  power: [sequence, (x) => power(x, 3), (x) => power(zoetrope.affine(x, 1, 2), -0.5)],
  relu: [sequence, zoetrope.relu],
  relu6: [sequence, zoetrope.relu6],
  reshape: [sequence, (x) => reshape(x, [-1, 8, 3])],
  resize2d: [frame, (x) => zoetrope.resize2d(x, [3, 8]), (x) => zoetrope.resize2d(x, [3, 8], { interpolation: "nearest" })],
  sigmoid: [sequence, zoetrope.sigmoid],
  sign: [sequence, zoetrope.sign],
  slice: [sequence, (x) => zoetrope.slice(x, [0, 1], [-1, 2]), (x) => zoetrope.slice(x, [0, 0, 2])],
  softmax: [sequence, softmax],
  split: [sequence, (x) => (split(x, 3, -1) as Tensor[])[1], (x) => (split(x, [1], 1) as Tensor[])[1]],
  sqrt: [sequence, (x) => zoetrope.sqrt(zoetrope.affine(x, 1, 2))],
  square: [sequence, zoetrope.square],
  squeeze: [sequence, (x) => squeeze(zoetrope.expandDims(x, 1), 1)],
  stack: [sequence, (x) => zoetrope.stack(list(x), 1)],
  subtract: [sequence, (x) => zoetrope.subtract(1, x)],
  sum: [sequence, (x) => zoetrope.sum(x, [1, 2])],
  tanh: [sequence, zoetrope.tanh],
  transpose: [sequence, (x) => zoetrope.transpose(x, [0, 2, 1])],
}; // prettier-ignore

const modelOf = (shape: number[], call: Call): ModelLayer => {
  const x = Input({ shape });
  return Model({ inputs: x, outputs: call(x as never) as SymbolicTensor });
};

const rows = Object.entries(calls).flatMap(([name, [shape, ...all]]) => all.map((call, i) => [`${name} ${i}`, shape, call] as const)); // prettier-ignore

describe("an op on a symbolic tensor computes what it computes on a tensor", () => {
  test.each(rows)("%s", async (_, shape, call) => {
    const x = random([2, ...shape], { seed: 7, min: -1 });
    const wanted = call(x as never) as Tensor;
    const model = modelOf(shape, call);
    const partial = model.outputs[0].shape;
    expect(partial.map((size, axis) => size ?? wanted.shape[axis])).toEqual(wanted.shape);
    const run = await onnxruntime();
    for (const each of [model, await loadModel(await saveModel(model))]) {
      const y = (await each.predict(x)) as Tensor;
      expect(y.shape).toEqual(wanted.shape);
      expect(await y.data()).toEqual(await wanted.data());
    }
    if (run && !/resize2d/.test(_)) {
      const data = await x.data();
      const [result] = Object.values(await (await run(await exportOnnx(model)))({ [model.inputs[0].node.layer.name]: { data, shape: x.shape } })); // prettier-ignore
      expect(result.shape).toEqual(wanted.shape);
      const numbers = await wanted.data();
      result.data.forEach((value, i) => expect(value).toBeCloseTo(numbers[i], 5));
    }
  });

  test("every op that takes symbolic tensors is tried", () => {
    const symbolic = [arithmetic, frames, functions, moves, reductions];
    const names = symbolic.flatMap((file) => Object.keys(file as object));
    expect(names.filter((name) => !(name in calls))).toEqual(["gather"]);
    for (const name of names) expect(zoetrope).toHaveProperty(name, symbolic.map((file) => (file as Record<string, unknown>)[name]).find(Boolean)); // prettier-ignore
  });
});

test("constants are numbers and lists of numbers", async () => {
  const x = Input({ shape: [2, 3] });
  const model = Model({ inputs: x, outputs: multiply(add(x, [1, 2, 3]), [[[2]], [[3]]]) });
  const y = (await model.predict(tensor([[[0, 0, 0], [1, 1, 1]], [[0, 0, 0], [1, 1, 1]]]))) as Tensor; // prettier-ignore
  expect([...(await y.data())]).toEqual([2, 4, 6, 4, 6, 8, 3, 6, 9, 6, 9, 12]);
});

test("a table is looked up by indices of a graph", async () => {
  const x = Input({ shape: [3] });
  const model = Model({ inputs: x, outputs: zoetrope.gather([[1, 2], [3, 4], [5, 6]], x) }); // prettier-ignore
  expect(model.outputs[0].shape).toEqual([null, 3, 2]);
  const y = (await model.predict(tensor([[2, 0, 1]]))) as Tensor;
  expect([...(await y.data())]).toEqual([5, 6, 1, 2, 3, 4]);
});

test("a model of operations is trained, and its gradients flow through them", async () => {
  const x = Input({ shape: [4, 3] });
  const y = Dense({ units: 2, name: "scores" })(mean(power(zoetrope.divide(x, 2), 2), 1));
  const model = Model({ inputs: x, outputs: y });
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  const [data, target] = [random([8, 4, 3], { seed: 1 }), random([8, 2], { seed: 2 })];
  const first = await model.trainOnBatch(data, target);
  for (let i = 0; i < 20; i++) await model.trainOnBatch(data, target);
  expect((await model.trainOnBatch(data, target)).loss).toBeLessThan(first.loss);
});

test("operations end masks, as in Keras", async () => {
  const x = Input({ shape: [4, 3] });
  const masked = Masking()(x);
  const model = Model({ inputs: x, outputs: LSTM({ units: 2, name: "a" })(zoetrope.subtract(1, masked)) });
  const same = Model({ inputs: x, outputs: (model.getLayer("a") as never as (x: SymbolicTensor) => SymbolicTensor)(zoetrope.subtract(1, x)) }); // prettier-ignore
  const data = tensor([[[1, 2, 3], [0, 0, 0], [2, 1, 0], [0, 0, 0]]]); // prettier-ignore
  const [a, b] = [(await model.predict(data)) as Tensor, (await same.predict(data)) as Tensor];
  expect(await a.data()).toEqual(await b.data());
});

test("an operation that changes nothing ends masks too", () => {
  const x = Input({ shape: [4, 3] });
  const still = new OperationLayer({ operation: roll, args: [{ tensor: 0 }, 0, 1] }).apply(Masking()(x));
  const [y] = Model({ inputs: x, outputs: still as SymbolicTensor }).compute([tensor([[[1, 2, 3], [0, 0, 0], [2, 1, 0], [0, 0, 0]]])]); // prettier-ignore
  expect(y.mask).toBeUndefined();
});

test("nothing is left over after predictions and shapes", async () => {
  const model = modelOf(frame, (x) => softmax(mean(zoetrope.divide(x, 255), [1, 2])));
  const data = random([2, ...frame]);
  (await model.predict(data) as Tensor).dispose(); // prettier-ignore
  const before = memory().buffers;
  for (let i = 0; i < 3; i++) ((await model.predict(data)) as Tensor).dispose();
  model.outputShapes([[5, ...frame]]);
  expect(memory().buffers).toBe(before);
});

test("null as options of ops on frames is none", () => {
  const frame = Input({ shape: [4, 6, 1] });
  expect(zoetrope.maxPool2d(frame, [2, 2], null as never).shape).toEqual([null, 2, 3, 1]);
  expect(zoetrope.resize2d(frame, [2, 2], null as never).shape).toEqual([null, 2, 2, 1]);
});

describe("is refused in one line", () => {
  const x = Input({ shape: [4, 6] });
  const refusals: [string, () => unknown, new (message: string) => Error, RegExp][] = [
    ["a tensor with values", () => add(x, tensor([1]) as never), ArgumentError, /^add: received a tensor beside symbolic ones.*list of numbers\.$/],
    ["sizes that do not broadcast", () => add(x, [1, 2]), ShapeError, /^add "add.*": \[null, 4, 6\] and \[2\] do not broadcast/],
    ["a shape that does not fit", () => reshape(x, [-1, 11]), ShapeError, /^reshape: \[null, 4, 6\] does not fit/],
    ["an axis that is not there", () => mean(x, 3), ArgumentError, /axis 3 does not exist in 3 dimensions/],
    ["an index outside", () => getItem(x, [{}, 4]), ShapeError, /^getItem: index 4 of an axis of size 4/],
    ["a slice outside", () => zoetrope.slice(x, [0, 3], [-1, 2]), ArgumentError, /^slice: start \[0, ?3\] and size/],
    ["another kind of constant", () => add(x, "1" as never), ArgumentError, /^add "add.*": expected a tensor, a number or a nested list of numbers, received/],
    ["an unknown operation", () => (registerLayers(), new OperationLayer({ operation: "addd", args: [{ tensor: 0 }] })), ArgumentError, /^Operation: unknown operation "addd"/],
    ["no arguments", () => new OperationLayer({ operation: "add" } as never), ArgumentError, /^Operation: expected \{ operation, args \}/],
    ["a dilation of pooling", () => zoetrope.maxPool2d(Input({ shape: [4, 6, 1] }), [2, 2], { dilation: 2 }), ArgumentError, /^maxPool2d: a dilation of symbolic tensors/],
    ["an unknown option of pooling", () => zoetrope.averagePool2d(Input({ shape: [4, 6, 1] }), [2, 2], { stride: 2 } as never), ArgumentError, /^averagePool2d: unknown option "stride"/],
    ["an unknown option of resizing", () => zoetrope.resize2d(Input({ shape: [4, 6, 1] }), [2, 2], { method: "nearest" } as never), ArgumentError, /^resize2d: unknown option "method"/],
    ["no input", () => new OperationLayer({ operation: "add", args: [1, 2] }), ArgumentError, /expected \{ tensor: i \} for each input/],
    ["an input that is not there", () => new OperationLayer({ operation: "add", args: [{ tensor: 0 }, { tensor: 7 }] }), ArgumentError, /expected \{ tensor: i \} for each input/],
  ]; // prettier-ignore
  test.each(refusals)("%s", (_, attempt, Class, message) => {
    expect(attempt).toThrow(Class);
    expect(attempt).toThrow(message);
  });
});
