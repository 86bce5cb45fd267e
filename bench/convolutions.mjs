// node bench/convolutions.mjs [BASE] [--build plain|fma|wide] [--only TEXT] [--rounds N] [--errors] [--json FILE]
// Convolutions of many shapes by every road that they can take: the processor's time as a multiple of the arithmetic limit,
// multiply-adds x 2 / the peak of 128-bit fused multiply-adds in this run. With BASE, another built checkout, also its time. All roads
// of a shape take turns in one process. With --errors, in place of times, the errors against double precision.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { buildNames, initOptions, nodeFlags } from "./builds.mjs";
import { convolutionErrors } from "./cases/convolutionErrors.mjs";
import { shapes } from "./cases/convolutions.mjs";
import { median } from "./statistics.mjs";
import { measurePeak } from "./peak.mjs";
import { randomArray } from "./random.mjs";
import { writeResults } from "./results.mjs";

const { values, positionals } = parseArgs({
  options: {
    build: { type: "string", default: "fma" },
    only: { type: "string", default: "" },
    rounds: { type: "string", default: "9" },
    errors: { type: "boolean" },
    json: { type: "string" },
  },
  allowPositionals: true,
});
if (!buildNames.includes(values.build)) throw new Error(`--build ${values.build}; expected ${buildNames.join(", ")}.`);
for (const flag of nodeFlags(values.build, Number(process.versions.node.split(".")[0]))) setFlagsFromString(flag);
const wasm = { ...initOptions[values.build], threads: 1 };
/** Short calls are timed several at a time, for about this long. */
const sampleMs = 10;

async function createBackend(checkout, options) {
  const file = resolve(checkout, "dist/backends/wasm/index.js");
  if (!existsSync(file)) throw new Error(`${file} does not exist; run \`npm run build\` in that checkout.`);
  const { createWasmBackend } = await import(pathToFileURL(file).href);
  return createWasmBackend({ ...wasm, ...options });
}

/** The processor's time in milliseconds: on a machine that others use too, the clock also counts their turns. */
function msOfCall(run, calls) {
  const before = process.cpuUsage();
  for (let i = 0; i < calls; i++) run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / calls;
}

/** A convolution with a bias and ReLU6, its kernel held as a weight. */
function start(backend, s) {
  const hold = (shape, kind) => {
    const { data } = randomArray(shape);
    const buffer = backend.allocate(data.length, kind);
    backend.write(buffer, data);
    return buffer;
  };
  const buffers = [
    backend.allocate(s.batch * s.outHeight * s.outWidth * s.filters),
    hold([s.batch, s.height, s.width, s.channels]),
    hold([s.kernelHeight, s.kernelWidth, s.channels / s.groups, s.filters], "weight"),
    hold([s.filters], "weight"),
  ];
  const run = () => backend.conv2d(...buffers, s, "relu6");
  return { run, stop: () => buffers.forEach((buffer) => backend.free(buffer)) };
}

async function time(backends, { name, size }, road, peak) {
  const { batch, outHeight, outWidth, kernelHeight, kernelWidth, channels, groups, filters } = size;
  const macs = (batch * outHeight * outWidth * kernelHeight * kernelWidth * channels * filters) / groups;
  const limitMs = (2 * macs) / peak / 1e6;
  const running = backends
    .filter(({ winograd }) => !winograd || road.startsWith("winograd"))
    .map((each) => ({ ...each, times: [], ...start(each.backend, size) }));
  for (const each of running) {
    msOfCall(each.run, 2);
    each.calls = Math.max(1, Math.round(sampleMs / msOfCall(each.run, 1)));
  }
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const each of round % 2 ? running.toReversed() : running) each.times.push(msOfCall(each.run, each.calls));
  }
  for (const { stop } of running) stop();
  const perLimit = Object.fromEntries(running.map(({ label, times }) => [label, median(times) / limitMs]));
  return { name, road, limitMs, perLimit };
}

const chosen = shapes.filter(({ name }) => name.includes(values.only));
if (chosen.length === 0) throw new Error(`--only ${values.only}: no such shape.`);
const { convolutionRoad } = await import("../dist/convolutionRoad.js");
const cases = [];
let peakGflops;
if (values.errors) {
  cases.push(...(await convolutionErrors(await createBackend(".", {}), await createBackend(".", { winograd: false }))));
} else {
  peakGflops = await measurePeak("fma");
  console.log(`peak of one thread, 128 bits: ${peakGflops.toFixed(1)} GFLOP/s; time / arithmetic limit:`);
  const backends = [
    { label: "winograd", winograd: true, backend: await createBackend(".", {}) },
    { label: "direct", backend: await createBackend(".", { winograd: false }) },
  ];
  if (positionals[0]) backends.push({ label: "base", backend: await createBackend(positionals[0], {}) });
  for (const shape of chosen) {
    const one = await time(backends, shape, convolutionRoad(shape.size, { winograd: true }), peakGflops);
    const parts = Object.entries(one.perLimit).map(([label, ratio]) => `${label} ${ratio.toFixed(2)}`);
    console.log(`${one.name}: ${one.road}, limit ${one.limitMs.toFixed(3)} ms: ${parts.join(", ")}`);
    cases.push(one);
  }
}
const { build } = values;
if (values.json) writeResults(values.json, "node bench/convolutions.mjs", { build, peakGflops, cases });
