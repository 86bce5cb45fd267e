// Tries the package in the kinds of projects that its users have, each in an empty folder, from the tarball of `npm pack`, without
// the optional packages and with them:
//   npm run worlds                 all worlds; writes docs/worlds.md
//   npm run worlds -- NAME...      some of them; --write writes docs/worlds.md with these rows replaced
//   npm run worlds -- --list       their names; --quick: those that CI tries; --keep: leaves the folders
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { transformSync } from "esbuild";
import { Dense, Input, Sequential, setSeed } from "zoetrope";
import { saveModel } from "zoetrope/formats";
import { problemsOf } from "./answers.mjs";
import { answersOf, closeBrowser, hasBrowser, run } from "./hosts.mjs";
import { writePage } from "./page.mjs";
import { worlds } from "./worlds.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const repository = resolve(here, "../..");
process.chdir(repository);

/** The package as `npm pack` makes it. */
function pack(/** @type {string} */ folder) {
  const options = ["--ignore-scripts", "--json", "--pack-destination", folder];
  const [{ filename, integrity }] = JSON.parse(execFileSync("npm", ["pack", ...options], { encoding: "utf8" }));
  return { tarball: join(folder, filename), integrity };
}

/** A small model in a file of Keras. */
async function kerasModel(/** @type {string} */ folder) {
  setSeed(1);
  const path = join(folder, "model.keras");
  await saveModel(Sequential([Input({ shape: [3] }), Dense({ units: 2 })]), path);
  return readFileSync(path);
}

/** What the app gives in this repository. */
async function expectedAnswer(/** @type {Buffer} */ kerasFile) {
  const folder = join(repository, "build", "worlds");
  mkdirSync(folder, { recursive: true });
  writeApp(folder, "js", kerasFile);
  const { runApp } = await import(pathToFileURL(join(folder, "app.js")).href);
  return runApp(await import("zoetrope/formats"));
}

/** Writes the shared app in the form that a world takes. */
function writeApp(/** @type {string} */ folder, /** @type {string} */ form, /** @type {Buffer} */ kerasFile) {
  const sources = {
    app: readFileSync(join(here, "app.ts"), "utf8"),
    kerasFile: `export const kerasFile =\n  "${kerasFile.toString("base64")}";\n`,
  };
  for (const [name, text] of Object.entries(sources)) {
    const script = () =>
      transformSync(text, { loader: "ts", format: form === "cjs" ? "cjs" : "esm", target: "es2022" });
    writeFileSync(join(folder, `${name}.${form === "ts" ? "ts" : "js"}`), form === "ts" ? text : script().code);
  }
}

/** Empties a project but for what was installed, and writes its files. */
function writeProject(
  /** @type {string} */ folder,
  /** @type {import("./worlds.mjs").World} */ world,
  /** @type {Buffer} */ kerasFile,
) {
  const installed = ["node_modules", "package.json", "package-lock.json"];
  const caches = [".cache", ".vite"].map((name) => join("node_modules", name));
  for (const name of [...readdirSync(folder).filter((name) => !installed.includes(name)), ...caches]) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
  for (const name of world.files) cpSync(join(here, name), folder, { recursive: true });
  writeApp(folder, world.app ?? "js", kerasFile);
}

/** Kilobytes of the scripts under a folder, each gzipped. */
function sizeOf(/** @type {string} */ folder) {
  const scripts = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /\.[cm]?js$/.test(name));
  return scripts.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name)), { level: 9 }).length, 0) / 1024;
}

const steps = /** @type {const} */ (["builds", "runs", "predicts", "trains", "files", "packages"]);

/** Builds and runs a project once. */
async function attempt(
  /** @type {string} */ folder,
  /** @type {import("./worlds.mjs").World} */ world,
  /** @type {object} */ expected,
  /** @type {boolean} */ packages,
) {
  /** @type {import("./page.mjs").Result} */
  const result = { builds: true, runs: true, predicts: true, trains: true, files: true, packages: true, said: "" };
  let stage = /** @type {"builds" | "runs"} */ ("builds");
  try {
    for (const command of world.build ?? []) await run(command, folder);
    if (world.bundle) result.kilobytes = sizeOf(join(folder, world.bundle));
    stage = "runs";
    if (!hasBrowser && !("node" in world.host)) return { ...result, notRun: "Chromium is not there" };
    const answers = (await answersOf(world.host, folder)).map((text) => JSON.parse(text));
    const problems = answers.flatMap((answer) => problemsOf(answer, expected, world.formats !== false, packages));
    for (const { step, message } of problems) {
      result[step] = false;
      result.said += `${step}: ${message}\n`;
    }
  } catch (error) {
    for (const step of steps.slice(steps.indexOf(stage))) result[step] = false;
    result.said = String(/** @type {Error} */ (error).message ?? error).trim();
  }
  return result;
}

