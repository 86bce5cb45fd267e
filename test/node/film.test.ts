import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FileError } from "../../src/index.js";
import { type Clip, MissingProgramError, probe, readClip, readFrames } from "../../src/node/index.js";
import { ffmpeg, ffv1, greys, hasFfmpeg, lossless, numbersOf, turnClockwise } from "../support/films.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const folder = temporaryFolder("film");
const at = (name: string) => join(folder, name);

/** What is seen at each of a clip's times, of frames that begin at `begins`. */
const seenAt = ({ times }: Clip, begins: number[]) =>
  times.map((time) => begins.findLastIndex((begin) => begin <= time + 1e-6));

async function numbersAt(path: string, options: Parameters<typeof readFrames>[1]) {
  const found: [seconds: number, frame: number][] = [];
  for await (const { timeSeconds, rgb } of readFrames(path, { size: 2, ...options })) {
    found.push([timeSeconds, rgb[0] / 5]);
  }
  return found;
}

async function childrenRunning(): Promise<number> {
  for (let i = 0; i < 5; i++) await new Promise(setImmediate); // Node forgets a child that has ended a little later
  return process.getActiveResourcesInfo().filter((name) => name === "ProcessWrap").length;
}

const cases: Record<string, () => Promise<void>> = {
  "frames stand in the middle of equal parts": async () => {
    ffmpeg(...greys(20), ...lossless, at("even.mov"));
    const clip = await readClip(at("even.mov"), { frames: 8, size: 4 });
    expect(clip.times).toEqual([0.125, 0.375, 0.625, 0.875, 1.125, 1.375, 1.625, 1.875]);
    expect(numbersOf(clip)).toEqual([1, 3, 6, 8, 11, 13, 16, 18]);
    expect({ ...clip, frames: clip.frames.length, times: [] }).toEqual({
      path: at("even.mov"),
      kind: "film",
      frames: 8 * 4 * 4 * 3,
      shape: [8, 4, 4, 3],
      times: [],
      width: 32,
      height: 24,
      durationSeconds: 2,
    });
    expect(await probe(at("even.mov"))).toEqual({
      path: at("even.mov"),
      kind: "film",
      width: 32,
      height: 24,
      durationSeconds: 2,
      framesPerSecond: 10,
      numFrames: 20,
    });
  },

  "as many frames as the film has are all of them; more repeat them; on a border the one that begins": async () => {
    ffmpeg(...greys(20), ...lossless, at("all.mov"));
    const numbers = async (frames: number) => numbersOf(await readClip(at("all.mov"), { frames, size: 2 }));
    expect(await numbers(20)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(await numbers(40)).toEqual(Array.from({ length: 40 }, (_, i) => i >> 1));
    expect(await numbers(5)).toEqual([2, 6, 10, 14, 18]);
    expect(await numbers(1)).toEqual([10]);
  },

  "progress is told frame by frame": async () => {
    ffmpeg(...greys(5), ...lossless, at("progress.mov"));
    const told: string[] = [];
    await readClip(at("progress.mov"), { frames: 3, size: 2, onProgress: (...counts) => told.push(counts.join("/")) });
    expect(told).toEqual(["1/3", "2/3", "3/3"]);
  },

  "with a variable rate, each time shows what is seen then": async () => {
    // Ten frames in the first second, then one every half.
    const begins = Array.from({ length: 20 }, (_, i) => (i < 10 ? i : 10 + (i - 10) * 5) / 10);
    const varying = greys(20, "setpts='if(lt(N,10),N,10+(N-10)*5)/10/TB'");
    ffmpeg(...varying, ...ffv1, at("varying.mkv"));
    for (const frames of [7, 32, 100]) {
      const clip = await readClip(at("varying.mkv"), { frames, size: 2 });
      expect(clip.durationSeconds).toBeGreaterThanOrEqual(5.5);
      expect(numbersOf(clip)).toEqual(seenAt(clip, begins));
    }
  },

  "a film that is to be turned comes upright": async () => {
    ffmpeg("-f", "lavfi", "-i", "color=red:s=32x24:r=10:d=0.3,pad=64:24:0:0:blue", ...lossless, at("portrait.mov"));
    turnClockwise(at("portrait.mov"));
    const clip = await readClip(at("portrait.mov"), { frames: 1, size: 4 });
    expect([clip.width, clip.height]).toEqual([24, 64]);
    const rows = [0, 1, 2, 3].map((y) => Array.from(clip.frames.subarray(y * 12, y * 12 + 3)));
    for (const [y, row] of rows.entries()) {
      (y < 2 ? [255, 0, 0] : [0, 0, 255]).forEach((value, c) => expect(Math.abs(row[c] - value)).toBeLessThan(4));
    }
    expect(await probe(at("portrait.mov"))).toMatchObject({ width: 24, height: 64 });
  },

  "odd sizes are cropped and averaged as pictures are, to a level": async () => {
    for (const size of ["133x77", "31x95", "5x3"]) {
      ffmpeg("-f", "lavfi", "-i", `testsrc=s=${size}:r=10:d=0.1`, ...lossless, at("odd.mov"));
      ffmpeg("-i", at("odd.mov"), "-frames:v", "1", at("odd.png"));
      for (const side of [3, 16, 77, 120]) {
        const [film, picture] = await Promise.all(
          ["odd.mov", "odd.png"].map((name) => readClip(at(name), { frames: 1, size: side })),
        );
        const differences = film.frames.map((value, i) => Math.abs(value - picture.frames[i]));
        expect(Math.max(...differences), `${size} to ${side}`).toBeLessThanOrEqual(1);
      }
    }
  },

  "where pixels are wider than high, the square is one on the screen": async () => {
    // 32 x 24 pixels, twice as wide as high: seen as 64 x 24, of which the middle is 12 pixels wide.
    const bars = "drawbox=x=10:w=12:h=24:color=red:t=fill,setsar=2";
    ffmpeg("-f", "lavfi", "-i", `color=blue:s=32x24:r=10:d=0.1,${bars}`, ...lossless, at("wide.mov"));
    const { frames } = await readClip(at("wide.mov"), { frames: 1, size: 12 });
    for (let i = 0; i < frames.length; i += 3) expect(frames[i]).toBeGreaterThan(240);
  },

  "a film of one frame repeats it": async () => {
    ffmpeg(...greys(4, "select=eq(n\\,3)"), "-frames:v", "1", ...lossless, at("one.mov"));
    expect(numbersOf(await readClip(at("one.mov"), { frames: 4, size: 2 }))).toEqual([3, 3, 3, 3]);
    ffmpeg(...greys(4, "select=eq(n\\,3)"), "-frames:v", "1", at("one.bmp"));
    expect(numbersOf(await readClip(at("one.bmp"), { frames: 4, size: 2 }))).toEqual([3, 3, 3, 3]);
  },

  "a film that does not say how long it is gets measured": async () => {
    const recorded = [...ffv1, "-f", "matroska", "pipe:1"];
    writeFileSync(at("recorded.mkv"), ffmpeg(...greys(20), ...recorded));
    expect((await probe(at("recorded.mkv"))).durationSeconds).toBeUndefined();
    const clip = await readClip(at("recorded.mkv"), { frames: 8, size: 2 });
    expect(clip.durationSeconds).toBeCloseTo(2, 2);
    expect(numbersOf(clip)).toEqual([1, 3, 6, 8, 11, 13, 16, 18]);
  },

  "a stream that begins late and ends before the sound counts for as long as it is seen": async () => {
    const sound = ["-f", "lavfi", "-i", "sine=d=6"];
    const late = [...greys(20).slice(0, 2), "-itsoffset", "1", ...greys(20).slice(2)];
    ffmpeg(...sound, ...late, "-map", "0", "-map", "1", "-c:a", "pcm_s16le", ...ffv1, at("late.mkv"));
    const clip = await readClip(at("late.mkv"), { frames: 4, size: 2 });
    clip.times.forEach((time, i) => expect(time).toBeCloseTo([1.25, 1.75, 2.25, 2.75][i], 3));
    expect(numbersOf(clip)).toEqual([2, 7, 12, 17]);
  },

  "frames far apart are gone to, and are those that decoding all would show": async () => {
    const small = ["-c:v", "mpeg4", "-q:v", "2", "-g", "70", "-bf", "2"];
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=32x24:r=10:d=90", ...small, at("long.mp4"));
    const { frames, times } = await readClip(at("long.mp4"), { frames: 4, size: 16 });
    expect(times).toEqual([11.25, 33.75, 56.25, 78.75]);
    let i = 0;
    for await (const { timeSeconds, rgb } of readFrames(at("long.mp4"), { rate: 1 / 22.5, from: 0.45, size: 16 })) {
      expect(timeSeconds).toBeCloseTo(0.45 + i * 22.5, 6);
      i++;
      expect(rgb.length).toBe(768);
    }
    expect(i).toBe(4);
    const byRate: Uint8Array[] = [];
    for await (const { timeSeconds, rgb } of readFrames(at("long.mp4"), { rate: 4, size: 16 })) {
      if (times.includes(timeSeconds)) byRate.push(rgb);
    }
    expect(Buffer.concat(byRate).equals(frames)).toBe(true);
  },

  "readFrames gives a rate, from the first second that is asked for to before the last": async () => {
    ffmpeg(...greys(50), ...lossless, at("rate.mov"));
    expect(await numbersAt(at("rate.mov"), { rate: 2, from: 0.5, to: 2 })).toEqual([[0.5, 5], [1, 10], [1.5, 15]]); // prettier-ignore
    const toTheEnd = await numbersAt(at("rate.mov"), { rate: 4, from: 3.25 });
    expect(toTheEnd.map(([, frame]) => frame)).toEqual([32, 35, 37, 40, 42, 45, 47]);
    expect((await numbersAt(at("rate.mov"), { rate: 20, to: 0.3 })).map(([, frame]) => frame)).toEqual([0, 0, 1, 1, 2, 2]); // prettier-ignore
    expect(await numbersAt(at("rate.mov"), { rate: 1, from: 9 })).toEqual([]);
    expect(await numbersAt(at("rate.mov"), { rate: 1, from: 2, to: 2 })).toEqual([]);
  },

  "who stops reading, or aborts, leaves no process behind": async () => {
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=320x240:r=25:d=60", "-c:v", "mpeg4", at("minute.mp4"));
    const listeners = process.listenerCount("exit");
    for await (const { rgb } of readFrames(at("minute.mp4"), { rate: 25 })) {
      expect(rgb.length).toBe(224 * 224 * 3);
      expect(await childrenRunning()).toBe(1);
      break;
    }
    expect(await childrenRunning()).toBe(0);
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error("enough"));
    const options = { frames: 1000, signal: controller.signal, onProgress };
    await expect(readClip(at("minute.mp4"), options)).rejects.toThrow("enough");
    expect(await childrenRunning()).toBe(0);
    await expect(probe(at("minute.mp4"), { signal: controller.signal })).rejects.toThrow("enough");
    expect(process.listenerCount("exit")).toBe(listeners);
  },

  "names that look like options, protocols or patterns are files": async () => {
    ffmpeg(...greys(3), ...lossless, at("plain.mov"));
    const before = process.cwd();
    process.chdir(folder);
    try {
      for (const name of ["-y.mov", "concat:a|b.mov", "pipe:0", "100%03d 'of\" it.mov", "ümläut [1].mov"]) {
        writeFileSync(name, readFileSync("plain.mov"));
        expect(numbersOf(await readClip(name, { frames: 3, size: 2 })), name).toEqual([0, 1, 2]);
      }
    } finally {
      process.chdir(before);
    }
  },

  "what is broken, or no film, is one line that says what": async () => {
    const front = [...greys(40, "noise=alls=90", "64x48"), ...lossless, "-movflags", "+faststart"];
    ffmpeg(...front, at("whole.mov"));
    const whole = readFileSync(at("whole.mov"));
    writeFileSync(at("half.mov"), whole.subarray(0, whole.length / 2));
    writeFileSync(at("head.mov"), whole.subarray(0, 600));
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", at("sound.wav"));
    writeFileSync(at("list.mp4"), "ffconcat version 1.0\nfile 'whole.mov'\n");
    writeFileSync(at("diary.mp4"), "Dear diary\n");
    writeFileSync(at("art.txt"), "Dear diary\n".repeat(100));
    for (const [name, line] of [
      ["half.mov", /: cut off: it ends after [12]\.\d of 4\.0 s \(.+\); try another copy of it\.$/],
      ["head.mov", /: no film that ffmpeg can read \(.+\); try another copy of it\.$/],
      ["sound.wav", /: it has no video stream; expected a film\.$/],
      ["list.mp4", /: a list of other files; pass one of these\.$/],
      ["diary.mp4", /: no film that ffmpeg can read \(.+\); try another copy of it\.$/],
      ["art.txt", /: (a text file; expected a film or a picture|no film that ffmpeg can read .*)\.$/],
    ] as const) {
      const error = await readClip(at(name), { frames: 8, size: 8 }).catch((reason: Error) => reason);
      expect(error).toMatchObject({ name: "FileError", message: expect.stringMatching(line) });
      expect((error as Error).message.startsWith(`${at(name)}: `)).toBe(true);
      expect((error as Error).message).not.toMatch(/\n| @ 0x/);
    }
    let count = 0;
    const reading = (async () => {
      for await (const { rgb } of readFrames(at("half.mov"), { rate: 10, size: 2 })) count += rgb.length / 12;
    })();
    await expect(reading).rejects.toThrow(/half\.mov: cut off: it ends after/);
    expect(count).toBeGreaterThan(15);
  },
};

