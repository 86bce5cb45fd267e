// Disks of 8 MB that are full, and disks that are read-only: what was there stays whole, and the error says so in a line.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { Dense, Input, ModelCheckpoint, Sequential, setSeed } from "zoetrope";
import { loadModel, saveModel, saveWeights } from "zoetrope/formats";
import { Finding, isTyped, must } from "../finding.mjs";
import { mountDisk, remount, unmount, whyNoDisks } from "../support/disk.mjs";
import { writeClips } from "../support/material.mjs";
import { disposeModel } from "../support/models.mjs";
import { refusalOf, runCommand } from "../support/program.mjs";

/** @typedef {import("../support/chance.mjs").Chance} Chance */

export const unavailable = whyNoDisks;

/** The command takes room for a report of 4 MB before its work, and says so where there is less. */
const diskBytes = 8 * 2 ** 20;

export async function prepare(/** @type {import("../areas.mjs").Place} */ { folder }) {
  writeClips(join(folder, "clips"), 2, 3);
  setSeed(1);
  const model = Sequential([Input({ shape: [400] }), Dense({ units: 400 })]); // 640 KB
  model.compile({ optimizer: "adam", loss: "mse" });
  return { folder, model, count: 0 };
}

/** @returns {import("../areas.mjs").Case} */
export function makeCase(/** @type {Chance} */ chance, /** @type {any} */ shared) {
  const name = chance.of([...Object.keys(works), "saveModel", "saveWeights", "saveKeras", "checkpoint"]);
  const free = chance.below(chance.of([1, 20_000, 700_000, 5_000_000]));
  const isReadOnly = chance.below(4) === 0;
  return {
    title: `${name} on a disk that ${isReadOnly ? "is read-only" : `has ${free} bytes left`}`,
    run: () => withDisk(shared, (disk) => run(name, disk, { free, isReadOnly }, shared)),
  };
}

/** Mounts a disk for a case. */
async function withDisk(/** @type {any} */ shared, /** @type {(disk: string) => Promise<void>} */ work) {
  const disk = join(shared.folder, `disk${++shared.count}`);
  mountDisk(disk, String(diskBytes));
  try {
    await work(disk);
  } finally {
    unmount(disk);
    rmSync(disk, { recursive: true, force: true });
  }
}

/** The files that a work writes, which are there from an earlier run, and the work. @type {Record<string, { files: string[], work: (disk: string, shared: any) => Promise<void> }>} */
const works = {
  saveModel: { files: ["m.safetensors"], work: async (disk, { model }) => saveModel(model, join(disk, "m.safetensors")) },
  saveWeights: { files: ["m.safetensors"], work: async (disk, { model }) => saveWeights(model, join(disk, "m.safetensors")) },
  saveKeras: { files: ["m.keras"], work: async (disk, { model }) => saveModel(model, join(disk, "m.keras")) },
  checkpoint: {
    files: ["m.safetensors"],
    async work(disk, { model }) {
      const data = (/** @type {number} */ n) => ({ data: new Float32Array(n).fill(0.1), shape: [2, n / 2] });
      const checkpoint = ModelCheckpoint({ save: saveModel, target: join(disk, "m.safetensors") });
      await model.fit(data(800), data(800), { epochs: 1, verbose: 0, callbacks: [checkpoint] });
    },
  },
  trainOut: { files: ["out.safetensors", "out.html"], work: (disk, shared) => train(shared, disk, ["-o", join(disk, "out.safetensors")]) },
  trainReport: { files: ["out.html"], work: (disk, shared) => train(shared, disk, ["--report", join(disk, "out.html")]) },
  trainCache: { files: [], work: (disk, shared) => train(shared, disk, ["--cache", join(disk, "features")]) },
  inspect: { files: ["out.html", "out.png"], work: (disk, shared) => command(shared, ["inspect", join(shared.folder, "clips", "left", "clip0"), "--report", join(disk, "out.html")]) },
}; // prettier-ignore

