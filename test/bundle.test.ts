// What an embedder ships: the engine bundled and minified for a page, both builds of the kernels inside.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { expect, test } from "vitest";
import { plain, relaxedPieces } from "../src/backends/wasm/binary.js";
import { fromPieces } from "../src/backends/wasm/pieces.js";

const budgetBytes = 60 * 1024;
const gzippedBytes = (data: string | Uint8Array) => gzipSync(data, { level: 9 }).length;
const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(1)} KB`;

async function bundle(names: string[]) {
  const result = await build({
    stdin: { contents: `export { ${names.join(", ")} } from "./src/index.js";`, resolveDir: ".", loader: "ts" },
    bundle: true,
    splitting: true,
    outdir: "bundle",
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    logLevel: "silent", // an import that a page cannot have, as of node:fs, rejects
  });
  const { outputs } = result.metafile;
  const text = (path: string) => result.outputFiles.find((file) => file.path.endsWith(path))!.text;
  const start = Object.keys(outputs).find((path) => outputs[path].entryPoint === "<stdin>")!;
  const now = withImports(outputs, [start], ["import-statement"]);
  const all = withImports(outputs, [start], ["import-statement", "dynamic-import"]);
  return {
    /** What a page loads at its start. */
    text: now.map(text).join(""),
    inputs: now.flatMap((path) => Object.keys(outputs[path].inputs)),
    imports: now.flatMap((path) => outputs[path].imports).filter(({ path }) => !(path in outputs)),
    /** What it loads when that is first needed. */
    later: all.filter((path) => !now.includes(path)).flatMap((path) => Object.keys(outputs[path].inputs)),
  };
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

const seedModel = ["Input", "MobileNet", "TimeDistributed", "ConvLSTM2D", "Flatten", "Dense", "Model"];

test("the seed's model, minified, with both builds inside, is at most 60 KB gzipped", async () => {
  const { text } = await bundle(seedModel);
  const size = gzippedBytes(text);
  console.log(
    [
      `bundle of the seed's model: ${kilobytes(text.length)} minified, ${kilobytes(size)} gzipped (budget ${kilobytes(budgetBytes)})`,
      ...Object.entries({ plain, relaxed: fromPieces(plain, relaxedPieces) }).map(([name, hex]) => {
        const bytes = Buffer.from(hex, "hex");
        return `${name} wasm: ${kilobytes(bytes.length)}, ${kilobytes(gzippedBytes(bytes))} gzipped`;
      }),
    ].join("\n"),
  );
  expect(text).toContain(plain);
  expect(text).toContain(relaxedPieces);
  expect(size).toBeLessThanOrEqual(budgetBytes);
});

test("the relaxed build comes whole out of its pieces, which are a fraction of it", () => {
  const whole = fromPieces(plain, relaxedPieces);
  expect(whole).toBe(readFileSync("build/relaxed.wasm", "hex"));
  expect(relaxedPieces.length).toBeLessThan(whole.length / 2);
});

test("the bundle is the engine alone: no package, no import left, no asset for a bundler to emit", async () => {
  const { text, inputs, imports } = await bundle(seedModel);
  expect(inputs.filter((file) => file.includes("node_modules"))).toEqual([]);
  expect(inputs.filter((file) => /backends\/(reference|gpujs)/.test(file))).toEqual([]);
  expect(imports).toEqual([]);
  expect(text).not.toMatch(/\b(import|from)\s*\(?\s*["'`]node:/);
  expect(text).not.toMatch(/new URL\(\s*["'`][^"'`]*safetensors/);
});

test("what reads HDF5 comes when a file of Keras's is read, not before", async () => {
  const { text, inputs, later } = await bundle(seedModel);
  expect(inputs.filter((file) => /hdf5|keras|download/.test(file))).toEqual([]);
  expect(text).not.toContain("googleapis");
  for (const file of ["applications/kerasFiles.ts", "applications/downloadCache.ts", "formats/hdf5/read.ts"]) {
    expect(later).toContain(`src/${file}`);
  }
});

test("an app that imports Dense alone carries nothing of MobileNet", async () => {
  const [dense, seed] = await Promise.all([bundle(["Dense"]), bundle(seedModel)]);
  expect(dense.text.length).toBeLessThan(seed.text.length);
  expect(dense.text).not.toMatch(/mobilenet/i);
  expect(dense.text).not.toContain("safetensors");
  expect(dense.text).not.toContain("imagenet");
});
