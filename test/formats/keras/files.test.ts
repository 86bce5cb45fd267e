// Files that real Keras wrote (Keras 3.15.1 and tf-keras 2.21.0, see test/fixtures/README.md): what they predict, how training
// continues.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { unzipSync, zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { FileError } from "../../../src/errors.js";
import { loadModel, loadWeights, saveModel, saveWeights } from "../../../src/formats/index.js";
import { readHdf5 } from "../../../src/formats/hdf5/read.js";
import * as zoetrope from "../../../src/index.js";
import { Adam, Dense, Input, Model, type ModelLayer, Sequential } from "../../../src/index.js";
import { lossError, predictionError } from "../../interop/ourSide.mjs";

interface Record {
  name: string;
  library: string;
  files: string[];
}

const folders = ["test/fixtures/keras", "test/fixtures/tf_keras"];
const records = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => [folder, JSON.parse(readFileSync(`${folder}/${name}`, "utf8")) as Record] as const),
);
const read = (path: string) => new Uint8Array(gunzipSync(readFileSync(`${path}.gz`)));
const kerasFile = (name: string) => read(`test/fixtures/keras/${name}`);

/** The model of a file; for files of weights, that of the `.keras` file with new weights and a new optimizer. */
async function load(path: string): Promise<ModelLayer> {
  if (!path.endsWith(".weights.h5")) return loadModel(read(path));
  const model = await loadModel(read(path.replace(".weights.h5", ".keras")));
  for (const weight of model.weights) weight.assign(new Float32Array(weight.size));
  model.optimizer!.dispose();
  await loadWeights(model, read(path));
  return model;
}

async function expectKeras(model: ModelLayer, record: Record) {
  expect(await predictionError(zoetrope, model, record)).toBeLessThan(1e-6);
  expect(await lossError(model, record)).toBeLessThan(1e-5);
}

describe("predicts as Keras and trains on as Keras", () => {
  for (const [folder, record] of records) {
    for (const extension of record.files) {
      test(`${record.name}${extension} of ${record.library}`, async () => {
        await expectKeras(await load(`${folder}/${record.name}${extension}`), record);
      });
    }
  }

  test.each(["shared.h5", "shared.keras", "small.weights.h5"])(
    "%s leaves a caller's Buffer as it was",
    async (name) => {
      const bytes = Buffer.from(kerasFile(name));
      const before = Buffer.from(bytes).toString("base64");
      const model = name.endsWith(".weights.h5") ? await loadModel(kerasFile("small.keras")) : undefined;
      for (let i = 0; i < 2; i++) await (model ? loadWeights(model, bytes) : loadModel(bytes));
      expect(bytes.toString("base64")).toBe(before);
    },
  );

  test("after a file that this package wrote", async () => {
    for (const [folder, record] of records.filter(([folder]) => folder === folders[0])) {
      const model = await loadModel(read(`${folder}/${record.name}.keras`));
      const bytes = await saveModel(model, undefined, { format: "keras" });
      await expectKeras(await loadModel(bytes), record);
      const again = await loadModel(await saveModel(await loadModel(bytes)));
      await expectKeras(again, record);
    }
  });
});

/** Paths of datasets and their shapes, as a file of weights lists them. */
async function listing(bytes: Uint8Array): Promise<string[]> {
  type Group = Awaited<ReturnType<typeof readHdf5>>;
  const lines = (group: Group, path: string): string[] => [
    ...[...group.attributes].map(([name, value]) => `${path}@${name} ${String(value)}`),
    ...[...group.datasets].map(([name, { shape }]) => `${path}${name} [${shape.join(", ")}]`),
    ...[...group.groups].flatMap(([name, inside]) => lines(inside, `${path}${name}/`)),
  ];
  // Names of cells and optimizers are counted in Keras; nothing reads them.
  const isCounted = (line: string) => /^optimizer\/vars\/@name|\/cell\/vars\/@name/.test(line);
  return lines(await readHdf5("here", bytes), "")
    .filter((line) => !isCounted(line))
    .sort();
}

test("files of weights that this package writes have the groups, arrays and names of those of Keras", async () => {
  for (const name of ["small", "several"]) {
    const model = await loadModel(kerasFile(`${name}.keras`));
    const ours = await listing(await saveWeights(model, undefined, { format: "weights.h5" }));
    expect(ours).toEqual(await listing(kerasFile(`${name}.weights.h5`)));
  }
});

/** The frozen layers of a model, nested ones included. */
const frozen = (model: ModelLayer): string[] => {
  const visit = (layer: zoetrope.Layer): string[] => [
    ...(layer.trainable || layer.weights.length === 0 ? [] : [layer.name]),
    ...layer.sublayers.flatMap(visit),
  ];
  return visit(model);
};

