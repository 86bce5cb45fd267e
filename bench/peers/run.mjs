// npm run bench:peers -- [--rounds N] [--only NAME] [--wide] [--json FILE]      README.md says what is measured
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { median } from "../measure.mjs";
import { writeResults } from "../results.mjs";
import { makeOnnx } from "./makeOnnx.mjs";

/** The engines of each case; ours first. */
const engines = ["zoetrope", "ort", "litert", "tfjs"];
const titles = { zoetrope: "Zoetrope", ort: "onnxruntime-web", litert: "LiteRT.js", tfjs: "TensorFlow.js" };
const cases = {
  mobilenet_b1: engines,
  convlstm_seed: engines,
  seed: engines,
  train_n2t2s32f16: ["zoetrope", "tfjs"],
};

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const progress = (text) => process.stderr.write(`${text}\n`);

function readOptions() {
  const text = { type: "string" };
  const options = { rounds: { ...text, default: "5" }, only: { ...text, default: "" }, json: text, wide: { type: "boolean" } };
  const { values } = parseArgs({ options });
  const rounds = Number(values.rounds);
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new Error(`--rounds ${values.rounds}; expected a number from 1.`);
  return { ...values, rounds };
} // prettier-ignore

/** @returns a process's output and exit code; undefined when there is no such program. */
function output(program, args) {
  return new Promise((done) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"] });
    let text = "";
    child.stdout.on("data", (piece) => (text += piece));
    child.on("error", () => done(undefined));
    child.on("close", (code) => done({ text, code }));
  });
}

async function makeModels() {
  progress("models for onnxruntime-web");
  makeOnnx();
  progress("models for LiteRT.js");
  const own = here("../../build/venv/bin/python");
  const made = await output(existsSync(own) ? own : "python3", [here("make_tflite.py"), "--if-missing"]);
  if (made?.code !== 0) progress("  not made: make_tflite.py needs Python with TensorFlow, see bench/peers/README.md");
}

/** The times of one case, measured in a process of its own, or `{ error }`. */
async function timesOf(engine, name, wide) {
  const flags = wide ? ["--experimental-wasm-revectorize"] : [];
  const { text, code } = await output(process.execPath, [...flags, here(`${engine}.mjs`), name]);
  const line = text.split("\n").find((line) => line.startsWith("{"));
  return line ? JSON.parse(line) : { error: `stopped with exit code ${code}` };
}

/**
 * Runs every engine once per round, in reverse order in every second round, so that none always runs on a warmer
 * machine.
 */
async function timeCase(name, { rounds, wide }) {
  const times = Object.fromEntries(cases[name].map((engine) => [engine, []]));
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 ? cases[name].toReversed() : cases[name];
    for (const engine of order) {
      if (times[engine].some(({ error }) => error)) continue;
      progress(`${name}, round ${round + 1} of ${rounds}: ${engine}`);
      times[engine].push(await timesOf(engine, name, wide));
    }
  }
  return times;
}

/** One engine's row. `rounds` and `ours`: its times and ours, by round. */
function rowOf(name, engine, rounds, ours) {
  const error = rounds.find(({ error }) => error)?.error;
  if (error) return { name, engine, error };
  const row = { name, engine, bestMs: best(rounds), medianMs: median(rounds.map(({ medianMs }) => medianMs)) };
  if (engine === "zoetrope" || ours.some(({ error }) => error)) return row;
  const ratios = rounds.map(({ medianMs }, round) => ours[round].medianMs / medianMs);
  return {
    ...row,
    ratioOfBest: best(ours) / row.bestMs,
    ratioOfMedians: median(ratios),
    lowestRatio: Math.min(...ratios),
    highestRatio: Math.max(...ratios),
  };
}

const best = (rounds) => Math.min(...rounds.map(({ bestMs }) => bestMs));

function printRow({ name, engine, error, bestMs, medianMs, ratioOfBest, ratioOfMedians, lowestRatio, highestRatio }) {
  const start = name.padEnd(20) + titles[engine].padEnd(18);
  if (error) return console.log(start + error);
  const times = bestMs.toFixed(1).padStart(10) + medianMs.toFixed(1).padStart(12);
  if (ratioOfBest === undefined) return console.log(start + times);
  const [ofBest, ofMedians, low, high] = [ratioOfBest, ratioOfMedians, lowestRatio, highestRatio].map(threeDigits);
  console.log(`${start}${times}${ofBest.padStart(12)}${ofMedians.padStart(12)}  (${low} to ${high})`);
}

/** 0.652, 0.0413, 0.00128: three significant digits, so that small ratios are legible too. */
const threeDigits = (x) => String(Number(x.toPrecision(3)));

function printHead() {
  console.log(`${" ".repeat(38)}${"best".padStart(10)}${"median".padStart(12)}   ours / theirs:`);
  console.log(`${"case".padEnd(20)}${"engine".padEnd(18)}${"ms".padStart(10)}${"ms".padStart(12)}${"of best".padStart(12)}${"of medians".padStart(12)}  (of each round)`);
} // prettier-ignore

try {
  const options = readOptions();
  const names = Object.keys(cases).filter((name) => name.includes(options.only));
  if (names.length === 0) throw new Error(`--only ${options.only}: no such case; there are ${Object.keys(cases).join(", ")}.`);
  await makeModels();
  printHead();
  const results = [];
  for (const name of names) {
    const times = await timeCase(name, options);
    const rows = cases[name].map((engine) => rowOf(name, engine, times[engine], times.zoetrope));
    rows.forEach(printRow);
    results.push(...rows);
  }
  if (options.json) writeResults(options.json, "npm run bench:peers", { rounds: options.rounds, results });
} catch (error) {
  console.error(`bench:peers: ${error.message}`);
  process.exitCode = 1;
} // prettier-ignore
