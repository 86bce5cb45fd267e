// npm run bench, bench:peers, bench:compare; options.mjs says what they take, README.md what they measure.
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { openBrowser } from "./contender.mjs";
import { caseNames, contendersOf, peakContender } from "./contenders.mjs";
import { checkComparable, compareResults } from "./compareResults.mjs";
import { ratiosOf, rowsOf } from "./figures.mjs";
import { readOptions, usage } from "./options.mjs";
import { headOf, readResults, writeFile } from "./results.mjs";
import { Rounds } from "./rounds.mjs";
import { medianOf } from "./statistics.mjs";
import { caseText, comparisonText, ratiosText } from "./tables.mjs";

const isTerminal = process.stderr.isTTY;
const progress = (text) => process.stderr.write(isTerminal ? `\r\x1b[K${text}` : `${text}\n`);
const hideProgress = () => process.stderr.write(isTerminal ? "\r\x1b[K" : "");
const print = (text) => {
  hideProgress();
  console.log(text);
};

/** What ends with the run: processes and the browser. @type {(() => unknown)[]} */
const closing = [];
async function closeAll() {
  for (const close of closing.splice(0).reverse()) await close();
}

let isStopped = false;
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    isStopped = true;
    hideProgress();
    console.error("bench: stopped; nothing was written");
    void closeAll().finally(() => process.exit(signal === "SIGINT" ? 130 : 143));
  });
}

/** Models for the peers; those of TensorFlow need Python. */
async function makeModels(python) {
  const { makeOnnx } = await import("./peers/makeOnnx.mjs");
  const { makeTflite } = await import("./peers/makeTflite.mjs");
  progress("models for onnxruntime");
  makeOnnx();
  progress("models for LiteRT.js");
  const failure = await makeTflite(python);
  if (failure) print(`models for LiteRT.js are not made: ${failure}; bench/README.md says what they need`);
}

/** The peaks of one core for the head of the results, in GFLOP/s. */
async function peaksOf(rounds) {
  progress("the machine's peak");
  const peaks = { fma: medianOf(await rounds.peakOf("fma", 5)), mulAdd: medianOf(await rounds.peakOf("mulAdd", 5)) };
  const [fma, mulAdd] = [peaks.fma, peaks.mulAdd].map((peak) => peak.median.toFixed(1));
  print(`${cpus()[0].model}, ${cpus().length} cores; Node ${process.versions.node}`);
  const [load] = loadavg();
  if (load > 1)
    print(`other programs are running (load ${load.toFixed(1)}): expect wide intervals, and times that are too long`);
  print(`the peak of one core, 128 bits: ${fma} GFLOP/s by fused multiply-adds, the limit below; ${mulAdd} without\n`);
  return peaks;
}

async function measure(options, command) {
  const names = await caseNames(options);
  const [load] = loadavg(); // before the run
  if (options.peers) await makeModels(options.python);
  const browser = options.hosts.includes("page") ? await openBrowser() : undefined;
  if (browser) closing.push(() => browser.close());
  const rounds = new Rounds(peakContender, progress, ({ text }, why) => print(`${text} is not measured: ${why}`));
  closing.push(() => rounds.close());
  const peakGflops = await peaksOf(rounds);
  const contenders = contendersOf(options, names, browser);
  const [rows, ratios] = [[], []];
  for (const name of names) {
    const found = rowsOf(name, await rounds.time(name, contenders.filter((each) => each.takesPart(name)), options.rounds)); // prettier-ignore
    print(`${caseText(found)}\n`);
    rows.push(...found.filter(({ error }) => error !== "not a case of this engine"));
    ratios.push(...ratiosOf(found));
  }
  if (ratios.length > 0) print(`${ratiosText(ratios, rows)}\n`);
  return {
    ...headOf(command),
    load,
    chromium: browser?.version,
    clock: options.cpu ? "processor" : "wall",
    rounds: options.rounds,
    peakGflops,
    rows,
    ratios,
  };
}

async function write(results, name) {
  const file = name === undefined ? "build/bench/last" : `bench/results/${results.date.slice(0, 10)}-${name}`;
  writeFile(`${file}.json`, results);
  const { chartOf } = await import("./chart.mjs");
  const chart = chartOf(results);
  if (chart) writeFileSync(`${file}.svg`, chart);
  print(`written: ${file}.json${chart ? ` and .svg` : ""}`);
}

function compare(older, newer, force) {
  checkComparable(older, newer, force);
  print(comparisonText(compareResults(older, newer), newer.rows));
}

try {
  const args = process.argv.slice(2);
  const options = readOptions(args, { nodeMajor: Number(process.versions.node.split(".")[0]), env: process.env });
  if (options.help) console.log(usage);
  else {
    // Read first, so that a wrong file is known before the run.
    const older = options.compare === undefined ? undefined : readResults(options.compare);
    const command = `node bench/run.mjs ${args.join(" ")}`.trim();
    const isRun = options.newer === undefined;
    const newer = isRun ? await measure(options, command) : readResults(options.newer);
    if (isRun) await write(newer, options.write);
    if (older) compare(older, newer, options.force);
  }
} catch (error) {
  if (!isStopped) {
    hideProgress();
    console.error(`bench: ${error.message.split("\n")[0]}`);
    process.exitCode = 1;
  }
} finally {
  await closeAll();
}
