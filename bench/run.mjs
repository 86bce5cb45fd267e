// npm run bench -- [--build plain|relaxed] [--wide] [--only NAME] [--json FILE]
// Times kernels and whole models on one thread, and says what share of this machine's own peak each reaches.
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { measure } from "./measure.mjs";
import { writeResults } from "./results.mjs";

const usage = `usage: npm run bench -- [options]
  --build plain|relaxed  which of the two wasm builds; relaxed SIMD unless given
  --wide                 vectors merged to 256 bits by an experimental flag of V8 (Node 24 or later)
  --only NAME            the cases whose names hold NAME
  --json FILE            also writes the results into FILE (bench/results/ is the place for them)`;

function readOptions() {
  const text = { type: "string" };
  const options = { build: { ...text, default: "relaxed" }, wide: { type: "boolean" }, only: text, json: text };
  const { values } = parseArgs({ options: { ...options, help: { type: "boolean" } } });
  if (values.help) {
    console.log(usage);
    process.exit();
  }
  if (!["plain", "relaxed"].includes(values.build)) {
    throw new Error(`--build ${values.build}; expected plain or relaxed.`);
  }
  if (values.wide && values.build === "plain") throw new Error("--wide needs the relaxed build.");
  return values;
}

const nodeMajor = Number(process.versions.node.split(".")[0]);

/** Flags of V8 act on modules that are compiled after they are set. */
function setFlags({ wide }) {
  if (nodeMajor < 22) setFlagsFromString("--experimental-wasm-relaxed-simd");
  if (wide && nodeMajor < 24) throw new Error(`--wide needs Node 24 or later, this is ${process.version}.`);
  if (wide) setFlagsFromString("--experimental-wasm-revectorize");
}

// ── the table ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const isTerminal = process.stderr.isTTY;
const showProgress = (text) => process.stderr.write(isTerminal ? `\r\x1b[K${text}` : `${text}\n`);
const hideProgress = () => process.stderr.write(isTerminal ? "\r\x1b[K" : "");

const widths = [50, 10, 10, 10, 8];
const line = (cells) => cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("");
const rounded = (x, digits) => x?.toFixed(digits) ?? "-";
const percent = (share) => (share === undefined ? "-" : `${(share * 100).toFixed(0)} %`);
const row = ({ name, bestMs, medianMs, gflops, shareOfPeak }) =>
  line([name, rounded(bestMs, 3), rounded(medianMs, 3), rounded(gflops, 1), percent(shareOfPeak)]);

// ── the run ───────────────────────────────────────────────────────────────────────────────────────────────────────────

async function measurePeakOfMachine(options) {
  showProgress("the machine's peak");
  const { measurePeaks } = await import("./peak.mjs");
  const { mulAdd, fma, merged } = await measurePeaks();
  hideProgress();
  const peak = options.build === "plain" ? mulAdd : fma;
  if (peak === undefined) throw new Error("--build relaxed: this engine lacks relaxed SIMD; use --build plain.");
  console.log(`peak of one thread, in registers, 128 bits: ${rounded(mulAdd, 1)} GFLOP/s multiplying and adding,`);
  console.log(`  ${rounded(fma, 1)} with fused multiply-add${options.wide ? `, ${rounded(merged, 1)} merged to 256 bits` : ""}`);
  return { peak, peaks: { mulAdd, fma, ...(options.wide ? { merged } : {}) } };
} // prettier-ignore

async function timeCase(backend, { name, flops, start }, peak) {
  const { run, stop } = await start(backend);
  const times = await measure(run);
  stop();
  const gflops = flops && flops / times.bestMs / 1e6;
  return { name, ...times, gflops, shareOfPeak: gflops && gflops / peak };
}

async function chooseCases({ only = "" }) {
  const { kernelCases } = await import("./cases/kernels.mjs");
  const { modelCases } = await import("./cases/models.mjs");
  const all = [...kernelCases, ...modelCases];
  const chosen = all.filter(({ name }) => name.includes(only));
  if (chosen.length > 0) return chosen;
  throw new Error(`--only ${only}: no such case; there are ${all.map(({ name }) => name).join(", ")}.`);
}

/** The cases, one after the other in this process; each starts its own buffers or model and ends them. */
async function timeCases(chosen, { build, wide }, peak) {
  const wasm = { relaxed: build === "relaxed", wide };
  const { init } = await import("../dist/index.js");
  const { createWasmBackend } = await import("../dist/backends/wasm/index.js");
  await init(wasm);
  const backend = createWasmBackend(wasm);
  console.log(`${backend.name}, Node ${process.versions.node}, ${cpus()[0].model}, one thread; shares are of the peak of`);
  console.log(`  128 bits that the build can reach; GFLOP/s of the best time, counted on direct convolutions\n`);
  console.log(line(["", "best ms", "median ms", "GFLOP/s", "share"]));
  const results = [];
  for (const [i, one] of chosen.entries()) {
    showProgress(`${i + 1}/${chosen.length} ${one.name}`);
    const result = await timeCase(backend, one, peak);
    hideProgress();
    console.log(row(result));
    results.push(result);
  }
  return { build: backend.name, results };
} // prettier-ignore

try {
  const options = readOptions();
  setFlags(options);
  const chosen = await chooseCases(options);
  const { peak, peaks } = await measurePeakOfMachine(options);
  const { build, results } = await timeCases(chosen, options, peak);
  if (options.json) writeResults(options.json, "npm run bench", { build, peakGflops: peaks, results });
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
}
