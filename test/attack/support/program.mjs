// Runs the command of the built package as a user would, and says what is wrong with how it ends.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { Finding, must } from "../finding.mjs";
import { repository } from "./typescript.mjs";

export const commandFile = join(repository, "dist", "cli.js");

/**
 * How it ended; `heard`: the milliseconds from a signal, which it was given, to its end.
 * @typedef {{ status: number | null, signal: NodeJS.Signals | null, out: string, err: string, heard?: number }} Ended
 * @typedef {object} RunOptions
 * @property {string} cwd
 * @property {NodeJS.ProcessEnv} [env] More variables.
 * @property {"pipe" | "closed" | number} [stdout] "closed": by the one that reads it; a number: an open file.
 * @property {{ name: NodeJS.Signals, afterMs: number }} [signal] A signal that is sent in between.
 */

/** Runs the command to its end. @returns {Promise<Ended>} */
export async function runCommand(/** @type {readonly string[]} */ args, /** @type {RunOptions} */ { cwd, env, stdout = "pipe", signal }) {
  const child = spawn(process.execPath, [commandFile, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", typeof stdout === "number" ? stdout : "pipe", "pipe"],
  });
  const texts = { out: "", err: "" };
  child.stdout?.on("data", (text) => (texts.out += text));
  child.stderr?.on("data", (text) => (texts.err += text));
  if (stdout === "closed") child.stdout?.destroy();
  /** @type {number | undefined} */
  let given;
  const timer = signal && setTimeout(() => child.kill(signal.name) && (given = performance.now()), signal.afterMs);
  const ended = await new Promise((/** @type {(ended: Ended) => void} */ resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status, by) => resolve({ status, signal: by, ...texts, ...(given !== undefined && { heard: performance.now() - given }) }));
  });
  clearTimeout(timer);
  return ended;
} // prettier-ignore

/** Texts that only a programmer reads. */
const internals = /^\s+at .*[(:]|node:internal|\(node:\d+\)|\bUnhandled|triggerUncaughtException/m;
const controls = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

/** Those of the command, and of the signals that it hears: 128 and the number of each. */
const exitCodes = [0, 1, 2, 129, 130, 143];

/** What the command said when it was refused; undefined where it was not. @throws Finding where that is not one clear line. */
export function refusalOf(/** @type {Ended} */ { status, signal, out, err }) {
  // A signal may come after the last line, when Node takes the process down and hears none any more.
  const hasEnded = signal !== null && /(^|\n)zoetrope: .*\n$/.test(err);
  must(signal === null || hasEnded, "untyped", `ended by ${signal}: ${err.slice(-300)}`);
  must(!internals.test(err) && !internals.test(out), "untyped", `internals on the screen, exit code ${status}: ${firstInternal(err + out)}`); // prettier-ignore
  must(!controls.test(err) && !controls.test(out), "untyped", `control characters on the screen: ${JSON.stringify(controlsIn(err + out))}`); // prettier-ignore
  must(hasEnded || exitCodes.includes(Number(status)), "untyped", `exit code ${status}: ${err.slice(-300)}`);
  const said = err.split("\n").filter((line) => line.startsWith("zoetrope: "));
  must(said.length <= 1, "untyped", `several refusals: ${said.join(" | ").slice(0, 400)}`);
  if (said.length === 1) {
    must(status !== 0, "untyped", `exit code 0 with a refusal: ${said[0].slice(0, 300)}`);
    must(err.trimEnd().endsWith(said[0]), "untyped", `a refusal that is not the last line: ${err.slice(-300)}`);
    must(said[0].length < 2000, "untyped", `a refusal of ${said[0].length} characters`);
    return said[0];
  }
  must(status !== 2, "untyped", `exit code 2 without a line that says why: ${err.slice(-300)}`);
  must(status === 0 || (out + err).trim() !== "", "untyped", `exit code ${status} without a word`);
  return undefined;
}

const firstInternal = (/** @type {string} */ text) => {
  const at = text.search(internals);
  return text.slice(Math.max(0, at - 300), at + 100);
};

const controlsIn = (/** @type {string} */ text) => {
  const at = text.search(controls);
  return text.slice(Math.max(0, at - 100), at + 60);
};

/** @throws Finding where a command that must work has not. */
export function mustSucceed(/** @type {Ended} */ ended, /** @type {string} */ what) {
  const refusal = refusalOf(ended);
  if (ended.status !== 0) throw new Finding("lost", `${what}: exit code ${ended.status}: ${refusal ?? ended.err.slice(-300)}`);
} // prettier-ignore
