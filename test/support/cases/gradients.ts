// For every op, the ways to call it whose gradients are checked.
import * as ops from "../../../src/ops/index.js";
import type { LstmResult } from "../../../src/ops/lstm.js";
import { tensor, type Tensor } from "../../../src/tensor.js";

interface Input {
  shape: number[];
  /** Bounds of the values, -1 and 1 by default. */
  low?: number;
  high?: number;
}

export interface GradientRow {
  inputs: Input[];
  /** The op on tensors of those shapes; all outputs that have a gradient. */
  f: (...xs: Tensor[]) => Tensor | readonly Tensor[];
}

/** A row over inputs with values from -1 to 1. */
const row = (shapes: number[][], f: GradientRow["f"]): GradientRow => ({
  inputs: shapes.map((shape) => ({ shape })),
  f,
});
const between = (low: number, high: number, shapes: number[][], f: GradientRow["f"]): GradientRow => ({
  inputs: shapes.map((shape) => ({ shape, low, high })),
  f,
}); // prettier-ignore

const broadcasts = [
  [[2, 3], [2, 3]],
  [[2, 3], [3]],
  [[2, 1, 4], [3, 1]],
  [[], [2, 3]],
  [[4, 1, 2, 3], [1, 5, 1, 3]],
]; // prettier-ignore
const binary = (f: (a: Tensor, b: Tensor) => Tensor) => broadcasts.map((shapes) => row(shapes, f));
const unary = (f: (x: Tensor) => Tensor, low = -2, high = 2) => [
  between(low, high, [[3, 7]], f),
  between(low, high, [[]], f),
];

const activations = ["linear", "relu", "relu6", "sigmoid", "tanh"] as const;
/** Values beyond both bounds of ReLU6. */
const wide = [-8, 8] as const;

const all = ({ hs, h, c }: LstmResult) => (hs ? [hs, h, c] : [h, c]);
const gru = (gates: Tensor, candidate: Tensor, resetAfter: boolean) => ({
  projectGates: (h: Tensor) => ops.matMul(h, gates),
  projectCandidate: (h: Tensor) => ops.matMul(h, candidate),
  resetAfter,
  activation: ops.tanh,
  recurrentActivation: ops.sigmoid,
});
const cell = (weights: Tensor) => ({
  project: (h: Tensor) => ops.matMul(h, weights),
  activation: ops.tanh,
  recurrentActivation: ops.sigmoid,
});

type NoGradient = "greater" | "equal" | "sign" | "argMax";

export const noGradient: Record<NoGradient, GradientRow> = {
  greater: row([[2, 3], [3]], ops.greater),
  equal: row([[2, 3], [3]], ops.equal),
  sign: row([[2, 3]], ops.sign),
  argMax: row([[2, 3]], (x) => ops.argMax(x)),
}; // prettier-ignore

