// This engine, or that of another checkout, in one of its builds; in Node and in a page.
import { caseStarter } from "../cases/all.mjs";
import { initOptions } from "../builds.mjs";

/** Starts the engine. Checkouts from before there were threads know no such option. */
async function startEngine(zoetrope, build, threads) {
  const options = initOptions[build];
  try {
    await zoetrope.init({ ...options, threads });
  } catch (error) {
    if (threads > 1 || error.name !== "ArgumentError") throw error;
    await zoetrope.init(options);
  }
}

/** @param settings `dist`: the address of a built package; `build`, `threads`, and whether `every` kernel is a case. */
export async function open({ dist, build, threads, every, bytesOf }) {
  const [zoetrope, bare] = await Promise.all([import(`${dist}/index.js`), import(`${dist}/bareKernels.js`).catch(() => undefined)]);
  await startEngine(zoetrope, build, threads);
  // Calls of bare kernels run on one thread, whatever the number of the engine's.
  const kernels = bare?.openKernels(initOptions[build]);
  return caseStarter({ zoetrope, kernels, bare, weights: () => bytesOf("data/mobilenet-1.0-224.safetensors") }, every);
} // prettier-ignore
