// Files as people have them (test/fixtures/file_kinds.py, by Keras 3.15.1 and tf-keras 2.21.0): other dtypes, channels first,
// and a model in two files. What is expected is what a twin of float32 and channels last predicts in Keras.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { unzipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { ArgumentError, FileError } from "../../../src/errors.js";
import { loadModel, loadWeights, saveModel, saveWeights } from "../../../src/formats/index.js";
import { type ModelLayer, tensor } from "../../../src/index.js";

interface Packed {
  shape: number[];
  data: string;
}
interface Case {
  name: string;
  files: Record<string, string>;
  x: Packed;
  y?: Packed;
  ys?: Packed[];
  warns?: string | null;
  ownDistance?: number;
  json?: string;
  dumped?: string;
}

const fixture = (name: string) =>
  (JSON.parse(readFileSync(`test/fixtures/${name}.json`, "utf8")) as { library: string; cases: Case[] }).cases;
const bytesOf = (file: string) => new Uint8Array(gunzipSync(Buffer.from(file, "base64")));
const unpacked = ({ shape, data }: Packed) => {
  const bytes = Uint8Array.from(Buffer.from(data, "base64"));
  return { shape, data: new Float32Array(bytes.buffer) };
};

/** The largest difference from what is expected, as a part of the largest number. */
async function errorOf(model: ModelLayer, { x, y, ys = [y!] }: Case): Promise<number> {
  const given = unpacked(x);
  const outputs = [model.compute([tensor(given.data, given.shape)])].flat();
  expect(outputs.map(({ shape }) => shape)).toEqual(ys.map(({ shape }) => shape));
  let worst = 0;
  for (const [i, packed] of ys.entries()) {
    const [got, want] = [await outputs[i].data(), unpacked(packed).data];
    const largest = want.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    got.forEach((v, k) => (worst = Math.max(worst, Math.abs(v - want[k]) / largest)));
  }
  return worst;
}

/** The model of a file, and what was warned of. Weights alone are given to the model of the `.keras` file. */
async function load({ files }: Case, ending: string) {
  const warnings: string[] = [];
  const onWarning = (text: string) => void warnings.push(text);
  const whole = await loadModel(bytesOf(files[ending.includes("weights") ? ".keras" : ending]), { onWarning });
  if (!ending.includes("weights")) return { model: whole, warnings };
  for (const weight of whole.weights) weight.assign(new Float32Array(weight.size));
  await loadWeights(whole, bytesOf(files[ending]));
  return { model: whole, warnings };
}

describe.each(["dtypes", "keras2Dtypes"])("%s are computed in float32, which is said once", (name) => {
  for (const each of fixture(name)) {
    test.each(Object.keys(each.files))(`${each.name}%s`, async (ending) => {
      const { model, warnings } = await load(each, ending);
      expect(await errorOf(model, each)).toBeLessThan(1e-6);
      const text = `loadModel: the file was made for ${each.warns}; here it is computed in float32, and saved as such`;
      expect(warnings.map((line) => line.slice(0, text.length))).toEqual(each.warns ? [text] : []);
    });
  }
});

test("without the option, warnings go to the console", async () => {
  const [half] = fixture("dtypes");
  const { warn } = console;
  const seen: unknown[] = [];
  console.warn = (text: unknown) => void seen.push(text);
  try {
    await loadModel(bytesOf(half.files[".keras"]));
  } finally {
    console.warn = warn;
  }
  expect(seen).toEqual([expect.stringMatching(/^loadModel: the file was made for mixed_float16; [^\n]*\.$/)]);
  const bad = loadModel(bytesOf(half.files[".keras"]), { onWarning: "log" as never });
  await expect(bad).rejects.toThrow('loadModel: onWarning: "log"; expected a function.');
});

