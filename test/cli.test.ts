import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { decode, encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { directionTable } from "../src/cli/directionTable.js";
import { filmStrip } from "../src/cli/filmStrip.js";
import { parseOptions } from "../src/cli/options.js";
import { Progress } from "../src/cli/progress.js";
import { bar, type Screen } from "../src/cli/terminal.js";
import { playFilms } from "../src/cli/terminalFilm.js";
import { directions, movingDigits } from "../src/datasets/index.js";

const command = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
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
  test("--help teaches", async () => {
    const { code, out, err } = await run(["--help"]);
    expect([code, err]).toEqual([0, ""]);
    for (const word of ["zoetrope photo.jpg", "--seed N", "--build plain|relaxed", "--wide", "ConvLSTM2D"]) {
      expect(out).toContain(word);
    }
  });

  test.each([
    [["--sed", "3"], "zoetrope: unknown option --sed; did you mean --seed?\n"],
    [["--frobnicate"], "zoetrope: unknown option --frobnicate; --help lists what there is.\n"],
    [["--build", "fast"], "zoetrope: --build fast; expected plain or relaxed.\n"],
    [
      ["train"],
      "zoetrope: train: expected a photograph (.jpg, .jpeg, .png), or nothing for the demo; --help tells more.\n",
    ],
  ])("%j is one line, exit code 2", async (args, line) => {
    expect(await run(args)).toEqual({ code: 2, out: "", err: line });
  });

  test("a missing photograph is one line, exit code 1", async () => {
    expect(await run(["nowhere.jpg"])).toEqual({
      code: 1,
      out: "",
      err: "zoetrope: nowhere.jpg: no such file; expected a photograph.\n",
    });
  });

  test("a text named .jpg is one line, exit code 1", async () => {
    writeFileSync(join(folder, "diary.jpg"), "Dear diary");
    const { code, out, err } = await run(["diary.jpg"]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/^zoetrope: diary\.jpg: neither JPEG nor PNG.*\n$/);
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

  test("a smaller MobileNet is downloaded, said so, and kept", async () => {
    const weights = gunzipSync(readFileSync(new URL("./fixtures/mobilenet_2_5_160_tf.h5.gz", import.meta.url)));
    const asked: string[] = [];
    const server = createServer(({ url }, response) => {
      asked.push(url!);
      response.writeHead(200, { "content-length": weights.length }).end(weights);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    vi.stubEnv("ZOETROPE_WEIGHTS_URL", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    for (const name of ["HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"]) vi.stubEnv(name, folder);
    try {
      const data = Uint8Array.from({ length: 12 * 9 * 3 }, (_, i) => (i * 37) % 256);
      writeFileSync(join(folder, "tiny.png"), encode({ width: 12, height: 9, channels: 3, data }));
      const [first, second] = [await run(["tiny.png", "--alpha=.25", "--size=160"]), await run(["tiny.png", "--alpha=.25", "--size=160"])]; // prettier-ignore
      expect([first.code, first.err, second.code, second.err]).toEqual([0, "", 0, ""]);
      expect(first.out).toMatch(/^MobileNet's weights: downloading, \d\.\d MB\n/);
      expect(second.out).toBe(first.out.replace(/^.*\n/, ""));
      expect(second.out).toContain("MobileNet v1, alpha 0.25, 160, trained");
      expect(asked).toEqual(["/mobilenet_2_5_160_tf.h5"]);
    } finally {
      server.close();
      vi.unstubAllEnvs();
    }
  });

  test("Ctrl-C in the middle of training ends it with exit code 130", async () => {
    const { code, out, err } = await run(["--build", "plain"], "Training on clips");
    expect([code, err]).toEqual([130, ""]);
    expect(out).toMatch(/Stopped\.\n$/);
    expect(out).not.toContain("\x1b");
  });
});

describe("options", () => {
  test("default to the demo with seed 1 on the best build", () => {
    const nothing = { help: false, seed: 1, build: undefined, wide: false, photo: undefined, alpha: 1, size: 224 };
    expect(parseOptions([])).toEqual(nothing);
    expect(parseOptions(["--seed=7", "--build", "plain", "--wide"])).toEqual({
      ...nothing,
      seed: 7,
      build: "plain",
      wide: true,
    });
    expect(parseOptions(["A Photo.JPEG"])).toEqual({ ...nothing, photo: "A Photo.JPEG" });
  });

  test.each([
    [["--seed"], "--seed stands alone; expected a value after it."],
    [["--seed", "-1"], "expected a whole number"],
    [["--seed", "1.5"], "--seed 1.5; expected a whole number from 0 to 4294967295."],
    [["--wide=yes"], "--wide=yes: this option takes no value."],
    [["--alpha", "0.3"], "--alpha 0.3; expected one of 1, 0.75, 0.5, 0.25."],
    [["--size="], "--size ; expected one of 224, 192, 160, 128."],
    [["a.jpg", "b.jpg"], "b.jpg: one photograph at a time."],
    [["-x"], "unknown option -x;"],
  ])("%j is refused", (args, text) => expect(() => parseOptions(args)).toThrow(text));
});

/** A screen that remembers what was written to it. */
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

  test("is not shown in a file, nor where it does not fit", async () => {
    for (const shape of [{}, { isTTY: true, columns: 31, rows: 40 }, { isTTY: true, columns: 80, rows: 12 }]) {
      const screen = fakeScreen(shape);
      await playFilms(screen, films, 32);
      expect(screen.text).toBe("");
    }
  });

  test("shows as many clips as fit, with the direction below, and gives the cursor back", async () => {
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

  test("respects NO_COLOR, and stops when told", async () => {
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
  const go = (progress: Progress) => {
    for (let clips = 32; clips <= 2400; clips += 32) progress.update({ clips, loss: 1.25, accuracy: 0.5 });
    progress.finish();
  };

  test("in a file is a line every 800 clips, without control codes", () => {
    const screen = fakeScreen({});
    go(new Progress(screen, 2400));
    const lines = screen.text.split("\n");
    expect(lines.length).toBe(4);
    expect(lines[0]).toMatch(/^ +800 clips {2}loss 1\.250 {2}accuracy +50\.0 % {2}\d+ clips\/s {2}\d+ s left$/);
    expect(screen.text).not.toMatch(/[\r\x1b]/);
  });

  test("in a terminal is one line that fits", () => {
    const screen = fakeScreen({ isTTY: true, columns: 40 });
    go(new Progress(screen, 2400));
    expect(screen.text).not.toContain("\n");
    const drawn = screen.text.split("\r\x1b[2K").filter((line) => line.length > 0);
    expect(drawn.length).toBeGreaterThan(0);
    expect(Math.max(...drawn.map((line) => line.length))).toBeLessThan(40);
  });

  test("bars are filled to an eighth of a letter", () => {
    expect(bar(0, 4)).toBe("    ");
    expect(bar(0.5, 4)).toBe("██  ");
    expect(bar(0.53125, 4)).toBe("██▏ ");
    expect(bar(2, 4)).toBe("████");
  });
});

test("the table of directions counts what was taken for what", () => {
  const lines = directionTable([0, 0, 0, 0, 2], [0, 1, 1, 7, 2]).split("\n");
  expect(lines.length).toBe(9);
  expect(lines[1]).toMatch(/→ right +4 +25\.0 % .*↗ 2, ↘ 1$/);
  expect(lines[3]).toMatch(/↑ up +1 +100\.0 %/);
});

test("the strip is a PNG with a row a clip, green where the network was right and red where not", () => {
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
