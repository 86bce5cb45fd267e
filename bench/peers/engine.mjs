// Code for all engines' processes: `node ENGINE.mjs CASE` prints one line of JSON, the times of that case or an error.
import { setFlagsFromString } from "node:v8";
import { fileURLToPath } from "node:url";
import { measure } from "../measure.mjs";

// Before an engine is imported, as flags act on modules that are compiled later.
if (Number(process.versions.node.split(".")[0]) < 22) setFlagsFromString("--experimental-wasm-relaxed-simd");

/** The path of a generated file: a model, or a file that an engine needs beside it. */
export const madeFile = (name) => fileURLToPath(new URL(`../../build/peers/${name}`, import.meta.url));

/**
 * The input's shape in each case, [frames, height, width, channels]: a batch of frames, or the time steps of one clip.
 */
export const inputShapes = {
  mobilenet_b1: [1, 224, 224, 3],
  convlstm_seed: [32, 7, 7, 1024],
  seed: [32, 224, 224, 3],
};

/**
 * Times the case that the command line names.
 * @param cases For each case a function that prepares and returns the call to time, or several, of which the fastest
 * counts.
 */
export async function answer(cases) {
  const [name] = process.argv.slice(2);
  try {
    if (!cases[name]) throw new Error("not a case of this engine");
    const results = [];
    for (const run of [await cases[name]()].flat()) results.push(await measure(run));
    results.sort((a, b) => a.medianMs - b.medianMs);
    console.log(JSON.stringify(results[0]));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error?.message ?? error).split("\n")[0] }));
  }
  process.exit();
}