describe("channels first", () => {
  const cases = fixture("channelsFirst");
  for (const each of cases) {
    test.each(Object.keys(each.files).slice(1))(`${each.name}%s`, async (ending) => {
      expect(await errorOf((await load(each, ending)).model, each)).toBeLessThan(1e-6);
    });

    test(`${each.name} predicts right, and is saved as it came`, async () => {
      const { model } = await load(each, ".keras");
      expect(await errorOf(model, each)).toBeLessThan(1e-6);
      const configs = [bytesOf(each.files[".keras"]), await saveModel(model, undefined, { format: "keras" })].map(
        (file) => formatsIn(JSON.parse(new TextDecoder().decode(unzipSync(file)["config.json"]))),
      );
      expect(configs[1].sort()).toEqual(configs[0].sort());
      for (const format of ["keras", "safetensors"] as const) {
        const again = await loadModel(await saveModel(model, undefined, { format }));
        expect(await errorOf(again, each)).toBeLessThan(1e-6);
      }
    });
  }

  test("weights have the names and the places of the layer inside", async () => {
    const network = cases.at(-1)!;
    const { model } = await load(network, ".keras");
    const names = model.weights.map(({ name }) => name);
    expect(names).toContain("conv/kernel");
    const file = await saveWeights(model, undefined, { format: "weights.h5" });
    const { model: other } = await load(network, ".h5");
    for (const weight of other.weights) weight.assign(new Float32Array(weight.size));
    await loadWeights(other, file);
    expect(await errorOf(other, network)).toBeLessThan(1e-6);
    await loadWeights(other, bytesOf(network.files[".h5"]), { byName: true });
    expect(await errorOf(other, network)).toBeLessThan(1e-6);
  });
});

/** The values of `data_format`, layer by layer. */
function formatsIn(value: unknown, name = ""): string[] {
  if (!(value instanceof Object)) return [];
  const { config, data_format } = value as { config?: { name?: string }; data_format?: unknown };
  const own = typeof data_format === "string" ? [`${name} ${data_format}`] : [];
  return [...own, ...Object.values(value).flatMap((item) => formatsIn(item, config?.name ?? (value as { name?: string }).name ?? name))]; // prettier-ignore
}

describe.each(["twoFiles", "keras2TwoFiles"])("%s: the architecture, and its weights", (fixtureName) => {
  for (const each of fixture(fixtureName)) {
    const texts = { json: each.json!, "json in quotes": each.dumped! };
    const json = new TextEncoder().encode(each.json);
    test.each(Object.keys(each.files))(`${each.name}, with %s`, async (ending) => {
      const weights = bytesOf(each.files[ending]);
      for (const text of Object.values(texts)) {
        const model = await loadModel(new TextEncoder().encode(text), { weights: new Blob([weights]) });
        expect(await errorOf(model, each)).toBeLessThan(1e-6);
      }
    });

    test(`${each.name}, with safetensors`, async () => {
      const model = await loadModel(json, { weights: bytesOf(each.files[".h5"]) });
      const again = await loadModel(json, { weights: await saveWeights(model) });
      expect(await errorOf(again, each)).toBeLessThan(1e-6);
    });

    test(`${each.name}: one without the other, or both in one, is refused`, async () => {
      const weights = bytesOf(each.files[".h5"]);
      await expect(loadModel(json)).rejects.toThrow(FileError);
      await expect(loadModel(json)).rejects.toThrow(/describes a model without its weights; give them too: loadModel\(json, { weights/); // prettier-ignore
      await expect(loadModel(weights, { weights: json })).rejects.toThrow(ArgumentError);
      await expect(loadModel(weights, { weights: json })).rejects.toThrow(/holds weights of its own; load it without { weights }/); // prettier-ignore
      await expect(loadModel(json, { weights: json })).rejects.toThrow(/describes a model without its weights; give the file of the weights/); // prettier-ignore
      const other = new TextEncoder().encode(each.json!.replace(/"units": ?\d+/, '"units": 9'));
      await expect(loadModel(other, { weights })).rejects.toThrow(FileError);
    });
  }

  test("weights from a file whose model is known from code", async () => {
    const [{ files }] = fixture(fixtureName);
    const alone = loadModel(bytesOf(files[".weights.h5"]));
    await expect(alone).rejects.toThrow(/holds weights alone; make the model in code and use loadWeights, or give loadModel\(json, { weights }\)/); // prettier-ignore
  });
});
