// HDF5 files: what they may hold, and what is refused. The files are made by test/interop/hdf5_files.py.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { ready } from "h5wasm";
import { describe, expect, test } from "vitest";
import { FileError } from "../../src/errors.js";
import { readHdf5 } from "../../src/formats/hdf5/read.js";
import { writeHdf5 } from "../../src/formats/hdf5/write.js";
import { type Hdf5, readTree } from "../../src/formats/hdf5/readTree.js";
import { readInWorker, threads } from "../../src/formats/hdf5/worker.js";
import { readLegacyWeights } from "../../src/formats/keras/weights/legacyFile.js";

const files = JSON.parse(readFileSync("test/fixtures/hdf5.json", "utf8")) as Record<string, string>;
const bytesOf = (name: string) => new Uint8Array(gunzipSync(Buffer.from(files[name], "base64")));

async function errorOf(bytes: Uint8Array): Promise<string> {
  const error = await readHdf5("here", bytes).then(
    () => new Error("it was read"),
    (error: Error) => error,
  );
  expect(error).toBeInstanceOf(FileError);
  expect(error.message.split("\n").length).toBe(1);
  return error.message;
}

const refused: Record<string, RegExp> = {
  soft_link: /"\/b" is a link/,
  dangling_link: /"\/b" is a link/,
  external_link: /"\/b" is a link/,
  external_storage: /"\/a" cannot be read/,
  virtual: /"\/a" is put together from other datasets/,
  too_large: /"\/a" claims to be \[1099511627776\], more than a file of \d+ bytes can hold/,
  too_large_in_chunks: /"\/a" claims to be \[1099511627776\]/,
  large_chunk: /"\/a" claims to be \[1\] in chunks of \[268435456\]/,
  too_often: /"\/a\d" claims to be \[1000\]/,
  loop: /deeper than 32 levels/,
  texts: /"\/a" holds something else than numbers/,
};

describe("refused", () => {
  for (const [name, pattern] of Object.entries(refused)) {
    test(name.replaceAll("_", " "), async () => expect(await errorOf(bytesOf(name))).toMatch(pattern));
  }

  test("more than the limit", async () => {
    const reading = readHdf5("here", bytesOf("kinds"), { maxBytes: 100 });
    await expect(reading).rejects.toThrow(/more than the limit of 100 bytes/);
  });

  test("a file that is not HDF5, and one that ends early", async () => {
    expect(await errorOf(new TextEncoder().encode("a text"))).toBe("here: no HDF5 file.");
    const whole = bytesOf("kinds");
    for (const length of [8, 100, 1000, whole.length / 2]) await errorOf(whole.slice(0, length));
  });
});

