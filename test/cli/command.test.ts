import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { decode, encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { directionTable } from "../../src/cli/demo/directionTable.js";
import { filmStrip } from "../../src/cli/demo/filmStrip.js";
import { playFilms } from "../../src/cli/demo/terminalFilm.js";
import { type Commands, runProgram } from "../../src/cli/program.js";
import { ProgressBar, whileShown, withProgress } from "../../src/cli/progress.js";
import { reportPath } from "../../src/cli/reportFiles.js";
import { bar, type Screen } from "../../src/cli/terminal.js";
import { directions, movingDigits } from "../../src/datasets/index.js";
import { loadModel, saveModel } from "../../src/formats/index.js";
import { Dense, Flatten, Input, Sequential } from "../../src/index.js";

const command = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "zoetrope-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  code: number | null;
  out: string;
  err: string;
}

/** Runs the built command in the test's folder; `interruptAt` presses Ctrl-C when that text has come. */
function run(args: string[], interruptAt?: string): Promise<Outcome> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [command, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    const outcome: Outcome = { code: null, out: "", err: "" };
    child.stdout.on("data", (text) => {
      const hadCome = interruptAt !== undefined && outcome.out.includes(interruptAt);
      outcome.out += text;
      if (interruptAt !== undefined && !hadCome && outcome.out.includes(interruptAt)) child.kill("SIGINT");
    });
    child.stderr.on("data", (text) => (outcome.err += text));
    child.on("error", fail);
    child.on("close", (code) => done({ ...outcome, code }));
  });
}

