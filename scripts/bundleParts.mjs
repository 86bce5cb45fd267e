// Prints what a page downloads for the video network, predicting, by part:
//   npm run sizes
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import { pack } from "./packKernels.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
const names = ["Input", "MobileNet", "TimeDistributed", "ConvLSTM2D", "Flatten", "Dense", "Model"];

/** The parts of a bundle, by the files that are in them; the first that fits counts. */
const parts = [
  ["kernels", /^src\/backends\/wasm\/binary/],
  ["host of the kernels", /^src\/backends\/wasm\//],
  ["plan", /^src\/plan\b/],
  ["threads", /^src\/threads\b/],
  ["engine: tensors, scopes, autograd", /^src\/(autograd|backend|derived|errors|kernel|launch|op\.|random|scope|shape|sumParts|tensor)/],
  ["ops", /^src\/ops\b/],
  ["layers", /^src\/(layers?|activations?|initializers|regularizers|constraints|orthogonal|named|strings|weightFactory|penalties)\b/],
  ["models and predict", /^src\/(model|training|callback|metric|loss|optimizer|summary|registry)/],
  ["MobileNet and its weights", /^src\/applications/],
  ["formats", /^src\/formats/],
  ["rest", /(?:)/],
]; // prettier-ignore

const gzipped = (text) => gzipSync(text, { level: 9 }).length;

const options = {
  stdin: { contents: `export { ${names.join(", ")} } from "./src/index.js";`, resolveDir: root, loader: "ts" },
  absWorkingDir: root,
  ...{ bundle: true, splitting: true, outdir: "bundle", write: false, metafile: true },
  ...{ format: "esm", platform: "browser", target: "es2022", tsconfigRaw: {}, logLevel: "silent" },
};

/** The scripts that a page loads at its start. */
async function startOf(more) {
  const { metafile, outputFiles } = await build({ ...options, ...more });
  const { outputs } = metafile;
  const paths = new Set([Object.keys(outputs).find((path) => outputs[path].entryPoint === "<stdin>")]);
  for (const path of paths) {
    for (const { path: next, kind } of outputs[path].imports) if (kind === "import-statement" && next in outputs) paths.add(next);
  }
  return [...paths].map((path) => outputFiles.find((file) => file.path.endsWith(path)).text).join("\n");
} // prettier-ignore

/** The code of each part, minified by itself: esbuild writes the name of a file before its code. */
async function codeByPart() {
  const text = await startOf({ minifyIdentifiers: true, minifySyntax: true });
  const code = new Map(parts.map(([name]) => [name, ""]));
  for (const [, file, own] of text.matchAll(/^\/\/ (\S+)\n([^]*?)(?=^\/\/ \S+\n|(?![^]))/gm)) {
    const [name] = parts.find(([, files]) => files.test(file));
    const alone = own.replace(/^(?:import|export) \{[^}]*\}.*;$/gm, ""); // between the scripts of a split bundle
    const { code: minified } = await transform(alone, { minifyWhitespace: true, target: "es2022" });
    code.set(name, code.get(name) + minified);
  }
  return code;
}

/**
 * Bytes of each part: what it adds to the gzipped parts before it, so that they sum up to the whole.
 * @returns {Promise<{ rows: [string, number][], total: number }>}
 */
export async function bundleParts() {
  const code = await codeByPart();
  const plain = readFileSync(`${root}build/release.wasm`);
  const onlyPlain = JSON.stringify(pack(plain, plain));
  const rows = [["kernels, plain", gzipped(onlyPlain)]];
  let before = code.get("kernels");
  rows.push(["kernels, what the relaxed build adds", gzipped(before) - rows[0][1]]);
  for (const [name, own] of [...code].slice(1)) {
    if (own === "") continue;
    const size = gzipped(before + own) - gzipped(before);
    rows.push([name, size]);
    before += own;
  }
  const total = gzipped(await startOf({ minify: true }));
  rows.push(["names between the scripts, and helpers", total - rows.reduce((sum, [, bytes]) => sum + bytes, 0)]);
  return { rows, total };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { rows, total } = await bundleParts();
  const line = (name, bytes) => console.log(`${name.padEnd(40)} ${bytes.toLocaleString("en-US").padStart(7)}`);
  console.log("gzipped bytes of what a page loads at its start for the video network, predicting");
  for (const [name, bytes] of rows) line(name, bytes);
  line("all of it, as it is sent", total);
}
