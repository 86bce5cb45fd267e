// The files of the project, what each of them imports, and which module it belongs to. Read by the tests of the project's rules,
// by scripts/architectureDocs.mjs and by scripts/lines.mjs.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";

const generated =
  /(wasm\/(binary|exports|wide\/difference|threads\/workerScript)|datasets\/digitSheet|report\/pageBundle|decoding\/decoderBundle)\.ts$/;

/** Files under a folder with one of the extensions, without generated ones, sorted. @returns {string[]} */
export function filesUnder(/** @type {string} */ folder, /** @type {string[]} */ extensions) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name).replaceAll("\\", "/"))
    .filter((file) => extensions.includes(extname(file)))
    .filter((file) => !/(^|\/)(node_modules|build)\//.test(file) && !generated.test(file))
    .sort();
}

/** The text without comments, line comments only where they fill a line. @returns {string} */
export const withoutComments = (/** @type {string} */ text) =>
  text.replace(/^[ \t]*\/\*[\s\S]*?\*\//gm, "").replace(/^\s*\/\/.*$/gm, "").replace(/\/\*[^\n]*?\*\//g, ""); // prettier-ignore

/** Whether an import clause brings types only: `type { A }` and `{ type A, type B }`. @returns {boolean} */
export function isTypeClause(/** @type {string} */ clause) {
  if (/^type\b/.test(clause)) return true;
  const names = /^\{([\s\S]*)\}$/
    .exec(clause)?.[1]
    ?.split(",")
    .filter((name) => name.trim() !== "");
  return names !== undefined && names.length > 0 && names.every((name) => /^\s*type\s/.test(name));
}

/**
 * Every `import`, `export from`, `import()` and `typeof import()` of a file. A relative target is given from the repository's root.
 * @returns {{ file: string, target: string, typeOnly: boolean, lazy: boolean }[]}
 */
export function importsOf(/** @type {string} */ file) {
  const text = withoutComments(readFileSync(file, "utf8"));
  const statements = text.matchAll(/^\s*(?:import|export)\s+(?:([^"'`;()=]*?)\s*\bfrom\s*)?["']([^"']+)["']/gm);
  const calls = text.matchAll(/(\btypeof\s+)?\bimport\s*\(\s*["']([^"']+)["']/g);
  const found = [
    ...[...statements].map(([, clause = "", target]) => ({ target, typeOnly: isTypeClause(clause), lazy: false })),
    ...[...calls].map(([, isType, target]) => ({ target, typeOnly: isType !== undefined, lazy: isType === undefined })),
  ];
  return found.map(({ target, ...how }) => {
    if (!target.startsWith(".")) return { file, target, ...how };
    return { file, target: join(dirname(file), target).replaceAll("\\", "/").replace(/\.js$/, ".ts"), ...how };
  });
}

/**
 * The module of a file: a file or folder directly under src/, or a folder under src/backends. formats/safetensors.ts is one by
 * itself, as applications read it without the rest of formats; so are report/page, which runs in the page of a report, and
 * node/decoding, which runs in a thread too.
 * @returns {string}
 */
export function moduleOf(/** @type {string} */ file) {
  const parts = file.replace(/^src\//, "").replace(/\.ts$/, "").split("/"); // prettier-ignore
  const isNested =
    parts[0] === "backends" ||
    ["formats/safetensors", "report/page", "node/decoding"].includes(parts.slice(0, 2).join("/"));
  return isNested ? parts.slice(0, 2).join("/") : parts[0];
}

/** @returns {number} Lines without blank ones and comments. */
export const codeLines = (/** @type {string} */ file) =>
  withoutComments(readFileSync(file, "utf8")).split("\n").filter((line) => line.trim() !== "").length; // prettier-ignore
