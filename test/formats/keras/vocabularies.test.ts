// Files of Keras with vocabularies: see test/fixtures/lookup_cases.py. test/fixtures/check_lookup_files.py has real Keras read
// what is written again.
import { writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FileError } from "../../../src/errors.js";
import { loadModel, saveModel } from "../../../src/formats/index.js";
import { readZip, writeZip } from "../../../src/formats/zip.js";
import { clearNames, init, type ModelLayer, type Tensor } from "../../../src/index.js";
import { decode, loadCases, type Stored, testEach } from "../../support/keras.js";

interface FileCase {
  name: string;
  /** A `.keras` or `.h5` file, packed. */
  file: string;
  /** Rows of strings or numbers, texts, or lists of lines, for each input. */
  x: (string | (string | number | string[])[])[][];
  y: Stored;
}
const cases = ["lookupFiles", "keras2Lookups"].flatMap((file) =>
  loadCases<FileCase>(file).map((given) => ({ ...given, name: `${file}: ${given.name}` })),
);

beforeAll(() => init());
beforeEach(() => clearNames());

const bytesOf = ({ file }: FileCase): Uint8Array => Uint8Array.from(gunzipSync(Buffer.from(file, "base64")));
const predict = (model: ModelLayer<any>, { x }: FileCase): Promise<Tensor> =>
  model.predict((x.length > 1 ? x : x[0]) as never);

async function expectSame(y: Tensor, wanted: Stored): Promise<void> {
  const { data, shape } = decode(wanted);
  expect(y.shape).toEqual(shape);
  const got = await y.data();
  data.forEach((value, i) => expect(Math.abs(value - got[i])).toBeLessThan(1e-5 * Math.max(1, Math.abs(value))));
  y.dispose();
}

async function checkCase(given: FileCase): Promise<void> {
  using model = await loadModel(bytesOf(given));
  await expectSame(await predict(model, given), given.y);
  for (const format of ["keras", "safetensors"] as const) {
    const written = await saveModel(model, undefined, { format });
    if (format === "keras") dump(given, written);
    using again = await loadModel(written);
    await expectSame(await predict(again, given), given.y);
  }
}

/** To be checked by real Keras. */
function dump({ name: title, x, y }: FileCase, written: Uint8Array): void {
  const folder = process.env.KERAS_FILES;
  const name = title.replace(/\W+/g, "_");
  const file = Buffer.from(written).toString("base64");
  if (folder) writeFileSync(`${folder}/${name}.json`, JSON.stringify({ name, x, y, file }));
}

describe("a file with vocabularies predicts what Keras does, also when it is written again:", () => {
  testEach(cases, checkCase);
});

// ── what is refused ──────────────────────────────────────────────────────────────────────────────────────────────────────

const members = { "config.json": Infinity, "metadata.json": Infinity, "model.weights.h5": Infinity };
const placeOf = (name: string) => `assets/layers/${name}/vocabulary.txt`;

/** A file of Keras 3 whose config, or whose vocabularies, are others. */
async function changedFile(
  name: string,
  change: (config: string) => string,
  vocabularies: Record<string, Uint8Array | string> = {},
): Promise<Uint8Array> {
  const given = bytesOf(cases.find((one) => one.name === `lookupFiles: ${name}`)!);
  const parts = Object.fromEntries(
    await readZip("good", given, members, undefined, (found) => /vocabulary/.test(found)),
  );
  const text = (value: Uint8Array | string) => (typeof value === "string" ? new TextEncoder().encode(value) : value);
  parts["config.json"] = text(change(new TextDecoder().decode(parts["config.json"])));
  for (const [path, value] of Object.entries(vocabularies)) parts[path] = text(value);
  return writeZip("changed", parts);
}
const same = (config: string) => config;
const words = placeOf("text_vectorization");

describe("what a file cannot hold is refused by name", () => {
  test.each<[what: string, make: () => Promise<Uint8Array>, message: string]>([
    [
      "sparse results",
      () =>
        changedFile("padded count", (config) =>
          config.replace('"pad_to_max_tokens": true, "sparse": false', '"pad_to_max_tokens": true, "sparse": true'),
        ),
      "has sparse: true, which is not supported; results are dense here, set it to false in Keras",
    ],
    [
      "ragged results",
      () =>
        changedFile("int", (config) => config.replace('"ragged": false, "vocabulary"', '"ragged": true, "vocabulary"')),
      "has ragged: true, which is not supported; rows are filled with zeros here",
    ],
    [
      "a function",
      () =>
        changedFile("int", (config) =>
          config.replace('"lower_and_strip_punctuation"', '{"class_name": "function", "config": "mine"}'),
        ),
      "standardize is",
    ],
    [
      "another encoding",
      () => changedFile("int", (config) => config.replace('"utf-8"', '"latin-1"')),
      'has encoding: "latin-1", which is not supported',
    ],
    [
      "strings for numbers",
      () => changedFile("hashing", (config) => config.replace('"dtype": "string"', '"dtype": "int64"')),
      "received numbers [null, 3], expected strings",
    ],
    [
      "bytes that are no text",
      () => changedFile("int", same, { [words]: Uint8Array.of(0xff, 0xfe, 10) }),
      `${JSON.stringify(words)}: its text is not UTF-8`,
    ],
    ["a word twice", () => changedFile("int", same, { [words]: "\n[UNK]\na\na" }), '"a" comes twice in the vocabulary'],
    [
      "words for numbers",
      () => changedFile("nested", same, { [placeOf("integer_lookup")]: "-1\nseven" }),
      "a token of the vocabulary is NaN; expected a whole number",
    ],
    [
      "weights for another number of words",
      () => changedFile("tf_idf", same, { [words]: "[UNK]" + "\nmore".repeat(2) }),
      "comes twice",
    ],
    [
      "more words than weights",
      () => changedFile("tf_idf", same, { [words]: ["[UNK]", ...Array.from({ length: 999 }, (_, i) => i)].join("\n") }),
      "expected 1000 numbers, one for each token",
    ],
  ])("%s", async (_, make, message) => {
    await expect(loadModel(await make())).rejects.toThrow(FileError);
    await expect(loadModel(await make())).rejects.toThrow(message);
  });

  test("a layer whose vocabulary is nowhere is an error once it is called, or at once where its vectors need it", async () => {
    const without = async (name: string) => {
      const parts = Object.fromEntries(await readZip("good", await changedFile(name, same), members));
      return writeZip("without", parts);
    };
    using model = await loadModel(await without("int"));
    await expect(model.predict(["a"])).rejects.toThrow(
      "has no vocabulary; call adapt(data) or setVocabulary(tokens) first",
    );
    await expect(loadModel(await without("padded count"))).resolves.toBeDefined();
    await expect(loadModel(await without("tf_idf"))).rejects.toThrow("has no vocabulary");
  });
});
