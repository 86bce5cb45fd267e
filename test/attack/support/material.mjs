// Files that cases read: pictures, clips, films, models; and the check that none of them has changed.
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { encode } from "fast-png";
import { saveModel } from "zoetrope/formats";
import { smallModel } from "./models.mjs";

/** A picture whose colours move with `phase`. */
export function pictureBytes(/** @type {number} */ size, /** @type {number} */ phase) {
  const data = new Uint8Array(size * size * 3);
  for (let i = 0; i < size * size; i++) {
    data.set([((i % size) * 9 + phase * 20) & 255, (phase * 60) & 255, (Math.floor(i / size) * 7) & 255], 3 * i);
  }
  return encode({ width: size, height: size, channels: 3, depth: 8, data });
}

/** A folder of two classes, each with clips of numbered pictures. */
export function writeClips(/** @type {string} */ folder, /** @type {number} */ clips = 2, /** @type {number} */ frames = 3) {
  for (const [c, name] of ["left", "right"].entries()) {
    for (let clip = 0; clip < clips; clip++) {
      const at = join(folder, name, `clip${clip}`);
      mkdirSync(at, { recursive: true });
      for (let i = 0; i < frames; i++) writeFileSync(join(at, `${i}.png`), pictureBytes(24, 1 + i * (1 + c) + 40 * clip + 7 * c));
    }
  }
} // prettier-ignore

const hasFfmpeg = spawnSync("ffmpeg", ["-version"]).status === 0;

/** Writes all material into a folder; gives its paths. */
export async function writeMaterial(/** @type {string} */ folder) {
  mkdirSync(folder, { recursive: true });
  writeClips(join(folder, "clips"));
  writeFileSync(join(folder, "photo.png"), pictureBytes(40, 3));
  writeFileSync(join(folder, "empty"), "");
  writeFileSync(join(folder, "broken.safetensors"), "\x1b[31mnot a model\n");
  writeFileSync(join(folder, "text.txt"), "hello\n");
  await saveModel(await smallModel(), join(folder, "model.safetensors"));
  await saveModel(await smallModel(), join(folder, "model.keras"));
  const film = [
    "-v",
    "error",
    "-f",
    "lavfi",
    "-i",
    "testsrc=s=32x24:r=10:d=1",
    "-c:v",
    "png",
    join(folder, "film.mov"),
  ];
  if (hasFfmpeg) spawnSync("ffmpeg", film);
  return readdirSync(folder).map((name) => join(folder, name));
}

/** What lies in a folder: contents by hash, links by where they lead, devices and pipes as what they are. */
export function stateOf(/** @type {string} */ folder) {
  /** @type {Record<string, string>} */
  const state = {};
  for (const path of pathsUnder(folder)) state[relative(folder, path)] = stateOfPath(path);
  return state;
}

/** Links are not followed: readdir with `recursive` would, in circles too. @returns {Generator<string>} */
function* pathsUnder(/** @type {string} */ folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    yield path;
    if (entry.isDirectory()) yield* pathsUnder(path);
  }
}

function stateOfPath(/** @type {string} */ path) {
  const stats = lstatSync(path);
  if (stats.isFile()) return createHash("sha256").update(readFileSync(path)).digest("hex");
  return stats.isSymbolicLink() ? `to ${readlinkSync(path)}` : `${stats.mode.toString(8)} ${stats.rdev}`;
}

/** The names whose state has changed. */
export const changedIn = (/** @type {Record<string, string>} */ before, /** @type {Record<string, string>} */ after) =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => before[name] !== after[name]);
