// Keras -> Zoetrope -> Keras: real Keras trains models and saves them, Zoetrope loads, predicts, trains on and saves, Keras
// loads those. Fails where predictions differ by 1e-6 or losses by 1e-5 of themselves.
//   npm run interop                all models, with Keras 3 and tf-keras (Keras 2); environments are made in build/
//   npm run interop -- small seed  some of them
// KERAS_PYTHON and TF_KERAS_PYTHON name a python that has keras or tf-keras already.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as zoetrope from "zoetrope";
import { loadModel, loadWeights, saveModel, saveWeights } from "zoetrope/formats";
import { backErrors, lossError, predictionError } from "./ourSide.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const folder = join(root, "build", "interop");
const bounds = { prediction: 1e-6, loss: 1e-5 };

/** The python that was named, or that of an environment with the packages of a list. */
function python(variable, requirements) {
  if (process.env[variable]) return process.env[variable];
  const environment = join(root, "build", `${requirements}-venv`);
  const command = join(environment, "bin", "python");
  if (!existsSync(command)) {
    console.log(`making ${environment} (some minutes)`);
    execFileSync("python3", ["-m", "venv", environment], { stdio: "inherit" });
    const list = join(here, `${requirements}.txt`);
    execFileSync(command, ["-m", "pip", "install", "--quiet", "--requirement", list], { stdio: "inherit" });
  }
  return command;
}

const keras = (command, library, ...args) =>
  execFileSync(command, [join(here, "keras_side.py"), ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, LIBRARY: library },
  });

const rows = [];
let failed = 0;

function note(model, file, where, prediction, loss) {
  const good = prediction <= bounds.prediction && loss <= bounds.loss;
  if (!good) failed++;
  rows.push([model, file, where, prediction.toExponential(1), loss.toExponential(1), good ? "" : "FAILED"]);
}

/** A model as its file has it. That of a file of weights alone comes from the `.keras` file, without its weights. */
async function load(path, extension) {
  if (extension !== ".weights.h5") return loadModel(path + extension);
  const model = await loadModel(`${path}.keras`);
  for (const weight of model.weights) weight.assign(new Float32Array(weight.size));
  model.optimizer.dispose();
  await loadWeights(model, path + extension);
  return model;
}

/** For Keras 3, where it computes what the model does: not the hard_sigmoid of Keras 2, nor its batch normalization. */
async function saveBack(model, name, path) {
  try {
    await saveModel(model, `${path}.back.keras`);
    await saveWeights(model, `${path}.back.weights.h5`);
  } catch (error) {
    if (!/hardSigmoidKeras2|in training, which Keras 3 does not/.test(error.message)) throw error;
    rows.push([name, "our .keras", "back in Keras", "", "", error.message.replace(/;.*/, "")]);
  }
}

/** What we make of the files of a folder; those that Keras is to load lie beside them. */
async function ourSide(place) {
  for (const entry of readdirSync(place).filter((name) => name.endsWith(".json"))) {
    const record = JSON.parse(readFileSync(join(place, entry), "utf8"));
    const path = join(place, record.name);
    const from = `${record.library} ${record.version}`;
    for (const extension of record.files) {
      const model = await load(path, extension);
      const prediction = await predictionError(zoetrope, model, record);
      if (extension === record.files[0]) await saveBack(model, record.name, path);
      note(record.name, `${extension} of ${from}`, "here", prediction, await lossError(model, record));
    }
  }
}

function noteBack(place) {
  for (const entry of readdirSync(place).filter((name) => name.endsWith(".back.json"))) {
    const [name] = entry.split(".");
    const record = JSON.parse(readFileSync(join(place, `${name}.json`), "utf8"));
    const back = JSON.parse(readFileSync(join(place, entry), "utf8"));
    for (const [way, file] of Object.entries({ model: ".keras", weights: ".weights.h5" })) {
      const { prediction, loss } = backErrors(back[way], record);
      note(name, `our ${file}, from ${record.library}`, "back in Keras", prediction, loss);
    }
  }
}

/** The rows so far. */
function print() {
  const table = [["model", "file", "where", "prediction", "losses", ""], ...rows];
  const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i].length)));
  const line = (row) => row.map((cell, i) => cell.padEnd(widths[i])).join("  ").trimEnd(); // prettier-ignore
  console.log(["", ...table.map(line), ""].join("\n"));
}

const models = process.argv.slice(2);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const keras3 = python("KERAS_PYTHON", "keras");
const keras2 = python("TF_KERAS_PYTHON", "tf-keras");
for (const [library, command] of Object.entries({ keras: keras3, tf_keras: keras2 })) {
  const place = join(folder, library);
  console.log(`${library}: trains and saves`);
  keras(command, library, "make", place, ...models);
  await ourSide(place);
  console.log(`keras: loads what was made of ${library}'s`);
  keras(keras3, "keras", "check", place);
  noteBack(place);
}
print();
const compared = rows.filter(([, , , prediction]) => prediction !== "").length;
console.log(failed === 0 ? `all ${compared} within 1e-6 and 1e-5` : `${failed} of ${compared} are not`);
process.exitCode = failed === 0 ? 0 : 1;
