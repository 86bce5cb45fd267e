// The packages for other file formats are optional: apps can be bundled without them, and bundles hold no more of them than is
// used.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";

/** The sources where no package can be found. */
const folder = mkdtempSync(join(tmpdir(), "zoetrope-peers-"));
beforeAll(() => cpSync("src", join(folder, "src"), { recursive: true }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The files that are loaded at once, and all of them. */
async function bundle(text: string) {
  writeFileSync(join(folder, "app.ts"), text);
  const { metafile } = await build({
    absWorkingDir: folder,
    entryPoints: ["app.ts"],
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    outdir: "out",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const { outputs } = metafile;
  const atOnce = new Set(["out/app.js"]);
  for (const path of atOnce) {
    for (const { path: next, kind } of outputs[path].imports) if (kind === "import-statement") atOnce.add(next);
  }
  const inputsOf = (paths: Iterable<string>) => [...paths].flatMap((path) => Object.keys(outputs[path].inputs));
  return { atOnce: inputsOf(atOnce), all: inputsOf(Object.keys(outputs)) };
}

const forOtherFiles = /formats\/(hdf5|keras|onnx|tfjs|zip)/;

test("an app that loads models is bundled without h5wasm, fflate and pbf, and reads safetensors at once", async () => {
  const { atOnce, all } = await bundle('export { loadModel, saveModel } from "./src/formats/index.js";');
  expect(all).toContain("src/formats/hdf5/read.ts");
  expect(atOnce).toContain("src/formats/native.ts");
  expect(atOnce.filter((path) => /formats\/(hdf5|keras|zip)/.test(path))).toEqual([]);
});

test("an app that loads no models contains nothing of them", async () => {
  const { atOnce } = await bundle('export { Dense, Model } from "./src/index.js";');
  expect(atOnce).toContain("src/model.ts");
  expect(atOnce.filter((path) => forOtherFiles.test(path))).toEqual([]);
});
