// Attacks the built package in the ways that are known, and in new ones by chance:
//   npm run attack                        all areas, two minutes
//   npm run attack -- --minutes N         as long as that; --seed S: the same cases again; --only AREA,...: some areas
//   npm run attack -- --keep FOLDER       where findings go, build/attack/findings by default
//   npm run attack -- --replay FILE       tries one finding again
//   npm run attack -- --list              the areas
//   npm run attack -- --coverage          also prints how often each function (or file, or way) was tried and survived
// It ends with 1 where there was an untyped error, a hang, lost data or growth.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { areas } from "./areas.mjs";
import { bad, growthOf } from "./finding.mjs";
import { Lane } from "./lane.mjs";
import { coverageOf, findingsOf, readKept, tableOf, Tally } from "./results.mjs";
import { buildFolder } from "./support/typescript.mjs";

const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "2" },
    seed: { type: "string" },
    only: { type: "string" },
    keep: { type: "string", default: join(buildFolder, "findings") },
    replay: { type: "string" },
    list: { type: "boolean" },
    coverage: { type: "boolean" },
  },
});

/** A number of the command line. */
function numberOf(/** @type {string} */ name, /** @type {string} */ text, /** @type {boolean} */ whole) {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && (whole ? Number.isSafeInteger(value) : value > 0)) return value;
  throw new Error(`--${name} ${text}: expected a ${whole ? "whole number from 0" : "number above 0"}`);
}

/** The names of the areas to try. */
function chosen() {
  const names = options.only?.split(",") ?? Object.keys(areas);
  const unknown = names.filter((name) => !Object.hasOwn(areas, name));
  if (unknown.length === 0) return names;
  throw new Error(`there is no area ${unknown.join(", ")}; npm run attack -- --list names them`);
}

/** Tries cases of an area until its time is over, one at least. */
async function attack(
  /** @type {Tally} */ tally,
  /** @type {number} */ seconds,
  /** @type {Set<Lane>} */ open,
  /** @type {() => boolean} */ stopped,
) {
  const { area: name, seed } = tally;
  const area = areas[name];
  const why = (await area.load()).unavailable?.();
  if (why) return tally.add(0, { title: "", outcome: "skipped", message: why });
  const lane = new Lane(name, area, seed);
  open.add(lane);
  /** The memory of the process that runs now. @type {import("./finding.mjs").Bytes[]} */
  let looks = [];
  const addGrowth = () => {
    const growth = growthOf(looks);
    if (growth) tally.add(0, { title: `${looks.length} looks at the memory`, ...growth });
  };
  let { starts } = lane;
  try {
    const end = performance.now() + seconds * 1000;
    for (let index = 0; index === 0 || (performance.now() < end && !stopped()); index++) {
      const answer = await lane.run(index);
      if (stopped()) break;
      tally.add(index, answer);
      if (lane.starts !== starts) {
        addGrowth(); // of the process that has ended
        [looks, starts] = [[], lane.starts];
      }
      if (answer.bytes) looks.push(answer.bytes);
    }
    addGrowth();
  } finally {
    await lane.close();
    open.delete(lane);
  }
}

/** Shows how far the areas are: in place on a terminal, else now and then as a line. */
function showProgress(/** @type {readonly Tally[]} */ tallies, /** @type {() => string[]} */ running) {
  const { isTTY } = process.stderr;
  const show = () => {
    const now = tallies.filter(({ area }) => running().includes(area));
    const text = now
      .map(({ area, tried, numFindings }) => `${area} ${tried} cases, ${numFindings} findings`)
      .join("; ");
    process.stderr.write(isTTY ? `\r\x1b[K${text}` : `${text}\n`);
  };
  const timer = setInterval(show, isTTY ? 500 : 15_000);
  return () => {
    clearInterval(timer);
    if (isTTY) process.stderr.write("\r\x1b[K");
  };
}

/** Two areas at a time: one would leave a core idle, more would disturb each other. */
const lanes = 2;

async function main() {
  const seconds = 60 * numberOf("minutes", options.minutes, false);
  const seed = options.seed === undefined ? Math.floor(Math.random() * 1e6) : numberOf("seed", options.seed, true);
  const tallies = chosen().map((name) => new Tally(name, seed, options.keep));
  const shares = tallies.reduce((sum, { area }) => sum + areas[area].share, 0);
  console.log(`seed ${seed}, ${Math.round(seconds)} s; findings go to ${options.keep}`);
  let isStopped = false;
  /** @type {Set<Lane>} */
  const open = new Set();
  process.once("SIGINT", () => {
    isStopped = true;
    for (const lane of open) void lane.stop();
  });
  const hide = showProgress(tallies, () => [...open].map(({ name }) => name));
  // Those that take longest first, so that both lanes end at the same time.
  const waiting = [...tallies].sort((a, b) => areas[b.area].share - areas[a.area].share);
  const width = Math.min(lanes, tallies.length);
  const work = async () => {
    for (let tally = waiting.shift(); tally && !isStopped; tally = waiting.shift()) {
      await attack(tally, (seconds * width * areas[tally.area].share) / shares, open, () => isStopped);
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  hide();
  console.log(`\n${tableOf(tallies)}\n\n${findingsOf(tallies)}`.trimEnd());
  if (options.coverage) {
    for (const tally of tallies)
      console.log(coverageOf(tally, (await (await areas[tally.area].load()).titles?.()) ?? []));
  }
  if (tallies.some(({ numFindings }) => numFindings > 0)) process.exitCode = 1;
  if (isStopped) process.exitCode = 130;
}

/** Tries a finding again. */
async function replay(/** @type {string} */ path) {
  const { area, seed, index, message } = readKept(path);
  if (!Object.hasOwn(areas, area)) throw new Error(`${path}: there is no area ${area}`);
  const lane = new Lane(area, areas[area], seed);
  try {
    const { title, outcome, message: now, stack } = await lane.run(index);
    console.log(`${title}\nthen: ${message}\nnow: ${outcome} ${now}${stack ? `\n${stack}` : ""}`);
    if (bad.includes(outcome)) process.exitCode = 1;
  } finally {
    await lane.close();
  }
}

if (options.list) for (const [name, { title }] of Object.entries(areas)) console.log(`${name}: ${title}`);
else if (options.replay) await replay(options.replay);
else await main();
