// The thread that decodes pictures: it can be interrupted, and ends by itself.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { readClip, readFrames } from "../../../src/node/index.js";
import { greyPng, manyScans } from "../../support/pictureFiles.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const folder = temporaryFolder("decoder");
const at = (name: string) => join(folder, name);
const one = { frames: 1, size: 2 };

writeFileSync(at("endless.jpg"), manyScans(65000));
writeFileSync(at("good.png"), greyPng(8, 8, 42));

test("while a picture is decoded other code runs, and a signal ends the work with its reason", async () => {
  const controller = new AbortController();
  const reading = readClip(at("endless.jpg"), { ...one, maxSeconds: 1000, signal: controller.signal });
  let turns = 0;
  const timer = setInterval(() => ++turns === 5 && controller.abort(new Error("enough")), 50);
  await expect(reading).rejects.toThrow(/^enough$/);
  clearInterval(timer);
  expect(turns).toBe(5);
  expect((await readClip(at("good.png"), one)).frames[0]).toBe(42);
});

test("after maxSeconds it ends, and the next picture is decoded", async () => {
  const line = new RegExp(
    `^${at("endless.jpg")}: not decoded after 4\\.2 s; it may be made to keep programs busy; to wait longer, raise maxSeconds, .*ZOETROPE_MAX_SECONDS\\.$`,
  );
  const late = readClip(at("endless.jpg"), { ...one, maxSeconds: 0.2 }); // and four for its four million pixels
  const next = readClip(at("good.png"), one);
  await expect(late).rejects.toThrow(line);
  expect((await next).frames[0]).toBe(42);
}, 30_000);

test("who waits for another picture hears the signal as well", async () => {
  const first = new AbortController();
  const second = new AbortController();
  const before = readClip(at("endless.jpg"), { ...one, signal: first.signal }).catch((error: Error) => error.message);
  const waiting = readClip(at("good.png"), { ...one, signal: second.signal });
  second.abort(new Error("second"));
  await expect(waiting).rejects.toThrow(/^second$/);
  first.abort(new Error("first"));
  expect(await before).toBe("first");
});

test("a signal that was aborted before, or is aborted afterwards, does no harm", async () => {
  const signal = AbortSignal.abort(new Error("before"));
  await expect(readClip(at("good.png"), { ...one, signal })).rejects.toThrow(/^before$/);
  const controller = new AbortController();
  const clip = await readClip(at("good.png"), { ...one, signal: controller.signal });
  controller.abort();
  expect(clip.frames[0]).toBe(42);
});

test("pictures that are read at the same time do not change places", async () => {
  mkdirSync(at("many"));
  const greys = Array.from({ length: 40 }, (_, i) => i * 5);
  greys.forEach((grey, i) => writeFileSync(at(`many/${i}.png`), greyPng(7, 5, grey)));
  const clips = await Promise.all(greys.map((_, i) => readClip(at(`many/${i}.png`), one)));
  expect(clips.map(({ frames }) => frames[0])).toEqual(greys);
  const seen: number[] = [];
  for await (const { rgb } of readFrames(at("many"), { rate: 1, size: 1 })) seen.push(rgb[0]);
  expect(seen).toEqual(greys);
});

test("the process ends by itself after pictures, whether they were read or given up", () => {
  const module = pathToFileURL("dist/node/index.js").href;
  const program = `
    const { readClip } = await import(${JSON.stringify(module)});
    const [good, endless] = ${JSON.stringify([at("good.png"), at("endless.jpg")])};
    const { frames } = await readClip(good, { frames: 1, size: 1 });
    const signal = AbortSignal.timeout(300);
    const told = await readClip(endless, { frames: 1, size: 1, signal }).catch((error) => error.name);
    console.log(frames[0], told);`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    timeout: 60_000,
  });
  expect([stdout.toString(), stderr.toString(), status]).toEqual(["42 TimeoutError\n", "", 0]);
}, 70_000);
