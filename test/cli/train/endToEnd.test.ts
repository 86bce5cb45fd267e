// Training on a folder from end to end, with generated films in place of decoded ones, and the real MobileNet.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { featureShape, loadFeatureExtractor, preprocessFrames } from "../../../src/cli/train/featureExtractor.js";
import type { Films } from "../../../src/cli/films.js";
import { MissingProgramError } from "../../../src/node/index.js";
import { convLstmHead } from "../../../src/cli/train/head.js";
import { predictClips, trainFolder, type TrainOptions, type TrainResult } from "../../../src/cli/train/index.js";
import { loadModel, readMetadata } from "../../../src/formats/index.js";
import { clearNames, FileError } from "../../../src/index.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const folder = temporaryFolder("folder");
const at = (name: string) => join(folder, name);

// ── generated films ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** Frames a second of all generated films; the seconds are in the name of the file: "dark-3s.mp4". */
const rate = 4;
const secondsOf = (path: string) => Number(/(\d+)s/.exec(path)?.[1] ?? 1);

/** One colour a class, a little brighter from frame to frame. */
function frameOf(path: string, at: number, size: number): Uint8Array {
  const [red, blue] = path.includes("red") ? [200, 30] : [30, 200];
  return Uint8Array.from({ length: size * size * 3 }, (_, i) => [red, 20 + (i % 97) + at, blue][i % 3]);
}

function checkFilm(path: string): void {
  if (path.endsWith(".mp4") && !basename(path).startsWith("broken")) return;
  throw new FileError(`${basename(path)}: no film or picture.`);
}

/** Behaves like zoetrope/node; files named "broken" cannot be read, "cut" break off after three frames. */
const films: Films = {
  async listClips(path) {
    return { clips: readdirSync(path).sort().map((name) => join(path, name)), skipped: [] }; // prettier-ignore
  },
  async listClasses(path) {
    const entries = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const names = entries.map(({ name }) => name).sort();
    const classes = await Promise.all(
      names.map(async (name) => ({ name, clips: (await films.listClips(join(path, name))).clips })),
    );
    return { classes, skipped: [] };
  },
  async contentHash(path) {
    return readFileSync(path, "utf8") || basename(path);
  },
  async probe(path) {
    checkFilm(path);
    return { path, kind: "film", width: 64, height: 64, durationSeconds: secondsOf(path) };
  },
  async readClip(path, { frames = 32, size = 224 } = {}) {
    checkFilm(path);
    const made = Array.from({ length: frames }, (_, i) => [...frameOf(path, i, size)]);
    const shape: [number, number, number, 3] = [frames, size, size, 3];
    return { path, kind: "film", frames: Uint8Array.from(made.flat()), shape, times: made.map((_, i) => i), width: 64, height: 64 }; // prettier-ignore
  },
  async *readFrames(path, { size = 224, from = 0, signal }) {
    checkFilm(path);
    for (let i = Math.round(from * rate); i < secondsOf(path) * rate; i++) {
      signal?.throwIfAborted();
      if (path.includes("cut") && i === 3) throw new FileError(`${basename(path)}: cut off after 3 frames.`);
      yield { timeSeconds: i / rate, rgb: frameOf(path, i, size) };
    }
  },
};

/** A folder of empty files; the fakes look at names. `files`: "red/a-3s.mp4". */
function makeFolder(name: string, files: readonly string[]): string {
  for (const file of files) {
    mkdirSync(join(at(name), file, ".."), { recursive: true });
    writeFileSync(join(at(name), file), "");
  }
  return at(name);
}

class FakeScreen {
  text = "";
  constructor(readonly onWrite: (text: string) => void = () => {}) {}
  write(text: string) {
    this.text += text;
    this.onWrite(this.text);
  }
}

/** Windows of four frames, one second. */
const small = { filters: 2, frames: 4, windowSeconds: 1, epochs: 2, cache: at("cache") };
const never = new AbortController().signal;

async function train(options: Partial<TrainOptions> & { folder: string }, screen = new FakeScreen(), signal = never) {
  const result = await trainFolder(screen, { ...small, out: at("model.safetensors"), ...options }, signal, films);
  return { result, text: screen.text };
}

// ── the tests ───────────────────────────────────────────────────────────────────────────────────────────────────────────

