// The convolutional models of keras.applications: real Keras saves them with random weights and without the last softmax; Zoetrope
// loads them, predicts, and exports them to ONNX, which onnxruntime computes where it is installed (bench/peers).
//   node test/interop/applications.mjs              all models of applications.py; writes docs/applications.md
//   node test/interop/applications.mjs VGG16 ...    some of them, and prints their rows
// KERAS_PYTHON names a python that has keras; APPLICATIONS a folder of files that applications.py has made before.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { exportOnnx, loadModel } from "zoetrope/formats";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const folder = process.env.APPLICATIONS ?? join(root, "build", "applications");
const bounds = { prediction: 1e-5, onnx: 1e-5 };
const names = process.argv.slice(2);

if (!process.env.APPLICATIONS) {
  mkdirSync(folder, { recursive: true });
  const python = process.env.KERAS_PYTHON ?? join(root, "build", "keras-venv", "bin", "python");
  execFileSync(python, [join(here, "applications.py"), folder, ...names], { stdio: ["ignore", "inherit", "ignore"] });
}

/** onnxruntime-web and its version, where it is installed. */
async function findRuntime() {
  const require = createRequire(join(root, "bench", "peers", "package.json"));
  try {
    const path = require.resolve("onnxruntime-web");
    const manifest = JSON.parse(readFileSync(join(path.slice(0, path.lastIndexOf("dist")), "package.json"), "utf8"));
    const ort = await import(pathToFileURL(path).href);
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = "error";
    return { ort, version: manifest.version };
  } catch {
    return undefined;
  }
}
const runtime = await findRuntime();

const floats = (path) => {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};

/** The largest difference, of the largest number. */
function difference(got, wanted) {
  let [largest, off] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    largest = Math.max(largest, Math.abs(wanted[i]));
    off = Math.max(off, Math.abs(got[i] - wanted[i]));
    if (Number.isNaN(got[i])) return NaN;
  }
  return got.length === wanted.length ? off / largest : NaN;
}

async function runOnnx(model, x) {
  const session = await runtime.ort.InferenceSession.create(await exportOnnx(model), { executionProviders: ["wasm"] });
  const [input] = session.inputNames;
  const results = await session.run({ [input]: new runtime.ort.Tensor("float32", x.data, x.shape) });
  const { data } = results[session.outputNames[0]];
  await session.release();
  return data;
}

async function row(path) {
  const facts = JSON.parse(readFileSync(`${path}.json`, "utf8"));
  const x = { data: floats(`${path}.x.bin`), shape: facts.x };
  const wanted = floats(`${path}.y.bin`);
  try {
    const model = await loadModel(`${path}.keras`);
    const y = await model.predict(x, { batchSize: x.shape[0] });
    const got = await y.data();
    const prediction = difference(got, wanted);
    let onnx;
    try {
      onnx = runtime && difference(await runOnnx(model, x), wanted);
    } catch (error) {
      onnx = String(error.message ?? error).split("\n")[0];
    }
    const isGood = model.countParams() === facts.parameters && prediction <= bounds.prediction && !(onnx > bounds.onnx) && typeof onnx !== "string"; // prettier-ignore
    y.dispose();
    model.dispose();
    return { ...facts, prediction, onnx, isGood };
  } catch (error) {
    return { ...facts, error: String(error.message).split("\n")[0], isGood: false };
  }
}

const small = (value) => (typeof value === "number" ? value.toExponential(1) : (value ?? "not installed"));
const rows = [];
const order = new Map(
  [...readFileSync(join(here, "applications.py"), "utf8").matchAll(/^ {4}"(.*?)": \("/gm)].map(([, name], i) => [
    name,
    i,
  ]),
);
const files = readdirSync(folder)
  .filter((file) => file.endsWith(".keras"))
  .map((file) => file.slice(0, -6));
for (const file of files) {
  const path = join(folder, file);
  if (!existsSync(`${path}.json`) || (names.length > 0 && !names.includes(file.replaceAll("_", " ")))) continue;
  const result = await row(path);
  rows.push(result);
  console.log(
    result.name,
    result.error ?? `${small(result.prediction)} ${small(result.onnx)}`,
    result.isGood ? "" : "FAILED",
  );
}
rows.sort((a, b) => order.get(a.name) - order.get(b.name));

const table = rows.map(
  ({ name, parameters, prediction, onnx, error }) =>
    `| ${name} | ${parameters.toLocaleString("en")} | ${error ?? small(prediction)} | ${error ? "" : small(onnx)} |`,
);
const text = `# The models of keras.applications

Convolutional models of \`keras.applications\`, the smallest of each family and one size up, as Keras ${rows[0]?.keras} saves them in
\`.keras\` files: with random weights and random moving statistics (from the CRC-32 of the name as seed), without the last softmax, for
frames of 96 by 96. The differences are the largest between our logits and those of Keras, and between those of the exported ONNX file
and those of Keras, divided by the largest logit; at most 1e-5 is asked for. Models that rescale pixels themselves are given 0 to 255,
the others -1 to 1.

| model | parameters | difference | in ONNX |
| --- | --- | --- | --- |
${table.join("\n")}

All rows come from one run of \`node test/interop/applications.mjs\` over the files of \`applications.py\` beside it: Keras
${rows[0]?.keras} on TensorFlow without oneDNN, onnxruntime-web ${runtime?.version ?? "not installed"} (WebAssembly, one thread), Node.js ${process.versions.node}.
\`npm ci && npm ci --prefix bench/peers && node build.mjs && node test/interop/applications.mjs\` makes this page; \`KERAS_PYTHON\` names
a Python that has Keras.
`;
if (names.length === 0) writeFileSync(join(root, "docs", "applications.md"), text);
const failed = rows.filter(({ isGood }) => !isGood).length;
console.log(`${rows.length - failed} of ${rows.length} agree`);
process.exitCode = failed === 0 ? 0 : 1;
