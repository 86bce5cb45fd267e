// `npm run docs:check [path ...]`: the public names without a docstring, and the docstrings that lack something, by file.
import { convert } from "./convert.mjs";
import { inspectDocstrings } from "./docstrings.mjs";

const paths = process.argv.slice(2);
const { project } = await convert({ logLevel: "Error" });
const { faults, counts } = inspectDocstrings(project);
const shown = faults.filter(({ file }) => paths.length === 0 || paths.some((path) => file.startsWith(path)));
let last;
for (const { file, line, kind, name, fault } of shown) {
  if (file !== last) console.log(`${last ? "\n" : ""}${file}`);
  last = file;
  console.log(`  ${file}:${line}  ${kind} ${name}: ${fault}`);
}
console.log();
for (const [kind, { all, undocumented }] of Object.entries(counts))
  console.log(`${kind}s: ${undocumented} of ${all} without a docstring`);
console.log(`${shown.length} findings${paths.length > 0 ? ` in ${paths.join(", ")}` : ""}`);
if (shown.length > 0) process.exitCode = 1;
