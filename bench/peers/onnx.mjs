// node bench/peers/onnx.mjs      Compares onnxruntime's results with ours, on exports of the models in full size
import { mkdirSync, writeFileSync } from "node:fs";
import * as ort from "onnxruntime-web";
import { ConvLSTM2D, Dense, Flatten, Input, MobileNet, Model, TimeDistributed } from "../../dist/index.js";
import { exportOnnx } from "../../dist/formats/index.js";
import { randomArray } from "../random.mjs";
import { madeFile } from "./makeOnnx.mjs";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

async function seed(steps) {
  const cnn = await MobileNet({ includeTop: false });
  const clip = Input({ shape: [steps, 224, 224, 3], name: "clip" });
  let x = ConvLSTM2D({ filters: 256, kernelSize: 3, name: "memory" })(TimeDistributed(cnn)(clip));
  x = Dense({ units: 256, activation: "relu" })(Flatten()(x));
  return Model({ inputs: clip, outputs: Dense({ units: 10, activation: "softmax" })(x), name: "seed" });
}

async function session(name, model, options) {
  const bytes = await exportOnnx(model, options);
  mkdirSync(madeFile(""), { recursive: true });
  writeFileSync(madeFile(`${name}.onnx`), bytes);
  const made = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  return { made, megabytes: (bytes.length / 1e6).toFixed(1) };
}

const tensor = ({ data, shape }) => new ort.Tensor("float32", data, shape);

function distance(actual, expected) {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i])), 0) / largest;
}

async function whole(name, model) {
  const { made, megabytes } = await session(name, model);
  const x = randomArray([1, ...model.inputs[0].shape.slice(1)]);
  const results = await made.run({ [made.inputNames[0]]: tensor(x) });
  const expected = await (await model.predict(x)).data();
  const far = distance(results[made.outputNames[0]].data, expected);
  console.log(`${name}: ${megabytes} MB, at most ${far.toExponential(1)} of the largest result away`);
}

/** Runs the exported step frame by frame, passing the states on. */
async function stepped(name, model) {
  const { made, megabytes } = await session(`${name}_step`, model, { step: true });
  const [, steps, ...frame] = model.inputs[0].shape;
  const x = randomArray([1, steps, ...frame]);
  const size = x.data.length / steps;
  const zeros = () => tensor({ data: new Float32Array(5 * 5 * 256), shape: [1, 5, 5, 256] });
  let states = { memory_h: zeros(), memory_c: zeros() };
  let results;
  for (let t = 0; t < steps; t++) {
    const clip = tensor({ data: x.data.slice(t * size, (t + 1) * size), shape: [1, ...frame] });
    results = await made.run({ clip, ...states });
    states = { memory_h: results.memory_h_next, memory_c: results.memory_c_next };
  }
  const expected = await (await model.predict(x)).data();
  const far = distance(results[made.outputNames[0]].data, expected);
  console.log(`${name}, step by step: ${megabytes} MB, at most ${far.toExponential(1)} away after ${steps} steps`);
}

await whole("mobilenet", await MobileNet());
const model = await seed(8);
await whole("seed8", model);
await stepped("seed8", model);
