// Every example runs on the built package, as a reader would run it, and prints what its README says.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { ffmpeg, hasFfmpeg } from "../support/films.js";
import { run as runProgram } from "../support/programs.js";

const examples = readdirSync("examples").filter((name) => name.endsWith(".mjs"));

/** A module that, imported first, prints at exit how many buffers are left in memory. */
const counter = `data:text/javascript,${encodeURIComponent(
  `import { memory } from ${JSON.stringify(pathToFileURL("dist/index.js"))};
  process.on("exit", () => console.log("buffers in memory:", memory().buffers));`,
)}`;

async function run(name: string, ...args: string[]): Promise<string> {
  const env = { ...process.env };
  delete env.FORCE_COLOR;
  const command = ["--import", counter, `examples/${name}`, ...args];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, command, { env });
  expect(stderr).toBe("");
  return stdout;
}

/** Expects that only weights are left, and two slots of Adam for each trained one: every other tensor was disposed. */
function expectOnlyWeights(text: string, { trained, frozen = 0 }: { trained: number; frozen?: number }): void {
  expect(numbers(text, /^buffers in memory: (\d+)$/gm)).toEqual([3 * trained + frozen]);
}

const numbers = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => Number(match[1]));

test("each is one file of at most 60 lines, and listed in the README", () => {
  const readme = readFileSync("examples/README.md", "utf8");
  expect(examples.length).toBeGreaterThanOrEqual(5);
  for (const name of examples) {
    expect(readFileSync(`examples/${name}`, "utf8").trimEnd().split("\n").length, name).toBeLessThanOrEqual(60);
    expect(readme).toContain(name);
  }
});

