// `zoetrope inspect`: a clip through a model, cut at its recurrent layer, into a report.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode, encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inspectClip } from "../../src/cli/inspect.js";
import { saveModel } from "../../src/formats/index.js";
import { Conv2D, ConvLSTM2D, Dense, Flatten, Input, Model, Sequential, TimeDistributed } from "../../src/index.js";
import { ffmpeg, ffv1, greys, hasFfmpeg } from "../support/films.js";

let folder: string;
const at = (name: string) => join(folder, name);
const { signal } = new AbortController();
const words = { seed: 1 };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "zoetrope-inspect-"));
  mkdirSync(at("walk"));
  for (let i = 0; i < 5; i++) {
    const data = Uint8Array.from({ length: 40 * 30 * 3 }, (_, k) => (k * (i + 3)) % 256);
    writeFileSync(at(`walk/frame-${i}.png`), encode({ width: 40, height: 30, channels: 3, data }));
  }
  const classifier = JSON.stringify({ classes: ["left", "right"], frames: 3, size: 224, windowSeconds: 1, split: "" });
  await saveModel(film(), at("film.safetensors"), { metadata: { classifier } });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A small network over clips of three frames. */
function film() {
  const video = Input({ shape: [3, 224, 224, 3] });
  const eyes = Sequential([Input({ shape: [224, 224, 3] }), Conv2D({ filters: 2, kernelSize: 8, strides: 32 })]);
  const memory = ConvLSTM2D({ filters: 3, kernelSize: 3, name: "memory" })(TimeDistributed(eyes)(video));
  return Model({ inputs: video, outputs: Dense({ units: 2, activation: "softmax" })(Flatten()(memory)), name: "film" });
}

interface Inspected {
  html: string;
  png: string;
  layer: string;
  times: number[];
  labels: { label: string; score: number }[][];
  prediction: { label: string; score: number }[];
  gradient: { h: number[]; c: number[] };
}

async function inspect(path: string, more: object = {}) {
  let text = "";
  const screen = { write: (part: string) => (text += part) };
  const report = at("report.html");
  const { json } = await inspectClip(screen, path, { ...words, report, ...more }, signal);
  return { text, json: json as Inspected };
}

describe("a model's film", () => {
  test("of numbered pictures is read, traced and reported", async () => {
    const { text, json } = await inspect(at("walk"), { model: at("film.safetensors") });
    expect(json.layer).toBe("memory");
    expect(json.times).toEqual([0, 2, 4]);
    expect(json.prediction.map(({ label }) => label).sort()).toEqual(["left", "right"]);
    expect(json.prediction[0].score + json.prediction[1].score).toBeCloseTo(1, 5);
    expect([json.gradient.h.length, json.gradient.c.length]).toEqual([3, 3]);
    expect(text).toContain("walk: 40x30; 3 frames of it");
    expect(text).toContain("What the model says:");
    expect(readFileSync(json.html, "utf8")).toContain("<h1><bdi>walk</bdi></h1>");
    expect(decode(readFileSync(json.png)).width).toBeGreaterThan(3 * 64);
  });

  if (hasFfmpeg) {
    test("is a window of the length that the model was trained on", async () => {
      const path = at("long.mkv");
      ffmpeg(...greys(40), ...ffv1, path);
      const model = at("film.safetensors");
      const middle = await inspect(path, { model });
      const begun = await inspect(path, { model, from: 0 });
      const steps = ({ times }: Inspected) => times.slice(1).map((time, i) => time - times[i]);
      for (const { json } of [middle, begun]) for (const step of steps(json)) expect(step).toBeCloseTo(1 / 3, 1);
      expect(begun.json.times[0]).toBeLessThan(0.2);
      expect(middle.json.times[0]).toBeCloseTo(1.5, 0);
      await expect(inspect(path, { model, from: 3.9 })).rejects.toThrow(
        /long\.mkv: ends \d frames after 3\.9 s, expected 3; begin earlier with --from\.$/,
      );
    });
  } else console.log("inspect: ffmpeg is not there; 1 case did not run");

  test("refuses --from beyond the end of the film", async () => {
    const model = at("film.safetensors");
    await expect(inspect(at("walk"), { model, from: 1 })).rejects.toThrow(
      /^--from 1 needs a film longer than the window of the model/,
    );
  });

  test("without a model is run through the video network, with a note that it is untrained", async () => {
    const { text, json } = await inspect(at("walk"));
    expect(json.layer).toBe("conv_lstm2d");
    expect(json.times.length).toBe(32);
    expect(text).toContain("untrained");
    expect(text).toMatch(/What MobileNet sees.*\n( {2}\S+ +\d+\.\d %.*\n){5}/);
    const html = readFileSync(json.html, "utf8");
    expect(html).toContain("untrained");
    // Random weights say nothing about a class: neither a score nor its gradient is shown.
    expect([json.prediction, json.gradient]).toEqual([undefined, undefined]);
    for (const word of ["What the model says", "Gradient through time", "class 1"]) expect(html).not.toContain(word);
    expect(`${html}${text}`).not.toMatch(/\breal\b/);
    // Each frame's score of every label is known.
    expect(html).toContain("What single frames show");
    expect(html).not.toContain("A line is dashed");
    expect(json.labels.map((labels) => labels.length)).toEqual(Array(32).fill(5));
  });

  test("of a model for other inputs is refused", async () => {
    const model = at("other.safetensors");
    const video = Input({ shape: [3, 32, 32, 3] });
    await saveModel(Model({ inputs: video, outputs: ConvLSTM2D({ filters: 1 })(video), name: "small" }), model);
    await expect(inspect(at("walk"), { model })).rejects.toThrow(
      /^inspect: .*"small" reads \[null, 3, 32, 32, 3\]; expected clips \[batch, frames, 224, 224, 3\]\.$/,
    );
  });
});
