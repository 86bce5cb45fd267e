// The limits of what is read: pixels, seconds, and the kinds of files that are opened; and signals.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ArgumentError, FileError } from "../../src/index.js";
import {
  contentHash,
  decodePicture,
  listClasses,
  listClips,
  MissingProgramError,
  PictureSizeError,
  probe,
  readClip,
  readFrames,
} from "../../src/node/index.js";
import { ffmpeg, ffv1, greys, hasFfmpeg } from "../support/films.js";
import { flatJpeg, gifFile, greyPng } from "../support/pictureFiles.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const folder = temporaryFolder("limits");
const at = (name: string) => join(folder, name);
const small = { frames: 1, size: 1 };

/** Runs `body` with an environment variable. */
async function withVariable(name: string, value: string, body: () => Promise<void>): Promise<void> {
  const before = process.env[name];
  process.env[name] = value;
  try {
    await body();
  } finally {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  }
}

test("a picture of more pixels than the limit is an error that says both, and how to raise it", async () => {
  writeFileSync(at("a.png"), greyPng(40, 30));
  const line = `${at("a.png")}: 40 x 30 pixels, the limit is 1199 in all; raise it with the option maxPixels, for the command with the environment variable ZOETROPE_MAX_PIXELS.`;
  for (const work of [
    () => readClip(at("a.png"), { ...small, maxPixels: 1199 }),
    () => probe(at("a.png"), { maxPixels: 1199 }),
    () => readFrames(at("a.png"), { rate: 1, maxPixels: 1199 }).next(),
  ]) {
    const error = await work().catch((reason: Error) => reason);
    expect(error).toBeInstanceOf(PictureSizeError);
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toBe(line);
  }
  expect((await readClip(at("a.png"), { ...small, maxPixels: 1200 })).width).toBe(40);
  const detached = new Float32Array(2);
  structuredClone(detached, { transfer: [detached.buffer] });
  const wrong = { maxPixels: detached } as never;
  expect(() => decodePicture(greyPng(4, 3), "a.png", wrong)).toThrow(
    "maxPixels is Float32Array; expected a number above 0",
  );
  expect(() => decodePicture(null as never, "a.png")).toThrow("decodePicture: null; expected the bytes of a file");
  expect(() => decodePicture(greyPng(40, 30), "a.png", { maxPixels: 1199 })).toThrow(PictureSizeError);
  expect(decodePicture(greyPng(40, 30), "a.png", { maxPixels: 1200 }).height).toBe(30);
  await withVariable("ZOETROPE_MAX_PIXELS", "1199", async () => {
    await expect(readClip(at("a.png"), small)).rejects.toThrow(line);
    expect((await readClip(at("a.png"), { ...small, maxPixels: 1200 })).width).toBe(40);
  });
});

test("every picture of a folder has the limit", async () => {
  mkdirSync(at("folder"));
  [10, 10, 20].forEach((width, i) => writeFileSync(at(`folder/${i}.png`), greyPng(width, 10)));
  await expect(readClip(at("folder"), { frames: 3, size: 1, maxPixels: 100 })).rejects.toThrow(
    /2\.png: 20 x 10 pixels, /,
  );
  expect(await probe(at("folder"), { maxPixels: 100 })).toMatchObject({ width: 10, numFrames: 3 });
});

test("limits are numbers above 0", async () => {
  await expect(probe("a.png", { maxPixels: 0 })).rejects.toThrow("probe: maxPixels is 0; expected a number above 0.");
  await expect(readClip("a.png", { maxSeconds: NaN })).rejects.toThrow(ArgumentError);
  await expect(probe("a.png", { maxPixel: 3 } as object)).rejects.toThrow('did you mean "maxPixels"?');
  await withVariable("ZOETROPE_MAX_SECONDS", "a\nlot", async () => {
    const line = 'readClip: ZOETROPE_MAX_SECONDS is "a\\u000alot"; expected a number above 0.';
    await expect(readClip("a.png")).rejects.toThrow(line);
  });
});

test("a JPEG that ends early, at whichever byte, is an error of one line", () => {
  const whole = flatJpeg({ width: 40, height: 24, components: 3, orientation: 6 });
  expect(decodePicture(whole, "a.jpg")).toMatchObject({ width: 24, height: 40 });
  for (let length = 0; length < whole.length; length++) {
    expect(() => decodePicture(whole.subarray(0, length), "a.jpg")).toThrow(/^a\.jpg: [^\n]+\.$/);
  }
});

test("a JPEG with a wrong byte, whichever, says nothing of the insides of its decoder", () => {
  const whole = flatJpeg({ width: 40, height: 24, components: 3, orientation: 6 });
  let refusals = 0;
  for (let at = 0; at < whole.length; at++) {
    for (const byte of [0, 1, 127, 255]) {
      const changed = Uint8Array.from(whole);
      changed[at] = byte;
      try {
        decodePicture(changed, "a.jpg", { maxPixels: 10_000 });
      } catch (error) {
        refusals++;
        expect((error as Error).message).not.toMatch(/properties of|is not a function|undefined|Invalid typed array/);
      }
    }
  }
  expect(refusals).toBeGreaterThan(100);
});

test("probe reads the header of a picture and not its pixels", async () => {
  const whole = greyPng(64, 48);
  writeFileSync(at("broken.png"), whole.map((byte, i) => (i === 60 ? byte ^ 255 : byte))); // prettier-ignore
  expect(await probe(at("broken.png"))).toMatchObject({ width: 64, height: 48 });
  await expect(readClip(at("broken.png"))).rejects.toThrow(
    /broken\.png: a broken or unusual PNG \(.*\); try another copy/,
  );
  writeFileSync(at("turned.jpg"), flatJpeg({ width: 20, height: 10, orientation: 6 }));
  expect(await probe(at("turned.jpg"))).toMatchObject({ kind: "picture", width: 10, height: 20 });
});