describe("a folder of two classes", () => {
  let result: TrainResult;
  let text: string;
  beforeAll(async () => {
    const files = [
      "red/a-1s.mp4",
      "red/b-2s.mp4",
      "red/broken.mp4",
      "red/cut-2s.mp4",
      "blue/a-2s.mp4",
      "blue/short-0s.mp4",
    ];
    ({ result, text } = await train({ folder: makeFolder("colours", files) }));
  });

  test("is learnt, and the output says that single frames suffice", () => {
    expect(result).toMatchObject({ classes: ["blue", "red"], clips: { blue: 2, red: 2 }, unit: "clip", held: 2 });
    expect(result.convLstm.accuracy).toBe(1);
    expect(result.meanOfFrames).toEqual({ accuracy: 1, correct: 2, confusion: [[1, 0], [0, 1]] }); // prettier-ignore
    expect(result.verdict).toMatch(/^Decided by single frames/);
    expect(result.curve.length).toBe(result.epochs);
    expect(result.baselineCurve.at(-1)!.accuracy).toBeGreaterThan(0.9); // both have learnt what they were shown
    expect(text).toContain("Held out by clip: trained on 2, tested on 2 others");
    expect(text).toMatch(/^ {2}ConvLSTM +100\.0 % +2 of 2$/m);
  });

  test("is trained on although some files cannot be read, which are named", () => {
    const skipped = [
      { path: join(at("colours"), "red", "broken.mp4"), reason: "no film or picture." },
      { path: join(at("colours"), "red", "cut-2s.mp4"), reason: "cut off after 3 frames." },
    ];
    expect(result.skipped).toEqual(skipped);
    expect(text).toContain("2 files skipped:");
    for (const { path, reason } of skipped) expect(text).toContain(`  ${path}: ${reason}\n`);
  });

  test("gives a model file that describes itself and takes pixels", async () => {
    const { classifier } = await readMetadata(result.model);
    expect(JSON.parse(classifier)).toEqual({
      ...{ classes: ["blue", "red"], frames: 4, size: 224, windowSeconds: 1, accuracy: 1, baselineAccuracy: 1 },
      split: result.split,
    });
    const model = await loadModel(result.model);
    expect(model.inputs.map(({ shape }) => shape)).toEqual([[null, 4, 224, 224, 3]]);
    expect(model.outputs.map(({ shape }) => shape)).toEqual([[null, 2]]);
  });

  test("gives a report", () => {
    expect(result.report).toBe(at("model.html"));
    expect(readFileSync(result.report, "utf8")).toMatch(/Decided by single frames/);
  });

  test("gives a model that classifies other clips, one line each, with broken ones named", async () => {
    const screen = new FakeScreen();
    const paths = [makeFolder("new", ["red-3s.mp4", "blue-1s.mp4", "broken.mp4"])];
    const { clips, skipped } = await predictClips(screen, { model: result.model, paths }, never, films);
    expect(clips.map(({ path, windows, labels }) => [basename(path), windows, labels[0].label])).toEqual([
      ["blue-1s.mp4", 1, "blue"],
      ["red-3s.mp4", 3, "red"],
    ]);
    expect(clips[0].labels.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 5);
    expect(skipped).toEqual([{ path: join(at("new"), "broken.mp4"), reason: "no film or picture." }]);
    expect(screen.text).toMatch(/red-3s\.mp4 +red \d+\.\d % +blue \d+\.\d % +\(3 windows\)\n/);
    expect(screen.text).toMatch(/broken\.mp4 +skipped: no film or picture\.\n/);
    const terminal = Object.assign(new FakeScreen(), { isTTY: true });
    await predictClips(terminal, { model: result.model, paths }, never, films);
    expect(terminal.text).toContain("0 of 5 windows"); // 1 and 3, and 1 for a file whose header cannot be read
    const none = { model: result.model, paths: [at("new/broken.mp4")] };
    expect(await predictClips(new FakeScreen(), none, never, films)).toEqual({
      clips: [],
      skipped: [{ path: at("new/broken.mp4"), reason: "no film or picture." }],
    });
  });

  test("is not read again by a second run, which gives the same result; damaged features are computed again", async () => {
    const second = await train({ folder: at("colours") });
    expect(second.text).toContain("Features of 4 clips were kept by an earlier run.");
    expect(second.result.convLstm).toEqual(result.convLstm);
    const kept = readdirSync(at("cache"));
    expect(kept.length).toBe(4); // nothing of what was cut off
    const damaged = join(at("cache"), kept[0]);
    const bytes = readFileSync(damaged);
    bytes[1000] ^= 1;
    writeFileSync(damaged, bytes);
    const third = await train({ folder: at("colours"), epochs: 1 });
    expect(third.text).toMatch(/The kept features of .* are damaged; they are computed again\.\n/);
    bytes[1000] ^= 1;
    expect(readFileSync(damaged).equals(bytes)).toBe(true);
  });
});

