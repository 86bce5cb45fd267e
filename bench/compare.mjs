// npm run bench:compare -- BASE [options]
// Times whole models on two builds of the engine, this one and that of another checkout. They take turns in one
// process, so that
// what slows the machine slows both.
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { buildOptions, buildUsage, prepareBuild } from "./builds.mjs";
import { modelCases } from "./cases/models.mjs";
import { median } from "./measure.mjs";
import { writeResults } from "./results.mjs";

const usage = `usage: npm run bench:compare -- BASE [options]
  BASE                   another checkout of this project, built (npm run build there)
  --rounds N             how often the two take turns, 15 by default
${buildUsage}
  --only NAME            the cases whose names contain NAME
  --json FILE            also writes the results into FILE`;

/** A case is reported as a regression when its whole interval is above this ratio. */
const regression = 1.02;
/** Short calls are timed several at a time, for about this long. */
const sampleMs = 60;

function readOptions() {
  const text = { type: "string" };
  const options = { ...buildOptions, rounds: { ...text, default: "15" }, only: { ...text, default: "" }, json: text };
  const { values, positionals } = parseArgs({
    options: { ...options, help: { type: "boolean" } },
    allowPositionals: true,
  });
  if (values.help) {
    console.log(usage);
    process.exit();
  }
  if (positionals.length !== 1) throw new Error(`expected one other checkout.\n${usage}`);
  const rounds = Number(values.rounds);
  if (!(Number.isInteger(rounds) && rounds > 1))
    throw new Error(`--rounds ${values.rounds}; expected a number from 2.`);
  return { ...values, rounds, base: positionals[0] };
}

/** The engine of a checkout, which finds MobileNet's weights there. */
async function loadEngine(checkout, wasm) {
  const file = resolve(checkout, "dist/index.js");
  if (!existsSync(file)) throw new Error(`${file} does not exist; run \`npm run build\` in that checkout.`);
  const zoetrope = await import(pathToFileURL(file).href);
  await zoetrope.init(wasm);
  return { zoetrope };
}

// ── statistics ─────────────────────────────────────────────────────────────────────────────────────────────────────

const draws = 2000;

/** The 95 % interval of the median, by Efron's bootstrap: of draws of as many values, with repetition. */
function intervalOf(values) {
  let state = 1;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const drawn = () => median(values.map(() => values[Math.floor(random() * values.length)]));
  const medians = Array.from({ length: draws }, drawn).sort((a, b) => a - b);
  return [medians[draws * 0.025], medians[draws * 0.975 - 1]];
}

async function msOfCall(run, calls) {
  const began = performance.now();
  for (let i = 0; i < calls; i++) await run();
  return (performance.now() - began) / calls;
}

/** Times a case on both engines, which take turns in going first. */
async function compareCase({ name, start }, engines, rounds) {
  const sides = [];
  for (const engine of engines) sides.push({ ...(await start(engine)), times: [] });
  for (const { run } of sides) await msOfCall(run, 2);
  const calls = Math.max(1, Math.min(50, Math.round(sampleMs / (await msOfCall(sides[0].run, 1)))));
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 ? sides.toReversed() : sides) side.times.push(await msOfCall(side.run, calls));
  }
  for (const { stop } of sides) stop();
  const [base, own] = sides.map(({ times }) => times);
  const ratios = own.map((ms, round) => ms / base[round]);
  return { name, baseMs: median(base), newMs: median(own), ratio: median(ratios), interval: intervalOf(ratios) };
}

const widths = [34, 10, 10, 8, 18];
const line = (cells) => cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("");
const row = ({ name, baseMs, newMs, ratio, interval }) =>
  line([name, baseMs.toFixed(2), newMs.toFixed(2), ratio.toFixed(3), interval.map((n) => n.toFixed(3)).join(" to ")]) +
  (interval[0] > regression ? "  REGRESSION" : "");

try {
  const { base, rounds, only, json, ...build } = readOptions();
  const chosen = modelCases.filter(({ name }) => name.includes(only));
  if (chosen.length === 0) {
    throw new Error(`--only ${only}: no such case; there are ${modelCases.map(({ name }) => name).join(", ")}.`);
  }
  const wasm = prepareBuild(build);
  const engines = [await loadEngine(base, wasm), await loadEngine(resolve(import.meta.dirname, ".."), wasm)];
  const buildName = engines[1].zoetrope.memory().backend;
  console.log(
    `${buildName}, Node ${process.versions.node}, ${cpus()[0].model}, one thread; medians of ${rounds} rounds\n`,
  );
  console.log(line(["", "base ms", "new ms", "ratio", "95 %"]));
  const results = [];
  for (const one of chosen) {
    const result = await compareCase(one, engines, rounds);
    console.log(row(result));
    results.push(result);
  }
  if (json) writeResults(json, "npm run bench:compare", { build: buildName, rounds, results });
} catch (error) {
  console.error(`bench:compare: ${error.message}`);
  process.exitCode = 1;
}
