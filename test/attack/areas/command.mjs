// The command with odd arguments: its exit code, its one line, and that inputs, links and devices are as they were.
import { spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { join, relative, resolve } from "node:path";
import { argumentsOf } from "../command/arguments.mjs";
import { Finding, must } from "../finding.mjs";
import { oneIn } from "../support/chance.mjs";
import { changedIn, stateOf, writeMaterial } from "../support/material.mjs";
import { refusalOf, runCommand } from "../support/program.mjs";

/** @typedef {import("../support/chance.mjs").Chance} Chance */
/** @typedef {import("../command/arguments.mjs").Argument} Argument */

/** Devices as the system's own, by the numbers of their drivers: a program that replaced one would replace a copy. */
const devices = { null: [1, 3], zero: [1, 5], full: [1, 7] };

export async function prepare(/** @type {import("../areas.mjs").Place} */ { folder }) {
  const material = join(folder, "material");
  await writeMaterial(material);
  writeOddClips(join(material, "odd-clips"), material);
  return { folder, material, count: 0 };
}

/** Clips beside which lies what no program should wait for or read. */
function writeOddClips(/** @type {string} */ folder, /** @type {string} */ material) {
  for (const name of ["left", "right"]) {
    mkdirSync(join(folder, name, "clip\n\u001b[31mred"), { recursive: true });
    copyFileSync(join(material, "photo.png"), join(folder, name, "clip\n\u001b[31mred", "1.png"));
    symlinkSync("nowhere", join(folder, name, "dangling.mp4"));
    symlinkSync("..", join(folder, name, "loop"));
    copyFileSync(join(material, "empty"), join(folder, name, "empty.mp4"));
    copyFileSync(join(material, "text.txt"), join(folder, name, "text.mp4"));
    spawnSync("mkfifo", [join(folder, name, "pipe.mp4")]);
  }
}

/** A copy of the material, and the current folder with what outputs may meet: an older file, links to inputs, devices, pipes. */
function makeDesk(/** @type {any} */ shared) {
  const root = join(shared.folder, `case${++shared.count}`);
  const desk = join(root, "desk");
  const material = join(root, "material");
  mkdirSync(join(desk, "folder"), { recursive: true });
  spawnSync("cp", ["-a", shared.material, material]);
  const inputs = "../material";
  for (const name of ["model.safetensors", "photo.png", "film.mov", "clips", "odd-clips"]) symlinkSync(join(inputs, name), join(desk, `link-${name}`));
  copyFileSync(join(material, "model.safetensors"), join(desk, "old.safetensors"));
  linkSync(join(material, "model.safetensors"), join(desk, "hard.safetensors"));
  symlinkSync("link-circle", join(desk, "link-circle"));
  symlinkSync("nowhere/x.safetensors", join(desk, "link-dangling"));
  for (const [name, numbers] of Object.entries(devices)) spawnSync("mknod", [join(desk, `dev-${name}`), "c", ...numbers.map(String)]);
  spawnSync("mkfifo", [join(desk, "pipe")]);
  return { root, desk, material };
} // prettier-ignore

/** @returns {import("../areas.mjs").Case} */
export function makeCase(/** @type {Chance} */ chance, /** @type {any} */ shared) {
  const args = argumentsOf(chance);
  const stdout = chance.of(/** @type {const} */ (["pipe", "pipe", "pipe", "pipe", "pipe", "closed", "full"]));
  const signal = oneIn(chance, 12) ? { name: /** @type {const} */ ("SIGINT"), afterMs: chance.below(1500) } : undefined;
  const typed = args.map(({ text }) => JSON.stringify(text).slice(0, 80)).join(" ");
  const words = [stdout === "pipe" ? "" : `, its output ${stdout}`, signal ? `, interrupted after ${signal.afterMs} ms` : ""];
  return { title: `zoetrope ${typed}${words.join("")}`, run: () => run(args, stdout, signal, shared) };
} // prettier-ignore

async function run(/** @type {Argument[]} */ args, /** @type {"pipe" | "closed" | "full"} */ stdout, /** @type {any} */ signal, /** @type {any} */ shared) {
  const { root, desk, material } = makeDesk(shared);
  const before = { desk: stateOf(desk), material: stateOf(material) };
  const allowed = mayChange(args, desk);
  // Whatever is written into the pipe is read.
  const reader = spawn("sh", ["-c", "while :; do cat pipe > /dev/null || exit; done"], { cwd: desk, stdio: "ignore" });
  const full = stdout === "full" && existsSync(join(desk, "dev-full")) ? openSync(join(desk, "dev-full"), "w") : undefined;
  try {
    const ended = await runCommand(args.map(({ text }) => text), {
      ...{ cwd: desk, signal, stdout: stdout === "full" ? (full ?? "pipe") : stdout },
      env: { XDG_CACHE_HOME: join(shared.folder, "cache") },
    });
    const isEarly = signal && ended.signal === "SIGINT" && ended.out + ended.err === ""; // its program was not yet loaded
    if (isEarly) return;
    checkInputs(changedIn(before.material, stateOf(material)), material, allowed, ended);
    checkDesk(before.desk, stateOf(desk), ended);
    if (signal && ended.status === 130) return;
    if (full !== undefined) must(ended.status !== 0, "lost", "exit code 0, though nothing could be written to its output");
    const refusal = refusalOf(ended);
    if (refusal) throw typedError(refusal);
  } finally {
    reader.kill("SIGKILL");
    if (full !== undefined) closeSync(full);
    rmSync(root, { recursive: true, force: true });
  }
} // prettier-ignore

/** The places that the arguments allow to write, and those that are read. */
function mayChange(/** @type {Argument[]} */ args, /** @type {string} */ desk) {
  const places = (/** @type {string} */ role) =>
    args.filter((each) => each.role === role && each.text.length < 4000).map(({ text }) => real(resolve(desk, text)));
  return { written: places("out"), read: places("in") };
}

const real = (/** @type {string} */ path) => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};

