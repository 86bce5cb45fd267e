// Files whose meaning depends on who wrote them: Keras 2 and 3 by version (test/fixtures/make_writers.py), and TensorFlow.js
// (make_tfjs_writers.mjs). Each predicts, trains on and predicts again as there; so does what is saved of it in our own format.
import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { ArgumentError, FileError } from "../../src/errors.js";
import { exportOnnx, loadModel, type ModelFiles, saveModel } from "../../src/formats/index.js";
import { meaningOf, semanticsTable } from "../../src/formats/semantics/table.js";
import { writerOf, writers } from "../../src/formats/semantics/writers.js";
import { clearNames, type Layer, type ModelLayer, type Tensor } from "../../src/index.js";

beforeEach(() => clearNames());

interface Packed {
  shape: number[];
  data: string;
}
interface Record_ {
  name: string;
  /** The name of a file, or the content of model.json. */
  file: unknown;
  weights?: string;
  xs: Packed[];
  y: Packed;
  before: Packed;
  losses: number[];
  after: Packed;
}
interface Library {
  library: string;
  version: string;
  records: Record_[];
}

const folder = new URL("../fixtures/writers/", import.meta.url);
const libraries = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Library);

function unpack({ shape, data }: Packed) {
  const bytes = Buffer.from(data, "base64");
  return { shape, data: new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)) };
}

const sourceOf = ({ file, weights }: Record_): Uint8Array | ModelFiles =>
  typeof file === "string"
    ? new Uint8Array(gunzipSync(readFileSync(new URL(file, folder))))
    : new Map([
        ["model.json", new TextEncoder().encode(JSON.stringify(file))],
        ["weights.bin", new Uint8Array(Buffer.from(weights!, "base64"))],
      ]);

const inputs = ({ xs }: Record_) => (xs.length > 1 ? xs.map(unpack) : unpack(xs[0]));

/** The largest difference of a prediction, relative to the largest value. */
async function distance(model: ModelLayer, record: Record_, wanted: Packed): Promise<number> {
  const y = (await model.predict(inputs(record), { batchSize: record.xs[0].shape[0] })) as Tensor;
  const want = unpack(wanted);
  expect(y.shape).toEqual(want.shape);
  const got = await y.data();
  const scale = want.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return got.reduce((most, value, i) => Math.max(most, Math.abs(value - want.data[i]) / scale), 0);
}

async function expectSame(model: ModelLayer, record: Record_): Promise<void> {
  expect(await distance(model, record, record.before)).toBeLessThan(2e-6);
  for (const loss of record.losses) {
    const logs = await model.trainOnBatch(inputs(record), unpack(record.y));
    expect(Math.abs(logs.loss - loss)).toBeLessThan(1e-5 * Math.max(1, loss));
  }
  expect(await distance(model, record, record.after)).toBeLessThan(1e-5);
}

for (const { library, version, records } of libraries) {
  describe(`${library} ${version}`, () => {
    test.each(records)("$name", async (record) => {
      const model = await loadModel(sourceOf(record));
      const bytes = await saveModel(model, undefined, { format: "safetensors" });
      await expectSame(model, record);
      clearNames();
      await expectSame(await loadModel(bytes), record);
    });
  });
}

// ── what is kept, shown and refused ──────────────────────────────────────────────────────────────────────────────────

/** The model of a case. */
function modelOf(library: string, name: string, options = {}): Promise<ModelLayer> {
  const records = libraries.filter((each) => each.library === library).flatMap((each) => each.records);
  return loadModel(sourceOf(records.find((record) => record.name === name)!), options);
}

const summaryOf = (model: ModelLayer, options = {}): string => {
  let text = "";
  void model.summary({ ...options, print: (all: string) => void (text = all) });
  return text;
};

test("summary({ details: true }) shows them, those inside other layers too", async () => {
  const model = await modelOf("tf_keras", "norm_inner_model");
  const [line] = summaryOf(model, { details: true }).match(/^ batch_normalization.*keeps.*$/m)!;
  expect(line).toContain("(BatchNormalization) keeps the unbiased variance of frames and volumes");
  expect(summaryOf(model, { details: true })).toContain("moves its averages 2 times");
  expect(summaryOf(model)).not.toContain("keeps the unbiased");
  expect(summaryOf(await modelOf("@tensorflow/tfjs", "branch"), { details: true })).toContain("hands the latest mask");
});

