// The packages for other file formats are optional: apps can be bundled without them, and bundles hold no more of them than is
// used.
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../support/temporaryFolder.js";

/** The sources where no package can be found. */
const folder = temporaryFolder("peers");
beforeAll(() => cpSync("src", join(folder, "src"), { recursive: true }));

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

interface Manifest {
  main: string;
  alias: Record<string, string>;
  exports: Record<string, string | { default: string }>;
}
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;

// Other bundlers than esbuild are not installed here; this holds the source to what all of them accept.
test("optional packages are imported within try, by a literal name, as webpack, Rspack and Next.js require", () => {
  const sources = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  const code = sources
    .map((path) => readFileSync(join("src", path), "utf8").replace(/^ *(\/\/|\/?\*).*$/gm, ""))
    .join("\n");
  const imported = [...code.matchAll(/(try \{\s*return \w+\(await )?(?<!typeof )\bimport\("([^."][^"]*)"\)( *\.)?/g)];
  const names = imported.map(([, , name]) => name).sort();
  expect(names).toEqual(["fflate", "h5wasm", "pbf"]);
  for (const [whole, within, , chained] of imported) {
    expect(within, whole).toBeDefined();
    expect(chained, whole).toBeUndefined();
  }
  // webpack resolves the argument of import.meta.resolve() when it builds, also within try.
  expect(code).not.toMatch(/import\.meta\.resolve\(/);
});

test("Parcel, which does not read exports, finds every entry by main and alias", () => {
  const scripts = Object.entries(manifest.exports).flatMap(([name, target]) =>
    typeof target === "string" ? [] : [[name, target.default]],
  );
  const { main, alias } = manifest;
  expect(Object.fromEntries([[".", main], ...Object.entries(alias).filter(([name]) => name.startsWith("."))])).toEqual(
    Object.fromEntries(scripts),
  );
});

test("Parcel finds optional packages by files that require them within try, as it allows no other to be missing", () => {
  const { alias } = manifest;
  const optional = Object.keys(alias).filter((name) => !name.startsWith("."));
  expect(optional).toEqual(["fflate", "h5wasm", "pbf"]);
  for (const name of optional) {
    const [, target] = /^try \{\s*module\.exports = require\("([^"]+)"\);\s*\}/.exec(
      readFileSync(alias[name], "utf8"),
    )!;
    expect(readdirSync("node_modules")).toContain(name);
    expect(target.split("/")[0]).toBe(name);
  }
});