describe("the command", () => {
  test("--help describes the commands and options", async () => {
    const { code, out, err } = await run(["--help"]);
    expect([code, err]).toEqual([0, ""]);
    for (const word of [
      "zoetrope photo.jpg",
      "zoetrope folder/",
      "--seed <n>",
      "--build <which>",
      "--wide",
      "--json",
    ]) {
      expect(out).toContain(word);
    }
    for (const name of ["demo", "train", "predict", "inspect", "convert", "summary", "profile", "cache"]) {
      expect(out).toMatch(new RegExp(`^ {2}${name} `, "m"));
    }
  });

  test("a folder without clips is not said to have some", async () => {
    mkdirSync(join(folder, "notes"));
    writeFileSync(join(folder, "notes/a.txt"), "");
    const { code, err } = await run(["notes"]);
    expect([code, err]).toEqual([1, expect.stringMatching(/^zoetrope: notes: a folder without numbered pictures; /)]);
  });

  test("--version prints the version of the package", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(await run(["--version"])).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });

  test("a folder of clips without classes is refused where one clip or classes are expected", async () => {
    mkdirSync(join(folder, "films"));
    for (const name of ["a.mp4", "b.mov"]) writeFileSync(join(folder, "films", name), "");
    const err =
      "zoetrope: films: a folder of 2 clips; expected one clip. To train, make a subfolder of clips for each of two classes or more; to classify each clip: zoetrope predict films.\n";
    for (const args of [["films"], ["inspect", "films"]]) expect(await run(args)).toEqual({ code: 1, out: "", err });
    expect((await run(["train", "films"])).err).toBe(
      "zoetrope: films: no class; expected a subfolder of clips for each of two classes or more.\n",
    );
  });

  test.each(["demo", "train", "predict", "inspect", "convert", "summary", "profile", "cache"])(
    "%s --help teaches too",
    async (name) => {
      const { code, out, err } = await run([name, "--help"]);
      expect([code, err]).toEqual([0, ""]);
      expect(out).toContain(`Usage: zoetrope ${name}`);
      expect(out).toContain("--seed <n>");
    },
  );

  test.each([
    [["--sed", "3"], "zoetrope: unknown option '--sed' (Did you mean --seed?)\n"],
    [["--frobnicate"], "zoetrope: unknown option '--frobnicate'; --help lists what there is.\n"],
    [
      ["--build", "fast"],
      "zoetrope: option '--build <which>' argument 'fast' is invalid; allowed choices are plain, relaxed.\n",
    ],
    [["train"], "zoetrope: missing required argument 'folder'; --help lists what there is.\n"],
    [["predcit", "a.mp4"], "zoetrope: predcit: no command; did you mean predict?\n"],
    [["inspect", "a.mp4", "--report", "a.txt"], "zoetrope: --report a.txt; expected a name that ends in .html.\n"],
  ])("%j is one line, exit code 2", async (args, line) => {
    expect(await run(args)).toEqual({ code: 2, out: "", err: line });
  });

  test("a command that writes no report refuses --report, and each broken file has one line", async () => {
    writeFileSync(join(folder, "plain.png"), encode({ width: 2, height: 2, channels: 3, data: new Uint8Array(12) }));
    expect(await run(["plain.png", "--report", "a.html"])).toEqual({
      code: 2,
      out: "",
      err: "zoetrope: --report a.html; only films and folders of classes have a report.\n",
    });
    const { code, out, err } = await run(["predict", "gone.png", "lost.png"]);
    expect([code, err]).toEqual([1, ""]);
    expect(out).toMatch(/^skipped gone\.png: [^\n]+\nskipped lost\.png: [^\n]+\n$/);
  });

  test("a missing file is an error of one line with exit code 1, and a misspelt command is another error", async () => {
    expect(await run(["nowhere.jpg"])).toEqual({
      code: 1,
      out: "",
      err: "zoetrope: nowhere.jpg: no such file or folder.\n",
    });
    const { code, err } = await run(["trainn"]);
    expect([code, err]).toEqual([1, "zoetrope: trainn: no such file or folder, and no command; did you mean train?\n"]);
  });

  test("a tiny photograph gets five labels with their probabilities", async () => {
    const data = Uint8Array.from({ length: 12 * 9 * 3 }, (_, i) => (i * 37) % 256);
    writeFileSync(join(folder, "tiny.png"), encode({ width: 12, height: 9, channels: 3, data }));
    const { code, out, err } = await run(["tiny.png"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("tiny.png: 12x9");
    const shares = [...out.matchAll(/^ {2}\S+ +(\d+\.\d) %/gm)].map((match) => Number(match[1]));
    expect(shares.length).toBe(5);
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
    expect(shares[0]).toBeGreaterThan(0);
  });

  test("a smaller MobileNet is downloaded with a message, and cached", async () => {
    const weights = gunzipSync(readFileSync(new URL("../fixtures/mobilenet_2_5_160_tf.h5.gz", import.meta.url)));
    const asked: string[] = [];
    const server = createServer(({ url }, response) => {
      asked.push(url!);
      response.writeHead(200, { "content-length": weights.length }).end(weights);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    vi.stubEnv("ZOETROPE_WEIGHTS_URL", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    for (const name of ["HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"]) vi.stubEnv(name, folder);
    try {
      const args = ["predict", "tiny.png", "--alpha=.25", "--size=160"];
      const [first, second] = [await run(args), await run(args)];
      expect([first.code, first.err, second.code, second.err]).toEqual([0, "", 0, ""]);
      expect(first.out).toMatch(/^MobileNet's weights: downloading, \d\.\d MB\n/m);
      // A machine that is slow writes lines of progress before the labels.
      const labels = ({ out }: Outcome) => out.slice(out.indexOf("tiny.png: "));
      expect(labels(second)).toBe(labels(first));
      expect(second.out).not.toContain("downloading");
      expect(second.out).toContain("MobileNet v1, alpha 0.25, 160, trained");
      expect(asked).toEqual(["/mobilenet_2_5_160_tf.h5"]);
      expect((await run(["cache"])).out).toMatch(/: 2 files, .*\n {2}weights +2 files .*\nTo delete them: /);
      expect(JSON.parse((await run(["cache", "clear", "--json"])).out)).toMatchObject({ files: 2, deleted: true });
      expect((await run(["cache"])).out).toMatch(/nothing is kept there\.\n$/);
    } finally {
      server.close();
      vi.unstubAllEnvs();
    }
  });

  test("unreadable files are named, the others are processed, and with --json the standard output holds only JSON", async () => {
    writeFileSync(join(folder, "diary.png"), "\x89PNG but no picture");
    const { code, out, err } = await run(["predict", "diary.png", "tiny.png", "--json"]);
    expect(code).toBe(1);
    const { clips, skipped } = JSON.parse(out);
    expect(skipped).toEqual([{ path: "diary.png", reason: expect.stringMatching(/^[^\n]+\.$/) }]);
    expect(clips.length).toBe(1);
    expect(clips[0].labels.length).toBe(5);
    expect(err).toContain("skipped diary.png: ");
    expect(out + err).not.toContain("\x1b");
  });

  // Windows has no signal that a process could send to another.
  test.runIf(process.platform !== "win32")("Ctrl-C in the middle of training ends it with exit code 130", async () => {
    const { code, out, err } = await run(["--build", "plain"], "Training on clips");
    expect([code, err]).toEqual([130, "\nStopped; nothing was written.\n"]);
    expect(out).not.toContain("\x1b");
  });

  test("convert writes a Keras file and reads it, and says what it leaves out", async () => {
    const model = Sequential([Input({ shape: [3] }), Dense({ units: 2 })]);
    await saveModel(model, join(folder, "a.safetensors"), { metadata: { author: "me", classifier: "{}" } });
    const there = await run(["convert", "a.safetensors", "a.keras"]);
    const said = there.err.replace(/^(reading|writing) .* \.\.\.\n/gm, ""); // on a busy machine that takes a moment
    expect([there.code, said]).toEqual([0, ""]);
    expect(there.out).toContain("8 parameters");
    expect(there.out).toContain(
      "no place for it: author, the names of the classes and the length of the windows (zoetrope predict needs both).",
    );
    expect((await run(["convert", "a.keras", "b.safetensors"])).code).toBe(0);
    const again = await loadModel(join(folder, "b.safetensors"));
    const [kernel, other] = [await model.getWeights(), await again.getWeights()].map(([{ data }]) => data);
    expect(other).toEqual(kernel);
    const { code, out } = await run(["summary", "a.keras"]);
    expect(code).toBe(0);
    expect(out).toContain("Total params: 8");
    const nowhere = await run(["convert", "a.safetensors", "a.h5"]);
    expect([nowhere.code, nowhere.out]).toEqual([2, ""]);
    expect(nowhere.err).toMatch(/^zoetrope: a\.h5: no format has such an ending; expected .*\n$/);
  });

  test("a model at an address is read with a message; in a summary there are no columns of zeros", async () => {
    const bytes = await saveModel(Sequential([Input({ shape: [3, 2] }), Flatten()]));
    const server = createServer((_, response) =>
      response.writeHead(200, { "content-length": bytes.length }).end(bytes),
    );
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    try {
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/flat.safetensors`;
      const { code, out } = await run(["summary", address]);
      expect(code).toBe(0);
      expect(out).toMatch(/^reading http.* \.\.\.\nflat\.safetensors: downloading, \d\.\d MB\nModel: /);
      expect(out).not.toMatch(/MACs|Multiply-adds/);
      const { err } = await run(["convert", address, "flat.keras", "--json"]);
      expect(err).toContain("flat.safetensors: downloading");
    } finally {
      server.close();
    }
  });

  test("summary without a file shows the video network", async () => {
    const { code, out } = await run(["summary", "--json"]);
    expect(code).toBe(0);
    const { params, layers } = JSON.parse(out);
    expect(params).toBe(16_667_594);
    expect(layers.map(({ className }: { className: string }) => className)).toEqual([
      ...["InputLayer", "TimeDistributed", "ConvLSTM2D", "Flatten", "Dense", "Dense"],
    ]);
  });
});

describe("options", () => {
  /** The function that the program calls, and its arguments. */
  async function called(...args: string[]): Promise<unknown[]> {
    const calls: unknown[][] = [];
    const names = ["open", "demo", "train", "predict", "inspect", "convert", "summary", "profile", "cache"] as const;
    const record =
      (name: string) =>
      async (...given: unknown[]) =>
        void calls.push([name, ...given]);
    await runProgram(args, Object.fromEntries(names.map((name) => [name, record(name)])) as unknown as Commands);
    expect(calls.length).toBe(1);
    return calls[0];
  }

  test("are read before the name of the command and after it", async () => {
    expect(await called()).toEqual(["open", undefined, { seed: 1 }]);
    expect(await called("A Photo.JPEG", "--seed=7", "--build", "plain")).toEqual([
      ...["open", "A Photo.JPEG", { seed: 7, build: "plain" }],
    ]);
    expect(await called("--wide", "demo", "--json")).toEqual(["demo", { seed: 1, wide: true, json: true }]);
    expect(await called("train", "clips", "--epochs", "3", "--window", "1.5", "--frames", "12", "--seed", "2")).toEqual(
      [...["train", "clips", { seed: 2, filters: 64, frames: 12, window: 1.5, epochs: 3 }]],
    );
    expect(await called("predict", "a.mp4", "b.mp4", "-m", "m.safetensors")).toEqual([
      ...["predict", ["a.mp4", "b.mp4"], { seed: 1, model: "m.safetensors", alpha: 1, size: 224 }],
    ]);
    expect(await called("convert", "a.keras", "a.onnx", "--no-compile")).toEqual([
      ...["convert", "a.keras", "a.onnx", { seed: 1, compile: false }],
    ]);
    expect(await called("cache")).toEqual(["cache", undefined, { seed: 1 }]);
    expect(await called("cache", "clear")).toEqual(["cache", "clear", { seed: 1 }]);
    expect(await called("inspect", "a.mp4", "--from", "0")).toEqual(["inspect", "a.mp4", { seed: 1, from: 0 }]);
  });

  test.each([
    [["--seed"], "argument missing."],
    [["--seed", "-1"], "expected a whole number from 0 to 4294967295."],
    [["--seed", "1.5"], "expected a whole number from 0 to 4294967295."],
    [["--wide=yes"], "unknown option '--wide=yes'; --help lists what there is."],
    [["a.jpg", "b.jpg"], "too many arguments; expected 1 argument but got 2; --help lists what there is."],
    [["train", "a", "--window", "0"], "expected seconds, such as 2 or 1.5."],
    [["train", "a", "--frames", "1"], "is invalid; expected a whole number from 2 to 512."],
    [["predict", "a.jpg", "--alpha", "0.3"], "expected one of 0.25, 0.5, 0.75, 1."],
    [["predict", "a.jpg", "--size="], "expected one of 128, 160, 192, 224."],
    [["predict", "a.jpg", "--model", "m.safetensors", "--alpha", "0.5"], "cannot be used with option"],
    [["summary", "--report", "a.html"], "--report a.html; summary writes no report."],
    [["cache", "empty"], "is invalid for argument 'action'; allowed choices are clear."],
    [["-x"], "unknown option '-x';"],
  ])("%j is refused", async (args, text) => expect(called(...args)).rejects.toThrow(text));
});

/** A stream that keeps what was written to it. */
function fakeScreen(shape: Omit<Screen, "write">): Screen & { text: string } {
  const screen = { ...shape, text: "", write: (text: string) => (screen.text += text) };
  return screen;
}

describe("the film in the terminal", () => {
  const set = movingDigits({ count: 2, seed: 1 });
  const films = [0, 1].map((i) => ({
    frames: set.clips.data.subarray(i * 8192, (i + 1) * 8192),
    direction: set.directions[i],
  }));
  const colour = process.env.NO_COLOR;
  afterAll(() => {
    if (colour === undefined) delete process.env.NO_COLOR;
    else process.env.NO_COLOR = colour;
  });

  test("is not shown where the output is a file, nor where it does not fit", async () => {
    for (const shape of [{}, { isTTY: true, columns: 31, rows: 40 }, { isTTY: true, columns: 80, rows: 12 }]) {
      const screen = fakeScreen(shape);
      await playFilms(screen, films, 32);
      expect(screen.text).toBe("");
    }
  });

  test("shows as many clips as fit, with the direction below, and restores the cursor", async () => {
    delete process.env.NO_COLOR;
    const narrow = fakeScreen({ isTTY: true, columns: 60, rows: 24 });
    await playFilms(narrow, films, 32);
    expect(narrow.text).toContain("\x1b[38;5;");
    const captions = narrow.text.split("\n").filter((line) => line.startsWith(directions[films[0].direction].arrow));
    expect(captions.length).toBe(16); // 8 frames, twice
    expect(new Set(captions)).toEqual(
      new Set([`${directions[films[0].direction].arrow} ${directions[films[0].direction].name}`]),
    );
    expect(narrow.text.endsWith("\x1b[?25h")).toBe(true);
  });

  test("respects NO_COLOR and the abort signal", async () => {
    process.env.NO_COLOR = "1";
    const screen = fakeScreen({ isTTY: true, columns: 80, rows: 24 });
    await playFilms(screen, films, 32, AbortSignal.timeout(250));
    expect(screen.text).not.toContain("\x1b[38");
    expect(screen.text).toContain("█");
    expect(screen.text.split("\x1b[17A").length).toBeLessThan(16);
    expect(screen.text.endsWith("\x1b[?25h")).toBe(true);
  });
});

describe("progress", () => {
  const go = (progress: ProgressBar) => {
    for (let clips = 32; clips <= 2400; clips += 32) progress.update(clips, "loss 1.250  accuracy  50.0 %");
    progress.finish();
  };

  test("of work shorter than 0.3 s is not written where the output is a file", () => {
    const screen = fakeScreen({});
    go(new ProgressBar(screen, 2400, "clip"));
    expect(screen.text).toBe("");
  });

  test("is one line that fits in a terminal", () => {
    const screen = fakeScreen({ isTTY: true, columns: 40 });
    go(new ProgressBar(screen, 2400, "clip"));
    expect(screen.text).not.toContain("\n");
    const drawn = screen.text.split("\r\x1b[2K").filter((line) => line.length > 0);
    expect(drawn.length).toBeGreaterThan(0);
    expect(Math.max(...drawn.map((line) => line.length))).toBeLessThan(40);
  });

  test("says how long one takes where that is more than a second, and no time left beyond an estimate of the total", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    try {
      const slow = fakeScreen({});
      const progress = new ProgressBar(slow, 40, "window");
      const endless = fakeScreen({});
      const other = new ProgressBar(endless, 3, "window");
      vi.advanceTimersByTime(900);
      progress.update(0, "a.mp4");
      for (let windows = 1; windows <= 16; windows++) {
        vi.advanceTimersByTime(windows === 1 ? 1100 : 2000);
        progress.update(windows, "a.mp4");
        if (windows % 8 === 0) other.update(windows, "a.mp4");
      }
      expect(slow.text.split("\n").map((line) => line.trim())).toEqual([
        "0 of 40 windows  a.mp4",
        "3 windows  a.mp4  2.0 s a window  74 s left",
        "6 windows  a.mp4  2.0 s a window  68 s left",
        "9 windows  a.mp4  2.0 s a window  62 s left",
        "12 windows  a.mp4  2.0 s a window  56 s left",
        "15 windows  a.mp4  2.0 s a window  50 s left",
        "",
      ]);
      expect(endless.text.trim()).toMatch(
        /^8 windows {2}a\.mp4 {2}2\.0 s a window\n +16 windows {2}a\.mp4 {2}2\.0 s a window$/,
      );
    } finally {
      vi.useRealTimers();
    }
  });

  test("is written less often the longer the work takes, where the output is a file", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    try {
      const screen = fakeScreen({});
      const progress = new ProgressBar(screen, 1000, "window");
      for (let windows = 1; windows <= 400; windows++) {
        vi.advanceTimersByTime(1000);
        progress.update(windows);
      }
      const done = screen.text.trim().split("\n").map((line) => Number.parseInt(line)); // prettier-ignore
      const gaps = done.slice(1).map((windows, i) => windows - done[i]);
      expect(Math.min(...gaps)).toBe(5);
      gaps.forEach((gap, i) => expect(gap).toBe(Math.max(5, Math.ceil(done[i] / 10))));
    } finally {
      vi.useRealTimers();
    }
  });

  test("is drawn in a terminal before the first part of the work is done, and cleared at its end", async () => {
    const screen = fakeScreen({ isTTY: true, columns: 80 });
    await withProgress(screen, 12, "window", () => Promise.resolve(expect(screen.text).toContain("0 of 12 windows")));
    expect(screen.text.endsWith("\r\x1b[2K")).toBe(true);
    await whileShown(screen, "reading a", () => Promise.resolve());
    expect(screen.text.endsWith("reading a ...\r\x1b[2K")).toBe(true);
  });

  test("is a line after 0.3 s where the output is a file, even if nothing is done by then", async () => {
    vi.useFakeTimers();
    try {
      const screen = fakeScreen({});
      const work = () => new Promise<void>((done) => setTimeout(done, 600));
      const all = [whileShown(screen, "reading a", work), withProgress(screen, 12, "window", work)];
      await vi.advanceTimersByTimeAsync(299);
      expect(screen.text).toBe("");
      await vi.advanceTimersByTimeAsync(2000);
      await Promise.all(all);
      expect(screen.text).toBe("reading a ...\n0 of 12 windows\n");
      await whileShown(screen, "reading b", () => Promise.resolve());
      const atOnce = () => Promise.resolve(expect(screen.text).toMatch(/windows\nwriting c \.\.\.\n$/));
      await whileShown(screen, "writing c", atOnce, { atOnce: true });
      await vi.advanceTimersByTimeAsync(9000);
      expect(screen.text).toMatch(/windows\nwriting c \.\.\.\n$/);
    } finally {
      vi.useRealTimers();
    }
  });

  test("bars are drawn to an eighth of a character", () => {
    expect(bar(0, 4)).toBe("    ");
    expect(bar(0.5, 4)).toBe("██  ");
    expect(bar(0.53125, 4)).toBe("██▏ ");
    expect(bar(2, 4)).toBe("████");
  });
});

test("films of the same stem have a report each", () => {
  expect(["walk.mp4", "walk.mov", "walk/"].map((film) => basename(reportPath(film, undefined)))).toEqual([
    ...["zoetrope-walk.mp4.html", "zoetrope-walk.mov.html", "zoetrope-walk.html"],
  ]);
  expect(reportPath("walk.mp4", "a.html")).toBe(resolve("a.html"));
});

test("the table of directions counts the confusions", () => {
  const lines = directionTable([0, 0, 0, 0, 2], [0, 1, 1, 7, 2]).split("\n");
  expect(lines.length).toBe(9);
  expect(lines[1]).toMatch(/→ right +4 +25\.0 % .*↗ 2, ↘ 1$/);
  expect(lines[3]).toMatch(/↑ up +1 +100\.0 %/);
  expect(lines[0]).toMatch(/taken for$/);
  expect(directionTable([0, 2], [0, 2])).not.toContain("taken for");
});

test("the picture is a PNG with a row for each clip, green where the network was right and red where it was not", () => {
  const { clips, directions: truth } = movingDigits({ count: 2, seed: 4 });
  const films = [0, 1].map((i) => ({
    frames: clips.data.subarray(i * 8192, (i + 1) * 8192),
    direction: truth[i],
    predicted: (truth[i] + i) % 8,
    probability: 0.9,
  }));
  const { width, height, data } = decode(filmStrip(films, 32));
  expect(width).toBeGreaterThan(9 * 96);
  expect(height).toBeGreaterThan(2 * 96);
  const count = (fits: (red: number, green: number) => boolean, top: number, bottom: number) => {
    let found = 0;
    for (let i = top * width * 3; i < bottom * width * 3; i += 3) if (fits(data[i], data[i + 1])) found++;
    return found;
  };
  const isGreen = (red: number, green: number) => green > 180 && red < 110;
  const isRed = (red: number, green: number) => red > 220 && green < 120;
  const middle = Math.round((height + 26) / 2);
  expect(count(isGreen, 0, middle)).toBeGreaterThan(200);
  expect(count(isRed, 0, middle)).toBe(0);
  expect(count(isRed, middle, height)).toBeGreaterThan(200);
  expect(count(isGreen, middle, height)).toBe(0);
});