describe("what was there before and what cannot be written", () => {
  const files = ["red/a-1s.mp4", "red/b-1s.mp4", "blue/c-1s.mp4", "blue/d-1s.mp4"];

  test("an older model is kept, and the report of an earlier run is replaced", async () => {
    const folder = makeFolder("twice", files);
    const out = at("twice.safetensors");
    await train({ folder, out, epochs: 1 });
    const older = readFileSync(out);
    const { text } = await train({ folder, out, epochs: 1, seed: 2 });
    expect(text).toContain(`The older twice.safetensors is kept as ${out}.bak.\n`);
    expect(readFileSync(`${out}.bak`).equals(older)).toBe(true);
    expect(readFileSync(out).equals(older)).toBe(false);
    expect(readdirSync(at("")).filter((name) => name.startsWith("twice."))).toEqual([
      ...["twice.html", "twice.safetensors", "twice.safetensors.bak"],
    ]);
  });

  test("a model that cannot be written at the end is in another place, and the rest is told", async () => {
    const folder = makeFolder("lost", files);
    mkdirSync(at("gone"));
    const out = at("gone/m.safetensors");
    const gone = new FakeScreen((text) => text.includes("Held out") && rmSync(at("gone"), { recursive: true, force: true }));
    const before = process.cwd();
    process.chdir(folder);
    const { result, text } = await train({ folder, out, epochs: 1 }, gone).finally(() => process.chdir(before));
    const kept = join(folder, "m.safetensors");
    expect(result.model).toBe(kept);
    expect(result.problem!.message).toContain(`it is in ${kept} instead.`);
    expect(text).toMatch(/ConvLSTM +\d+\.\d %/);
    expect(text).toContain(`Model: ${kept}\nReport: not written\n`);
    expect(JSON.parse((await readMetadata(kept)).classifier).accuracy).toBe(result.convLstm.accuracy);
  }); // prettier-ignore

  test.each([
    ["m.keras", undefined, "--out m.keras; expected a name that ends in .safetensors, as"],
    ["m", undefined, "--out m; expected a name that ends in .safetensors, as"],
    ["no/m.safetensors", undefined, "no/m.safetensors: the model cannot be written there (ENOENT: its folder does not exist)"],
    [undefined, "r.txt", "--report r.txt; expected a name that ends in .html."],
    [undefined, "no/r.html", "r.html: the report cannot be written there (ENOENT: its folder does not exist)"],
  ])("--out %s --report %s is refused before a clip is read", async (out, report, message) => {
    const screen = new FakeScreen();
    const options = { folder: at("nowhere"), report, out: out ?? at("fine.safetensors") };
    await expect(train(options, screen)).rejects.toThrow(message);
    expect(screen.text).toBe("");
  }); // prettier-ignore

  // Windows lets only administrators make links.
  test.skipIf(process.platform === "win32")("a model that would overwrite a clip is refused", async () => {
    const folder = makeFolder("clips", files);
    symlinkSync(join(folder, "red/a-1s.mp4"), at("link.safetensors"));
    await expect(train({ folder, out: at("link.safetensors") })).rejects.toThrow(
      `${at("link.safetensors")} is the same file as ${join(folder, "red/a-1s.mp4")}, and would be overwritten`,
    );
  });

  test("without ffmpeg nothing is skipped, and what to do is said", async () => {
    const folder = makeFolder("unread", files);
    const message = "a.mp4: films are read with ffprobe, which is not installed; get it with ...";
    const probe = () => Promise.reject(new MissingProgramError(message));
    const options = { ...small, folder, out: at("unread.safetensors") };
    const failed = trainFolder(new FakeScreen(), options, never, { ...films, probe });
    await expect(failed).rejects.toThrow(new MissingProgramError(message));
  });
});

test("the model for pixels and the head for features give the same scores", async () => {
  const extractor = await loadFeatureExtractor();
  const head = convLstmHead({ frames: 2, filters: 3, classes: 4 });
  const frames = [0, 90].map((brightness) => frameOf("red", brightness, 224));
  const { data, shape } = preprocessFrames(frames);
  const [whole, parts] = await Promise.all([
    head.whole(extractor.model).predict({ data, shape: [1, ...shape] }),
    head.model.predict({ data: await extractor.extract(frames), shape: [1, 2, ...featureShape] }),
  ]);
  const expected = await parts.data();
  (await whole.data()).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
  expect(new Set(expected).size).toBe(4);
});

