// Layers models of TensorFlow.js: saved by TensorFlow.js, and converted from files of Keras by its converter (test/fixtures/make_tfjs.mjs).
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, test } from "vitest";
import { ArgumentError, FileError } from "../../src/errors.js";
import { type DownloadProgress, loadModel, type LoadModelOptions, loadWeights } from "../../src/formats/index.js";
import { clearNames, type ModelLayer, type Tensor } from "../../src/index.js";

beforeEach(() => clearNames());

interface Arrays {
  data: number[];
  shape: number[];
}
const folder = new URL("../fixtures/tfjs/", import.meta.url);
const expected = JSON.parse(readFileSync(new URL("expected.json", folder), "utf8")) as Record<
  string,
  { inputs: Arrays[]; outputs: Arrays[]; lesson?: Arrays[]; losses?: number[] }
>;
const at = (name: string) => new URL(`${name}/model.json`, folder);
const hostArray = ({ data, shape }: Arrays) => ({ data: Float32Array.from(data), shape });

/** How far the predictions are from TensorFlow.js's, at most. */
async function distance(model: ModelLayer, name: string): Promise<number> {
  const { inputs, outputs } = expected[name];
  const xs = inputs.map(hostArray);
  const results = [await model.predict(xs.length === 1 ? xs[0] : xs)].flat() as Tensor[];
  expect(results.map(({ shape }) => [...shape])).toEqual(outputs.map(({ shape }) => shape));
  const values = await Promise.all(results.map((y) => y.data()));
  return Math.max(...values.flatMap((y, i) => Array.from(y, (value, k) => Math.abs(value - outputs[i].data[k]))));
}

test.each(Object.keys(expected))("%s predicts the same", async (name) => {
  expect(await distance(await loadModel(at(name)), name)).toBeLessThan(1e-5);
});

test.each(Object.keys(expected).filter((name) => expected[name].losses))(
  "%s is trained on as if there had been no break",
  async (name) => {
    const { lesson, losses } = expected[name];
    const [x, y] = lesson!.map(hostArray);
    const model = await loadModel(at(name));
    for (const loss of losses!) expect((await model.trainOnBatch(x, y)).loss).toBeCloseTo(loss, 5);
    const untaught = await loadModel(at(name), { compile: false });
    expect(untaught.optimizer).toBeUndefined();
  },
);

test.each(["film", "converted_keras3"])("weights only: %s", async (name) => {
  const [model, other] = [await loadModel(at(name)), await loadModel(at(name))];
  for (const weight of other.weights) weight.assign(new Float32Array(weight.size));
  await loadWeights(other, at(name));
  const values = (of: ModelLayer) => of.getWeights().then((list) => list.map(({ data }) => [...data]));
  expect(await values(other)).toEqual(await values(model));
});

// ── where the files come from ───────────────────────────────────────────────────────────────────────────────────────────

/** A folder's files by their names. */
function filesOf(name: string): Map<string, Uint8Array> {
  const place = new URL(`${name}/`, folder);
  return new Map(readdirSync(place).map((file) => [file, readFileSync(new URL(file, place))]));
}

