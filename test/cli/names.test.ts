// Names of files, classes and layers that hold codes for a terminal are shown and not obeyed, wherever they appear.
import { existsSync, mkdirSync, openSync, closeSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";
import { beforeAll, describe, expect, test } from "vitest";
import { convertModel } from "../../src/cli/convert.js";
import { labelPictures } from "../../src/cli/label.js";
import { summarize } from "../../src/cli/summary.js";
import { clean, type Screen } from "../../src/cli/terminal.js";
import { predictClips, trainFolder, type TrainResult } from "../../src/cli/train/index.js";
import { saveModel } from "../../src/formats/index.js";
import { Dense, Input, Sequential } from "../../src/index.js";
import { runCommand } from "../support/command.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const folder = temporaryFolder("names");
const at = (name: string) => join(folder, name);
const { signal } = new AbortController();

/** Clears the screen, sets the title of the window, begins a second line, and turns the direction of the text. */
const evil = "a\x1b[2J\x1b]0;b\x07\nc\u202ed\x9b";
const shown = "a\\u001b[2J\\u001b]0;b\\u0007\\u000ac\\u202ed\\u009b";

/** A screen as that of a terminal, which keeps what was written on it. */
function fakeScreen(): Screen & { text: string } {
  const screen = { text: "", isTTY: true, columns: 400, write: (text: string) => (screen.text += text) };
  return screen;
}

/** What was written, without the codes of the progress lines. */
const withoutOwn = (text: string): string => text.replaceAll("\r\x1b[2K", "");

/** The name is there, and nothing of it as a code. */
function expectClean(text: string): void {
  expect(withoutOwn(text)).toContain(shown);
  expect(withoutOwn(text)).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  expect(text).not.toMatch(/^c/m); // the second line of the name
}

function picture(path: string, seed: number): void {
  const data = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => (i * seed) % 256);
  writeFileSync(path, encode({ width: 16, height: 16, channels: 3, data }));
}

// Windows allows no such names.
describe.runIf(process.platform !== "win32")("a class folder and files with such names", () => {
  let result: TrainResult;
  const screen = fakeScreen();
  beforeAll(async () => {
    for (const [k, name] of ["plain", `class ${evil}`].entries()) {
      for (const [i, clip] of [`clip ${evil}`, "other"].entries()) {
        mkdirSync(at(`clips/${name}/${clip}`), { recursive: true });
        for (let frame = 0; frame < 2; frame++) picture(at(`clips/${name}/${clip}/f${frame}.png`), 4 * k + 2 * i + frame + 1);
      }
      writeFileSync(at(`clips/${name}/broken ${evil}.png`), "\x89PNG but no picture");
    } // prettier-ignore
    const options = { folder: at("clips"), out: at(`model ${evil}.safetensors`), cache: at(`cache ${evil}`) };
    result = await trainFolder(screen, { ...options, frames: 2, filters: 2, epochs: 1 }, signal);
  });

  test("are trained on: progress, skipped files and the summary are clean", () => {
    expect(result.classes).toEqual([`class ${evil}`, "plain"]); // exact
    expect(result.skipped.length).toBe(2);
    expectClean(screen.text);
    for (const what of ["broken ", "Model: .*", "Report: .*", "another run: .*"]) {
      expect(screen.text).toMatch(new RegExp(`${what}${shown.replace(/[\\[\]]/g, "\\$&")}`));
    }
  });

  test("are predicted and labelled", async () => {
    const paths = [at(`clips/plain/clip ${evil}`), at(`clips/plain/broken ${evil}.png`)];
    const predicted = fakeScreen();
    const { skipped } = await predictClips(predicted, { model: result.model, paths }, signal);
    expect(skipped.map(({ path }) => path)).toEqual([paths[1]]);
    expectClean(predicted.text);
    expect(predicted.text).toContain(`class ${shown}`);
    const labelled = fakeScreen();
    await labelPictures(labelled, paths, { alpha: 1, size: 224 }, signal);
    expectClean(labelled.text);
    const photo = fakeScreen();
    await labelPictures(photo, [at(`clips/plain/other/f0.png`)], { alpha: 1, size: 224 }, signal);
    expect(photo.text).toContain("reading f0.png");
    expect(photo.text).not.toMatch(/\b32\b/); // a photograph is one frame
  });

  test("are named in an error of one line, and exact in JSON, which a terminal shows as letters", async () => {
    const { err } = await runCommand([`nothing ${evil}`], { cwd: folder });
    expect(err).toBe(`zoetrope: nothing ${shown}: no such file or folder.\n`);
    const args = ["predict", `clips/plain/broken ${evil}.png`, "clips/plain/other", "--json"];
    const { code, out } = await runCommand(args, { cwd: folder });
    expect(code).toBe(1);
    expect(JSON.parse(out).skipped[0].path).toBe(args[1]);
    expect(out).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  });

  test.skipIf(!existsSync("/dev/full"))("a training goes on and saves its model where nothing can be said", async () => {
    const stdout = openSync("/dev/full", "w");
    const args = ["train", "clips", "--frames", "2", "--filters", "2", "--epochs", "1", "-o", "unsaid.safetensors"];
    const { code, err } = await runCommand(args, { cwd: folder, stdout, env: { XDG_CACHE_HOME: at("user") } });
    closeSync(stdout);
    expect([code, err]).toEqual([1, "zoetrope: the standard output cannot be written (ENOSPC: the disk is full).\n"]);
    for (const name of ["unsaid.safetensors", "unsaid.html"]) expect(existsSync(at(name))).toBe(true);
  }); // prettier-ignore
});

test("names of models, layers and texts in a file are clean in a summary and when it is converted", async () => {
  const model = Sequential([Input({ shape: [3] }), Dense({ units: 2, name: "dense\x1b[2J" })]);
  await saveModel(model, at("m.safetensors"), { metadata: { [evil]: "1" } });
  const summary = fakeScreen();
  await summarize({ write: (text) => summary.write(clean(text)) }, at("m.safetensors"), signal);
  expect(summary.text).toContain("dense\\u001b[2J");
  expect(summary.text).not.toContain("\x1b[2J");
  const converted = fakeScreen();
  await convertModel(converted, at("m.safetensors"), at("m.keras"), { compile: false, signal });
  expectClean(converted.text);
});

test("the codes of the command itself stay", () => {
  const own = "\r\x1b[2K\x1b[?25l\x1b[17A\x1b[38;5;240;48;5;250m▀\x1b[0m\x1b[?25h\n";
  expect(clean(own)).toBe(own);
  expect(clean("\x1b[2K\x1b[1m\r")).toBe("\\u001b[2K\\u001b[1m\\u000d");
});
