// TensorFlow.js in Node: predictions on its WebAssembly backend, training on its plain JavaScript one.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { mobileNetBlocks } from "../cases/flops.mjs";
import { randomArray } from "../random.mjs";
import { inputShapes } from "./inputShapes.mjs";

async function startBackend(name) {
  const manifest = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json");
  setWasmPaths(join(dirname(manifest), "wasm-out/"));
  await tf.setBackend(name);
  await tf.ready();
}

// ── prediction ────────────────────────────────────────────────────────────────────────────────────────────────────────

const { layers } = tf;
const normalized = (x) => layers.reLU({ maxValue: 6 }).apply(layers.batchNormalization().apply(x));
const padding = [
  [0, 1],
  [0, 1],
];

function separable(x, [filters, strides]) {
  const padded = strides === 2 ? layers.zeroPadding2d({ padding }).apply(x) : x;
  const options = { kernelSize: 3, strides, padding: strides === 2 ? "valid" : "same", useBias: false };
  const seen = normalized(layers.depthwiseConv2d(options).apply(padded));
  return normalized(layers.conv2d({ filters, kernelSize: 1, useBias: false }).apply(seen));
}

function mobileNet() {
  const input = tf.input({ shape: [224, 224, 3] });
  const first = layers.conv2d({ filters: 32, kernelSize: 3, strides: 2, useBias: false });
  const x = normalized(first.apply(layers.zeroPadding2d({ padding }).apply(input)));
  return tf.model({ inputs: input, outputs: mobileNetBlocks.reduce(separable, x) });
}

/** Orthogonal initial values of this size take TensorFlow.js long. */
const quickInitializer = { recurrentInitializer: "glorotUniform" };
const seedLstm = () =>
  layers.convLstm2d({ filters: 256, kernelSize: 3, recurrentActivation: "sigmoid", ...quickInitializer });

function convLstm() {
  const clip = tf.input({ shape: [32, 7, 7, 1024] });
  return tf.model({ inputs: clip, outputs: seedLstm().apply(clip) });
}

function seed() {
  const clip = tf.input({ shape: [32, 224, 224, 3] });
  let x = layers.timeDistributed({ layer: mobileNet() }).apply(clip);
  x = layers.flatten().apply(seedLstm().apply(x));
  x = layers.dense({ units: 256, activation: "relu" }).apply(x);
  return tf.model({ inputs: clip, outputs: layers.dense({ units: 10, activation: "softmax" }).apply(x) });
}

const ops = {
  "gemm512+copies": { weight: [512, 512], op: (x, w) => tf.matMul(x, w) },
  "conv3x3_56x56x64+copies": { weight: [3, 3, 64, 64], op: (x, w) => tf.conv2d(x, w, 1, "same") },
  "depthwise3x3_112x112x64+copies": { weight: [3, 3, 64, 1], op: (x, w) => tf.depthwiseConv2d(x, w, 1, "same") },
  "pointwise_14x14x512+copies": { weight: [1, 1, 512, 512], op: (x, w) => tf.conv2d(x, w, 1, "valid") },
};

const computes = async (name) => {
  await startBackend("wasm");
  const { weight: weightShape, op } = ops[name];
  const { data, shape } = randomArray(inputShapes[name]);
  const weight = tf.randomUniform(weightShape, -1, 1);
  const run = async () => {
    const y = tf.tidy(() => op(tf.tensor(data, shape), weight));
    await y.data();
    y.dispose();
  };
  return { run, stop: () => weight.dispose() };
};

const predicts = (build) => async (name) => {
  await startBackend("wasm");
  const model = build();
  const { data } = randomArray(inputShapes[name]);
  const shape = [1, ...model.inputs[0].shape.slice(1)];
  const run = async () => {
    const y = tf.tidy(() => model.predict(tf.tensor(data, shape)));
    await y.data();
    y.dispose();
  };
  return { run, stop: () => model.dispose() };
};

// ── training ──────────────────────────────────────────────────────────────────────────────────────────────────────────

async function trains() {
  await startBackend("cpu");
  const [batch, time, side, filters] = [2, 2, 32, 16];
  const cell = { filters, kernelSize: 3, padding: "same", recurrentActivation: "sigmoid", ...quickInitializer };
  const model = tf.sequential();
  model.add(layers.convLstm2d({ ...cell, returnSequences: true, inputShape: [time, side, side, 1] }));
  model.add(layers.convLstm2d(cell));
  model.add(layers.conv2d({ filters: 1, kernelSize: 3, padding: "same", activation: "sigmoid" }));
  model.compile({ optimizer: "adam", loss: "binaryCrossentropy" });
  const tensorOf = ({ data, shape }) => tf.tensor(data, shape);
  const x = tensorOf(randomArray([batch, time, side, side, 1]));
  const y = tf.tidy(() =>
    tensorOf(randomArray([batch, side, side, 1]))
      .greater(0)
      .toFloat(),
  );
  return { run: () => model.trainOnBatch(x, y), stop: () => model.dispose() };
}

const cases = {
  ...Object.fromEntries(Object.keys(ops).map((name) => [name, computes])),
  mobilenet_b1: predicts(mobileNet),
  convlstm_seed: predicts(convLstm),
  seed: predicts(seed),
  train_n2t2s32f16: trains,
};

export const open = async () => (name) => {
  if (!cases[name]) throw new Error("not a case of this engine");
  return cases[name](name);
};
