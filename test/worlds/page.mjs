// docs/worlds.md: the table of results.
import { writeFileSync } from "node:fs";
import { worlds } from "./worlds.mjs";

/**
 * @typedef {{ builds: boolean, runs: boolean, predicts: boolean, trains: boolean, files: boolean, packages: boolean, said: string,
 *   kilobytes?: number, notRun?: string }} Result
 * @typedef {{ title: string, date: string, without: Result, with: Result }} Row
 */

export const pageFile = "docs/worlds.md";

const intro = `# Worlds

Kinds of projects in which the package was tried, by \`npm run worlds\`. Each is an empty folder with the tarball of \`npm pack\`, the tool,
and only the configuration that the tool's own starter has. Its app ([test/worlds/app.ts](../test/worlds/app.ts)) makes the README's video
network, scaled down, and checks what it gives against the numbers in this repository:

- **predicts**, **trains**: \`predict\`, and \`fit\` for one step.
- **safetensors**: \`zoetrope/formats\` saves and loads the model, for which it needs no package.
- **Keras, ONNX**: it reads a \`.keras\` file and writes ONNX with the optional packages (h5wasm, fflate, pbf); without them, the error names
  the package to install.

Every world is built and run twice, without the optional packages and with them: "yes" means both times. "-" means that there is nothing
to build, or that the app has no such part. The size is that of all scripts of the bundle, gzipped, also those that are loaded later,
without and with the packages: h5wasm alone has about 1 MB. Pages run in Chromium. A run and this page are described in
[test/README.md](../test/README.md#worlds).
`;

function cell(
  /** @type {string} */ name,
  /** @type {Row} */ { without, with: withPackages },
  /** @type {import("./worlds.mjs").Step} */ step,
) {
  if (worlds[name].cannot?.sometimes?.includes(step)) return "not always";
  if (without.notRun && step !== "builds") return "not run";
  if (without[step] && withPackages[step]) return "yes";
  if (!without[step] && !withPackages[step]) return "no";
  return without[step] ? "without packages only" : "with packages only";
}

function rowText(/** @type {string} */ name, /** @type {Row} */ row) {
  const { build, bundle, formats } = worlds[name];
  const size = bundle ? [row.without, row.with].map(({ kilobytes }) => kilobytes?.toFixed(0) ?? "-").join(" / ") : "-";
  const files = /** @type {const} */ (["files", "packages"]).map((step) =>
    formats === false ? "-" : cell(name, row, step),
  );
  const steps = /** @type {const} */ (["runs", "predicts", "trains"]).map((step) => cell(name, row, step));
  const cells = [`${row.title}`, build ? cell(name, row, "builds") : "-", ...steps, ...files, size, row.date];
  return `| ${cells.join(" | ")} |`;
}

/** The page. @throws Error when a world has not been tried. */
export function pageText(/** @type {Record<string, Row>} */ rows) {
  const missing = Object.keys(worlds).filter((name) => !Object.hasOwn(rows, name));
  if (missing.length > 0)
    throw new Error(`${pageFile} needs all worlds; not tried with this tarball: ${missing.join(", ")}`);
  const names = Object.keys(worlds);
  const cannot = names
    .filter((name) => worlds[name].cannot)
    .map((name) => `- ${rows[name].title}: ${worlds[name].cannot?.why}`);
  return [
    intro,
    "| world | builds | runs | predicts | trains | safetensors | Keras, ONNX | KB | date |",
    "|---|---|---|---|---|---|---|---|---|",
    ...names.map((name) => rowText(name, rows[name])),
    "\n## What does not work, and why\n",
    ...cannot,
    "",
  ].join("\n");
}

/** Writes docs/worlds.md. */
export function writePage(/** @type {Record<string, Row>} */ rows) {
  writeFileSync(pageFile, pageText(rows));
  console.log(`${pageFile} is written`);
}
