// Opens a page that works in rounds, in a Chromium without a window.
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const onPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "chromium"));

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
  const executablePath = [...onPath, chromium.executablePath()].find((path) => existsSync(path));
  if (!executablePath) throw new Error("--page needs Chromium: npm run chromium");
  const script = await bundle();
  const server = createServer(({ url }, answer) => {
    const isScript = url === "/page.js";
    answer.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    answer.end(isScript ? script : '<!doctype html><script type="module" src="page.js"></script>');
  });
  await new Promise((listening) => server.listen(0, "localhost", () => listening(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const page = await browser.newPage();
  await page.goto(`http://localhost:${port}/#${seed}`);
  await page.waitForFunction("globalThis.round");
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
      await browser.close();
      server.close();
    },
  };
}
