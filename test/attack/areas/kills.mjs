// Programs that are ended at any moment: what they leave is whole, and a further run gives what an undisturbed one gives.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { loadModel } from "zoetrope/formats";
import { Finding, must } from "../finding.mjs";
import { writeClips } from "../support/material.mjs";
import { disposeModel } from "../support/models.mjs";
import { makeSlowdown } from "../support/slowdown.mjs";
import { mustSucceed, refusalOf, runCommand } from "../support/program.mjs";

/** @typedef {import("../support/chance.mjs").Chance} Chance */

const saver = fileURLToPath(new URL("../kills/saver.mjs", import.meta.url));
const signals = /** @type {const} */ (["SIGKILL", "SIGTERM", "SIGINT"]);

const slowdown = makeSlowdown();

/** The arguments of a training of a few seconds, in a folder of its own. */
const training = ["train", "../clips", "--epochs", "2", "--frames", "2", "--filters", "2", "--window", "0.2", "-o", "model.safetensors", "--cache", "features"]; // prettier-ignore

export async function prepare(/** @type {import("../areas.mjs").Place} */ { folder }) {
  writeClips(join(folder, "clips"), 2, 3);
  const undisturbed = join(folder, "undisturbed");
  mkdirSync(undisturbed);
  const began = performance.now();
  mustSucceed(await runCommand(training, { cwd: undisturbed }), "a training that nothing disturbs");
  return { folder, undisturbed, ms: performance.now() - began, count: 0 };
}

/** @returns {import("../areas.mjs").Case} */
export function makeCase(/** @type {Chance} */ chance, /** @type {any} */ shared) {
  const signal = chance.of(signals);
  const share = chance.below(1000) / 1000;
  const folder = join(shared.folder, `case${++shared.count}`);
  const kind = chance.of(/** @type {const} */ (["train", "train", "retrain", "save"]));
  const cases = {
    train: () => endTraining(shared, folder, signal, share),
    retrain: () => endTraining(shared, folder, signal, share, true),
    save: () => endSaving(folder, signal, 300 * share),
  };
  return {
    title: `${kind}: ${signal} after ${(100 * share).toFixed(1)} % of the time`,
    async run() {
      mkdirSync(folder);
      try {
        await cases[kind]();
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

// ── saving ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function endSaving(/** @type {string} */ folder, /** @type {NodeJS.Signals} */ signal, /** @type {number} */ afterMs) {
  const path = join(folder, "model.safetensors");
  const child = spawn(process.execPath, [saver, path], { stdio: ["ignore", "pipe", "inherit"] });
  const closed = new Promise((done) => child.once("close", done));
  await Promise.race([new Promise((saved) => child.stdout.once("data", saved)), closed]);
  await sleep(afterMs);
  child.kill(signal);
  await closed;
  await checkWhole(path);
} // prettier-ignore

/** @throws Finding where a file is not one of those that were written. */
async function checkWhole(/** @type {string} */ path) {
  const model = await loadModel(path).catch((error) => {
    throw new Finding("lost", `a save that was ended has left no whole file: ${error.message}`, error);
  });
  try {
    const values = await Promise.all(model.weights.map((weight) => weight.data()));
    const first = values[0][0];
    must(values.every((each) => each.every((value) => value === first)), "lost", "a file has weights of two saves");
  } finally {
    disposeModel(model);
  }
} // prettier-ignore

// ── training ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Ends a training, runs it again, and compares what it has written with what an undisturbed one has. */
async function endTraining(/** @type {any} */ shared, /** @type {string} */ folder, /** @type {NodeJS.Signals} */ signal, /** @type {number} */ share, again = false) {
  if (again) cpSync(shared.undisturbed, folder, { recursive: true });
  const old = again ? contentsOf(folder) : {};
  const ended = await runCommand(training, { cwd: folder, signal: { name: signal, afterMs: share * shared.ms } });
  checkEnd(ended, signal, shared.ms);
  await checkLeft(folder, old, signal);
  mustSucceed(await runCommand(training, { cwd: folder }), `a training after one that was ended by ${signal}`);
  checkSame(shared.undisturbed, folder);
} // prettier-ignore

/** @throws Finding where the command did not end as it says, or went on as if there had been no signal. */
export function checkEnd(/** @type {import("../support/program.mjs").Ended} */ ended, /** @type {NodeJS.Signals} */ signal, /** @type {number} */ undisturbedMs) {
  if (ended.signal !== null) {
    must(ended.signal === signal, "untyped", `ended by ${ended.signal}, not ${signal}`);
    return;
  }
  refusalOf(ended);
  must([0, 130, 143].includes(Number(ended.status)), "untyped", `exit code ${ended.status} after ${signal}: ${ended.err.slice(-300)}`);
  // When it is writing its last file it may end as without the signal.
  const { heard = 0 } = ended;
  const moment = Math.max(2000 * slowdown(), undisturbedMs / 3);
  must(ended.status !== 0 || heard < moment, "hung", `${signal} was not heard: exit code 0 after ${Math.round(heard)} ms more`);
} // prettier-ignore

/** The files of a training, without the features. */
const contentsOf = (/** @type {string} */ folder) =>
  Object.fromEntries(["model.safetensors", "model.html"].map((name) => [name, existsSync(join(folder, name)) ? readFileSync(join(folder, name)) : undefined])); // prettier-ignore

/** @throws Finding where the model is neither there as a whole nor the old one, or a file has only a part of its content. */
async function checkLeft(/** @type {string} */ folder, /** @type {Record<string, Buffer | undefined>} */ old, /** @type {string} */ signal) {
  const { "model.safetensors": model, "model.html": report } = contentsOf(folder);
  if (old["model.safetensors"]) must(model !== undefined, "lost", `${signal}: the old model is gone`);
  if (old["model.html"]) must(report !== undefined, "lost", `${signal}: the old report is gone`);
  if (model && !(old["model.safetensors"] && model.equals(old["model.safetensors"]))) {
    const loaded = await loadModel(model).catch((error) => {
      throw new Finding("lost", `${signal}: half a model: ${error.message}`, error);
    });
    disposeModel(loaded);
  }
  if (report) must(/<\/html>\s*$/.test(report.toString()), "lost", `${signal}: half a report of ${report.length} bytes`);
} // prettier-ignore

/** @throws Finding where the model or a feature differs from that of an undisturbed run. */
function checkSame(/** @type {string} */ wanted, /** @type {string} */ folder) {
  const [expected, model] = [wanted, folder].map((each) => readFileSync(join(each, "model.safetensors")));
  must(expected.equals(model), "lost", "the model of the second run is not that of an undisturbed run");
  const [names, found] = [wanted, folder].map((each) => readdirSync(join(each, "features")).sort());
  must(names.join() === found.join(), "lost", `features are ${found.join(", ")}, not ${names.join(", ")}`);
  const other = names.filter((name) => !readFileSync(join(wanted, "features", name)).equals(readFileSync(join(folder, "features", name)))); // prettier-ignore
  must(other.length === 0, "lost", `other features than those of an undisturbed run: ${other.join(", ")}`);
}
