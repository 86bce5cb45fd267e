// Broken and malicious files are typed errors, thrown before memory is allocated for what they claim to hold.
import { beforeEach, describe, expect, test } from "vitest";
import { FileError } from "../../src/errors.js";
import { loadModel, saveModel } from "../../src/formats/index.js";
import { clearNames, setSeed } from "../../src/index.js";
import { numbers } from "../support/cases/case.js";
import { classes, clips, film, line, weightsOf } from "../support/cases/keptModels.js";

beforeEach(() => {
  clearNames();
  setSeed(1);
});

// ── hostile files ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The file with another header; the data after it are unchanged. */
function withHeader(bytes: Uint8Array, change: (header: Record<string, any>) => void): Uint8Array {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<string, any>;
  change(header);
  const text = new TextEncoder().encode(JSON.stringify(header));
  const result = new Uint8Array(8 + text.length + bytes.length - 8 - length);
  new DataView(result.buffer).setBigUint64(0, BigInt(text.length), true);
  result.set(text, 8);
  result.set(bytes.subarray(8 + length), 8 + text.length);
  return result;
}

/** The same with another architecture. */
const withModel = (bytes: Uint8Array, change: (model: any) => unknown): Uint8Array =>
  withHeader(bytes, ({ __metadata__: metadata }) => {
    const model: unknown = JSON.parse(metadata.model as string);
    const changed = change(model) ?? model;
    metadata.model = typeof changed === "string" ? changed : JSON.stringify(changed);
  });