describe("sources", () => {
  test("a path, and bytes by name, also in a folder", async () => {
    const files = filesOf("film");
    const below = new Map([...files].map(([name, bytes]) => [`models/film/${name}`, bytes]));
    for (const source of [fileURLToPath(at("film")), files, below]) {
      expect(await distance(await loadModel(source), "film")).toBeLessThan(1e-5);
    }
  });

  test("the files that a user chose", async () => {
    const chosen = [...filesOf("film")].map(([name, bytes]) => new File([new Uint8Array(bytes)], name));
    expect(await distance(await loadModel(chosen), "film")).toBeLessThan(1e-5);
    const message = 'loadModel: "model.json" names "weights1.bin", which is not among the files.';
    await expect(loadModel(chosen.filter(({ name }) => name === "model.json"))).rejects.toThrow(message);
    await expect(loadModel(chosen.slice(1))).rejects.toThrow(ArgumentError);
  });

  test("a URL, whose query is added to the URL of every file", async () => {
    const asked: string[] = [];
    const files = filesOf("film");
    const server = createServer(({ url }, answer) => {
      asked.push(url!);
      const bytes = files.get(/([^/]*)\?token=1$/.exec(url!)?.[1] ?? "");
      answer.writeHead(bytes ? 200 : 404).end(bytes);
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const { port } = server.address() as AddressInfo;
    try {
      const address = `http://127.0.0.1:${port}/a%20b/model.json`;
      expect(await distance(await loadModel(`${address}?token=1`), "film")).toBeLessThan(1e-5);
      expect(asked).toContain("/a%20b/weights1.bin?token=1");
      const begun: number[] = [];
      const onProgress = ({ loadedBytes }: DownloadProgress) => loadedBytes === 0 && begun.push(begun.length);
      await loadModel(`${address}?token=1`, { onProgress });
      expect(begun.length).toBe(files.size);
      expect(await distance(await loadModel(await fetch(`${address}?token=1`)), "film")).toBeLessThan(1e-5);
      await expect(loadModel(address)).rejects.toThrow(/status 404/);
    } finally {
      server.close();
    }
  });

  test("bytes of model.json only, which have no files beside them", async () => {
    const bytes = filesOf("film").get("model.json")!;
    await expect(loadModel(bytes)).rejects.toThrow(/names "weights1.bin" beside it; give the path or URL/);
  });
});

// ── what is wrong with files ────────────────────────────────────────────────────────────────────────────────────────────

type Json = Record<string, any>;

/** The model's files, model.json changed. */
function changed(name: string, change: (json: Json) => unknown): Map<string, Uint8Array> {
  const files = filesOf(name);
  const json = JSON.parse(new TextDecoder().decode(files.get("model.json"))) as Json;
  const other = change(json) ?? json;
  return files.set("model.json", new TextEncoder().encode(typeof other === "string" ? other : JSON.stringify(other)));
}

describe("files that are broken or hostile", () => {
  const weight = (json: Json, i = 0) => json.weightsManifest[0].weights[i];
  const paths =
    (...list: unknown[]) =>
    (json: Json) =>
      void (json.weightsManifest[0].paths = list);
  test.each<[string, string, (json: Json) => unknown, RegExp]>([
    ["another kind of JSON", "film", () => ({ a: 1 }), /is JSON, but not a layers model/],
    ["a graph model", "film", (m) => void (m.format = "graph-model"), /"graph-model" of TensorFlow.js; expected a "layers-model"/], // prettier-ignore
    ["no architecture", "film", (m) => void delete m.modelTopology, /weights alone/],
    ["no weights", "film", (m) => void delete m.weightsManifest, /weightsManifest is nothing; expected a list/],
    ["a path upwards", "film", paths("../weights1.bin"), /names the file "..\/weights1.bin"; expected one beside it/],
    ["a path up again", "film", paths("a/../../weights1.bin"), /expected one beside it/],
    ["an absolute path", "film", paths("/etc/passwd"), /expected one beside it/],
    ["an address", "film", paths("http://127.0.0.1/x"), /expected one beside it/],
    ["a drive", "film", paths("C:\\x"), /expected one beside it/],
    ["backslashes", "film", paths("..\\x"), /expected one beside it/],
    ["a path with a null", "film", paths("weights1.bin\0"), /expected one beside it/],
    ["no path", "film", paths(1), /names the file 1/],
    ["one file many times", "film", paths("weights1.bin", "weights1.bin"), /lists the file "weights1.bin" twice/],
    ["too few files", "film", paths("weights1.bin"), /have \d+ bytes, \["weights1.bin"\] hold 1000/],
    ["a weight twice", "film", (m) => void (weight(m, 1).name = weight(m).name), /lists the weight "conv1\/kernel" twice/], // prettier-ignore
    ["a shape beyond all memory", "film", (m) => void (weight(m).shape = [2 ** 30, 2 ** 30]), /has shape \[1073741824/],
    ["a shape of halves", "film", (m) => void (weight(m).shape = [0.5]), /expected whole numbers from 0/],
    ["a shape beyond the file", "film", (m) => void (weight(m).shape = [2 ** 28]), /have \d+ bytes, .* hold \d+|the limit/], // prettier-ignore
    ["another shape", "film", (m) => void weight(m).shape.reverse(), /conv1\/kernel" as \[2, 1, 3, 3\], which Conv2D "conv1" needs/], // prettier-ignore
    ["a weight of another layer", "film", (m) => void (weight(m).name = "dense/kernel"), /holds "dense\/kernel", for which there is no weight/], // prettier-ignore
    ["text among weights", "film", (m) => void (weight(m).dtype = "string"), /is "string"; expected float32, int32/],
    ["an unknown quantization", "converted_film_uint8", (m) => void (weight(m).quantization.dtype = "uint4"), /quantized as "uint4"/], // prettier-ignore
    ["no scale", "converted_film_uint8", (m) => void delete weight(m).quantization.scale, /has scale nothing/],
    ["a scale beyond floats", "converted_film_uint8", (m) => void (weight(m).quantization.scale = 1e300), /not finite/],
    ["a user-defined layer", "film", (m) => void (m.modelTopology.config.layers[1].class_name = "Lambda"), /Lambda/],
    ["more units than weights", "trained", (m) => void (m.modelTopology.config.layers[0].config.units = 2 ** 40), /more weights than the file holds/], // prettier-ignore
    ["a reach for prototypes", "film", (m) => JSON.stringify(m).replace('"name"', '"__proto__"'), /key "__proto__" is not allowed/], // prettier-ignore
    [
      "endless nesting",
      "film",
      () => `{"modelTopology":${"[".repeat(1e5)}${"]".repeat(1e5)}}`,
      /deeper than 100|broken/,
    ],
  ])("%s", async (_, name, change, message) => {
    const error: Error = await loadModel(changed(name, change)).then(() => expect.unreachable(), (e) => e); // prettier-ignore
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^loadModel: "model.json".*\.$/);
  });

  test("more bytes than maxBytes", async () => {
    const options: LoadModelOptions = { maxBytes: 5000 };
    const files = changed("film", (m) => void (m.weightsManifest[0].weights[0].shape = [2000]));
    await expect(loadModel(files, options)).rejects.toThrow(/the limit (is|of) 5000/);
  });
});