test("signals reach the listing of folders and the hash", async () => {
  writeFileSync(at("long.bin"), Buffer.alloc(2 ** 23));
  const signal = AbortSignal.abort(new Error("before"));
  for (const work of [listClips(folder, { signal }), listClasses(folder, { signal }), contentHash(at("long.bin"), { signal }), probe(at("a.png"), { signal })]) {
    await expect(work).rejects.toThrow(/^before$/);
  } // prettier-ignore
  const controller = new AbortController();
  const hashing = contentHash(at("long.bin"), { signal: controller.signal });
  setImmediate(() => controller.abort(new Error("enough")));
  await expect(hashing).rejects.toThrow(/^enough$/);
  const listing = listClips(folder, { signal: controller.signal });
  await expect(listing).rejects.toThrow(/^enough$/);
});

describe.skipIf(process.platform === "win32")("files that are none", () => {
  test("a pipe is not waited for", async () => {
    mkdirSync(at("pipes"));
    spawnSync("mkfifo", [at("pipes/1.mp4"), at("pipes/2.gif")]);
    expect(await listClips(at("pipes"))).toEqual({
      clips: [],
      skipped: ["1.mp4", "2.gif"].map((name) => ({ path: at(`pipes/${name}`), reason: "neither a file nor a folder" })),
    });
    await expect(contentHash(at("pipes/1.mp4"))).rejects.toThrow(/1\.mp4: neither a file nor a folder; /);
    await expect(readClip(at("pipes"))).rejects.toThrow(/2\.gif: neither a file nor a folder; /);
  });

  test("a program that gives nothing is stopped", async () => {
    mkdirSync(at("programs"));
    for (const name of ["ffprobe", "ffmpeg"]) writeFileSync(at(`programs/${name}`), "#!/bin/sh\nexec /bin/sleep 300\n");
    for (const name of ["ffprobe", "ffmpeg"]) chmodSync(at(`programs/${name}`), 0o755);
    writeFileSync(at("a.mp4"), "film");
    writeFileSync(at("a.gif"), gifFile(1));
    await withVariable("PATH", at("programs"), async () => {
      const line =
        /a\.mp4: ffprobe gave nothing for 0\.2 s; it may be made to keep programs busy; .*ZOETROPE_MAX_SECONDS\.$/;
      await expect(probe(at("a.mp4"), { maxSeconds: 0.2 })).rejects.toThrow(line);
      await expect(probe(at("a.gif"), { maxSeconds: 0.2 })).rejects.toThrow(/a\.gif: ffmpeg gave nothing for 0\.2 s; /);
      const controller = new AbortController();
      const probing = probe(at("a.mp4"), { signal: controller.signal });
      setTimeout(() => controller.abort(new Error("enough")), 100);
      await expect(probing).rejects.toThrow(/^enough$/);
    });
    await withVariable("PATH", at("pipes"), async () => {
      await expect(readClip(at("a.gif"))).rejects.toBeInstanceOf(MissingProgramError);
    });
  });
});

describe.skipIf(!hasFfmpeg)("with ffmpeg", () => {
  test("frames of a film have the limit, and so have pictures that ffmpeg decodes", async () => {
    ffmpeg(...greys(3), ...ffv1, at("film.mkv"));
    const line = /film\.mkv: 32 x 24 pixels, the limit is 767 in all; raise it with the option maxPixels, /;
    for (const work of [probe, readClip]) await expect(work(at("film.mkv"), { maxPixels: 767 })).rejects.toThrow(line);
    expect((await probe(at("film.mkv"), { maxPixels: 768 })).width).toBe(32);
    for (const name of ["a.webp", "a.bmp", "a.tiff"]) {
      if (spawnSync("ffmpeg", ["-v", "error", "-i", at("film.mkv"), "-frames:v", "1", at(name)]).status !== 0) continue;
      await expect(readClip(at(name), { maxPixels: 767 }), name).rejects.toThrow(PictureSizeError);
      expect(await readClip(at(name), { ...small, maxPixels: 768 }), name).toMatchObject({
        kind: "picture",
        width: 32,
      });
    }
    writeFileSync(at("wide.gif"), gifFile(1, 300, 100));
    await expect(readClip(at("wide.gif"), { maxPixels: 29_999 })).rejects.toThrow(/: 300 x 100 pixels, /);
  });

  test("bitmaps and TIFF are pictures, also numbered ones, and TIFF is turned upright", async () => {
    mkdirSync(at("numbered"));
    for (const name of ["1.bmp", "2.tif", "3.TIFF"]) ffmpeg(...greys(1), "-frames:v", "1", "-f", "image2", "-c:v", name.endsWith("p") ? "bmp" : "tiff", at(`numbered/${name}`)); // prettier-ignore
    expect(await probe(at("numbered"))).toEqual({ path: at("numbered"), kind: "pictures", width: 32, height: 24, numFrames: 3 }); // prettier-ignore
    expect((await readClip(at("numbered"), { frames: 3, size: 2 })).times).toEqual([0, 1, 2]);
  });

  test("what ffmpeg says of a file stays one line, without codes of a terminal", async () => {
    const name = "\u001b[2J\nred.mkv";
    writeFileSync(at(name), Buffer.alloc(3000, 0x1b));
    const { message } = (await readClip(at(name)).catch((error: Error) => error)) as Error;
    expect(message).toContain("\\u001b[2J\\u000ared.mkv: ");
    expect(message).not.toMatch(/[\x00-\x1f]/);
  });
});
