// The process that runs the cases of one area, one after the other, as its parent (lane.mjs) asks for them.
import { setImmediate as turn, setTimeout as pause } from "node:timers/promises";
import { memory } from "zoetrope";
import { areas } from "./areas.mjs";
import { judge } from "./finding.mjs";
import { chanceOf } from "./support/chance.mjs";

const [name, seed, folder] = process.argv.slice(2);
const area = areas[name];
const place = { folder, seed: Number(seed) };
process.chdir(folder);

/** Errors that no code has caught, of the case that runs now. @type {unknown[]} */
const loose = [];
process.on("unhandledRejection", (error) => loose.push(error));
process.on("uncaughtException", (error) => loose.push(error));

const { code, shared } = await prepared();

/** The code of the area and what its cases share. Where that fails, the parent reads why in what is printed. */
async function prepared() {
  try {
    const code = await area.load();
    return { code, shared: await code.prepare?.(place) };
  } catch (error) {
    console.error(error);
    return process.exit(1);
  }
}

/** The milliseconds between two looks at the memory of the process: a collection takes some of them. */
const stride = 150;
/** The milliseconds until threads have freed what a collection has found, and connections that were ended are closed. */
const settling = 10;
let lookedMs = -Infinity;

/** Runs a case and judges how it ended. @returns {Promise<import("./finding.mjs").Verdict & { title: string }>} */
async function tried(/** @type {number} */ index) {
  let title = "making the case";
  try {
    const made = await code.makeCase(chanceOf(place.seed, name, index), shared, place);
    title = made.title;
    send({ title });
    const { buffers } = memory();
    await made.run();
    await turn();
    if (loose.length > 0) return { title, ...withPrefix("an error that nothing caught: ", judge(loose[0])) };
    const after = memory().buffers;
    if (area.steady && after !== buffers) {
      return { title, outcome: "growth", message: `tensors are left: ${buffers} buffers before, ${after} after` };
    }
    return { title, outcome: "survived", message: "" };
  } catch (error) {
    return { title, ...judge(error) };
  } finally {
    loose.length = 0;
  }
}

/** @returns {import("./finding.mjs").Verdict} */
const withPrefix = (/** @type {string} */ text, /** @type {import("./finding.mjs").Verdict} */ { message, stack }) => ({
  outcome: "untyped",
  message: text + message,
  stack,
});

/** The bytes of the process and of its objects, at times; undefined for areas whose processes end. */
async function bytesNow() {
  if (!area.steady || performance.now() - lookedMs < stride) return undefined;
  for (let rounds = 2; rounds > 0; rounds--) {
    globalThis.gc?.(); // the second one collects what the first has only finalized
    await pause(settling);
  }
  lookedMs = performance.now();
  const { rss, heapUsed, external } = process.memoryUsage();
  // The engine's memory grows to what a case has needed at once, and is counted by its buffers.
  return { process: rss, objects: heapUsed + external - memory().reservedBytes };
}

const send = (/** @type {object} */ message) => process.send?.(message);

async function answer(/** @type {{ index: number }} */ { index }) {
  const verdict = await tried(index);
  if (Number.isFinite(memory().usedBytes)) return send({ index, verdict, bytes: await bytesNow() });
  // Whatever came after would be wrong too: the parent ends this process.
  const spoiled = { outcome: "lost", message: "the engine no longer knows how much of its memory is in use" };
  return send({ index, verdict: { ...verdict, ...spoiled, isSpoiled: true } });
}

process.on("message", (/** @type {{ index: number }} */ asked) => void answer(asked));
process.on("disconnect", () => process.exit());
send({ ready: true });
