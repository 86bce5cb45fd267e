// Training on a folder, the parts that need no network: half floats, windows, splits, the verdict.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cacheFolder } from "../../../src/cli/train/cacheFolder.js";
import { draws } from "../../../src/cli/train/fitting.js";
import { toHalves } from "../../../src/cli/train/halves.js";
import { halfFloats } from "../../../src/formats/index.js";
import { userCacheFolder } from "../../../src/node/index.js";
import { splitClips } from "../../../src/cli/train/split.js";
import { verdictOn } from "../../../src/cli/train/verdict.js";
import {
  type Clip,
  drawWindows,
  evenWindows,
  numIndependent,
  type Part,
  windowsPerEpoch,
} from "../../../src/cli/train/windows.js";

describe("half floats", () => {
  test("every half float is converted to a number and back without change", () => {
    const all = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i).filter((half) => ((half >> 10) & 0x1f) < 0x1f);
    const again = toHalves(halfFloats(all));
    expect(again.filter((half, i) => half !== all[i])).toEqual(new Uint16Array([0])); // -0 is stored as 0
  });

  test("rounds to the nearest value, ties to even, and not beyond the largest", () => {
    const given = [1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 + 2 ** -11 + 2 ** -20, 6, 2 ** -25, 3 * 2 ** -25, 1e6, -1e6];
    const expected = [1, 1 + 2 ** -9, 1 + 2 ** -10, 6, 0, 2 ** -23, 65504, -65504];
    expect([...halfFloats(toHalves(Float32Array.from(given)))]).toEqual(expected);
  });
});

test("the cache is in the folder that is usual on the system", () => {
  const at = (platform: string, env: Record<string, string>) =>
    join(userCacheFolder({ platform, env, home: "/home-of-me" }), "features");
  expect(at("linux", { XDG_CACHE_HOME: "/elsewhere" })).toBe(join("/elsewhere", "zoetrope", "features"));
  expect(at("linux", { XDG_CACHE_HOME: "relative" })).toBe(at("linux", {}));
  expect(cacheFolder()).toBe(join(userCacheFolder(), "features"));
  expect(at("linux", {})).toBe(join("/home-of-me", ".cache", "zoetrope", "features"));
  expect(at("darwin", {})).toBe(join("/home-of-me", "Library", "Caches", "zoetrope", "features"));
  expect(at("win32", { LOCALAPPDATA: "/local" })).toBe(join("/local", "zoetrope", "features"));
});

const clip = (label: number, numFrames: number, name = `${label}-${numFrames}`): Clip => ({
  path: name,
  label,
  isWhole: false,
  features: { path: name, elements: 1, numFrames },
});
const whole = (one: Clip): Part => ({ clip: one, from: 0, to: one.features.numFrames });

describe("windows", () => {
  test("for training are equally many for each class, within their parts, spread over them, and new in each epoch", async () => {
    const parts = [whole(clip(0, 100)), { clip: clip(1, 40), from: 10, to: 30 }, whole(clip(1, 7)), whole(clip(1, 8))];
    const epochs: string[] = [];
    for (const epoch of [1, 2, 1]) {
      const windows = drawWindows(parts, 8, 20, await draws(3, epoch, 80));
      expect([0, 1].map((label) => windows.filter((one) => one.clip.label === label).length)).toEqual([20, 20]);
      for (const { clip: own, start } of windows) {
        const part = parts.find((candidate) => candidate.clip === own)!;
        expect(start).toBeGreaterThanOrEqual(part.from);
        expect(start + 8).toBeLessThanOrEqual(part.to);
      }
      const starts = windows.filter((one) => one.clip.label === 0).map(({ start }) => start);
      starts.sort((a, b) => a - b).forEach((start, i) => expect(Math.abs(start - (93 / 20) * i)).toBeLessThan(93 / 20));
      epochs.push(windows.map((one) => `${one.clip.path}@${one.start}`).join());
      expect(windows.some((one) => one.clip.features.numFrames === 7)).toBe(false); // shorter than a window
      expect(windows.some((one) => one.clip.features.numFrames === 8)).toBe(true);
    }
    expect(epochs[0]).not.toBe(epochs[1]);
    expect(epochs[2]).toBe(epochs[0]);
  });

  test("for testing start half a window apart, and those that share no frame are counted", () => {
    const parts = [{ clip: clip(0, 50), from: 20, to: 43 }, whole(clip(1, 8))];
    expect(evenWindows(parts, 8).map(({ start }) => start)).toEqual([20, 24, 28, 32, 0]);
    expect(numIndependent(parts, 8)).toBe(3);
  });

  test("an epoch sees each frame about once, within bounds", () => {
    expect(windowsPerEpoch([whole(clip(0, 1600))], 8)).toBe(200);
    expect(windowsPerEpoch([whole(clip(0, 8))], 8)).toBe(128);
    expect(windowsPerEpoch([whole(clip(0, 160_000))], 8)).toBe(1024);
  });
});