test("lstmReviews classifies unseen sentences and shows a unit's state after each word, and what it says", async () => {
  const text = await run("lstmReviews.mjs");
  const [accuracy] = numbers(text, /^fold 1: ([\d.]+) % of 200 unseen sentences$/gm);
  expect(accuracy).toBeGreaterThan(60);
  expect(text).toMatch(/^The cell state of unit \d+, which speaks for (praise|blame):$/m);
  expect(text).toMatch(/^a\(-?\d\.\d\d\) very\(-?\d\.\d\d\) very\(.* drifting\(.* man\(-?\d\.\d\d\)$/m);
  const says = /^ {2}says: (praise|blame) (\d\.\d\d), (right|wrong)$/gm;
  const verdicts = [...text.matchAll(says)].map(([, said, probability, verdict]) => ({ said, probability, verdict }));
  expect(verdicts).toHaveLength(8);
  for (const { probability } of verdicts) expect(Number(probability)).toBeGreaterThanOrEqual(0.5);
  // The first sentence is blame, "10/10" is praise.
  expect(text).toMatch(/^a\(.* very\(.*\n {2}says: (blame \S+, right|praise \S+, wrong)$/m);
  expect(text).toMatch(/^10\(.* 10\(.*\n {2}says: (praise \S+, right|blame \S+, wrong)$/m);
  expect(text).not.toContain("\x1b");
  const states = numbers(text, /\((-?\d\.\d\d)\)/g);
  expect(states.every((state) => Math.abs(state) <= 1)).toBe(true);
  expect(Math.max(...states) - Math.min(...states)).toBeGreaterThan(0.5);
  expectOnlyWeights(text, { trained: 6 });
});

test("lstmReviews has the options --folds and --unit", async () => {
  const text = await run("lstmReviews.mjs", "--folds", "2", "--epochs", "1", "--unit", "5", "--seed", "7");
  const [first, second] = numbers(text, /^fold \d: ([\d.]+) %/gm);
  const [mean] = numbers(text, /^mean of 2 folds: ([\d.]+) %$/gm);
  expect(mean).toBeCloseTo((first + second) / 2, 0);
  expect(text).toContain("The cell state of unit 5,");
});

test("lstmReviews colours where colours are wanted", async () => {
  const { coloured } = (await import("../../examples/reviews.mjs" as string)) as {
    coloured(word: string, value: number): string;
  };
  const before = process.env.FORCE_COLOR;
  process.env.FORCE_COLOR = "1";
  try {
    expect(coloured("good", 1)).toBe("\x1b[48;5;46m\x1b[97m good \x1b[0m");
    expect(coloured("bad", -0.6)).toBe("\x1b[48;5;124m\x1b[97m bad \x1b[0m");
  } finally {
    if (before === undefined) delete process.env.FORCE_COLOR;
    else process.env.FORCE_COLOR = before;
  }
});

test.runIf(process.platform !== "win32")("cnnLstm ends at Ctrl-C with its training kept, and goes on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "zoetrope-example-"));
  try {
    const args = ["--quick", "--keep", join(folder, "run.checkpoint")];
    const child = execFile(process.execPath, ["examples/cnnLstm.mjs", ...args]);
    let text = "";
    child.stdout!.on("data", (more: string) => {
      if (text === "") child.kill("SIGINT");
      text += more;
    });
    const [code] = (await once(child, "close")) as [number | null];
    expect([code, text.split("\n").at(-2)]).toEqual([130, `Stopped; the same command goes on from ${args[2]}.`]);
    const again = await run("cnnLstm.mjs", ...args);
    expect(again).toMatch(/^Goes on with epoch 1: .*run\.checkpoint\.\nEpoch 1\/2/m);
    expect(again).toMatch(/^unseen discs, growing or shrinking: \d+ % right$/m);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("cnnLstm and cnnConvLstm print their parameters and train only the head", async () => {
  const lstm = await run("cnnLstm.mjs", "--quick");
  expect(lstm).toContain("Total params: 3,364,226");
  expect(lstm).toContain("Trainable params: 135,362");
  const convLstm = await run("cnnConvLstm.mjs", "--quick");
  expect(convLstm).toContain("Trainable params: 297,314");
  expect(convLstm).toContain("ConvLSTM2D: 297,248 parameters; an LSTM with as many states: 528,512");
  const mobileNet = 27 + 4 * 27 + 2; // kernels, batch normalizations, the classifier
  expectOnlyWeights(lstm, { trained: 5, frozen: mobileNet });
  expectOnlyWeights(convLstm, { trained: 5, frozen: mobileNet + 3 }); // and the LSTM that is only counted
  for (const text of [lstm, convLstm]) {
    expect(numbers(text, /^Epoch \d\/2: .*, loss: (\d+\.\d+)/gm)).toHaveLength(2);
    expect(text).toMatch(/^unseen discs, growing or shrinking: \d+ % right$/m);
  }
});

test("trainingLoop prints its loss and its accuracy", async () => {
  const text = await run("trainingLoop.mjs", "--quick");
  const losses = numbers(text, /^step \d+: loss (\d+\.\d{3})$/gm);
  expect(losses).toHaveLength(10);
  for (const loss of losses) expect(Math.abs(loss - Math.log(8))).toBeLessThan(1);
  expect(text).toMatch(/^unseen digits: \d+ % of 8 directions right$/m);
  expectOnlyWeights(text, { trained: 13, frozen: 4 }); // moving means and variances
});

test("userDefinedLayer trains a user-defined layer and cell", async () => {
  const text = await run("userDefinedLayer.mjs", "--quick");
  expect(numbers(text, /^Epoch \d\/2: .*, loss: (\d+\.\d+)/gm)).toHaveLength(2);
  const [share] = numbers(text, /share of the frame before: (\d\.\d\d\d)$/gm);
  expect(share).toBeGreaterThan(0.9);
  expect(share).toBeLessThan(1.1);
  expect(share).not.toBe(1);
  expectOnlyWeights(text, { trained: 7 });
});

test("kernelSpeed times kernels on their own", async () => {
  const text = await run("kernelSpeed.mjs", "--quick");
  expect(text).toMatch(/^wasm \((relaxed )?SIMD\), tiles of \d+ x 8$/m);
  const times = numbers(text, /^\S.*?: (\d+\.\d+) ms, \d+\.\d GFLOP\/s, \d+\.\d GB\/s$/gm);
  expect(times).toHaveLength(3);
  for (const ms of times) expect(ms).toBeGreaterThan(0);
});

/** The mean difference of the bytes of two films. */
function difference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
}

/** The clips of both classes that the script makes of a film of this size, small and grey. */
function panningClips(folder: string, size: string): { left: Uint8Array; right: Uint8Array } {
  const [film, out] = [join(folder, `${size}.mp4`), join(folder, size)];
  const source = "testsrc=size=384x288:rate=10:duration=9";
  ffmpeg("-f", "lavfi", "-i", source, "-vf", `scale=${size.replace("x", ":")}`, film);
  const printed = runProgram(process.execPath, ["scripts/panningClips.mjs", film, out, "--pans", "4"], ".");
  expect(printed).toContain("90 frames of 384x288, 10 frames/s");
  const raw = ["-vf", "scale=40:40", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"];
  const decode = (name: string) => ffmpeg("-i", join(out, name, "pan.mp4"), ...raw);
  return { left: decode("left"), right: decode("right") };
}

if (hasFfmpeg) {
  test("panningClips makes the same clips of a film at any size, and differing ones of its two classes", () => {
    const folder = mkdtempSync(join(tmpdir(), "zoetrope-panning-"));
    try {
      const [small, large] = ["384x288", "768x576"].map((size) => panningClips(folder, size));
      expect(small.left).toHaveLength(4 * 24 * 40 * 40);
      expect(difference(small.left, large.left)).toBeLessThan(3);
      expect(difference(small.right, large.right)).toBeLessThan(3);
      expect(difference(small.left, small.right)).toBeGreaterThan(10);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
} else {
  console.log("panningClips: ffmpeg is not there; 1 case did not run");
}