test("Keras 3 and ONNX cannot hold them, and saving says so", async () => {
  async function errorOf(model: ModelLayer, format: "keras" | "onnx"): Promise<string> {
    try {
      await saveModel(model, undefined, { format });
      return "saved";
    } catch (error) {
      if (error instanceof ArgumentError) return error.message;
      throw error;
    }
  }
  expect(await errorOf(await modelOf("tf_keras", "add"), "keras")).toMatch(
    /^Add ".*": joins masks by AND.*safetensors\.$/,
  );
  expect(await errorOf(await modelOf("tf_keras", "add"), "onnx")).toMatch(
    /Add ".*" cannot be exported: it joins masks/,
  );
  expect(await errorOf(await modelOf("tf_keras", "norm_frames"), "keras")).toMatch(
    /keeps the unbiased.*compile: false/,
  );
  expect(await errorOf(await modelOf("tf_keras", "norm_frames", { compile: false }), "keras")).toBe("saved");
  expect(await errorOf(await modelOf("tf_keras", "norm_frames"), "onnx")).toBe("saved");
  expect(await errorOf(await modelOf("@tensorflow/tfjs", "corners"), "keras")).toContain("has pixels at their corners");
  expect(await errorOf(await modelOf("@tensorflow/tfjs", "corners"), "onnx")).toBe("saved");
  expect(await errorOf(await modelOf("@tensorflow/tfjs", "branch"), "onnx")).toContain("hands the latest mask");
});

test("the mask of a model of TensorFlow.js has no say where no layer can get it", async () => {
  expect((await modelOf("@tensorflow/tfjs", "gru_absent")).semantics).toBeUndefined();
  expect((await modelOf("tf_keras", "gru_absent")).semantics).toBeUndefined();
});

test("ONNX of bilinear corners says asymmetric", async () => {
  const bytes = await exportOnnx(await modelOf("@tensorflow/tfjs", "corners"));
  expect(Buffer.from(bytes).toString("latin1")).toContain("asymmetric");
});

test("a file of ours with meanings that do not exist is refused", async () => {
  const bytes = await saveModel(await modelOf("tf_keras", "add"));
  for (const value of ['"any"', '"constructor"', "3", "null", "[]"]) {
    const text = Buffer.from(bytes).toString("latin1");
    const wanted = '\\"joinedMasks\\":\\"all\\"'; // prettier-ignore
    expect(text).toContain(wanted);
    const changed = `\\"joinedMasks\\":${value.replaceAll('"', '\\"')}`;
    const header = text.replace(wanted, changed);
    const length = Number(Buffer.from(bytes).readBigUInt64LE(0)) + changed.length - wanted.length;
    const broken = Buffer.from(header, "latin1");
    broken.writeBigUInt64LE(BigInt(length), 0);
    await expect(loadModel(new Uint8Array(broken))).rejects.toThrow(FileError);
  }
});

// ── the tables ───────────────────────────────────────────────────────────────────────────────────────────────────────

test.each([
  ["1.2.2", "Keras 1"],
  ["2.0.9", "Keras 2 without TensorFlow"],
  ["2.2.4", "Keras 2 without TensorFlow"],
  ["2.2.4-tf", "Keras 2"],
  ["2.3.1", "Keras 2 without TensorFlow"],
  ["2.3.0-tf", "Keras 2"],
  ["2.15.0", "Keras 2"],
  ["2.21.0", "Keras 2"],
  ["3.15.1", "Keras 3"],
  ["10.1", "Keras 3"],
  ["tfjs-layers 4.22.0", "TensorFlow.js"],
  ["nonsense", "Keras 2"],
])("%s is of %s", (version, name) => expect(writerOf(version, false).name).toBe(name));

test("meanings go by version, not by major alone", () => {
  const masks = (version: string) => writerOf(version, true).joinedMasks;
  expect([masks("3.3.3"), masks("3.4.0"), masks("3.15.1")]).toEqual(["none", "any", "any"]);
  const distributed = (version: string) => writerOf(version, true).timeDistributedMasks;
  expect([distributed("2.21.0"), distributed("3.0.5"), distributed("3.15.1"), distributed("3.16.0")]).toEqual([
    ...["inner", "incoming", "incoming", "none"],
  ]);
  expect(writerOf(undefined, true)).toBe(writerOf("3.15.1", true));
  expect(writerOf(undefined, false)).toBe(writerOf("2.21.0", false));
});

test("the table of writers is in order, and each meaning of a class has a sentence", () => {
  for (const library of new Set(writers.map((row) => row.library))) {
    const from = writers.filter((row) => row.library === library).map((row) => row.from[0] * 1000 + row.from[1]);
    expect(from).toEqual([...from].sort((a, b) => a - b));
    expect(from[0]).toBe(0);
  }
  for (const row of Object.values(semanticsTable)) {
    for (const values of Object.values(row))
      for (const { says } of Object.values(values)) expect(says).toMatch(/, as .*/);
  }
  expect(meaningOf("BatchNormalization", "updates", 2)?.changes).toBe("training");
  for (const value of [1, 1.5, 65, "2", NaN]) expect(meaningOf("BatchNormalization", "updates", value)).toBeUndefined();
  expect(meaningOf("toString", "length", "name")).toBeUndefined();
});

test("layers of files that mean nothing else are as they were", async () => {
  const visit = (layer: Layer): void => {
    expect(Object.hasOwn(layer, "getConfig")).toBe(false);
    layer.sublayers.forEach(visit);
  };
  visit(await modelOf("keras", "pooling"));
});
