// Formats assembly/ with prettier. For prettier, AssemblyScript's decorators on functions are syntax errors, so that each is
// turned into a comment for it.
//   node scripts/formatAssembly.mjs           writes
//   node scripts/formatAssembly.mjs --check   fails on a file that would change
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";

const hide = (text) => text.replace(/^([ \t]*)@(\w.*)$/gm, "$1//@$2");
const show = (text) => text.replace(/^([ \t]*)\/\/@(\w.*)$/gm, "$1@$2");

const check = process.argv.includes("--check");
const files = readdirSync("assembly", { recursive: true }).filter((name) => name.endsWith(".ts"));
for (const file of files.map((name) => join("assembly", name)).sort()) {
  const text = readFileSync(file, "utf8");
  const options = { ...(await resolveConfig("package.json")), parser: "typescript" };
  const formatted = show(await format(hide(text), options));
  if (formatted === text) continue;
  if (check) {
    console.error(`${file}: not formatted; run \`npm run format\``);
    process.exitCode = 1;
  } else {
    writeFileSync(file, formatted);
    console.log(file);
  }
}
