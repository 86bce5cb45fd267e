// node bench/certain.mjs [CHECKOUT...] [--json FILE]
// The time of a step of training before and after a model has become certain of its answers: all labels are of one class.
// Where denormal numbers are slow, as on processors of Intel, such a step took many times as long when gradients could be
// denormal. Checkouts, this one by default, take turns; the time is that of the processor, so that other programs count
// less.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { writeResults } from "./results.mjs";
import { median } from "./statistics.mjs";

const { values, positionals } = parseArgs({ options: { json: { type: "string" } }, allowPositionals: true });

/** Steps that are timed at the beginning and at the end, and those in between. */
const timed = 10;
const between = 80;
const rounds = 1;

const softmax = (z) => z.Dense({ units: 5, activation: "softmax" });
const models = {
  "Dense(128), batch 64": (z) => ({
    model: z.Sequential([z.Input({ shape: [64] }), z.Dense({ units: 128, activation: "relu" }), softmax(z)]),
    x: [64, 64],
  }),
  "LSTM(32), 20 steps, batch 32": (z) => ({
    model: z.Sequential([z.Input({ shape: [20, 8] }), z.LSTM({ units: 32 }), softmax(z)]),
    x: [32, 20, 8],
  }),
  "ConvLSTM2D(8), 6 frames of 12x12, batch 8": (z) => ({
    model: z.Sequential([
      z.Input({ shape: [6, 12, 12, 3] }),
      z.ConvLSTM2D({ filters: 8, kernelSize: 3 }),
      z.Flatten(),
      softmax(z),
    ]),
    x: [8, 6, 12, 12, 3],
  }),
};

const processorMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Milliseconds of a step at the beginning, after a few to warm up, and once the model is certain. */
async function run(z, make) {
  z.clearNames();
  z.setSeed(1);
  const { model, x: shape } = make(z);
  model.compile({ optimizer: z.Adam({ learningRate: 0.05 }), loss: "sparseCategoricalCrossentropy" });
  const [x, oneClass] = [z.random(shape, { min: -1 }), z.zeros([shape[0]])];
  const msPerStep = async (steps) => {
    const began = processorMs();
    for (let i = 0; i < steps; i++) await model.trainOnBatch(x, oneClass);
    return (processorMs() - began) / steps;
  };
  await msPerStep(3);
  const firstMs = await msPerStep(timed);
  await msPerStep(between);
  const certainMs = await msPerStep(timed);
  for (const held of [x, oneClass, ...model.weights, ...model.optimizer.variables]) held.dispose();
  return { firstMs, certainMs };
}

const checkouts = positionals.length > 0 ? positionals : ["."];
const engines = [];
for (const checkout of checkouts) {
  engines.push(await import(pathToFileURL(resolve(checkout, "dist/index.js")).href));
}
const cases = [];
for (const [name, make] of Object.entries(models)) {
  const runs = engines.map(() => []);
  for (const z of engines) await run(z, make);
  for (let round = 0; round < rounds; round++) {
    for (const [i, z] of engines.entries()) runs[i].push(await run(z, make));
  }
  engines.forEach((_, i) => {
    const [firstMs, certainMs] = ["firstMs", "certainMs"].map((key) => median(runs[i].map((result) => result[key])));
    cases.push({
      name,
      checkout: i === 0 ? "first" : `number ${i + 1}`,
      firstMs,
      certainMs,
      ratio: certainMs / firstMs,
    });
    console.log(
      `${name} (${checkouts[i]}): ${firstMs.toFixed(2)} ms at first, ${certainMs.toFixed(2)} ms when certain`,
    );
  });
}
if (values.json) writeResults(values.json, "node bench/certain.mjs", { cases });
