// Counts the lines of each group of modules, without blank lines and comments, beside their budgets in scripts/modules.mjs.
//   node scripts/lines.mjs
import { fileURLToPath } from "node:url";
import { codeLines, filesUnder, moduleOf } from "./imports.mjs";
import { lineBudgets, modules } from "./modules.mjs";

/** Lines by group; `assembly` is one by itself. @returns {Record<string, number>} */
export function linesByGroup() {
  /** @type {Record<string, number>} */
  const lines = {};
  const add = (/** @type {string} */ group, /** @type {string} */ file) =>
    (lines[group] = (lines[group] ?? 0) + codeLines(file));
  for (const file of filesUnder("src", [".ts"])) add(modules[moduleOf(file)]?.group ?? moduleOf(file), file);
  for (const file of filesUnder("assembly", [".ts"])) add("assembly", file);
  return lines;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const lines = linesByGroup();
  for (const group of Object.keys({ ...lineBudgets, ...lines })) {
    console.log(`${group.padEnd(14)} ${lines[group] ?? 0} of ${lineBudgets[group] ?? "no budget"}`);
  }
}
