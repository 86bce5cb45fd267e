// What an embedder ships: the engine bundled and minified for a page, both builds of the kernels inside.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
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
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    logLevel: "silent", // an import that a page cannot have, as of node:fs, rejects
  });
  const [output] = Object.values(result.metafile.outputs);
  return { text: result.outputFiles[0]!.text, inputs: Object.keys(result.metafile.inputs), imports: output!.imports };
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

test("an app that imports Dense alone carries nothing of MobileNet", async () => {
  const [dense, seed] = await Promise.all([bundle(["Dense"]), bundle(seedModel)]);
  expect(dense.text.length).toBeLessThan(seed.text.length);
  expect(dense.text).not.toMatch(/mobilenet/i);
  expect(dense.text).not.toContain("safetensors");
  expect(dense.text).not.toContain("imagenet");
});