describe("whatever the library does with a broken file, the error is typed", () => {
  const doing = (code: string) => `data:text/javascript,${encodeURIComponent(`export const ready = { FS: { writeFile() { ${code} } } };`)}`; // prettier-ignore
  const errorWith = (library: string) =>
    readInWorker(threads()!, "here", library, new Uint8Array(8), {
      maxBytes: 100,
      owned: false,
      signal: undefined,
    }).then(
      () => new Error("it was read"),
      (error: Error) => error,
    );
  const cases: Record<string, [library: string, message: RegExp]> = {
    "it loops for ever": [doing("for (;;);"), /^here: reading takes too long; the HDF5 file is broken\.$/],
    "it throws a string": [doing("throw 'a string'"), /^here: a string\.$/],
    "it ends the process": [doing("process.exit(3)"), /^here: reading broke off; the HDF5 file is broken\.$/],
    "it fills the memory": [doing("const all = []; for (;;) all.push(new Array(1e6).fill({}));"), /^here: reading (failed \(.*memory|takes too long)/], // prettier-ignore
    "it is none": ["data:text/javascript,nothing(", /^here: h5wasm cannot be loaded \(SyntaxError/],
  };
  for (const [name, [library, message]] of Object.entries(cases)) {
    test(name, async () => {
      const error = await errorWith(library);
      expect(error).toBeInstanceOf(FileError);
      expect(error.message).toMatch(message);
    });
  }
});

/** The same numbers in every run. */
function* numbersFrom(seed: number) {
  for (let state = seed; ;) yield (state = (state * 48271) % 2147483647) / 2147483647;
}

test("mutated files: typed errors, or arrays as long as their shapes say", async () => {
  const random = numbersFrom(7);
  const next = (below: number) => Math.floor(random.next().value! * below);
  for (let i = 0; i < 16; i++) {
    const bytes = bytesOf(i % 2 ? "kinds" : "split_lists");
    for (let changes = 1 + next(8); changes > 0; changes--) bytes[8 + next(bytes.length - 8)] = next(256);
    const root = await readHdf5("here", bytes).catch((error: Error) => {
      expect(error).toBeInstanceOf(FileError);
      return undefined;
    });
    for (const { shape, data } of root?.datasets.values() ?? []) {
      expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
    }
  }
});

test("numbers and texts of every kind that Keras's files hold", async () => {
  const { datasets, attributes } = await readHdf5("here", bytesOf("kinds"));
  const held = Object.fromEntries([...datasets].map(([name, { shape, data }]) => [name, { shape, data: [...data] }]));
  expect(held).toEqual({
    half: { shape: [2, 3], data: [-0.75, -0.5, -0.25, 0, 0.25, 0.5] },
    double: { shape: [3], data: [0, Math.fround(1 / 3), Math.fround(2 / 3)] },
    long: { shape: [], data: [2 ** 40] },
    short: { shape: [4], data: [-2, -1, 0, 1] },
    big_endian: { shape: [3], data: [0, 1, 2] },
    none: { shape: [0, 3], data: [] },
    packed: { shape: [8, 8], data: Array.from({ length: 64 }, (_, i) => i) },
  });
  expect(Object.fromEntries(attributes)).toEqual({
    fixed: "fixed",
    variable: "variabel: é",
    list: ["ab", "cde"],
    strings: ["ab", "cde"],
    empty: [],
  });
});

test("the caller's bytes stay unchanged, also where they are a view of a larger buffer", async () => {
  const bytes = bytesOf("kinds");
  const within = new Uint8Array(bytes.length + 20);
  within.set(bytes, 10);
  await readHdf5("here", within.subarray(10, 10 + bytes.length));
  expect(within.subarray(10, 10 + bytes.length)).toEqual(bytes);
});

test("without a worker, as in a page, a file is read in the same way", async () => {
  const hdf5 = (await ready) as unknown as Hdf5;
  const { attributes, datasets } = readTree(hdf5, bytesOf("kinds"), 2 ** 20);
  expect(attributes).toEqual((await readHdf5("here", bytesOf("kinds"))).attributes);
  expect(datasets.get("packed")!.type).toBe("f4");
  expect([...new Float32Array(datasets.get("packed")!.bytes)]).toEqual(Array.from({ length: 64 }, (_, i) => i));
  // Without a worker the library prints to the console what it cannot read.
  const quiet = Object.entries(refused).filter(([name]) => name !== "external_storage");
  for (const [name, pattern] of quiet) {
    expect(() => readTree(hdf5, bytesOf(name), 2 ** 20), name).toThrow(pattern);
  }
});

test("a file that was written can be read", async () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  const inside = { attributes: { name: "größe" }, datasets: new Map([["0", { shape: [2, 3], data }]]) };
  const datasets = new Map([["n", { shape: [], data: BigInt64Array.of(7n) }]]);
  const root = await readHdf5("here", await writeHdf5("here", { datasets, groups: new Map([["vars", inside]]) }));
  expect([...root.datasets.get("n")!.data]).toEqual([7]);
  expect(root.groups.get("vars")!.attributes.get("name")).toBe("größe");
  expect(root.groups.get("vars")!.datasets.get("0")).toEqual({ shape: [2, 3], data });
});

test("lists of weights as old files have them: bytes of one length, in several attributes", async () => {
  const layers = await readLegacyWeights("here", bytesOf("split_lists"));
  expect(layers.map(({ layer, names }) => [layer, names])).toEqual([
    ["input_1", []],
    ["dense", ["dense/kernel:0", "dense/bias:0"]],
    ["dense_1", ["dense_1/kernel:0", "dense_1/bias:0"]],
  ]);
  expect(layers[2].values[0]).toEqual({ shape: [3, 4], data: new Float32Array(12).fill(3) });
});
