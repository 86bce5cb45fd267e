// Lets the harness use TypeScript that the tests have: it is bundled, with the built package in place of src/.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

export const repository = fileURLToPath(new URL("../../..", import.meta.url));
/** What the harness makes, beside other products of the build. */
export const buildFolder = join(repository, "build", "attack");

/** Imports of src/ become those of dist/, so that the built package is tried. @returns {import("esbuild").Plugin} */
const builtPackage = (/** @type {Readonly<Record<string, string>>} */ instead) => ({
  name: "built-package",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
      const inSources = relative(join(repository, "src"), resolve(resolveDir, path));
      if (inSources.startsWith("..")) return undefined;
      return { path: instead[inSources] ?? pathToFileURL(join(repository, "dist", inSources)).href, external: true };
    });
  },
});

/**
 * Imports a TypeScript file of the repository, given from its root.
 * @param {string} file
 * @param {Readonly<Record<string, string>>} [instead] Addresses of modules that take the place of those of src/.
 */
export async function importTypeScript(file, instead = {}) {
  const path = join(repository, file);
  const { outputFiles } = await build({
    entryPoints: [path],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    logLevel: "silent",
    define: { "import.meta.url": JSON.stringify(pathToFileURL(path).href) },
    plugins: [builtPackage(instead)],
  });
  mkdirSync(buildFolder, { recursive: true });
  const outFile = join(buildFolder, `${basename(file, ".ts")}.mjs`);
  const own = `${outFile}.${process.pid}`; // other processes may write the same file now
  writeFileSync(own, outputFiles[0].contents);
  renameSync(own, outFile);
  return import(pathToFileURL(outFile).href);
}
