// What the processes share: `node ENGINE.mjs CASE` prints one line of JSON, the times of that case or why there are none.
import { setFlagsFromString } from "node:v8";
import { fileURLToPath } from "node:url";
import { measure } from "../measure.mjs";

// Before any of the engines is imported: flags act on modules that are compiled later.
if (Number(process.versions.node.split(".")[0]) < 22) setFlagsFromString("--experimental-wasm-relaxed-simd");

/** Where made files go: models, and what engines need beside them. */
export const madeFile = (name) => fileURLToPath(new URL(`../../build/peers/${name}`, import.meta.url));

/** What the models of all engines take, without the batch and time axes' names: [batch, time, height, width, channels]. */
export const inputShapes = {
  mobilenet_b1: [1, 224, 224, 3],
  convlstm_seed: [32, 7, 7, 1024],
  seed: [32, 224, 224, 3],
};

/** `cases`: for each case a function that sets up and returns the call to be timed, or several, of which the fastest counts. */
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