describe("Ctrl-C", () => {
  const files = ["red/long-9s.mp4", "blue/long-10s.mp4"];

  test("keeps the features computed so far; during training, the weights so far", async () => {
    const long = makeFolder("long", files);
    const cache = at("interrupted");
    const out = at("stopped.safetensors");
    const first = new AbortController();
    let looked = 0;
    const slow: Films = {
      ...films,
      async *readFrames(...given) {
        for await (const frame of films.readFrames(...given)) {
          if (++looked === 60) first.abort();
          yield frame;
        }
      },
    };
    const options = { ...small, folder: long, cache, out };
    await expect(trainFolder(new FakeScreen(), options, first.signal, slow)).rejects.toThrow("aborted");
    expect(readdirSync(cache).map((name) => name.replace(/^\w+\.|-\w+/g, "")).sort()).toEqual(["features", "features.free.part"]); // prettier-ignore
    expect(existsSync(out)).toBe(false);

    const second = new AbortController();
    const screen = new FakeScreen((text) => text.includes("epoch 1/2") && second.abort());
    const terminal = Object.assign(screen, { isTTY: true, columns: 80 });
    await expect(trainFolder(terminal, options, second.signal, films)).rejects.toThrow("aborted");
    expect(screen.text).toContain("Features of 1 clip were kept by an earlier run.");
    const kept = at("stopped.stopped.safetensors");
    expect(screen.text).toContain(`: the weights so far are in ${kept}.\n`);
    expect(existsSync(out)).toBe(false); // only a finished model has that name
    const { classifier } = await readMetadata(kept);
    expect(JSON.parse(classifier)).not.toHaveProperty("accuracy");

    expect(screen.text).toContain("The same command goes on from there.\n");
    const isCheckpoint = (name: string) => name.includes(".checkpoint");
    expect(readdirSync(cache).filter(isCheckpoint).length).toBe(1);
    clearNames(); // as in processes of their own
    const { result, text } = await train({ ...options, out: at("continued.safetensors") });
    expect(text).toMatch(/^Goes on after \d+ updates? of an earlier run that was interrupted\.$/m);
    expect(readdirSync(cache).filter(isCheckpoint)).toEqual([]);
    clearNames();
    const undisturbed = await train({ ...options, out: at("undisturbed.safetensors") });
    expect(undisturbed.text).not.toContain("Goes on");
    const numbersOf = ({ curve, baselineCurve, convLstm, meanOfFrames }: TrainResult) => [curve, baselineCurve, convLstm, meanOfFrames]; // prettier-ignore
    expect(numbersOf(result)).toEqual(numbersOf(undisturbed.result));
    const [continued, whole] = ["continued", "undisturbed"].map((name) => readFileSync(at(`${name}.safetensors`)));
    expect(continued.equals(whole)).toBe(true);
  });

  test("with one clip for each class, the last part of each is held out", async () => {
    const { result } = await train({ folder: at("long"), cache: at("interrupted"), epochs: 1 });
    expect(result).toMatchObject({ unit: "window", held: 7, independent: 4 });
    expect(result.split).toContain("by time");
  });
});

test("--test names a folder of held-out clips; clips that were trained on are not counted", async () => {
  const folder = makeFolder("taught", ["red/a.mp4", "blue/b.mp4"]);
  const held = makeFolder("asked", ["red/c.mp4", "red/a.mp4", "blue/d.mp4"]);
  const { result } = await train({ folder, test: held, epochs: 1 });
  expect(result).toMatchObject({ unit: "clip", held: 2, split: expect.stringContaining("by folder") });
  expect(result.skipped).toEqual([
    { path: join(held, "red", "a.mp4"), reason: `the same content as ${join(folder, "red", "a.mp4")}` },
  ]);
});

test("a folder of held-out clips that is not there is an error before a film is read", async () => {
  const folder = makeFolder("early", ["red/a.mp4", "blue/b.mp4"]);
  const screen = new FakeScreen();
  await expect(train({ folder, test: at("nowhere") }, screen)).rejects.toThrow(/nowhere: cannot be read \(ENOENT\)/);
  expect(screen.text).toBe("");
});

test.each([
  [["red/a.mp4"], /one class \("red"\); expected a subfolder of clips for each of two classes or more/],
  [
    ["red/a.mp4", "blue/broken.mp4"],
    /no clip of class "blue" could be read \(1 file skipped, the first: .*broken\.mp4: no film/,
  ],
  [["red/a-3s.mp4", "blue/b-2s.mp4"], /^class "blue": its only clip gives 8 frames, and 12 are needed/],
])("%j is an error of one line", async (files, message) => {
  const folder = makeFolder(`wrong-${files.length}-${files.at(-1)!.replace("/", "-")}`, files);
  await expect(train({ folder })).rejects.toThrow(message);
});

test("invalid numbers, missing folders and models that `train` has not written are refused", async () => {
  await expect(train({ folder: at("nowhere") })).rejects.toThrow(
    /nowhere: cannot be read \(ENOENT\); expected a folder/,
  );
  await expect(train({ folder, epochs: 0 })).rejects.toThrow("train: epochs is 0; expected a whole number from 1.");
  await expect(train({ folder, windowSeconds: 0 })).rejects.toThrow("train: windowSeconds is 0; expected more than 0.");
  const paths = [at("new")];
  writeFileSync(at("other.safetensors"), "no model");
  await expect(predictClips(new FakeScreen(), { model: at("other.safetensors"), paths }, never, films)).rejects.toThrow(
    FileError,
  );
});
