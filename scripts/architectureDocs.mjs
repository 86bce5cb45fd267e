// Prints the table of modules, and their layers, from scripts/modules.mjs into docs/architecture.md, between its two marks.
//   npm run docs:architecture
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { leafModules, modules } from "./modules.mjs";

export const docFile = "docs/architecture.md";

const begin = "<!-- modules: printed by npm run docs:architecture -->";
const end = "<!-- end of modules -->";

/** `type x` and `lazy x` without their first word. @returns {string} */
const plainName = (/** @type {string} */ allowance) => allowance.replace(/^(type|lazy) /, "");

/** 0 for leaf modules; for another one, 1 more than the highest module that it may import. @returns {number} */
function levelOf(/** @type {string} */ name) {
  const { leaf, mayImport = [] } = modules[name];
  return leaf ? 0 : 1 + Math.max(0, ...mayImport.map((allowance) => levelOf(plainName(allowance))));
}

const code = (/** @type {string} */ text) => `\`${text}\``;

/** A cell: names as code, with what limits an import before them. @returns {string} */
const importsCell = (/** @type {string[]} */ mayImport) =>
  [...mayImport]
    .sort((a, b) => (plainName(a) < plainName(b) ? -1 : 1))
    .map((allowance) => {
      const limit = allowance.startsWith("type ") ? "types of " : allowance.startsWith("lazy ") ? "import() of " : "";
      return limit + code(plainName(allowance));
    })
    .join(", ");

/** The block between the marks. @returns {string} */
export function modulesBlock() {
  const names = Object.keys(modules);
  const highest = Math.max(...names.map(levelOf));
  const rows = names.map((name) => {
    const { purpose, leaf, mayImport = [], packages = [] } = modules[name];
    const also = packages.map((name) => (name === "node:" ? "Node's modules" : code(name)));
    const imports = [importsCell(mayImport), also.length > 0 && `packages: ${also.join(", ")}`].filter(Boolean);
    return `| ${code(name)}${leaf ? " (leaf)" : ""} | ${purpose} | ${imports.join("; ")} |`;
  });
  const layers = Array.from({ length: highest + 1 }, (_, i) => highest - i).map((level) => {
    const list = names.filter((name) => levelOf(name) === level);
    return `${String(level).padStart(2)}  ${list.join("  ")}`;
  });
  return [
    begin,
    "Each module imports only modules of lines below its own; line 0 is the leaf modules.",
    "```text\n" + layers.join("\n") + "\n```",
    `Besides what the table names, every module may import the leaf modules (${leafModules.map(code).join(", ")}); leaf modules import only leaf modules. "Types of x": only by \`import type\`. "import() of x": x is loaded when it is first needed.`,
    ["| module | what it is | may import |", "| --- | --- | --- |", ...rows].join("\n"),
    end,
  ].join("\n\n");
}

/** The page with a fresh block. @throws Error where its marks are missing. @returns {string} */
export function withModules(/** @type {string} */ page) {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${docFile}: the marks of the printed block are missing`);
  return page.slice(0, from) + modulesBlock() + page.slice(to + end.length);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = fileURLToPath(new URL(`../${docFile}`, import.meta.url));
  writeFileSync(file, withModules(readFileSync(file, "utf8")));
}
