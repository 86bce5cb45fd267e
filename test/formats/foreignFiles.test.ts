// What other programs and people put into and around files: marks of encodings, links, devices, numbers that are none.
import { execFileSync } from "node:child_process";
import { cpSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { beforeEach, describe, expect, test } from "vitest";
import { FileError } from "../../src/errors.js";
import { loadModel, loadWeights, saveModel } from "../../src/formats/index.js";
import { readZip, writeZip } from "../../src/formats/zip.js";
import { clearNames, Dense, Dropout, Input, type ModelLayer, Sequential, setSeed } from "../../src/index.js";
import { line, weightsOf } from "../support/cases/keptModels.js";
import { readInPlace } from "../support/hostile/inPlace.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

beforeEach(() => {
  clearNames();
  setSeed(1);
  readInPlace(true);
});

const film = fileURLToPath(new URL("../fixtures/tfjs/film", import.meta.url));
const main = readFileSync(join(film, "model.json"), "utf8");
const shards = (JSON.parse(main) as { weightsManifest: { paths: string[] }[] }).weightsManifest.flatMap(({ paths }) => paths.map((path) => path.replace("./", ""))); // prettier-ignore
const encode = (text: string) => new TextEncoder().encode(text);
const withMain = (bytes: Uint8Array, path = shards[0]) =>
  new Map([
    ["model.json", bytes],
    ...shards.map((shard): [string, Uint8Array] => [shard, new Uint8Array(readFileSync(join(film, shard)))]),
    [path, new Uint8Array(readFileSync(join(film, shards[0])))],
  ]);

async function failure(work: Promise<unknown>): Promise<string> {
  const error = (await work.then(
    () => new Error("it was read"),
    (reason: unknown) => reason,
  )) as Error;
  expect(error).toBeInstanceOf(FileError);
  expect(error.message).not.toContain("\n");
  return error.message;
}

describe("texts in JSON", () => {
  test("a byte order mark and ends of lines of Windows", async () => {
    const wanted = await weightsOf(await loadModel(withMain(encode(main))));
    const other = `\ufeff${JSON.stringify(JSON.parse(main), null, 2).replace(/\n/g, "\r\n")}`;
    expect(await weightsOf(await loadModel(withMain(encode(other))))).toEqual(wanted);
    const files = Object.fromEntries(await readZip("test", await saveModel(line(), undefined, { format: "keras" }), { "config.json": Infinity, "metadata.json": Infinity, "model.weights.h5": Infinity })); // prettier-ignore
    for (const name of ["config.json", "metadata.json"]) {
      files[name] = encode(`\ufeff${new TextDecoder().decode(files[name])}\r\n`);
    }
    expect((await loadModel(await writeZip("test", files))).countParams()).toBe(line().countParams());
  });

  test.each(["utf16le", "latin1"] as const)("another encoding: %s", async (encoding) => {
    const text = `\ufeff${main.replace("{", '{"größe":1,')}`;
    const bytes = new Uint8Array(Buffer.from(encoding === "latin1" ? text.slice(1) : text, encoding));
    expect(await failure(loadModel(withMain(bytes)))).toMatch(/UTF-16; expected JSON in UTF-8|its text is not UTF-8/);
  });
});

describe("files that model.json names", () => {
  test.each(["CON", "nul.bin", "deep/aux", "COM1.bin", "a\0b", "a:b", "..", "/etc/passwd", "C:\\a", "file:///a"])(
    "%j is none beside it",
    async (path) => {
      const json = JSON.parse(main) as { weightsManifest: { paths: string[] }[] };
      json.weightsManifest[0].paths[0] = path;
      const message = await failure(loadModel(withMain(encode(JSON.stringify(json)), path)));
      expect(message).toMatch(/names the file .*; expected one beside it/);
    },
  );

  const unpacked = (name: string) => {
    const folder = join(temporaryFolder("foreign"), name);
    cpSync(film, folder, { recursive: true });
    return folder;
  };

  test.skipIf(process.platform === "win32")("a link out of the folder is not followed", async () => {
    const folder = unpacked("model");
    const [shard] = shards;
    renameSync(join(folder, shard), join(folder, "..", "secret"));
    for (const target of ["../secret", join(folder, "..", "secret"), "/etc/passwd", "/dev/zero"]) {
      symlinkSync(target, join(folder, shard));
      for (const source of [join(folder, "model.json"), pathToFileURL(join(folder, "model.json"))]) {
        const message = await failure(loadModel(source));
        expect(message).toMatch(
          /model\.json" names ".+", a link that leads out of the folder; put the file itself there/,
        );
        await failure(loadWeights(line(), source));
      }
      rmSync(join(folder, shard));
    }
    execFileSync("mkfifo", [join(folder, shard)]);
    expect(await failure(loadModel(join(folder, "model.json")))).toMatch(/which is no plain file\.$/);
    rmSync(join(folder, shard));
    expect(await failure(loadModel(join(folder, "model.json")))).toMatch(/cannot be read \(ENOENT/);
  });

  test.skipIf(process.platform === "win32")(
    "links inside the folder are, and those of a cache of versions",
    async () => {
      const wanted = await weightsOf(await loadModel(join(film, "model.json")));
      const folder = unpacked("model");
      renameSync(join(folder, shards[0]), join(folder, "..other"));
      symlinkSync("..other", join(folder, shards[0]));
      symlinkSync("model", join(folder, "..", "alias"));
      linkSync(join(folder, "..other"), join(folder, "hard"));
      for (const path of ["model", "alias"]) {
        expect(await weightsOf(await loadModel(join(folder, "..", path, "model.json")))).toEqual(wanted);
      }
      const version = join(folder, "..", "snapshots", "1");
      mkdirSync(version, { recursive: true });
      for (const name of ["model.json", ...shards]) symlinkSync(join("../../model", name), join(version, name));
      expect(await weightsOf(await loadModel(join(version, "model.json")))).toEqual(wanted);
    },
  );
});

/** A compiled model in a file of which one text was changed. */
async function changedFile(key: "model" | "training", change: (text: string) => string): Promise<Uint8Array> {
  const model = line();
  model.compile({ optimizer: "adam", loss: "mse" });
  const bytes = await saveModel(model);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as any;
  const old = header.__metadata__[key];
  header.__metadata__[key] = change(old as string);
  expect(header.__metadata__[key]).not.toBe(old);
  const text = encode(JSON.stringify(header));
  const result = new Uint8Array(Buffer.concat([new Uint8Array(8), text, bytes.subarray(8 + length)]));
  new DataView(result.buffer).setBigUint64(0, BigInt(text.length), true);
  return result;
}

describe("the parts of an architecture", () => {
  test.each([
    ["layers", /: fromConfig: layers: {"a":1}; expected a list\.$/],
    ["outputs", /: fromConfig: outputs: {"a":1}; expected a list\.$/],
    ["calls", /: fromConfig: calls: {"a":1}; expected a list\.$/],
    ["inputs", /: fromConfig: inputs: {"a":1}; expected a list\.$/],
  ])("%s that are no list are refused", async (name, message) => {
    const bytes = await changedFile("model", (text) => {
      const model = JSON.parse(text) as { config: Record<string, unknown> };
      model.config[name] = { a: 1 };
      return JSON.stringify(model);
    });
    expect(await failure(loadModel(bytes))).toMatch(message);
  });

  test.each([
    ['"inputs":[0]', '"inputs":"0"', /the inputs of a call: "0"; expected a list/],
    ['"options":{}', '"options":null', /the options of a call: null; expected an object/],
    ['"shape":[null', '"shape":3,"x":[null', /the shape of an input: 3; expected a list/],
    ['"calls":[{', '"calls":[null,{', /one of the calls: null; expected an object/],
    ['"name":"dense","trainable"', '"name":7,"trainable"', /the name of a layer: 7; expected a text/],
    ['"layers":[{', '"layers":[7,{', /one of the layers: 7; expected an object/],
  ])("%s as %s is refused", async (from, to, message) => {
    const bytes = await changedFile("model", (text) => text.replace(from, to));
    expect(await failure(loadModel(bytes))).toMatch(message);
  });
});

describe("how a model was trained", () => {
  const compiledWith = (change: (training: string) => string) => changedFile("training", change);
  const trained = (rest: string) => `{"optimizer":{"className":"Adam","config":{},"iterations":0},${rest}}`;
  const option = (text: string) => (training: string) => training.replace('"config":{', `"config":{${text},`);

  test.each<[string, RegExp]>([
    ["null", /how it was trained is null; expected an object/],
    ["5", /how it was trained is 5; expected an object/],
    ['{"optimizer":null}', /its optimizer is null; expected an object/],
    ['{"optimizer":{"config":{},"iterations":0}}', /the class of its optimizer is nothing; expected a name/],
    [
      '{"optimizer":{"className":"Adam","iterations":0}}',
      /the options of its optimizer is nothing; expected an object/,
    ],
    [
      '{"optimizer":{"className":"Adam","config":{},"iterations":{}}}',
      /: \{\} updates of the optimizer; expected a whole/,
    ],
    [trained('"loss":5'), /compile: loss: 5; expected a function/],
    [trained('"loss":"mse","metrics":[null]'), /compile: metric: null; expected a function/],
    [trained('"loss":"mse","lossWeights":"x"'), /compile: lossWeights "x"; expected a finite number/],
  ])("%s is refused", async (text, message) => {
    const bytes = await compiledWith(() => text);
    expect(await failure(loadModel(bytes, { compile: "required" }))).toMatch(message);
    expect((await loadModel(bytes, { compile: false })).optimizer).toBeUndefined();
  });

  test.each([
    ['"beta1":{"number":"NaN"}', /Adam: beta1/],
    ['"beta1":1e999', /Adam: beta1/],
    ['"epsilon":-1', /Adam: epsilon -1; expected a number from 0/],
    ['"epsilon":"1e-7"', /Adam: epsilon "1e-7"; expected a number from 0/],
    ['"epsilon":[1]', /Adam: epsilon \[1\]; expected/],
    ['"weightDecay":null', /Adam: weightDecay null; expected/],
    ['"clipnorm":{"number":"Infinity"}', /Adam: clipnorm Infinity; expected/],
  ])("%s is refused", async (text, message) => {
    const bytes = await compiledWith(option(text));
    expect(await failure(loadModel(bytes, { compile: "required" }))).toMatch(message);
    expect((await loadModel(bytes, { compile: false })).optimizer).toBeUndefined();
  });

  test.each(["1e17", "0.5", "-1", '"1"', "null", "1e999"])("%s updates are refused", async (count) => {
    const bytes = await compiledWith((training) => training.replace('"iterations":0', `"iterations":${count}`));
    expect(await failure(loadModel(bytes, { compile: "required" }))).toMatch(
      /updates of the optimizer; expected a whole number from 0/,
    );
  });

  test("a learning rate below 0 is refused", async () => {
    const bytes = await compiledWith((training) => training.replace('"learningRate":0.001', '"learningRate":-1'));
    expect(await failure(loadModel(bytes, { compile: "required" }))).toMatch(
      /Adam: learningRate -1; expected a number from 0/,
    );
  });

  test.each([0, -1, 0.5, 2 ** 53 + 2, -(2 ** 31)])("a layer with the seed %d can be read again", async (seed) => {
    const model = Sequential([Input({ shape: [2] }), Dropout({ rate: 0.5, seed }), Dense({ units: 1 })]);
    const loaded = await loadModel(await saveModel(model));
    const seedOf = ({ layers: [first] }: ModelLayer) => (first as unknown as { random: { seed: number } }).random.seed;
    expect(seedOf(loaded)).toBe(seedOf(model));
  });
});

test.each([[null], [undefined], [{}], [{ name: 5 }]])(
  "a list of what is no file, as [%s], is refused",
  async (item) => {
    const message = "loadModel: expected model.json and its files, received 0 of *.json.";
    await expect(loadModel([item] as never)).rejects.toThrow(message);
  },
);
