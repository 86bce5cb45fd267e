// Odd pictures and films: those of the tests, changed copies of them, and headers that contradict their data.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { extname, join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { encode as encodeJpeg } from "jpeg-js";
import { decodePicture, probe, readClip, readFrames } from "zoetrope/node";
import { Finding, must, NotHere } from "../finding.mjs";
import { mutatedBytes, oneIn } from "../support/chance.mjs";
import { pictureBytes } from "../support/material.mjs";
import { importTypeScript, repository } from "../support/typescript.mjs";

/** @typedef {import("../support/chance.mjs").Chance} Chance */
/**
 * An odd film or picture: `expect` says whether frames can be read of it.
 * @typedef {{ name: string, make: (folder: string) => Promise<string>, expect?: "frames" | "error", needsFfmpeg?: true, needsUnix?: true, isEndless?: true }} Medium
 */

const hasFfmpeg = spawnSync("ffmpeg", ["-version"]).status === 0;
const listFile = "test/support/oddMedia.ts";

export async function prepare(/** @type {import("../areas.mjs").Place} */ { folder }) {
  const lists = existsSync(join(repository, listFile)) ? Object.values(await importTypeScript(listFile)) : [];
  /** @type {Medium[]} */
  const listed = lists.filter(Array.isArray).flat();
  return { folder, media: [...own, ...listed], count: 0, peak: 0 };
}

// ── media ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A medium of a file with some bytes. @returns {Medium} */
const file = (/** @type {string} */ name, /** @type {string} */ fileName, /** @type {() => Uint8Array} */ content, /** @type {"frames" | "error"} */ expect) => ({
  name,
  expect,
  make: async (folder) => {
    writeFileSync(join(folder, fileName), content());
    return join(folder, fileName);
  },
}); // prettier-ignore

const chunk = (/** @type {string} */ kind, /** @type {Uint8Array} */ data) => {
  const body = Buffer.concat([Buffer.from(kind), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
};

/** A PNG whose header states a size and a kind, whatever its data has. */
function png(
  /** @type {number} */ width,
  /** @type {number} */ height,
  /** @type {Uint8Array} */ data,
  depth = 8,
  colour = 2,
) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour], 8);
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", header), chunk("IDAT", deflateSync(data)), chunk("IEND", Buffer.alloc(0))]); // prettier-ignore
}

const jpeg = () => encodeJpeg({ width: 24, height: 16, data: Buffer.alloc(24 * 16 * 4, 120) }, 80).data;

/** A film of a second, made with ffmpeg. @returns {Medium} */
const film = (/** @type {string} */ name, /** @type {string[]} */ codec) => ({
  name: `a film: ${name}`,
  expect: "frames",
  needsFfmpeg: true,
  make: async (folder) => {
    const path = join(folder, name);
    spawnSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc=s=32x24:r=10:d=1", ...codec, path]);
    return path;
  },
});

/** @type {Medium[]} */
const own = [
  file("a PNG", "a.png", () => pictureBytes(20, 1), "frames"),
  file("a JPEG", "a.jpg", jpeg, "frames"),
  file("a PNG of no width", "a.png", () => png(0, 5, Buffer.alloc(10)), "error"),
  file("a PNG of 50,000 by 50,000 in 100 bytes", "a.png", () => png(50_000, 50_000, Buffer.alloc(10)), "error"),
  file("a PNG of 2^31 - 1 by 1", "a.png", () => png(2 ** 31 - 1, 1, Buffer.alloc(10)), "error"),
  file("a PNG whose data is 100 MB for 2 by 2", "a.png", () => png(2, 2, Buffer.alloc(1e8)), "error"),
  file("a PNG of an unknown kind", "a.png", () => png(4, 4, Buffer.alloc(100), 3, 5), "error"),
  file("a PNG with too little data", "a.png", () => png(40, 40, Buffer.alloc(100)), "error"),
  file("a text that is called a.jpg", "a.jpg", () => Buffer.from("hello\n"), "error"),
  file("nothing that is called a.mp4", "a.mp4", () => Buffer.alloc(0), "error"),
  film("a.mov", ["-c:v", "png"]),
  film("a.gif", []),
  film("a.mkv", ["-c:v", "ffv1"]),
];

