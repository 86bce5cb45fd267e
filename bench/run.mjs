// npm run bench -- [--build plain|relaxed] [--wide] [--only NAME] [--json FILE]
// Times every kernel and whole models on one thread: arithmetic as a fraction of this machine's peak, everything else
// by the bytes
// that it moves.
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { buildOptions, buildUsage, prepareBuild } from "./builds.mjs";
import { measure } from "./measure.mjs";
import { writeResults } from "./results.mjs";

const usage = `usage: npm run bench -- [options]
${buildUsage}
  --only NAME            the cases whose names contain NAME
  --json FILE            also writes the results into FILE (kept ones are in bench/results/)

npm run bench:compare -- BASE: whole models on this build and on that of another checkout; see its --help`;

function readOptions() {
  const text = { type: "string" };
  const options = { ...buildOptions, only: { ...text, default: "" }, json: text, help: { type: "boolean" } };
  const { values } = parseArgs({ options });
  if (!values.help) return values;
  console.log(usage);
  process.exit();
}

// ── the table ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const isTerminal = process.stderr.isTTY;
const showProgress = (text) => process.stderr.write(isTerminal ? `\r\x1b[K${text}` : `${text}\n`);
const hideProgress = () => process.stderr.write(isTerminal ? "\r\x1b[K" : "");

const widths = [58, 10, 10, 10, 8, 8];
const padded = (cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]));
const line = (cells) => cells.map(padded).join("").trimEnd();
const rounded = (x, digits) => x?.toFixed(digits) ?? "";
const percent = (share) => (share === undefined ? "" : `${(share * 100).toFixed(0)} %`);
const row = ({ name, bestMs, medianMs, gflops, shareOfPeak, gbPerSecond }) =>
  line([
    ...[name, rounded(bestMs, 3), rounded(medianMs, 3)],
    ...[rounded(gflops, 1), percent(shareOfPeak), rounded(gbPerSecond, 1)],
  ]);

// ── the run ───────────────────────────────────────────────────────────────────────────────────────────────────────────

async function measurePeakOfMachine({ build, wide }) {
  showProgress("the machine's peak");
  const { measurePeaks } = await import("./peak.mjs");
  const { mulAdd, fma, merged } = await measurePeaks();
  hideProgress();
  const peak = build === "plain" ? mulAdd : fma;
  if (peak === undefined) throw new Error("--build relaxed: this engine lacks relaxed SIMD; use --build plain.");
  console.log(`peak of one thread, in registers, 128 bits: ${rounded(mulAdd, 1)} GFLOP/s multiplying and adding,`);
  console.log(
    `  ${rounded(fma, 1)} with fused multiply-add${wide ? `, ${rounded(merged, 1)} merged to 256 bits` : ""}`,
  );
  return { peak, peaks: { mulAdd, fma, ...(wide ? { merged } : {}) } };
}

async function timeCase(engine, { name, time, start }, peak) {
  const { run, stop, flops, bytes } = await start(engine);
  const times = await measure(run, time);
  stop();
  if (!flops) return { name, ...times, gbPerSecond: bytes / times.bestMs / 1e6 };
  const gflops = flops / times.bestMs / 1e6;
  return { name, ...times, gflops, shareOfPeak: gflops / peak };
}

const launchName = "launch";

async function chooseCases(only) {
  const { kernelCases } = await import("./cases/kernels.mjs");
  const { modelCases } = await import("./cases/models.mjs");
  const all = [...(await kernelCases()), ...modelCases];
  const chosen = all.filter(({ name }) => name.includes(only));
  const withLaunch = launchName.includes(only);
  if (chosen.length > 0 || withLaunch) return { chosen, withLaunch };
  throw new Error(
    `--only ${only}: no such case; there are ${[...all.map(({ name }) => name), launchName].join(", ")}.`,
  );
}

/** The engine, and the backend that it runs on. */
async function startEngine(wasm) {
  const zoetrope = await import("../dist/index.js");
  const { createWasmBackend } = await import("../dist/backends/wasm/index.js");
  const { getBackend } = await import("../dist/backend.js");
  const backend = createWasmBackend(wasm);
  await zoetrope.setBackend(backend);
  return { zoetrope, backend, opened: getBackend() };
}

/** Times the cases one after the other in this process. Each makes its own buffers or model and disposes them. */
async function timeCases(chosen, engine, peak) {
  const { name } = engine.backend;
  console.log(
    `${name}, Node ${process.versions.node}, ${cpus()[0].model}, one thread; shares are fractions of the peak`,
  );
  console.log(
    `  at 128 bits that the build can reach; GFLOP/s (counted for direct convolutions) and GB/s of the best time\n`,
  );
  console.log(line(["", "best ms", "median ms", "GFLOP/s", "share", "GB/s"]));
  const results = [];
  for (const [i, one] of chosen.entries()) {
    showProgress(`${i + 1}/${chosen.length} ${one.name}`);
    const result = await timeCase(engine, one, peak);
    hideProgress();
    console.log(row(result));
    results.push(result);
  }
  return results;
}

async function timeLaunch({ backend, opened }) {
  const { measureLaunch } = await import("./launchCost.mjs");
  const cost = measureLaunch(backend, opened);
  const [without, through] = [cost.raw, cost.opened].map(({ bestNs }) => bestNs.toFixed(0));
  console.log(`${launchName}: fill of one element takes ${through} ns a call, ${without} without it`);
  return cost;
}

try {
  const options = readOptions();
  const wasm = prepareBuild(options);
  const { chosen, withLaunch } = await chooseCases(options.only);
  const { peak, peaks } = await measurePeakOfMachine(options);
  const engine = await startEngine(wasm);
  const results = await timeCases(chosen, engine, peak);
  const launch = withLaunch ? await timeLaunch(engine) : undefined;
  const contents = { build: engine.backend.name, peakGflops: peaks, results, launch };
  if (options.json) writeResults(options.json, "npm run bench", contents);
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
}