test("a nested model's weights are found whether or not it was frozen when they were saved, or is frozen now", async () => {
  const values = async (model: ModelLayer) => (await model.getWeights()).map(({ data }) => [...data]);
  const whole = await loadModel(kerasFile("smallPartlyFrozen.h5"));
  expect(frozen(whole)).toEqual(["conv_bn"]);
  const expected = await values(whole);
  for (const change of [
    (cnn: zoetrope.Layer) => (cnn.trainable = true),
    (cnn: zoetrope.Layer) => (cnn.trainable = false),
  ]) {
    const model = await loadModel(kerasFile("small.keras"), { compile: false });
    change(model.getLayer("time_distributed"));
    await loadWeights(model, kerasFile("smallPartlyFrozen.h5"));
    expect(await values(model)).toEqual(expected);
  }
});

describe("weights by order and by name", () => {
  const network = (names: string[], units = 3) => {
    const x = Input({ shape: [4] });
    const [first, second] = names;
    return Model({ inputs: x, outputs: Dense({ units: 2, name: second })(Dense({ units, name: first })(x)) });
  };
  const save = async (names: string[]) => {
    const model = network(names);
    return [model, await saveWeights(model, undefined, { format: "weights.h5" })] as const;
  };
  const kernel = async (model: ModelLayer, place: number) => [...(await model.getWeights())[place].data];

  test("by order, whatever the names", async () => {
    const [saved, bytes] = await save(["a", "b"]);
    const other = network(["x", "y"]);
    await loadWeights(other, bytes);
    expect(await other.getWeights()).toEqual(await saved.getWeights());
  });

  test("by name, whatever the order; other weights stay", async () => {
    const [saved, bytes] = await save(["a", "b"]);
    const x = Input({ shape: [4] });
    const other = Model({ inputs: x, outputs: Dense({ units: 3, name: "a" })(Dense({ units: 4, name: "new" })(x)) });
    const before = await other.getWeights();
    await loadWeights(other, bytes, { byName: true });
    expect(await kernel(other, 2)).toEqual(await kernel(saved, 0));
    expect(await kernel(other, 0)).toEqual([...before[0].data]);
    const stranger = network(["x", "y"]);
    await expect(loadWeights(stranger, bytes, { byName: true })).rejects.toThrow(/holds no weight of Functional/);
  });

  test("a weight that does not fit is an error that changes nothing, or is skipped if so asked", async () => {
    const [saved, bytes] = await save(["a", "b"]);
    const other = network(["a", "b"], 5);
    const before = await other.getWeights();
    await expect(loadWeights(other, bytes)).rejects.toThrow(
      /^loadWeights: the file holds "layers\/dense\/vars\/0" as \[4, 3\], which Dense "a" needs as \[4, 5\]\.$/,
    );
    expect(await other.getWeights()).toEqual(before);
    await expect(loadWeights(other, bytes, { skipMismatch: true })).rejects.toThrow(/holds no weight of Functional/);
    const last = Sequential([Input({ shape: [4] }), Dense({ units: 3, name: "a" }), Dense({ units: 5, name: "b" })]);
    await loadWeights(last, bytes, { skipMismatch: true });
    expect(await kernel(last, 0)).toEqual(await kernel(saved, 0));
  });

  test("layers that the model lacks are an error", async () => {
    const [, bytes] = await save(["a", "b"]);
    const short = Sequential([Input({ shape: [4] }), Dense({ units: 3 })]);
    await expect(loadWeights(short, bytes)).rejects.toThrow(
      /holds weights in "layers\/dense_1", for which there is no layer/,
    );
    const x = Input({ shape: [4] });
    const h = Dense({ units: 2 })(Dense({ units: 3 })(x));
    const long = Model({ inputs: x, outputs: Dense({ units: 2, name: "third" })(h) });
    await expect(loadWeights(long, bytes)).rejects.toThrow(
      /holds 0 arrays in "layers\/dense_2\/vars" for the 2 weights of Dense "third"/,
    );
  });

  test("older files in the same way", async () => {
    const bytes = kerasFile("shared.h5");
    const model = await loadModel(kerasFile("shared.keras"));
    const before = await model.getWeights();
    for (const weight of model.weights) weight.assign(new Float32Array(weight.size));
    await loadWeights(model, bytes);
    expect(await model.getWeights()).toEqual(before);
    const x = Input({ shape: [4] });
    const part = Model({ inputs: x, outputs: Dense({ units: 5, name: "both" })(x) });
    await expect(loadWeights(part, bytes)).rejects.toThrow(/holds 3 layers with weights, Functional ".*" has 1/);
    await loadWeights(part, bytes, { byName: true });
    expect(await part.getWeights()).toEqual(await model.getLayer("both").getWeights());
  });
});