const isUnder = (/** @type {string} */ path, /** @type {string} */ folder) =>
  path === folder || path.startsWith(`${folder}/`);
/** Beside an output lie its report or picture, which have another ending, and the older file. */
const stem = (/** @type {string} */ path) => path.replace(/\.bak$/, "").replace(/\.\w+$/, "");

/** @throws Finding where something has changed that was read, or that was not named as an output. */
function checkInputs(/** @type {string[]} */ changed, /** @type {string} */ material, /** @type {ReturnType<typeof mayChange>} */ { written, read }, /** @type {any} */ { status }) {
  const root = real(material);
  const harmed = changed.map((name) => join(root, name)).filter((path) => {
    const isOutput = status === 0 && written.some((each) => isUnder(path, each) || stem(path) === stem(each));
    return !isOutput || read.some((each) => isUnder(path, each));
  });
  if (harmed.length > 0) throw new Finding("lost", `exit code ${status}; inputs were changed: ${harmed.map((path) => relative(root, path)).join(", ")}`);
} // prettier-ignore

/** A refusal of the command, to be counted as one. */
const typedError = (/** @type {string} */ line) => Object.assign(new Error(line), { name: "ZoetropeError" });

/** @throws Finding where a link or a device is not what it was, or an output was damaged by a run that failed. */
function checkDesk(/** @type {Record<string, string>} */ before, /** @type {Record<string, string>} */ after, /** @type {any} */ { status }) {
  const changed = changedIn(before, after);
  const special = changed.filter((name) => /^(dev-|pipe|link-)/.test(name) && before[name] !== undefined);
  must(special.length === 0, "lost", `a device, pipe or link was replaced: ${special.join(", ")}`);
  const parts = changed.filter((name) => name.endsWith(".part"));
  must(parts.length === 0, "growth", `part files are left: ${parts.join(", ")}`);
  if (status === 0 || status === 130) return;
  const old = ["old.safetensors", "hard.safetensors"].filter((name) => changed.includes(name));
  must(old.length === 0, "lost", `exit code ${status}, and ${old.join(", ")} has changed`);
} // prettier-ignore

export const unavailable = () =>
  process.platform === "win32" ? "it needs devices, pipes and links as Unix has them" : undefined;