describe("films", () => {
  if (hasFfmpeg) for (const [name, body] of Object.entries(cases)) test(name, body);
  else console.log(`films: ffmpeg is not there; ${Object.keys(cases).length} cases did not run`);

  test("without ffmpeg, the error says how to install it", async () => {
    writeFileSync(at("any.mp4"), "not looked at");
    const before = process.env.PATH;
    process.env.PATH = folder;
    try {
      const line =
        /any\.mp4: films are read with ffprobe, which is not installed; get it with "apt install ffmpeg".*brew.*winget/;
      await expect(readClip(at("any.mp4"))).rejects.toThrow(line);
      await expect(probe(at("any.mp4"))).rejects.toBeInstanceOf(MissingProgramError);
      await expect(probe(at("any.mp4"))).rejects.toBeInstanceOf(FileError);
    } finally {
      process.env.PATH = before;
    }
  });

  test("options are checked", async () => {
    await expect(readClip("a.mp4", { frame: 3 } as object)).rejects.toThrow('did you mean "frames"?');
    await expect(readClip("a.mp4", { frames: 0 })).rejects.toThrow("readClip: frames is 0; expected a whole number");
    await expect(readClip("a.mp4", { size: 2.5 })).rejects.toThrow("readClip: size is 2.5;");
    await expect(readFrames("a.mp4", { rate: 0 }).next()).rejects.toThrow("readFrames: rate is 0; expected");
  });
});
