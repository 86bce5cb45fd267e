// LiteRT.js (TensorFlow Lite with XNNPACK), WebAssembly, on the models of make_tflite.py; in Node and in a page.
import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";
import { randomFloats } from "../random.mjs";
import { inputShapes } from "./inputShapes.mjs";

/** A recurrent network has two forms, of which the faster counts: the loop that Keras exports, and its steps unrolled. */
const formsOf = (name) => (/seed/.test(name) ? [name, `${name}_unrolled`] : [name]);

async function prepare(file, shape, bytesOf) {
  const model = await loadAndCompile(await bytesOf(`build/peers/${file}.tflite`), { accelerator: "wasm" });
  const [details] = model.getInputDetails();
  const data = randomFloats(shape.reduce((a, b) => a * b, 1));
  const run = async () => {
    const x = new Tensor(data, [...details.shape]);
    const [y] = await model.run([x]);
    await y.data();
    x.delete();
    y.delete();
  };
  return { run, stop: () => model.delete() };
}

async function msOf(run) {
  await run();
  const began = performance.now();
  await run();
  return performance.now() - began;
}

export async function open({ threads, host, bytesOf }) {
  if (host === "page") await loadLiteRt("/bench/peers/node_modules/@litertjs/core/wasm/", { threads: threads > 1 });
  else await (await import("./litertInNode.mjs")).loadInNode(threads);
  return async (name) => {
    if (!inputShapes[name]) throw new Error("not a case of this engine");
    let best;
    for (const file of formsOf(name)) {
      const form = await prepare(file, inputShapes[name], bytesOf);
      const ms = await msOf(form.run);
      if (best && ms >= best.ms) form.stop();
      else {
        best?.stop();
        best = { ...form, ms };
      }
    }
    return { run: best.run, stop: best.stop };
  };
}
