// Opens a page that works in rounds, in a Chromium without a window.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { closeBrowser } from "../../support/browser/chromium.mjs";
import { openPage as openIn } from "../../support/browser/page.mjs";

/** The script of the page, with the built package. */
async function bundle() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("page.mjs", import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    external: ["h5wasm", "fflate", "pbf", "node:*"], // loaded only for formats that the page does not use
    logLevel: "error",
  });
  return outputFiles[0].text;
}

/**
 * Opens the page. @returns {Promise<{ round: () => Promise<object>, bytes: () => Promise<{ bytes: number, heapBytes: number }>, close: () => Promise<void> }>}
 * @throws Error where there is no Chromium.
 */
export async function openPage(/** @type {number} */ seed) {
  const files = { "/page.js": await bundle() };
  const source = `import { makeRound } from "./page.js"; globalThis.round = makeRound(${seed}); export default true;`;
  const { page, answer, close } = await openIn("plain", source, { files });
  await answer();
  const devtools = await page.context().newCDPSession(page);
  return {
    round: () => page.evaluate("globalThis.round()"),
    // A page does not know the memory of its process: what its objects and their buffers hold stands for both.
    async bytes() {
      await devtools.send("HeapProfiler.collectGarbage");
      const { usedSize, backingStorageSize = 0 } = /** @type {any} */ (await devtools.send("Runtime.getHeapUsage"));
      const bytes = usedSize + backingStorageSize;
      return { bytes, heapBytes: bytes };
    },
    async close() {
      await close();
      await closeBrowser();
    },
  };
}
