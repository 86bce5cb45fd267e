// Works with models for long, at random, and looks whether the memory grows:
//   npm run soak                     ten minutes in Node; a run of half an hour surely has a verdict
//   npm run soak -- --minutes N      as long as that; --seed S: in the same order
//   npm run soak -- --page           in a page of Chromium
//   npm run soak -- --write          the series goes to bench/results, else to build/attack
// It ends with 1 where tensors are left over, or memory surely grows; where a run was too short to tell, it says so and ends with 0.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { parseArgs } from "node:util";
import { bounds, judgeSeries, titles } from "./soak/judge.mjs";
import { chanceOf } from "./support/chance.mjs";
import { buildFolder, repository } from "./support/typescript.mjs";

const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    page: { type: "boolean" },
    write: { type: "boolean" },
  },
});

/** Collects garbage. @throws Error where that is not possible: what is garbage would look like growth. */
function gc() {
  if (!globalThis.gc)
    throw new Error("garbage cannot be collected; run this by npm run soak, or with node --expose-gc");
  globalThis.gc();
}

/** This process, as a page is opened. */
async function openNode(/** @type {number} */ seed) {
  const { makeRounds } = await import("./soak/actions.mjs");
  return {
    round: makeRounds(chanceOf(seed, "soak", 0)),
    async bytes() {
      // What finalizers and streams let go is garbage only in a later turn.
      for (let i = 0; i < 2; i++) {
        await turn();
        gc();
      }
      const { rss, heapUsed, external } = process.memoryUsage();
      return { bytes: rss, heapBytes: heapUsed + external };
    },
    close: async () => {},
  };
}

async function series(/** @type {number} */ seconds, /** @type {number} */ seed) {
  const host = options.page ? await (await import("./soak/browser.mjs")).openPage(seed) : await openNode(seed);
  /** @type {import("./soak/judge.mjs").Sample[]} */
  const samples = [];
  const began = performance.now();
  const passed = () => (performance.now() - began) / 1000;
  try {
    while (passed() < seconds) {
      const state = /** @type {any} */ (await host.round());
      samples.push({ seconds: passed(), ...(await host.bytes()), ...state });
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${samples.length} rounds, ${passed().toFixed(0)} s`);
    }
  } finally {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
    await host.close();
  }
  return samples;
}

const minutes = Number(options.minutes);
const seed = Number(options.seed);
if (!(minutes > 0)) throw new Error(`--minutes ${options.minutes}: expected a number above 0`);
if (!Number.isSafeInteger(seed)) throw new Error(`--seed ${options.seed}: expected a whole number`);
const samples = await series(60 * minutes, seed);
const { trends, samples: counted, faults, doubts } = judgeSeries(samples);
const where = options.page ? "page" : "node";
const date = new Date().toISOString().slice(0, 10);
const file = join(options.write ? join(repository, "bench", "results") : buildFolder, `soak-${date}-${where}.json`);
mkdirSync(dirname(file), { recursive: true });
writeFileSync(
  file,
  `${JSON.stringify({ date, where, node: process.versions.node, seed, trends, samples }, null, 2)}\n`,
);
const last = samples.at(-1);
console.log(`${samples.length} rounds in ${where}, ${counted} after the warm-up`);
for (const [name, { slope, halfWidth, verdict }] of Object.entries(trends)) {
  const key = /** @type {keyof typeof bounds} */ (name);
  const measured = `${slope.toFixed(1)} ± ${halfWidth.toFixed(1)} KB a minute (95 %; the bound is ${bounds[key]})`;
  console.log(`${titles[key]}: ${Number.isFinite(halfWidth) ? `${measured}: ` : ""}${verdict}`);
}
console.log(`buffers: ${last?.buffers}, ${last?.usedBytes} bytes used, ${last?.reservedBytes} reserved`);
console.log(`the series is in ${file}`);
for (const doubt of doubts) console.log(doubt);
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