const npmInstall = (/** @type {string} */ folder, /** @type {string[]} */ packages) =>
  run(`npm install --prefer-offline --no-audit --no-fund ${packages.map((name) => `'${name}'`).join(" ")}`, folder);

const withVersions = (/** @type {string} */ title, /** @type {string} */ folder) =>
  title.replace(/\{(.+?)\}/g, (_, name) =>
    name === "node"
      ? process.versions.node
      : JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")).version,
  );

/** Tries one world. */
async function tryWorld(
  /** @type {string} */ name,
  /** @type {string} */ root,
  /** @type {string} */ tarball,
  /** @type {Buffer} */ kerasFile,
  /** @type {object} */ expected,
) {
  const world = worlds[name];
  const folder = join(root, name);
  const { type = "module" } = world;
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "app", private: true, ...(type !== "none" && { type }) }),
  );
  const packages = Object.entries(world.packages ?? {}).map(([each, version]) => `${each}@${version}`);
  await npmInstall(folder, [tarball, ...packages]);
  writeProject(folder, world, kerasFile);
  const without = await attempt(folder, world, expected, false);
  const { peerDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
  await npmInstall(
    folder,
    ["h5wasm", "fflate", "pbf"].map((peer) => `${peer}@${peerDependencies[peer]}`),
  );
  writeProject(folder, world, kerasFile);
  const withPackages = await attempt(folder, world, expected, true);
  const date = new Date().toISOString().slice(0, 10);
  return { title: withVersions(world.title, folder), date, without, with: withPackages };
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: Object.fromEntries(["list", "quick", "write", "keep"].map((name) => [name, { type: "boolean" }])),
});

/** The names on the command line. */
function chosen() {
  const unknown = positionals.filter((name) => !Object.hasOwn(worlds, name));
  if (unknown.length > 0)
    throw new Error(`there is no world ${unknown.join(", ")}; npm run worlds -- --list names them`);
  const names = Object.keys(worlds).filter((name) => !options.quick || worlds[name].quick);
  return positionals.length > 0 ? positionals : names;
}

const resultFile = "build/worlds.json";

/** The rows of earlier runs with the same tarball. @returns {Record<string, import("./page.mjs").Row>} */
function resultsOf(/** @type {string} */ integrity) {
  const known = existsSync(resultFile) ? JSON.parse(readFileSync(resultFile, "utf8")) : {};
  return known.integrity === integrity ? known.rows : {};
}

const writeResults = (/** @type {string} */ integrity, /** @type {object} */ rows) =>
  writeFileSync(resultFile, JSON.stringify({ integrity, rows }, null, 2));

async function main() {
  const root = mkdtempSync(join(tmpdir(), "zoetrope-worlds-"));
  const { tarball, integrity } = pack(root);
  const kerasFile = await kerasModel(root);
  const expected = await expectedAnswer(kerasFile);
  try {
    for (const name of chosen()) {
      const began = performance.now();
      const row = await tryWorld(name, root, tarball, kerasFile, expected);
      writeResults(integrity, { ...resultsOf(integrity), [name]: row });
      report(name, row, (performance.now() - began) / 1000);
      if (!options.keep) rmSync(join(root, name), { recursive: true });
    }
  } finally {
    await closeBrowser();
    if (options.keep) console.log(`the projects are in ${root}`);
    else rmSync(root, { recursive: true });
  }
  if (options.write || chosen().length === Object.keys(worlds).length) writePage(resultsOf(integrity));
}

/** Prints a row. The run fails where a step fails of which the table does not say so, and where all work although it does. */
function report(
  /** @type {string} */ name,
  /** @type {import("./page.mjs").Row} */ row,
  /** @type {number} */ seconds,
) {
  console.log(`${name}: ${row.title}, ${seconds.toFixed(0)} s`);
  const found = new Set();
  for (const variant of /** @type {const} */ (["without", "with"])) {
    const result = row[variant];
    const failed = steps.filter((step) => !result[step]);
    for (const step of failed) found.add(step);
    const size = result.kilobytes === undefined ? "" : `, ${result.kilobytes.toFixed(0)} KB`;
    const outcome = result.notRun ?? (failed.length > 0 ? `NOT ${failed.join(", ")}` : "works");
    console.log(`  ${variant} packages: ${outcome}${size}`);
    if (result.said) console.log(result.said.replace(/^/gm, "    "));
  }
  const { steps: expected = [], sometimes = [] } = worlds[name].cannot ?? {};
  for (const step of sometimes) found.delete(step);
  if (row.with.notRun || [...found].join() === expected.join()) return;
  console.log(
    `  test/worlds/worlds.mjs expects ${expected.length > 0 ? `only ${expected.join(", ")} to fail` : "no failure"}`,
  );
  process.exitCode = 1;
}

if (options.list) for (const [name, { title }] of Object.entries(worlds)) console.log(`${name}: ${title}`);
else await main();
