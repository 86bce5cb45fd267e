// `zoetrope predict --live`: a line for each frame, which is what predict says of the window so far.
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { predictLive } from "../../src/cli/live.js";
import { saveModel } from "../../src/formats/index.js";
import {
  Dense,
  GlobalAveragePooling2D,
  Input,
  LSTM,
  mobileNet,
  type ModelLayer,
  Sequential,
  setSeed,
  TimeDistributed,
} from "../../src/index.js";
import { runCommand } from "../support/command.js";
import { ffmpeg, greys, hasFfmpeg, lossless } from "../support/films.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const cwd = temporaryFolder("live-command");
const at = (name: string) => join(cwd, name);
const [frames, size] = [4, 8];
const classes = ["dark", "light", "grey"];
let model: ModelLayer;

beforeAll(async () => {
  setSeed(2);
  model = Sequential([
    Input({ shape: [frames, size, size, 3] }),
    TimeDistributed(GlobalAveragePooling2D()),
    LSTM({ units: 6 }),
    Dense({ units: 3, activation: "softmax" }),
  ]);
  const classifier = { classes, frames, size, windowSeconds: frames / 10, split: "none" };
  await saveModel(model, at("model.safetensors"), { metadata: { classifier: JSON.stringify(classifier) } });
});

interface Line {
  source: string;
  frame: number;
  timeSeconds: number;
  window: number;
  frameOfWindow: number;
  labels: { label: string; score: number }[];
}

/** The scores after each of some frames of one grey each, by predict of a model for that many frames. */
async function expectScores(lines: readonly Line[], greyOf: (frame: number) => number): Promise<void> {
  for (const { frame, window, frameOfWindow, labels } of lines) {
    expect([window, frameOfWindow]).toEqual([Math.floor(frame / frames), frame % frames]);
    const x = new Float32Array((frameOfWindow + 1) * size * size * 3);
    for (let i = 0; i <= frameOfWindow; i++) {
      const one = new Uint8Array(size * size * 3).fill(greyOf(window * frames + i));
      x.set(mobileNet.preprocessInput(one), i * one.length);
    }
    const longer = Sequential([Input({ shape: [frameOfWindow + 1, size, size, 3] }), ...model.layers]);
    const y = await (await longer.predict({ data: x, shape: [1, frameOfWindow + 1, size, size, 3] })).data();
    for (const { label, score } of labels) expect(Math.abs(score - y[classes.indexOf(label)])).toBeLessThan(1e-6);
    expect(labels.map(({ score }) => score)).toEqual(labels.map(({ score }) => score).toSorted((a, b) => b - a));
  }
}

const command = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const raw = (n: number) => new Uint8Array(size * size * 3).fill(10 * n);

describe.runIf(hasFfmpeg)("a film", () => {
  beforeAll(() => void ffmpeg(...greys(10), ...lossless, at("film.mov")));

  test("gives a line of JSON after each frame, and ends with the film", async () => {
    const args = ["predict", "--live", "film.mov", "-m", "model.safetensors", "--json"];
    const { code, out, err } = await runCommand(args, { cwd });
    expect([code, err]).toEqual([0, expect.stringContaining("film.mov: ended after 10 frames\n")]);
    const lines = out.trimEnd().split("\n").map((line) => JSON.parse(line) as Line); // prettier-ignore
    expect(lines.map(({ source, frame }) => [source, frame])).toEqual(lines.map((_, i) => ["film.mov", i]));
    expect(lines).toHaveLength(10);
    expect(lines.map(({ timeSeconds }) => timeSeconds.toFixed(1))).toEqual(lines.map((_, i) => (i / 10).toFixed(1)));
    await expectScores(lines, (frame) => 5 * frame);
  });

  test("gives lines of text without --json", async () => {
    const said: string[] = [];
    const screen = { write: (text: string) => void said.push(text), isTTY: false };
    const lines: Line[] = [];
    const options = { live: at("film.mov"), model: at("model.safetensors"), alpha: 1, size: 224 };
    const outcome = await predictLive(screen, options, new AbortController().signal, (line) =>
      lines.push(line as Line),
    );
    expect(outcome).toEqual({ json: undefined });
    const [{ label, score }] = lines[3].labels;
    expect(said[3]).toMatch(new RegExp(`^    0\\.30 s  ${label} ${(100 * score).toFixed(1)} %  `));
    expect(said).toHaveLength(11);
  });

  test("that is none, and a model that is none, end in one line", async () => {
    const none = await runCommand(["predict", "--live", "gone.mov", "-m", "model.safetensors"], { cwd });
    expect([none.code, none.err]).toEqual([1, expect.stringMatching(/^zoetrope: gone\.mov: [^\n]*\n$/)]);
    const other = await runCommand(["predict", "--live", "film.mov", "-m", "film.mov"], { cwd });
    expect([other.code, other.err]).toEqual([1, expect.stringMatching(/^zoetrope: [^\n]*film\.mov[^\n]*\n$/)]);
  });
});

