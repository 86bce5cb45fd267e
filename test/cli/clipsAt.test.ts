// Which clips paths on the command line mean.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "fast-png";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clipsAt } from "../../src/cli/clipsAt.js";
import type { Skipped } from "../../src/node/index.js";

let folder: string;
const at = (...names: string[]) => names.map((name) => join(folder, name));
const { signal } = new AbortController();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "zoetrope-clips-"));
  const picture = encode({ width: 2, height: 2, channels: 3, data: new Uint8Array(12) });
  for (const name of ["all/walk", "all/cats", "all/none", "alone"]) mkdirSync(join(folder, name), { recursive: true });
  const pictures = [
    "all/dog.png",
    "all/walk/frame-1.png",
    "all/walk/frame-2.png",
    "all/cats/tabby.png",
    "alone/cat.png",
  ];
  for (const name of pictures) writeFileSync(join(folder, name), picture);
  for (const name of ["all/notes.txt", "all/none/notes.txt"]) writeFileSync(join(folder, name), "notes");
});
afterAll(() => rmSync(folder, { recursive: true }));

async function found(...names: string[]) {
  const skipped: Skipped[] = [];
  return { clips: await clipsAt(at(...names), skipped, signal), skipped: skipped.map(({ path }) => path) };
}

test("a folder of numbered pictures is one clip", async () => {
  expect(await found("all/walk")).toEqual({ clips: at("all/walk"), skipped: [] });
});

test("of another folder, the clips in it and in its subfolders; other files are named once", async () => {
  expect(await found("all")).toEqual({
    clips: at("all/dog.png", "all/walk", "all/cats/tabby.png"),
    skipped: at("all/none", "all/notes.txt"),
  });
});

test("a file is accepted unseen, also one that does not exist: its reader reports that", async () => {
  expect(await found("gone.mp4", "alone")).toEqual({ clips: at("gone.mp4", "alone/cat.png"), skipped: [] });
});