// ── cases ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** @returns {import("../areas.mjs").Case} */
export function makeCase(/** @type {Chance} */ chance, /** @type {any} */ shared) {
  const medium = /** @type {Medium} */ (chance.of(shared.media));
  const isChanged = oneIn(chance, 2);
  const way = chance.of(Object.keys(ways));
  return {
    title: `${way}: ${medium.name}${isChanged ? ", changed" : ""}`,
    run: () => run(medium, isChanged, way, chance, shared),
  };
}

/** The ways to read a path. @type {Record<string, (path: string, chance: Chance, limits: { signal?: AbortSignal, maxSeconds?: number }) => Promise<unknown>>} */
const ways = {
  probe: (path, _, limits) => probe(path, limits),
  readClip: (path, chance, limits) => readClip(path, { frames: 1 + chance.below(5), size: chance.of([1, 7, 32]), ...limits }),
  async readFrames(path, chance, limits) {
    const frames = readFrames(path, { rate: chance.of([0.5, 3, 100]), size: 8, ...limits });
    for (let count = 0; count < 20 && !(await frames.next()).done; count++);
    await frames.return?.(undefined);
  },
  async decodePicture(path) {
    const { width, height, rgb } = decodePicture(readFileSync(path), "a picture");
    must(rgb.length === width * height * 3, "lost", `${width} by ${height} pixels, but ${rgb.length} numbers`);
  },
}; // prettier-ignore

async function run(/** @type {Medium} */ medium, /** @type {boolean} */ isChanged, /** @type {string} */ way, /** @type {Chance} */ chance, /** @type {any} */ shared) {
  if (medium.needsFfmpeg && !hasFfmpeg) throw new NotHere("ffmpeg is not there, for films");
  if (medium.needsUnix && process.platform === "win32") throw new NotHere("devices and links as Unix has them");
  const folder = join(shared.folder, `case${++shared.count}`);
  mkdirSync(folder);
  try {
    const path = await medium.make(folder);
    const isFile = isPlainFile(path);
    if (isChanged && isFile) writeFileSync(path, mutatedBytes(new Uint8Array(readFileSync(path)), chance));
    // Nothing can end `decodePicture`, which says so: `readClip` is for what others made.
    if (way === "decodePicture" && (medium.isEndless || !isFile || !/^\.(png|jpe?g)$/.test(extname(path)))) return;
    const before = process.resourceUsage().maxRSS;
    const error = await read(ways[way], path, chance, medium.isEndless === true);
    const grown = (process.resourceUsage().maxRSS - before) / 1024;
    must(grown < 1500, "growth", `reading it took ${Math.round(grown)} MB`);
    if (!isChanged && (way !== "decodePicture" || isJpegOrPng(path))) checkExpected(medium, way, error, isFile);
    if (error === undefined || error === aborted) return;
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
} // prettier-ignore

/** @throws Finding where what can be read was refused, or a clip was made of what cannot: of a folder that may leave out what is broken. */
function checkExpected(/** @type {Medium} */ { expect: expected }, /** @type {string} */ way, /** @type {any} */ error, /** @type {boolean} */ isFile) {
  if (expected === "frames" && error) throw new Finding("lost", `what can be read was refused: ${error}`, error);
  const mustFail = expected === "error" && way === "readClip" && isFile;
  must(!mustFail || error, "lost", "frames were read of what has none");
} // prettier-ignore

/** The kinds that `decodePicture` takes, by their first bytes; a name may say otherwise. */
const isJpegOrPng = (/** @type {string} */ path) =>
  /^(\xff\xd8\xff|\x89PNG)/.test(readFileSync(path).toString("latin1", 0, 4));

/** Links in a circle lead to no file. */
function isPlainFile(/** @type {string} */ path) {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

const aborted = new Error("aborted by the case");

/** Reads, and gives the error. What does not end of itself is aborted, or has a limit. @returns {Promise<any>} */
async function read(/** @type {(typeof ways)[string]} */ way, /** @type {string} */ path, /** @type {Chance} */ chance, /** @type {boolean} */ isEndless) {
  const isAborted = isEndless && oneIn(chance, 2);
  const controller = new AbortController();
  const timer = isAborted && setTimeout(() => controller.abort(aborted), 1000);
  try {
    await way(path, chance, { signal: controller.signal, ...(isEndless && !isAborted && { maxSeconds: 0.5 }) });
    return undefined;
  } catch (error) {
    return error;
  } finally {
    clearTimeout(timer || undefined);
  }
} // prettier-ignore
