// What an embedder ships: the engine bundled and minified for a page, both builds of the kernels inside.
import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { build, type BuildOptions, type Metafile, type Plugin } from "esbuild";
import { describe, expect, test } from "vitest";
import { packed } from "../../src/backends/wasm/binary.js";
import { unpack } from "../../src/backends/wasm/unpack.js";
import { wideBuild } from "../../src/backends/wasm/wide/build.js";
import { bundleParts } from "../../scripts/bundleParts.mjs";
import type * as zoetrope from "../../src/index.js";

/** Of the seed's model, gzipped. */
const budgetBytes = { start: 60 * 1024, oneFile: 81 * 1024 };
const gzippedBytes = (data: string | Uint8Array) => gzipSync(data, { level: 9 }).length;
const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(1)} KB`;

const seedModel = ["Input", "MobileNet", "TimeDistributed", "ConvLSTM2D", "Flatten", "Dense", "Model"];
/** Reads Keras's weight files, with a package that the user installs. */
const kerasFiles = "./src/applications/kerasFiles.ts";

const built = (contents: string, options: BuildOptions) =>
  build({
    stdin: { contents, resolveDir: ".", loader: "ts" },
    bundle: true,
    outdir: "bundle",
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    tsconfigRaw: {}, // the project's own, which adds "use strict" to each module, is not in the package
    logLevel: "silent", // an import that a page cannot have, as of node:fs, rejects
    ...options,
  });

const exported = (names: string[]) => `export { ${names.join(", ")} } from "./src/index.js";`;

async function bundle(names: string[]) {
  const { metafile, outputFiles } = await built(exported(names), { splitting: true });
  const { outputs } = metafile!;
  const text = (path: string) => outputFiles!.find((file) => file.path.endsWith(path))!.text;
  const start = Object.keys(outputs).find((path) => outputs[path].entryPoint === "<stdin>")!;
  const now = withImports(outputs, [start], ["import-statement"]);
  const all = withImports(outputs, [start], ["import-statement", "dynamic-import"]);
  const training = all.find((path) => outputs[path].entryPoint === "src/training/chunk.ts")!;
  return {
    /** What a page loads at its start. */
    text: now.map(text).join(""),
    inputs: now.flatMap((path) => Object.keys(outputs[path].inputs)),
    parts: bytesByPart(outputs, now),
    imports: now.flatMap((path) => outputs[path].imports).filter(({ path }) => !(path in outputs)),
    /** What it loads when that is first needed. */
    later: all.filter((path) => !now.includes(path)).flatMap((path) => Object.keys(outputs[path].inputs)),
    /** What it loads with the first `fit`. */
    training: { text: text(training), inputs: Object.keys(outputs[training].inputs) },
  };
}

/** The same names in one file. */
async function oneFile(names: string[], external: string[]): Promise<string> {
  const { outputFiles } = await built(exported(names), { external });
  return outputFiles![0].text;
}

/** Files of a bundle with those that they import, by the given kinds of import. */
function withImports(outputs: Metafile["outputs"], paths: string[], kinds: string[]): string[] {
  const found = new Set(paths);
  for (const path of found) {
    for (const { path: next, kind } of outputs[path].imports) {
      if (next in outputs && kinds.includes(kind)) found.add(next);
    }
  }
  return [...found];
}

const parts: readonly (readonly [name: string, files: RegExp])[] = [
  ["wasm", /^src\/backends\/wasm\/binary/],
  ["backends", /^src\/backend/],
  ["ops", /^src\/(ops|op|autograd|tensor|scope|shape|random)\b/],
  ["layers", /^src\/(layers|layer|activations|initializers|regularizers|constraints|penalties)\b/],
  ["model and training", /^src\/(model|summary|training|optimizers|callbacks)\b/],
  ["applications", /^src\/applications/],
  ["formats", /^src\/formats/],
  ["rest", /(?:)/],
];

/** Minified bytes in some outputs. */
function bytesByPart(outputs: Metafile["outputs"], paths: string[]): Map<string, number> {
  const bytes = new Map(parts.map(([name]) => [name, 0]));
  for (const [file, { bytesInOutput }] of paths.flatMap((path) => Object.entries(outputs[path].inputs))) {
    const [name] = parts.find(([, files]) => files.test(file))!;
    bytes.set(name, bytes.get(name)! + bytesInOutput);
  }
  return bytes;
}

describe("the seed's model, minified, with both builds inside", () => {
  test("is within its budget at the start, where a bundle is split", async () => {
    const { text, parts, training } = await bundle(seedModel);
    const size = gzippedBytes(text);
    const texts = [packed.code, packed.words, ...packed.operands];
    console.log(
      [
        `bundle of the seed's model, at the start: ${kilobytes(text.length)} minified, ${kilobytes(size)} gzipped (budget ${kilobytes(budgetBytes.start)})`,
        `with the first fit: ${kilobytes(training.text.length)}, ${kilobytes(gzippedBytes(training.text))} gzipped`,
        `minified: ${[...parts].map(([name, bytes]) => `${name} ${kilobytes(bytes)}`).join(", ")}`,
        ...Object.entries({ plain: unpack(packed, false), relaxed: unpack(packed, true) }).map(
          ([name, bytes]) => `${name} wasm: ${kilobytes(bytes.length)}, ${kilobytes(gzippedBytes(bytes))} gzipped`,
        ),
        `both packed: ${kilobytes(gzippedBytes(texts.join("")))} gzipped`,
      ].join("\n"),
    );
    for (const part of texts) expect(text).toContain(part);
    expect(size).toBeLessThanOrEqual(budgetBytes.start);
  });

  test("is within its budget as one file, training inside", async () => {
    const text = await oneFile(seedModel, ["h5wasm", kerasFiles]);
    const size = gzippedBytes(text);
    const whole = await oneFile(seedModel, []);
    console.log(
      `one file: ${kilobytes(text.length)} minified, ${kilobytes(size)} gzipped (budget ${kilobytes(budgetBytes.oneFile)}); with what reads Keras's files and h5wasm: ${kilobytes(gzippedBytes(whole))}`,
    );
    expect(text).toContain("meanSquaredLogarithmicError");
    expect(size).toBeLessThanOrEqual(budgetBytes.oneFile);
  });
});

