// The store of features: what they are kept under, what happens to it when processes are killed, disks are full, films change.
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from "node:fs"; // prettier-ignore
import { join } from "node:path";
import { encode } from "fast-png";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type Films, realFilms } from "../../../src/cli/films.js";
import { CacheError } from "../../../src/cli/train/cacheError.js";
import { FeatureWriter } from "../../../src/cli/train/featureFile.js";
import { RandomStream } from "../../../src/random.js";
import { openHandles } from "../../support/openHandles.js";
import { buildProcess } from "../../support/processes/build.js";
import { runProcess } from "../../support/processes/run.js";
import { gather, hashesIn, storedExtractor, storedFilms } from "../../support/storedFilms.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const folder = temporaryFolder("store");
const clips = join(folder, "clips");
const film = (i: number) => join(clips, `film${i}.mp4`);
const numClips = 5;

/** Writes a film of 20 to 24 frames, longer than one group; `first` is in its first frame. */
const writeFilm = (i: number, first = i) =>
  writeFileSync(film(i), [first, ...Array.from({ length: 19 + i }, (_, n) => (7 * n + i) % 200)].join(" "));

let count = 0;
let cache: string;
/** The files of a run that nothing has disturbed. */
let undisturbed: Record<string, string>;
beforeAll(async () => {
  mkdirSync(clips);
  for (let i = 0; i < numClips; i++) writeFilm(i);
  mkdirSync(join(folder, "undisturbed"));
  await gather({ clips, cache: join(folder, "undisturbed") });
  undisturbed = hashesIn(join(folder, "undisturbed"));
});
beforeEach(() => {
  cache = join(folder, `cache${count++}`);
  mkdirSync(cache);
  for (let i = 0; i < numClips; i++) writeFilm(i);
});

/** Whatever has happened, no file may stay open. */
function checkHandles(): void {
  expect(openHandles(folder)).toEqual([]);
}
afterEach(checkHandles);

/** The films, of which `change` may do something at a frame of one of them. */
const withChange = (at: string, frame: number, change: () => void): Films => ({
  ...storedFilms,
  async *readFrames(path, options) {
    let i = 0;
    for await (const each of storedFilms.readFrames(path, options)) {
      if (path === at && i++ === frame) change();
      yield each;
    }
  },
});

test("features are kept by content, sampling, and how they are computed", async () => {
  const { clips: ready, text } = await gather({ clips, cache });
  expect(ready.map(({ features }) => features.numFrames)).toEqual([20, 21, 22, 23, 24]);
  expect(text).toContain("computes the features of 5 clips, about 110 frames:\n");
  const names = new Set(readdirSync(cache));
  renameSync(film(0), join(clips, "renamed.mp4"));
  expect((await gather({ clips, cache })).text).toContain("Features of 5 clips were kept by an earlier run.\n");
  renameSync(join(clips, "renamed.mp4"), film(0));
  for (const other of [{ extractor: storedExtractor("relaxed") }, { sampling: { frames: 4, windowSeconds: 2 } }, { sampling: { frames: 30, windowSeconds: 30 } }]) {
    const { text } = await gather({ clips, cache, ...other });
    expect(text).not.toContain("were kept");
    const added = readdirSync(cache).filter((name) => !names.has(name));
    expect(added.length).toBe(numClips);
    for (const name of added) names.add(name);
  } // prettier-ignore
});

test("a film that changes while it is read is named, and nothing is kept of it", async () => {
  const films = withChange(film(1), 3, () => writeFilm(1, 99));
  const { clips: ready, skipped } = await gather({ clips, cache, films });
  expect(ready.length).toBe(4);
  expect(skipped).toEqual([{ path: film(1), reason: "was changed while it was being read; run again when it is complete." }]); // prettier-ignore
  expect(readdirSync(cache).length).toBe(4);
  writeFilm(1);
  await gather({ clips, cache });
  expect(hashesIn(cache)).toEqual(undisturbed);
});

test("a folder of pictures that changes while it is read is named too", async () => {
  const pictures = join(folder, "pictures");
  mkdirSync(join(pictures, "a"), { recursive: true });
  const grey = (n: number) => encode({ width: 4, height: 4, channels: 1, data: new Uint8Array(16).fill(n) });
  for (let i = 0; i < 4; i++) writeFileSync(join(pictures, "a", `${i}.png`), grey(i));
  const films: Films = {
    ...realFilms,
    async *readFrames(path, options) {
      for await (const frame of realFilms.readFrames(path, options)) {
        if (frame.timeSeconds === 2) writeFileSync(join(pictures, "a", "0.png"), grey(99));
        yield frame;
      }
    },
  };
  const { skipped } = await gather({ clips: pictures, cache, films });
  expect(skipped).toEqual([{ path: join(pictures, "a"), reason: "was changed while it was being read; run again when it is complete." }]); // prettier-ignore
  expect(readdirSync(cache)).toEqual([]);
  expect((await gather({ clips: pictures, cache, films })).clips.length).toBe(1);
});

