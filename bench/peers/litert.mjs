// node litert.mjs CASE      LiteRT.js, WebAssembly, one thread, on the models of make_tflite.py
import { answer, inputShapes, madeFile } from "./engine.mjs";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";
import { randomArray } from "../random.mjs";

const glue = madeFile("litert/");

/**
 * LiteRT.js is made for pages: its glue code is a script that a worker imports. Here it is copied out of its package of
 * ES modules, and `require` replaces the worker's function.
 */
async function startLiteRt() {
  cpSync(fileURLToPath(new URL("node_modules/@litertjs/core/wasm", import.meta.url)), glue, { recursive: true });
  writeFileSync(`${glue}package.json`, '{ "type": "commonjs" }\n');
  globalThis.self = globalThis;
  globalThis.importScripts = (file) => void (globalThis.ModuleFactory = createRequire(import.meta.url)(file));
  await loadLiteRt(glue, { threads: false });
}

async function predicts(name, file) {
  const path = madeFile(`${file}.tflite`);
  if (!existsSync(path))
    throw new Error(`no model ${file}.tflite, which needs Python to be generated: see bench/peers/README.md`);
  const model = await loadAndCompile(new Uint8Array(readFileSync(path)), { accelerator: "wasm" });
  const { data } = randomArray(inputShapes[name]);
  const [{ shape }] = model.getInputDetails();
  return async () => {
    const x = new Tensor(data, [...shape]);
    const [y] = await model.run([x]);
    await y.data();
    x.delete();
    y.delete();
  };
}

/** The models of each case. */
const files = {
  mobilenet_b1: ["mobilenet_b1"],
  convlstm_seed: ["convlstm_seed", "convlstm_seed_unrolled"],
  seed: ["seed", "seed_unrolled"],
};

const start = (name) => async () => {
  await startLiteRt();
  const runs = [];
  for (const file of files[name]) runs.push(await predicts(name, file));
  return runs;
};

await answer(Object.fromEntries(Object.keys(files).map((name) => [name, start(name)])));
