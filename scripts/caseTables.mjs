// The case tables of the tests, which are TypeScript, for scripts that run on dist/: bundled into build/, with dist/'s own engine.
import { dirname, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const outFile = resolve(root, "build/bench/cases.mjs");

/** Imports of src/ become imports of dist/, so that there is one engine. */
const built = {
  name: "built",
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const target = resolve(resolveDir, path);
      const source = resolve(root, "src") + sep;
      if (!target.startsWith(source)) return undefined;
      const compiled = resolve(root, "dist", target.slice(source.length));
      return { path: relative(dirname(outFile), compiled).replaceAll("\\", "/"), external: true };
    });
  },
};

/** What test/support/cases.ts exports. */
export async function loadCaseTables() {
  await build({
    entryPoints: [resolve(root, "test/support/cases.ts")],
    outfile: outFile,
    bundle: true,
    format: "esm",
    target: "es2022",
    platform: "node",
    plugins: [built],
    logLevel: "warning",
  });
  return import(pathToFileURL(outFile).href);
}