export const gradientRows: Record<Exclude<keyof typeof ops, NoGradient>, GradientRow[]> = {
  add: [...binary(ops.add), row([[2, 3]], (x) => ops.add(3, x)), row([[2, 3]], (x) => ops.add(x, x))],
  subtract: [...binary(ops.subtract), row([[2, 3]], (x) => ops.subtract(1, x))],
  multiply: [...binary(ops.multiply), row([[2, 3]], (x) => ops.multiply(x, x))],
  divide: [
    ...broadcasts.map((shapes) => between(0.5, 2, shapes, ops.divide)),
    between(0.5, 2, [[3]], (x) => ops.divide(2, x)),
    between(0.5, 2, [[3]], (x) => ops.divide(ops.square(x), x)),
  ],
  maximum: [...binary(ops.maximum), row([[9]], (x) => ops.maximum(x, 0.25))],
  minimum: [...binary(ops.minimum), row([[9]], (x) => ops.minimum(0.25, x))],

  exp: unary(ops.exp),
  log: unary(ops.log, 0.5, 3),
  sqrt: unary(ops.sqrt, 0.5, 3),
  abs: unary(ops.abs),
  square: unary(ops.square),
  sigmoid: [...unary(ops.sigmoid), row([[5]], (x) => ops.sigmoid(x).logits!)],
  tanh: unary(ops.tanh),
  negative: unary(ops.negative),
  affine: unary((x) => ops.affine(x, -2.5, 0.75)),
  clip: unary((x) => ops.clip(x, -2.1, 0.5)),
  relu: [between(-2, 2, [[3, 7]], ops.relu), between(1, 2, [[]], ops.relu)],
  relu6: [between(...wide, [[3, 9]], ops.relu6)],

  sum: [
    row([[2, 3, 4]], (x) => ops.sum(x)),
    row([[2, 3, 4]], (x) => ops.sum(x, 1)),
    row([[2, 3, 4]], (x) => ops.sum(x, [0, -1], true)),
    row([[2, 3, 4, 5]], (x) => ops.sum(x, [1, 2])),
    row([[]], (x) => ops.sum(x)),
  ],
  mean: [row([[2, 3, 4]], (x) => ops.mean(x)), row([[2, 3, 4]], (x) => ops.mean(x, [0, 2]))],
  max: [
    row([[2, 3, 4]], (x) => ops.max(x)),
    row([[2, 3, 4]], (x) => ops.max(x, 1, true)),
    row([[2, 3, 4]], (x) => ops.max(x, [0, 2])),
  ],
  softmax: [between(-3, 3, [[3, 5]], ops.softmax), row([[2, 1]], (x) => ops.softmax(x).logits!)],
  logSoftmax: [between(-3, 3, [[3, 5]], ops.logSoftmax), between(-3, 3, [[2, 2, 4]], ops.logSoftmax)],

  reshape: [row([[2, 6]], (x) => ops.multiply(ops.reshape(x, [3, -1]), ops.reshape(x, [3, 4])))],
  transpose: [row([[2, 3, 4]], (x) => ops.transpose(x)), row([[2, 3, 4]], (x) => ops.transpose(x, [1, 0, -1]))],
  slice: [row([[4, 5]], (x) => ops.slice(x, [1, 2], [2, -1])), row([[4, 5]], (x) => ops.slice(x, [0], [1]))],
  flip: [row([[3, 4]], (x) => ops.flip(x, 0)), row([[3, 4]], (x) => ops.flip(x, -1))],
  pad: [row([[2, 3]], (x) => ops.pad(x, [1, 0], [0, 2]))],
  concat: [
    row([[2, 3], [2, 1]], (a, b) => ops.concat([a, b])),
    row([[2, 3], [1, 3]], (a, b) => ops.concat([a, b, a], 0)),
  ],
  stack: [row([[2, 3], [2, 3]], (a, b) => ops.stack([a, b])), row([[2, 3]], (a) => ops.stack([a, a], -1))],
  gather: [
    row([[4, 3]], (table) => ops.gather(table, tensor([[2, 0], [2, 3]]))),
    row([[3, 2, 2]], (table) => ops.gather(table, tensor([1]))),
  ],

  matMul: [
    row([[3, 4], [4, 5]], ops.matMul),
    row([[2, 3, 4], [4, 5]], ops.matMul),
    row([[2, 3, 4], [2, 4, 5]], ops.matMul),
    row([[2, 2, 3, 1], [2, 2, 1, 2]], ops.matMul),
  ],
  dense: [
    row([[3, 4], [4, 5]], (x, w) => ops.dense(x, w)),
    row([[2, 3, 4], [4, 5], [5]], (x, w, b) => ops.dense(x, w, b)),
    ...activations.map((activation) =>
      between(-3, 3, [[5, 4], [4, 6], [6]], (x, w, b) => ops.dense(x, w, b, activation)),
    ),
  ],
  conv2d: [
    row([[2, 5, 4, 3], [3, 2, 3, 4]], (x, w) => ops.conv2d(x, w)),
    row([[2, 6, 5, 3], [3, 3, 3, 2], [2]], (x, w, bias) => ops.conv2d(x, w, { bias, strides: [2, 1], padding: "same" })),
    row([[1, 7, 6, 2], [3, 3, 2, 2]], (x, w) => ops.conv2d(x, w, { dilation: [2, 1], padding: "same" })),
    row([[2, 4, 5, 4], [2, 3, 2, 6], [6]], (x, w, bias) => ops.conv2d(x, w, { bias, groups: 2, padding: "same" })),
    ...activations.map((activation) =>
      between(-2, 2, [[2, 4, 4, 2], [3, 3, 2, 3], [3]], (x, w, bias) => ops.conv2d(x, w, { bias, activation })),
    ),
  ],
  depthwiseConv2d: [
    row([[2, 5, 4, 3], [3, 3, 3, 1]], (x, w) => ops.depthwiseConv2d(x, w, { padding: "same" })),
    row([[2, 6, 5, 3], [3, 2, 3, 2], [6]], (x, w, bias) => ops.depthwiseConv2d(x, w, { bias, strides: 2 })),
    row([[1, 6, 5, 2], [2, 2, 2, 1]], (x, w) => ops.depthwiseConv2d(x, w, { dilation: 2, padding: "same" })),
    ...activations.map((activation) =>
      between(-2, 2, [[2, 4, 4, 3], [3, 3, 3, 1], [3]], (x, w, bias) =>
        ops.depthwiseConv2d(x, w, { bias, activation, padding: "same" }),
      ),
    ),
  ],
  conv1d: [
    row([[2, 6, 3], [2, 3, 4]], (x, w) => ops.conv1d(x, w)),
    row([[2, 7, 4], [3, 2, 6], [6]], (x, w, bias) => ops.conv1d(x, w, { bias, groups: 2, strides: 2, padding: "same" })),
    row([[1, 7, 2], [3, 2, 2]], (x, w) => ops.conv1d(x, w, { dilation: [2] })),
  ],
  conv2dTranspose: [
    row([[2, 3, 2, 3], [3, 3, 2, 3], [2]], (x, w, bias) => ops.conv2dTranspose(x, w, [6, 4], { bias, strides: 2, padding: "same" })),
    row([[1, 2, 3, 2], [3, 2, 3, 2]], (x, w) => ops.conv2dTranspose(x, w, [6, 4], { dilation: [2, 1] })),
  ],
  conv3d: [
    row([[2, 3, 4, 3, 2], [2, 3, 2, 2, 3], [3]], (x, w, bias) => ops.conv3d(x, w, { bias })),
    row([[1, 5, 4, 4, 2], [3, 2, 2, 1, 2]], (x, w) => ops.conv3d(x, w, { groups: 2, strides: [2, 1, 2], padding: "same" })),
    row([[1, 5, 3, 3, 1], [2, 2, 2, 1, 2]], (x, w) => ops.conv3d(x, w, { dilation: [3, 1, 2] })),
  ],
  averagePool2d: [
    row([[2, 4, 6, 3]], (x) => ops.averagePool2d(x, [2, 2])),
    row([[2, 5, 4, 2]], (x) => ops.averagePool2d(x, [3, 2], { strides: [1, 2], padding: "same" })),
  ],
  resize2d: [
    row([[2, 3, 4, 2]], (x) => ops.resize2d(x, [7, 3])),
    row([[1, 4, 5, 2]], (x) => ops.resize2d(x, [2, 9], { interpolation: "nearest" })),
    row([[1, 5, 4, 1]], (x) => ops.resize2d(x, [3, 7], { interpolation: "lanczos3", antialias: true })),
    row([[1, 3, 4, 1]], (x) => ops.resize2d(x, [5, 2], { interpolation: "bicubic" })),
  ],
  maxPool2d: [
    row([[2, 4, 6, 3]], (x) => ops.maxPool2d(x, [2, 2])),
    row([[2, 5, 4, 2]], (x) => ops.maxPool2d(x, [3, 2], { strides: [1, 2], padding: "same" })),
  ],

  batchNorm: [
    row([[4, 3, 2], [2], [2]], (x, gamma, beta) => ops.batchNorm(x, gamma, beta, tensor([[[0.2, -0.1]], [[1.5, 0.3]]]), 1e-3)),
  ],
  batchNormTraining: [
    row([[5, 3], [3], [3]], (x, gamma, beta) => ops.batchNormTraining(x, gamma, beta, { epsilon: 1e-3 }).y),
    row([[2, 3, 2, 4], [4], [4]], (x, gamma, beta) => ops.batchNormTraining(x, gamma, beta, { epsilon: 1e-3 }).y),
    row([[6, 2, 2, 3], [3], [3]], (x, gamma, beta) => ops.batchNormTraining(x, gamma, beta, { epsilon: 1e-2, steps: 3 }).y),
  ],

  lstm: [
    row([[2, 3, 4], [4, 12], [3, 12], [12]], (x, w, r, b) => all(ops.lstm(x, w, r, b, true))),
    row([[2, 3, 4], [4, 12], [3, 12]], (x, w, r) => ops.lstm(x, w, r, undefined, false).h),
    row([[2, 3, 4], [4, 12], [3, 12], [12], [2, 3], [2, 3]], (x, w, r, b, h, c) => all(ops.lstm(x, w, r, b, true, { h, c }))),
    row([[2, 2, 4], [4, 12], [3, 12], [2, 3], [2, 3]], (x, w, r, h, c) => ops.lstm(x, w, r, undefined, false, { h, c }).c),
  ],
  convLstm2d: [
    row([[2, 3, 4, 3, 2], [3, 3, 2, 8], [3, 3, 2, 8], [8]], (x, w, r, b) =>
      all(ops.convLstm2d(x, w, r, b, { padding: "same", sequences: true })),
    ),
    row([[1, 2, 5, 6, 2], [3, 2, 2, 8], [3, 2, 2, 8], [1, 2, 3, 2], [1, 2, 3, 2]], (x, w, r, h, c) =>
      all(ops.convLstm2d(x, w, r, undefined, { strides: 2, sequences: false, initial: { h, c } })),
    ),
    row([[1, 2, 5, 5, 1], [2, 2, 1, 8], [2, 2, 2, 8], [8]], (x, w, r, b) =>
      ops.convLstm2d(x, w, r, b, { dilation: 2, sequences: true }).hs!,
    ),
  ],
  lstmStep: [
    row([[2, 12], [2, 3], [2, 3], [3, 12]], (z, h, c, r) => Object.values(ops.lstmStep(z, { h, c }, cell(r)))),
  ],
  gruStep: [
    row([[2, 9], [2, 3], [3, 6], [3, 3]], (x, h, r, s) => Object.values(ops.gruStep(x, h, gru(r, s, true)))),
    row([[2, 9], [2, 3], [3, 6], [3, 3]], (x, h, r, s) => ops.gruStep(x, h, gru(r, s, false)).h),
  ],
  composedLstm: [
    row([[3, 2, 12], [3, 12]], (z, r) => all(ops.composedLstm(z, cell(r), true))),
    row([[2, 2, 12], [2, 3], [2, 3], [3, 12]], (z, h, c, r) => all(ops.composedLstm(z, cell(r), false, { h, c }))),
  ],
}; // prettier-ignore