/** Starts the command; `onLine` is called at each line of its standard output. */
function start(source: string, onLine: (line: Line, count: number) => void = () => {}) {
  const args = [command, "predict", "--live", source, "-m", "model.safetensors", "--json"];
  const child = spawn(process.execPath, args, { cwd, stdio: ["pipe", "pipe", "pipe"] });
  let [out, err, count] = ["", "", 0];
  child.stdout.on("data", (text) => {
    out += text;
    for (let end = out.indexOf("\n"); end >= 0; end = out.indexOf("\n")) {
      onLine(JSON.parse(out.slice(0, end)) as Line, ++count);
      out = out.slice(end + 1);
    }
  });
  child.stderr.on("data", (text) => (err += text));
  const ended = new Promise<{ code: number | null; err: string }>((done) => child.on("close", (code) => done({ code, err }))); // prettier-ignore
  child.stdin.on("error", () => {});
  return { child, ended };
}

describe("raw frames on the standard input", () => {
  test("are each answered before the next comes, until the input ends", async () => {
    const lines: Line[] = [];
    const { child, ended } = start("-", (line, count) => {
      lines.push(line);
      if (count < 6) child.stdin.write(raw(count));
      else child.stdin.end();
    });
    child.stdin.write(raw(0));
    expect(await ended).toEqual({ code: 0, err: expect.stringContaining("-: ended after 6 frames\n") });
    await expectScores(lines, (frame) => 10 * frame);
  });

  // Windows has no signal that a process could send to another.
  test.runIf(process.platform !== "win32")("are waited for until Ctrl-C, after which nothing is lost", async () => {
    const lines: Line[] = [];
    const { child, ended } = start("-", (line, count) => {
      lines.push(line);
      if (count === 3) child.kill("SIGINT");
    });
    child.stdin.write(Buffer.concat([raw(0), raw(1), raw(2)])); // and the pipe stays open
    const { code, err } = await ended;
    expect([code, err]).toEqual([130, expect.stringContaining("Stopped; what was said so far is finished.")]);
    expect(lines).toHaveLength(3);
    await expectScores(lines, (frame) => 10 * frame);
  });

  test("that end amid a frame are an error", async () => {
    const { child, ended } = start("-", () => child.stdin.end(raw(1).subarray(1)));
    child.stdin.write(raw(0));
    const { code, err } = await ended;
    expect([code, err]).toEqual([1, expect.stringContaining("zoetrope: -: ends after 1 frames and 191 bytes")]);
  });
});

describe.runIf(hasFfmpeg && process.platform !== "win32")("a stream's address", () => {
  test("that gives nothing ends with Ctrl-C, and its password is not said", async () => {
    const server = createServer((_, response) => void response.writeHead(200).write("x"));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    const { child, ended } = start(`http://me:secret@127.0.0.1:${port}/`);
    server.once("request", () => child.kill("SIGINT"));
    const { code, err } = await ended;
    server.closeAllConnections();
    server.close();
    expect([code, err]).toEqual([130, expect.not.stringContaining("secret")]);
  });
});

test("--live is refused beside paths, and paths are needed without it", async () => {
  const both = await runCommand(["predict", "a.mp4", "--live", "b.mp4"], { cwd });
  expect(both).toEqual({ code: 2, out: "", err: "zoetrope: --live b.mp4 and a.mp4; give one or the other.\n" });
  const none = await runCommand(["predict"], { cwd });
  expect(none).toEqual({ code: 2, out: "", err: "zoetrope: missing required argument 'paths'; --help lists what there is.\n" }); // prettier-ignore
});