const train = (/** @type {any} */ shared, /** @type {string} */ disk, /** @type {string[]} */ options) =>
  command(shared, ["train", join(shared.folder, "clips"), "--epochs", "1", "--frames", "2", "--filters", "2", "--window", "0.2", ...options]); // prettier-ignore

/** Runs the command in a folder beside the disk. @throws Error with its refusal. */
async function command(/** @type {any} */ shared, /** @type {string[]} */ args) {
  const cwd = join(shared.folder, `desk${shared.count}`);
  mkdirSync(cwd, { recursive: true });
  try {
    const refusal = refusalOf(await runCommand(args, { cwd }));
    if (refusal) throw Object.assign(new Error(refusal), { name: "FileError" });
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

async function run(/** @type {string} */ name, /** @type {string} */ disk, /** @type {{ free: number, isReadOnly: boolean }} */ { free, isReadOnly }, /** @type {any} */ shared) {
  const { files, work } = works[name];
  for (const file of files) writeFileSync(join(disk, file), `old ${file}`);
  const filler = join(disk, "filler");
  fill(filler, free);
  if (isReadOnly) remount(disk, "ro");
  const failure = await work(disk, shared).then(() => undefined, (error) => error);
  if (failure && !isTyped(failure)) throw failure;
  await checkFiles(disk, files, failure);
  if (!failure) must(!isReadOnly || files.length === 0, "lost", `${name} says that it has written to a read-only disk`);
  if (!failure) return;
  if (isReadOnly) remount(disk, "rw");
  rmSync(filler, { force: true });
  if (files.length > 0 || name === "trainCache") await again(name, disk, shared);
  throw failure;
} // prettier-ignore

/** Writes a file that leaves so many bytes of the disk. */
function fill(/** @type {string} */ path, /** @type {number} */ free) {
  const { bavail, bsize } = statfsSync(join(path, ".."));
  const file = openSync(path, "w");
  try {
    writeSync(file, new Uint8Array(Math.max(0, bavail * bsize - free)));
  } finally {
    closeSync(file);
  }
}

/** @throws Finding where an old file is damaged, a new one is not whole, or a part of one takes up the disk. */
async function checkFiles(/** @type {string} */ disk, /** @type {string[]} */ files, /** @type {Error | undefined} */ failure) {
  const parts = readdirSync(disk).filter((name) => name.endsWith(".part"));
  must(parts.length === 0, "growth", `a part is left on the disk: ${parts.join(", ")}`);
  for (const file of files) {
    const path = join(disk, file);
    must(existsSync(path), "lost", `${file} is gone`);
    const content = readFileSync(path);
    const isOld = content.toString() === `old ${file}`;
    if (isOld) must(failure !== undefined, "lost", `${file} is still the old one, but nothing was said`);
    else await checkNew(file, path, content);
  }
} // prettier-ignore

async function checkNew(/** @type {string} */ file, /** @type {string} */ path, /** @type {Buffer} */ content) {
  if (file.endsWith(".html")) return must(/<\/html>\s*$/.test(content.toString()), "lost", `${file} is half a report of ${content.length} bytes`);
  if (file.endsWith(".png")) return must(content.includes("IEND"), "lost", `${file} is half a picture of ${content.length} bytes`);
  if (!file.startsWith("m.") && !file.endsWith(".safetensors")) return undefined;
  const model = await loadModel(path).catch((error) => {
    // Weights alone are no model; the message says so.
    if (!/holds no model/.test(error.message)) throw new Finding("lost", `${file} is not whole: ${error.message}`, error);
  });
  return model && disposeModel(model);
} // prettier-ignore

/** With room on the disk it must work. The model of train takes 13 MB, for which there is none. */
async function again(/** @type {string} */ name, /** @type {string} */ disk, /** @type {any} */ shared) {
  if (name === "trainOut") return;
  const failure = await works[name].work(disk, shared).then(() => undefined, (error) => error); // prettier-ignore
  const isFull = failure && /ENOSPC|no space/i.test(failure.message) && name === "trainCache";
  if (failure && !isFull)
    throw new Finding("lost", `${name} fails though there is room again: ${failure.message}`, failure);
}