test("a damaged file and one under another's name are computed again, which is said", async () => {
  await gather({ clips, cache });
  const [damaged, one, two] = readdirSync(cache).map((name) => join(cache, name));
  const bytes = readFileSync(damaged);
  bytes[bytes.length / 2] ^= 4;
  writeFileSync(damaged, bytes);
  renameSync(one, `${one}.aside`);
  renameSync(two, one);
  renameSync(`${one}.aside`, two);
  const { text } = await gather({ clips, cache });
  expect(text.match(/^The kept features of .*film\d\.mp4 are damaged; they are computed again\.$/gm)?.length).toBe(1);
  expect(text.match(/^The kept features of .* belong to another clip or build; they are computed again\.$/gm)?.length).toBe(2); // prettier-ignore
  expect(hashesIn(cache)).toEqual(undisturbed);
});

describe("an interrupted run", () => {
  test("is continued: computed groups are not computed again, and the files are the same to the bit", async () => {
    const stop = new AbortController();
    const films = withChange(film(2), 17, () => stop.abort());
    await expect(gather({ clips, cache, films, signal: stop.signal })).rejects.toThrow("aborted");
    const parts = readdirSync(cache).filter((name) => /\.features\.free-\w+\.part$/.test(name));
    expect(parts.length).toBe(1);
    // Three groups of five were computed. As if it had been killed while it wrote the third:
    const length = statSync(join(cache, parts[0])).size;
    truncateSync(join(cache, parts[0]), Math.round((13.5 / 15) * length));
    const extractor = storedExtractor();
    const extract = vi.spyOn(extractor, "extract");
    await gather({ clips, cache, extractor });
    expect(extract.mock.calls.map(([frames]) => frames.length)).toEqual([5, 5, 2, 5, 5, 5, 5, 3, 5, 5, 5, 5, 4]);
    expect(hashesIn(cache)).toEqual(undisturbed);
  });

  test("of a film that was another one then is not continued", async () => {
    const stop = new AbortController();
    const films = withChange(film(2), 17, () => stop.abort());
    const onFound = () => writeFilm(2, 99);
    await expect(gather({ clips, cache, films, signal: stop.signal, onFound })).rejects.toThrow("aborted");
    writeFilm(2);
    await gather({ clips, cache });
    expect(hashesIn(cache)).toEqual(undisturbed);
  });

  test("a signal ends each phase: headers, looking for features, computing them", async () => {
    const signal = AbortSignal.abort(new Error("stop"));
    await expect(gather({ clips, cache, signal })).rejects.toThrow("stop");
    for (const isKept of [false, true]) {
      const stop = new AbortController();
      const onFound = () => stop.abort(new Error("stop"));
      if (isKept) await gather({ clips, cache });
      await expect(gather({ clips, cache, signal: stop.signal, onFound })).rejects.toThrow("stop");
    }
  });
});

test("a full disk ends the run with a line, keeps what is whole, and skips no film for it", async () => {
  const append = FeatureWriter.prototype.append;
  let calls = 0;
  const spy = vi.spyOn(FeatureWriter.prototype, "append").mockImplementation(async function (this: FeatureWriter, ...args) {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write" });
    if (++calls === 7) vi.spyOn(this.file, "write").mockRejectedValue(full);
    return append.apply(this, args);
  }); // prettier-ignore
  const run = gather({ clips, cache });
  await expect(run).rejects.toThrow(/^.*\.features: features cannot be written \(ENOSPC: the disk is full\); make room there, or give another folder with --cache\.$/); // prettier-ignore
  await expect(run).rejects.toThrow(CacheError);
  spy.mockRestore();
  expect(readdirSync(cache).map((name) => name.replace(/^\w+|-\w+/g, "")).sort()).toEqual([".features", ".features.free.part"]); // prettier-ignore
  await gather({ clips, cache });
  expect(hashesIn(cache)).toEqual(undisturbed);
});

test("runs that share a cache do not disturb each other", async () => {
  const runs = await Promise.all([1, 2, 3].map(() => gather({ clips, cache, extractor: storedExtractor("plain", 1) })));
  for (const { clips: ready, skipped } of runs) expect([ready.length, skipped]).toEqual([numClips, []]);
  expect(hashesIn(cache)).toEqual(undisturbed);
});

test("processes that share a cache and are killed at any moment leave nothing that changes a later result", async () => {
  const script = await buildProcess("gatherFeatures", folder);
  const random = new RandomStream(20261130);
  for (let round = 0; round < 5; round++) {
    const killAfter = [1, 2].map(() => 10 + random.integer(250));
    const rests = round === 3; // both may finish then
    const ended = await Promise.all(killAfter.map((ms) => runProcess(script, [clips, cache, "3"], rests ? undefined : ms))); // prettier-ignore
    for (const { err } of ended) expect(err).toBe("");
    if (rests) for (const { code, out } of ended) expect([code, out]).toEqual([0, "begun\n5 clips, 0 skipped\n"]);
    if (rests) expect(hashesIn(cache)).toEqual(undisturbed);
    if (rests) readdirSync(cache).slice(0, 4).forEach((name) => renameSync(join(cache, name), join(folder, name))); // prettier-ignore
  }
  const last = await runProcess(script, [clips, cache, "0"]);
  expect(last).toEqual({ code: 0, out: "begun\n5 clips, 0 skipped\n", err: "" });
  const whole = Object.entries(hashesIn(cache)).filter(([name]) => name.endsWith(".features"));
  expect(Object.fromEntries(whole)).toEqual(undisturbed);
});
