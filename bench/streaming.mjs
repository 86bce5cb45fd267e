// node bench/streaming.mjs [--rounds N] [--build plain|relaxed] [--wide] [--json FILE]
// The time of one step of a stream, a new frame, of the seed's model (MobileNet, ConvLSTM2D of 256 filters, two dense layers, with
// random weights), against MobileNet alone on the same frame and the whole clip of 32 frames. All take turns in one process.
import { parseArgs } from "node:util";
import { buildOptions, buildUsage, prepareBuild } from "./builds.mjs";
import { median } from "./measure.mjs";
import { randomArray } from "./random.mjs";
import { writeResults } from "./results.mjs";

const options = {
  ...{ rounds: { type: "string", default: "15" }, json: { type: "string" }, help: { type: "boolean" } },
  ...buildOptions,
};
const { values } = parseArgs({ options });
if (values.help) {
  console.log(`node bench/streaming.mjs\n  --rounds N             rounds, 15 by default\n${buildUsage}`);
  process.exit();
}
const init = prepareBuild(values); // before the first module is compiled
const zoetrope = await import("../dist/index.js");
const { ConvLSTM2D, Dense, Flatten, Input, MobileNet, Model, tensor, TimeDistributed } = zoetrope;
await zoetrope.init(init);

const [frames, size] = [32, 224];
const mobileNet = await MobileNet({ weights: null });
const features = mobileNet.getLayer("conv_pw_13_relu").output;
const cnn = Model({ inputs: mobileNet.inputs[0], outputs: features });
const clip = Input({ shape: [frames, size, size, 3] });
let y = ConvLSTM2D({ filters: 256, kernelSize: 3 })(TimeDistributed(cnn)(clip));
y = Dense({ units: 10, activation: "softmax" })(Dense({ units: 256, activation: "relu" })(Flatten()(y)));
const seed = Model({ inputs: clip, outputs: y });
const live = seed.stream();
const { data } = randomArray([1, frames, size, size, 3]);
const frame = tensor(data.subarray(0, size * size * 3), [1, size, size, 3]);
const whole = tensor(data, [1, frames, size, size, 3]);

const done = async (outputs) => {
  for (const x of [await outputs].flat()) {
    await x.data();
    x.dispose();
  }
};
const cases = {
  "a step of the stream": { run: () => done(live.step(frame)), times: [] },
  "MobileNet alone": { run: () => done(mobileNet.predict(frame)), times: [] },
  "MobileNet to its features": { run: () => done(cnn.predict(frame)), times: [] },
};
const list = Object.values(cases);
for (const { run } of list) for (let i = 0; i < 3; i++) await run();
const rounds = Number(values.rounds);
for (let round = 0; round < rounds; round++) {
  for (const { run, times } of round % 2 ? list.toReversed() : list) {
    const began = performance.now();
    await run();
    times.push(performance.now() - began);
  }
}
const clipMs = [];
for (let round = 0; round < Math.max(2, Math.round(rounds / 8)); round++) {
  const began = performance.now();
  await done(seed.predict(whole));
  clipMs.push(performance.now() - began);
}
const medianMs = Object.fromEntries(Object.entries(cases).map(([name, { times }]) => [name, median(times)]));
medianMs["the whole clip / 32"] = median(clipMs) / frames;
const [step, ...others] = list;
const ratioOf = (times) => median(times.map((ms, round) => step.times[round] / ms));
const ratios = {
  "step / MobileNet alone": ratioOf(others[0].times),
  "step / MobileNet to its features": ratioOf(others[1].times),
  "step / (whole clip / 32)": medianMs["a step of the stream"] / medianMs["the whole clip / 32"],
};

for (const [name, ms] of Object.entries(medianMs)) console.log(`${name}: ${ms.toFixed(1)} ms`);
for (const [name, ratio] of Object.entries(ratios)) console.log(`${name}: ${ratio.toFixed(2)}`);
const build = zoetrope.memory().backend;
if (values.json) {
  const command = `node bench/streaming.mjs --build ${values.build}${values.wide ? " --wide" : ""}`;
  writeResults(values.json, command, { build, rounds, medianMs, ratios });
}