describe("what is held out", () => {
  const window = { frames: 8, windowSeconds: 1 };
  const classes = ["left", "right"];

  test("is a quarter of each class's clips where each has two or more", async () => {
    const clips = [...Array.from({ length: 8 }, (_, i) => clip(0, 10, `a${i}`)), clip(1, 10, "b0"), clip(1, 10, "b1")];
    const { train, test: held, unit, text } = splitClips(clips, classes, window, await draws(1, 0, 10));
    const labels = (parts: Part[]) => parts.map((part) => part.clip.label).sort((a, b) => a - b);
    expect(labels(held)).toEqual([0, 0, 1]);
    expect(labels(train)).toEqual([0, 0, 0, 0, 0, 0, 1]);
    expect(new Set([...train, ...held].map((part) => part.clip)).size).toBe(10);
    expect([unit, text]).toEqual(["clip", expect.stringContaining("by clip: trained on 7, tested on 3")]);
    const other = splitClips(clips, classes, window, await draws(2, 0, 10));
    expect(other.test.map((part) => part.clip.path)).not.toEqual(held.map((part) => part.clip.path));
  });

  test("is the last quarter after a gap of one window where a class has one clip", async () => {
    const clips = [clip(0, 100), clip(1, 24), clip(1, 23)];
    const { train, test: held, unit } = splitClips(clips, classes, window, await draws(1, 0, 3));
    const spans = (parts: Part[]) => parts.map(({ from, to }) => [from, to]);
    expect(spans(held)).toEqual([[75, 100], [16, 24]]); // prettier-ignore
    expect(spans(train)).toEqual([[0, 67], [0, 8], [0, 23]]); // prettier-ignore
    expect(unit).toBe("window");
  });

  test("is refused for a single clip that is too short", async () => {
    const draw = await draws(1, 0, 2);
    expect(() => splitClips([clip(0, 100), clip(1, 23)], classes, window, draw)).toThrow(
      /^class "right": its only clip gives 23 frames, and 24 are needed \(3 s: .*add clips, .*--test/,
    );
  });
});

test.each([
  [{ convLstm: 0.97, meanOfFrames: 0.5, independent: 40 }, /^Order matters: .*which hardly tells the classes apart\.$/],
  [{ convLstm: 0.99, meanOfFrames: 0.82, independent: 60 }, /^Order matters: .*though single frames tell much/],
  [{ convLstm: 1, meanOfFrames: 1, independent: 40 }, /^Decided by single frames: .*does as well\.$/],
  [{ convLstm: 0.97, meanOfFrames: 0.95, independent: 40 }, /^Decided by single frames/],
  [{ convLstm: 1, meanOfFrames: 1, independent: 4 }, /^Decided.*\(Only 4 windows that share no frame were held out/],
  [{ convLstm: 0.75, meanOfFrames: 0.5, independent: 2 }, /^Too few windows were held out/],
  [{ convLstm: 0.5, meanOfFrames: 0.55, independent: 40 }, /^Neither is far from chance \(50 %\)/],
])("the verdict on %j", (accuracies, expected) => {
  expect(verdictOn({ ...accuracies, classes: 2, unit: "window" })).toMatch(expected);
});