describe("files that are broken or hostile", () => {
  const dense = (model: any) => model.config.layers[1].config;
  const streams = (text: string) => (b: Uint8Array) => withHeader(b, (h) => void (h.__metadata__.streams = text));
  test.each<[string, (bytes: Uint8Array) => Uint8Array, RegExp]>([
    [
      "no layers",
      (b) => withModel(b, (m) => void delete m.config.layers),
      /its architecture: fromConfig: layers: nothing; expected a list/,
    ],
    [
      "a class that is not known",
      (b) => withModel(b, (m) => void (m.config.layers[1].className = "Lambda")),
      /Unknown layer "Lambda"/,
    ],
    [
      "a class of JavaScript's",
      (b) => withModel(b, (m) => void (m.config.layers[1].className = "constructor")),
      /Unknown layer "constructor"/,
    ],
    ["an unknown option", (b) => withModel(b, (m) => void (dense(m).module = "os")), /unknown option "module"/],
    [
      "a key that reaches prototypes",
      (b) => withModel(b, (m) => JSON.stringify(m).replace('"units"', '"__proto__":{"x":1},"units"')),
      /key "__proto__" is not allowed/,
    ],
    [
      "endless nesting",
      (b) => withModel(b, () => `${"[".repeat(1e5)}${"]".repeat(1e5)}`),
      /nested deeper than 100|broken/,
    ],
    ["no JSON", (b) => withModel(b, () => "{"), /its architecture is broken/],
    ["a layer instead of a model", (b) => withModel(b, (m) => m.config.layers[1]), /is no model/],
    [
      "weights beyond all memory",
      (b) => withModel(b, (m) => void (dense(m).units = 2 ** 40)),
      /describes more weights than the file holds/,
    ],
    [
      "weights beyond the file",
      (b) => withModel(b, (m) => void (dense(m).units = 3)),
      /"dense\/kernel" as \[2, 2\], which Dense "dense" needs as \[2, 3\]|more weights/,
    ],
    [
      "a call of a layer that is not there",
      (b) => withModel(b, (m) => void (m.config.calls[0].layer = "x")),
      /names layer "x"/,
    ],
    [
      "a tensor that is not there",
      (b) => withModel(b, (m) => void (m.config.calls[0].inputs = [99])),
      /names tensor 99/,
    ],
    [
      "call options of all kinds",
      (b) => withModel(b, (m) => void (m.config.calls[0].options = { mask: 1 })),
      /call option mask/,
    ],
    [
      "two layers of one name",
      (b) => withModel(b, (m) => void (m.config.layers[2].config.name = "dense")),
      /two layers are named "dense"/,
    ],
    [
      "random streams of others",
      streams('[{"seed":1,"stream":1,"counter":1}]'),
      /its random streams are not those of its 0 layers/,
    ],
    ["random streams of nothing", streams("?"), /its record of random streams is broken/],
    [
      "another version",
      (b) => withHeader(b, (h) => void (h.__metadata__.version = "2")),
      /is of version 2, known is 1/,
    ],
    ["another format", (b) => withHeader(b, (h) => void (h.__metadata__.format = "pt")), /holds no model/],
    [
      "a tensor too many",
      (b) => withHeader(b, (h) => void (h["x/y"] = { dtype: "F32", shape: [0], data_offsets: [0, 0] })),
      /"x\/y", for which there is no weight/,
    ],
    [
      "an unknown optimizer",
      (b) => withHeader(b, (h) => void (h.__metadata__.training = h.__metadata__.training.replace("SGD", "Sgdx"))),
      /names the optimizer "Sgdx"/,
    ],
    [
      "a rate that is none",
      (b) =>
        withHeader(
          b,
          (h) =>
            void (h.__metadata__.training = h.__metadata__.training.replace(
              '"learningRate":0.01',
              '"learningRate":{"number":"NaN"}',
            )),
        ),
      /how it was trained: SGD: learningRate NaN/,
    ],
    [
      "an unknown loss",
      (b) =>
        withHeader(
          b,
          (h) =>
            void (h.__metadata__.training = h.__metadata__.training.replace(
              '"mse"',
              '{"from":"own","function":"constructor"}',
            )),
        ),
      /names the function "constructor"/,
    ],
    [
      "updates that are none",
      (b) =>
        withHeader(
          b,
          (h) => void (h.__metadata__.training = h.__metadata__.training.replace('"iterations":0', '"iterations":-1')),
        ),
      /-1 updates/,
    ],
  ])("%s", async (_, change, message) => {
    const attempt = loadModel(change(await saveModel(line())), { compile: "required" });
    await expect(attempt).rejects.toBeInstanceOf(FileError);
    await expect(attempt).rejects.toThrow(message);
  });

  const long = "x".repeat(1e6);
  test.each<[string, (bytes: Uint8Array) => Uint8Array, RegExp]>([
    [
      "an option with an endless name",
      (b) => withModel(b, (m) => void (dense(m)[long] = 1)),
      /unknown option "x+…"; known are units/,
    ],
    ["a layer with an endless name", (b) => withModel(b, (m) => void Object.assign(dense(m), { name: long, unit: 1 })), /: Dense: unknown option "unit"; did you mean "units"\?$/], // prettier-ignore
    ["a tensor with an endless name", (b) => withHeader(b, (h) => void ((h[long] = h["dense/bias"]), delete h["dense/bias"])), /holds no "dense\/bias", which Dense "dense" needs as \[2\]/], // prettier-ignore
    ["an optimizer with an endless name", (b) => withHeader(b, (h) => void (h.__metadata__.training = h.__metadata__.training.replace("SGD", long))), /load with \{ compile: false \}/], // prettier-ignore
    ["a loss with an endless name", (b) => withHeader(b, (h) => void (h.__metadata__.training = h.__metadata__.training.replace("mse", long))), /unknown loss "x+…/], // prettier-ignore
    ["a class of letters that a terminal obeys", (b) => withModel(b, (m) => void (m.config.layers[1].className = "\x1b[2J\u202e\n")), /Unknown layer "\\u001b\[2J\\u202e\\n"/], // prettier-ignore
  ])("%s: one short line, soon", async (_, change, message) => {
    const file = change(await saveModel(line()));
    const error = (await loadModel(file, { compile: "required" }).catch((reason: unknown) => reason)) as FileError;
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toMatch(message);
    expect(error.message.length).toBeLessThan(1100);
  });

  test("names of TensorFlow.js that are nested without end", async () => {
    const topology = { class_name: "Sequential", config: { layers: [{ class_name: "Dense", config: { name: "d", units: 1, batch_input_shape: [null, 2] } }] } }; // prettier-ignore
    for (const name of [`${"layers/".repeat(1e5)}vars/0`, `${"d/".repeat(2e5)}kernel`]) {
      const weightsManifest = [{ paths: [], weights: [{ name, shape: [0], dtype: "float32" }] }];
      const text = JSON.stringify({ format: "layers-model", modelTopology: topology, weightsManifest });
      const attempt = loadModel(new Map([["model.json", new TextEncoder().encode(text)]]));
      await expect(attempt).rejects.toBeInstanceOf(FileError);
    }
  });

  test("nested models that each call the inner one twice: a short file that asks for endless work", async () => {
    let inner: any = { className: "Dense", config: { name: "l", units: 2 } };
    for (let depth = 0; depth < 20; depth++) {
      const input = { className: "InputLayer", config: { name: "in", shape: [2] } };
      const call = (from: number) => ({ layer: "l", inputs: [from], takesList: false });
      const graph = {
        inputs: [{ shape: [null, 2], name: "in" }],
        calls: [call(0), call(1)],
        outputs: [2],
        givesList: false,
      };
      inner = { className: "Functional", config: { name: "l", layers: [input, inner], ...graph } };
    }
    const bytes = withModel(await saveModel(line()), () => inner as unknown);
    await expect(loadModel(bytes)).rejects.toThrow(/one call comes to \d+ calls of layers; at most 65536 are read/);
  });

  test("a thousand mutated files: a typed error, or a model whose weights are all finite", async () => {
    const model = film();
    model.compile({ optimizer: "adam", loss: "mse" });
    await model.trainOnBatch(clips, classes);
    const good = await saveModel(model);
    const headerLength = 8 + Number(new DataView(good.buffer).getBigUint64(0, true));
    const random = numbers(8000, 3).map((value) => (value + 1) / 2);
    let next = 0;
    const below = (limit: number) => Math.floor(random[next++ % random.length] * limit);
    const outcomes = { loaded: 0, refused: 0 };
    for (let i = 0; i < 1000; i++) {
      let bytes: Uint8Array = good.slice();
      const kind = i % 5;
      const place = below(kind < 4 ? headerLength : good.length);
      if (kind === 0) bytes[place] ^= 1 << below(8);
      else if (kind === 1) bytes[place] = below(256);
      else if (kind === 2) bytes = good.slice(0, below(good.length));
      else if (kind === 3) bytes.copyWithin(place, below(headerLength), below(headerLength));
      else bytes[place] = 0xff;
      try {
        const loaded = await loadModel(bytes);
        for (const weight of loaded.weights) expect((await weight.data()).every(Number.isFinite)).toBe(true);
        for (const weight of loaded.weights) weight.dispose();
        loaded.optimizer?.dispose();
        outcomes.loaded++;
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        expect(error.message.split("\n")).toHaveLength(1);
        outcomes.refused++;
      }
    }
    expect(outcomes.refused).toBeGreaterThan(600);
    expect(outcomes.loaded).toBeGreaterThan(20);
    const again = await loadModel(good);
    expect(await weightsOf(again)).toEqual(await weightsOf(model));
  });
});