test("the state of an optimizer of another kind is ignored", async () => {
  const model = await loadModel(kerasFile("small.keras"), { compile: false });
  model.compile({ optimizer: Adam(), loss: "categoricalCrossentropy" });
  await loadWeights(model, kerasFile("small.weights.h5"));
  expect(model.optimizer!.iterations).toBe(0);
  const same = await loadModel(kerasFile("small.keras"));
  same.optimizer!.dispose();
  await loadWeights(same, kerasFile("small.weights.h5"));
  expect(same.optimizer!.iterations).toBe(2);
});

describe("refused", () => {
  const members = unzipSync(kerasFile("small.keras"));
  const text = (name: string) => new TextDecoder().decode(members[name]);
  const encode = (value: string) => new TextEncoder().encode(value);
  const changed = (changes: { [name: string]: Uint8Array | undefined }) => {
    const all = Object.entries({ ...members, ...changes }).filter(([, bytes]) => bytes !== undefined);
    return zipSync(Object.fromEntries(all) as { [name: string]: Uint8Array });
  };
  const errorOf = async (bytes: Uint8Array) => {
    const error = await loadModel(bytes).then(
      () => new Error("it was read"),
      (error: Error) => error,
    );
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).not.toContain("\n");
    return error.message;
  };

  test("members that are missing, or in another place", async () => {
    expect(await errorOf(changed({ "config.json": undefined }))).toMatch(/holds no config.json/);
    expect(await errorOf(changed({ "model.weights.h5": undefined }))).toMatch(/holds no model.weights.h5/);
    const moved = changed({ "config.json": undefined, "../config.json": members["config.json"] });
    expect(await errorOf(moved)).toMatch(/holds no config.json/);
  });

  test("deflated members are read; zip bombs and false sizes are refused", async () => {
    await loadModel(changed({}));
    const bomb = changed({ "config.json": new Uint8Array(2 ** 24) });
    expect(await errorOf(bomb)).toMatch(/"config.json" claims 16777216 bytes, more than the limit of 8388608/);
    const large = changed({ "model.weights.h5": new Uint8Array(2 ** 26) });
    expect(await errorOf(large)).toMatch(
      /its members claim 67\d+ bytes, more than the limit of 33554432 for this file/,
    );
    const view = new DataView(bomb.buffer);
    // The directory is false: a member of 16 MiB claims 100 bytes.
    for (let i = 0; i < bomb.length - 4; i++) {
      if (view.getUint32(i, true) === 0x02014b50 && view.getUint32(i + 24, true) === 2 ** 24)
        view.setUint32(i + 24, 100, true);
    }
    expect(await errorOf(bomb)).toMatch(/"config.json" is longer than the 100 bytes that it claims/);
  });

  test("damaged files, and files that end early", async () => {
    const whole = kerasFile("small.keras");
    const damaged = whole.slice();
    damaged[Math.floor(whole.length / 2)] ^= 1;
    expect(await errorOf(damaged)).toMatch(/is damaged \(its checksum is another\)/);
    for (const part of [0.1, 0.5, 0.99]) await errorOf(whole.slice(0, Math.floor(part * whole.length)));
  });

  test("a model with more weights than the file holds, before memory is allocated for it", async () => {
    const config = text("config.json").replace('"units": 4', '"units": 400000000');
    expect(await errorOf(changed({ "config.json": encode(config) }))).toMatch(
      /describes more weights than the file holds/,
    );
  });

  test("values that are not finite", async () => {
    const model = await loadModel(kerasFile("several.keras"));
    model.weights[0].assign(new Float32Array(model.weights[0].size).fill(NaN));
    await expect(saveModel(model, undefined, { format: "keras" })).rejects.toThrow(/not finite/);
  });

  // Vitest fails on a rejection that nothing handles, which ends a Node process.
  test("values that are not finite, of the optimizer as well", async () => {
    const model = Sequential([Input({ shape: [2] }), Dense({ units: 1 })]);
    model.compile({ optimizer: Adam(), loss: "meanSquaredError" });
    await model.fit([[1, 2]], [[3]], { verbose: 0 });
    const slots = model.trainableWeights.flatMap((weight) => model.optimizer!.slots.get(weight)!);
    for (const weight of [...model.weights, ...slots]) weight.assign(new Float32Array(weight.size).fill(NaN));
    await expect(saveModel(model, undefined, { format: "keras" })).rejects.toThrow(/not finite/);
    await new Promise((done) => setTimeout(done)); // when Node reports rejections
  });

  test("formats that are not written", async () => {
    const model = Sequential([Input({ shape: [4] }), Dense({ units: 3 })]);
    await expect(saveModel(model, "model.h5")).rejects.toThrow(/cannot write \*.h5; expected \*.safetensors, \*.keras/);
    await expect(saveWeights(model, "model.keras")).rejects.toThrow(/cannot write \*.keras; expected .*\*.weights.h5/);
    expect(existsSync("model.h5") || existsSync("model.keras")).toBe(false);
  });
});
