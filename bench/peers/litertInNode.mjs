// Starts LiteRT.js in Node.
import { cpSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { loadLiteRt } from "@litertjs/core";

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * LiteRT.js is made for pages: its glue code is a script that a worker imports, and its pool has as many threads as the
 * navigator has. Here it is copied out of its package of ES modules, and `require` replaces the worker's function.
 */
export async function loadInNode(threads) {
  const glue = pathOf("../../build/peers/litert/");
  cpSync(pathOf("node_modules/@litertjs/core/wasm"), glue, { recursive: true });
  writeFileSync(`${glue}package.json`, '{ "type": "commonjs" }\n');
  globalThis.self = globalThis;
  globalThis.importScripts = (file) => void (globalThis.ModuleFactory = createRequire(import.meta.url)(file));
  Object.defineProperty(globalThis, "navigator", { value: { hardwareConcurrency: threads } });
  await loadLiteRt(glue, { threads: threads > 1 });
}
