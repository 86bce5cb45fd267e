import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { showCache } from "../../src/cli/cache.js";
import { userCacheFolder } from "../../src/node/index.js";

let home: string;
let folder: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "zoetrope-cache-"));
  for (const name of ["HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"]) vi.stubEnv(name, home);
  folder = userCacheFolder();
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

const hash = "0123456789abcdef".repeat(4);

/** Writes files of so many bytes. */
function write(files: Record<string, number>): void {
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), new Uint8Array(bytes));
  }
}

/** Makes a file look as if it was written to more than a day ago. */
function leave(name: string): void {
  const yesterday = Date.now() / 1000 - 25 * 3600;
  utimesSync(join(folder, name), yesterday, yesterday);
}

async function cache(clear = false) {
  let text = "";
  const { json } = await showCache({ write: (more: string) => (text += more) }, clear);
  return { text, json: json as Record<string, unknown> };
}

test("an empty cache, or none, is said to be empty", async () => {
  for (const clear of [false, true]) {
    const { text, json } = await cache(clear);
    expect(text).toBe(`${folder}: nothing is kept there.\n`);
    expect(json).toEqual({ folder, files: 0, bytes: 0, deleted: clear });
    mkdirSync(join(folder, "features"), { recursive: true });
  }
  expect(existsSync(folder)).toBe(true); // made after it was cleared
});

test("the kinds that are there are listed with their sizes, and deleted; all other files stay", async () => {
  const parts = {
    [`features/${hash}.features.12@0123abcd-x1.part`]: 300,
    [`features/${hash}.features.free-1x.part`]: 200,
  };
  const features = { [`features/${hash}.features`]: 2_000_000, ...parts };
  const others = { "notes.txt": 9, "mobilenet.h5": 9, "mobilenet_2_5_128_tf.h5.bak": 9, [`${hash}.features`]: 9 };
  const checkpoints = { [`features/${hash}.checkpoint`]: 40, [`features/${hash}.checkpoint.previous`]: 30, [`features/${hash}.checkpoint.k3x.part`]: 20 }; // prettier-ignore
  write({ ...features, ...checkpoints, ...others, "features/mine.features": 9 });
  const { text, json } = await cache();
  expect(text.split("\n")).toEqual([
    `${folder}: 6 files, 2.0 MB`,
    "  features        3 files      2.0 MB  of the clips that train has read; computed again when needed",
    "  checkpoints     3 files      0.1 KB  of trainings that were interrupted; the same commands go on from them",
    "To delete them: zoetrope cache clear",
    "",
  ]);
  expect(json).toEqual({
    folder,
    files: 6,
    bytes: 2_000_590,
    features: { files: 3, bytes: 2_000_500 },
    checkpoints: { files: 3, bytes: 90 },
    deleted: false,
  });

  const part = "mobilenet_1_0_192_tf-0123456789abcdef.h5.k3x.part";
  write({ "mobilenet_2_5_128_tf_no_top.h5": 1500, [part]: 1 });
  const unfinished = [`features/${hash}.features.12@0123abcd-x1.part`, `features/${hash}.checkpoint.k3x.part`, part];
  unfinished.forEach(leave); // for longer than a run writes
  const cleared = await cache(true);
  expect(cleared.text).toMatch(
    /: 8 files, 2\.0 MB\n {2}weights +2 files +1\.5 KB .*\n {2}features .*\n {2}checkpoints .*\nDeleted\.\n$/,
  );
  expect(cleared.json).toMatchObject({ files: 8, weights: { files: 2, bytes: 1501 }, deleted: true });
  expect(readdirSync(folder).sort()).toEqual([...Object.keys(others), "features"].sort());
  expect(readdirSync(join(folder, "features"))).toEqual(["mine.features"]);
});

test("unfinished files that a run is writing stay, which is said; those that were left do not", async () => {
  const host = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
  const dead = 2 ** 22 + 1; // no system numbers a process so
  const name = (owner: string) => `features/${hash}.features${owner}.part`;
  const living = ["", `.${process.ppid}-a1`, `.${process.ppid}@${host}-a2`, `.${dead}@0123abcd-a3`].map(name);
  const left = [`.${dead}@${host}-b2`, ".free-b3", `.${process.pid}@${host}-b4`].map(name);
  write(Object.fromEntries([...living, ...left].map((path) => [path, 1000])));
  leave(left[2]);
  const { text, json } = await cache(true);
  expect(text).toMatch(/: 7 files, 7\.0 KB\n.*\nDeleted, but for 4 files that a run is writing, or was within a day\.\n$/);
  expect(json).toMatchObject({ files: 7, deleted: true });
  expect(readdirSync(join(folder, "features")).sort()).toEqual(living.map((path) => path.slice("features/".length)).sort());
}); // prettier-ignore

test("folders that are empty afterwards are removed", async () => {
  write({ [`features/${hash}.features`]: 1, "mobilenet_2_5_128_tf.h5": 1, "mobilenet_2_5_128_tf.h5.sha256": 1 });
  await cache(true);
  expect(existsSync(folder)).toBe(false);
});

// Windows lets only administrators make links.
test.runIf(process.platform !== "win32")("a folder may be a link; a file that is one is not touched", async () => {
  const elsewhere = join(home, "elsewhere");
  mkdirSync(elsewhere);
  for (const name of [`${hash}.features`, "film.mp4"]) writeFileSync(join(elsewhere, name), "12345");
  mkdirSync(folder);
  symlinkSync(elsewhere, join(folder, "features"));
  symlinkSync(join(elsewhere, "film.mp4"), join(folder, "mobilenet_2_5_128_tf.h5"));
  expect((await cache(true)).json).toMatchObject({ files: 1, bytes: 5, deleted: true });
  expect(readdirSync(elsewhere)).toEqual(["film.mp4"]);
  expect(readdirSync(folder).sort()).toEqual(["features", "mobilenet_2_5_128_tf.h5"]);
});

// An administrator may read everything.
test.runIf(process.platform !== "win32" && process.getuid!() !== 0)(
  "a folder that may only be listed is refused",
  async () => {
    write({ [`features/${hash}.features`]: 1 });
    chmodSync(join(folder, "features"), 0o444);
    await expect(cache()).rejects.toThrow(
      `${join(folder, "features")}: cannot be read (EACCES); expected the folder of`,
    );
    chmodSync(join(folder, "features"), 0o755);
  },
);

test("what is no folder is refused", async () => {
  writeFileSync(folder, "a file");
  await expect(cache(true)).rejects.toThrow(`${folder}: cannot be read (ENOTDIR); expected the folder of`);
  expect(existsSync(folder)).toBe(true);
});