test("the parts that npm run sizes prints sum up to what a page loads at its start", async () => {
  const { rows, total } = await bundleParts();
  const sizes = Object.fromEntries(rows);
  expect(rows.reduce((sum, [, bytes]) => sum + bytes, 0)).toBe(total);
  expect(Math.abs(total - gzippedBytes((await bundle(seedModel)).text))).toBeLessThan(100);
  expect(rows.filter(([, bytes]) => bytes <= 0)).toEqual([]);
  expect(sizes["kernels, plain"]).toBeGreaterThan(5000);
  expect(sizes["kernels, what the relaxed build adds"]).toBeLessThan(sizes["kernels, plain"]);
  expect(sizes["names between the scripts, and helpers"]).toBeLessThan(total / 20);
});

test("both builds are unpacked exactly from one string, which is smaller than both compressed on their own", () => {
  const builds = { plain: readFileSync("build/release.wasm"), relaxed: readFileSync("build/relaxed.wasm") };
  expect(Buffer.from(unpack(packed, false)).equals(builds.plain)).toBe(true);
  expect(Buffer.from(unpack(packed, true)).equals(builds.relaxed)).toBe(true);
  const text = [packed.code, packed.words, ...packed.operands].join("");
  expect(text).toMatch(/^[!#%&(-[\]-_a-}]*$/);
  expect(gzippedBytes(text)).toBeLessThan(gzippedBytes(builds.plain));
});

test("the wide build is the relaxed one with a difference, which is loaded when it is asked for", async () => {
  expect(Buffer.from(wideBuild(unpack(packed, true))).equals(readFileSync("build/wide.wasm"))).toBe(true);
  const { inputs, later } = await bundle([...seedModel, "init"]);
  for (const name of ["build", "difference"]) {
    expect(later).toContain(`src/backends/wasm/wide/${name}.ts`);
    expect(inputs).not.toContain(`src/backends/wasm/wide/${name}.ts`);
  }
});

test("the bundle is only the engine: no package, no import left, no asset for a bundler to emit", async () => {
  const { text, inputs, imports } = await bundle(seedModel);
  expect(inputs.filter((file) => file.includes("node_modules"))).toEqual([]);
  expect(inputs.filter((file) => /backends\/(reference|gpujs)/.test(file))).toEqual([]);
  expect(imports).toEqual([]);
  expect(text).not.toMatch(/\b(import|from)\s*\(?\s*["'`]node:/);
  expect(text).not.toMatch(/new URL\(\s*["'`][^"'`]*safetensors/);
});

test("the reader of HDF5 is loaded when a file of Keras is read, not before", async () => {
  const { text, inputs, later } = await bundle(seedModel);
  expect(inputs.filter((file) => /hdf5|keras|download/.test(file))).toEqual([]);
  expect(text).not.toContain("googleapis");
  for (const file of ["applications/kerasFiles.ts", "applications/downloadCache.ts", "formats/hdf5/read.ts"]) {
    expect(later).toContain(`src/${file}`);
  }
});

test("the code of threads is loaded by the first large call in a host that has some", async () => {
  const { inputs, later } = await bundle(seedModel);
  for (const name of ["sharing", "pool", "job", "start", "work", "workerScript"]) {
    expect(later).toContain(`src/backends/wasm/threads/${name}.ts`);
    expect(inputs).not.toContain(`src/backends/wasm/threads/${name}.ts`);
  }
});

test("losses, metrics and the loops of training are loaded by the first fit, in one file", async () => {
  const { inputs, training } = await bundle(seedModel);
  const ofTraining = ["loops", "batch", "averages", "classWeights", "compiled", "progress", "trainingFeeds"];
  const names = ["summary", "losses/table", "metrics/table", "optimizers/byName", "autograd/gradients"];
  const files = [...names, ...ofTraining.map((name) => `training/${name}`)];
  for (const file of files) expect(training.inputs).toContain(`src/${file}.ts`);
  expect(inputs.filter((file) => /\b(loss|metric|optimizer)/.test(file) || training.inputs.includes(file))).toEqual([]);
  const gradients = "src/backends/wasm/gradients/kernels.ts";
  expect(inputs).not.toContain(gradients);
  for (const name of ["valueAndGrad", "SGD"]) expect((await bundle([...seedModel, name])).inputs).toContain(gradients);
});

test("an app that imports only Dense contains nothing of MobileNet", async () => {
  const [dense, seed] = await Promise.all([bundle(["Dense", "Model"]), bundle(seedModel)]);
  expect(dense.text.length).toBeLessThan(seed.text.length);
  expect(dense.text).not.toMatch(/mobilenet/i);
  expect(dense.text).not.toContain("safetensors");
  expect(dense.text).not.toContain("imagenet");
});

test("the code of streams is in the bundle only where the function stream is", async () => {
  const [without, streams] = await Promise.all([bundle(seedModel), bundle([...seedModel, "stream"])]);
  const files = ["frame", "steps", "stream", "timeAxis"].map((name) => `src/streaming/${name}.ts`);
  expect(without.inputs.filter((file) => file.startsWith("src/streaming/"))).toEqual(["src/streaming/code.ts"]);
  expect(streams.inputs).toEqual(expect.arrayContaining(files));
  console.log(`streams: ${kilobytes(gzippedBytes(streams.text) - gzippedBytes(without.text))} gzipped`);
});

// ── where import() is refused ───────────────────────────────────────────────────────────────────────────────────────────

/** Leaves import() as it is, for the host to refuse. */
const keepsImports: Plugin = {
  name: "keeps-imports",
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, kind }) =>
      kind === "dynamic-import" ? { path, external: true } : undefined,
    );
  },
};

/** The built package as one script, run so that import() is a TypeError, as in a service worker. */
async function withoutImport(statements: string): Promise<typeof zoetrope> {
  const options = { format: "iife", globalName: "zoetrope", plugins: [keepsImports] } satisfies BuildOptions;
  const { outputFiles } = await built(`export * from "./dist/index.js"; ${statements}`, options);
  return runInThisContext(`(() => { ${outputFiles![0].text}; return zoetrope; })()`) as typeof zoetrope;
}

function line({ Dense, Input, Sequential }: typeof zoetrope) {
  const model = Sequential({
    layers: [Input({ shape: [1] }), Dense({ units: 1, kernelInitializer: "ones" })],
    name: "line",
  });
  model.compile({ optimizer: "sgd", loss: "mse", metrics: ["mae"] });
  return model;
}

describe("where import() is refused", () => {
  test("predict works; fit, evaluate and the steps of one batch say what to import", async () => {
    const app = await withoutImport("");
    const model = line(app);
    expect(Array.from(await (await model.predict([[2], [3]])).data())).toEqual([2, 3]);
    for (const what of ["optimizer", "metricsNames"] as const) {
      expect(() => model[what]).toThrow(
        `Sequential "line".${what}: the code of training is loaded by the first fit; to have it before, write import "zoetrope/training".`,
      );
    }
    await expect(model.summary()).rejects.toThrow('"line".summary: the code of training could not be loaded');
    const [x, y] = [[[1]], [[2]]];
    const calls = {
      fit: () => model.fit(x, y),
      evaluate: () => model.evaluate(x, y),
      trainOnBatch: () => model.trainOnBatch(x, y),
      testOnBatch: () => model.testOnBatch(x, y),
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = await call().then(String, (error: Error) => error);
      expect(error).toBeInstanceOf(app.LoadError);
      const { message, cause } = error as Error;
      expect(message).toMatch(
        new RegExp(`^Sequential "line"\\.${name}: the code of training could not be loaded \\(TypeError`),
      );
      expect(message).toMatch(/; where import\(\) is refused, write import "zoetrope\/training"\.$/);
      expect((cause as Error).name).toBe("TypeError");
    }
  });

  test("the wide build is not loaded; as a file it runs", async () => {
    const app = await withoutImport("");
    const error = await app.init({ wide: true }).then(String, (error: Error) => error);
    expect(error).toBeInstanceOf(app.LoadError);
    expect((error as Error).message).toMatch(
      /^init: wide: true: the wide build is not loaded \(TypeError.*\); pass zoetrope\/kernels-wide\.wasm as wasm\.$/,
    );
    await app.init({ wasm: readFileSync("dist/kernels-wide.wasm"), wide: true });
    expect(app.memory().backend).toBe("wasm (relaxed SIMD, wide)");
  });

  test("a bundle's model.stream() says what to write, and stream(model) works", async () => {
    const app = await withoutImport("");
    const x = app.Input({ shape: [null, 1] });
    const sum = app.SimpleRNN({
      units: 1,
      kernelInitializer: "ones",
      recurrentInitializer: "ones",
      activation: "linear",
    });
    const model = app.Model({ inputs: x, outputs: sum(x), name: "sum" });
    expect(() => model.stream()).toThrow(app.LoadError);
    expect(() => model.stream()).toThrow(
      'Functional "sum".stream: the bundle has no code of streams; import { stream } and write stream(model).',
    );
    const live = app.stream(model);
    await live.step([2]);
    expect(Array.from(await (await live.step<zoetrope.Tensor>([3])).data())).toEqual([5]);
  });

  test("with zoetrope/training fit works, and nothing else of it changes", async () => {
    const model = line(await withoutImport('import "./dist/training/static.js";'));
    expect(model.metricsNames).toEqual(["loss", "mae"]);
    expect(model.optimizer!.name).toBe("SGD");
    expect(model.summary({ print: () => {} })).toBe(undefined);
    const { history } = await model.fit([[1], [2]], [[2], [4]], { epochs: 2, verbose: 0 });
    expect(history.loss).toHaveLength(2);
    expect(history.loss[1]).toBeLessThan(history.loss[0]);
  });
});
