// The recipes of CONTRIBUTING.md against the code: what they name exists, and the recipe for a layer, followed in a copy of the
// repository, gives a layer that compiles and passes the tests of layers.
import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filesUnder } from "../../scripts/imports.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");

/** What stands under a heading, up to the next one. */
const section = (heading: string): string => page.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`))!;
const allMatches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found]) => found);

// ── what the recipe for a layer says ────────────────────────────────────────────────────────────────────────────────────

interface Step {
  file: string;
  /** "ts" for a new file, "diff" for a changed one. */
  kind: string;
  code: string;
}

/** Steps are numbered; each begins with its file and has one block of code. */
const steps: Step[] = section("A layer")
  .split(/^\d+\. /m)
  .slice(1)
  .map((text) => {
    const [, kind, code] = /^ {3}```(\w+)\n([^]*?)^ {3}```$/m.exec(text)!;
    return { file: /^`([^`]+)`/.exec(text)![1], kind, code: code.replace(/^ {3}/gm, "") };
  });
const [, call, result] = /`([^`]+)` gives `([^`]+)`/.exec(section("A layer"))!;
const name = /^\w+/.exec(call)![0];

/** Writes a new file, or replaces the lines of a change that are not marked "+" by those that are not marked "-". */
function follow(folder: string, { file, kind, code }: Step): void {
  const path = join(folder, file);
  if (existsSync(path) !== (kind === "diff"))
    throw new Error(`${file}: expected a ${kind === "ts" ? "new " : ""}file.`);
  if (kind === "ts") return writeFileSync(path, code);
  const linesWithout = (mark: string) =>
    code
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith(mark))
      .map((line) => `${line.slice(1)}\n`)
      .join("");
  const parts = readFileSync(path, "utf8").split(linesWithout("+"));
  if (parts.length !== 2) throw new Error(`${file}: the lines of the recipe are there ${parts.length - 1} times.`);
  writeFileSync(path, parts.join(linesWithout("-")));
}

/** What is read of Vitest's report. */
interface Report {
  testResults: { assertionResults: { status: string; fullName: string }[] }[];
}

// ── a copy of the repository ────────────────────────────────────────────────────────────────────────────────────────────

const linked = ["node_modules", "dist", "data", "docs/api/node_modules"];
const left = [".git", "build", "node_modules", "dist", "data"];
let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "zoetrope-recipe-"));
  for (const entry of readdirSync(root).filter((entry) => !left.includes(entry))) {
    const filter = (path: string) => basename(path) !== "node_modules";
    cpSync(join(root, entry), join(copy, entry), { recursive: true, filter });
  }
  for (const path of linked.filter((path) => existsSync(join(root, path)))) {
    symlinkSync(join(root, path), join(copy, path), "dir");
  }
  for (const step of steps) follow(copy, step);
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Runs a program of a package in the copy; gives what it printed, without colours, where it failed. */
function failureOf(program: string, ...args: string[]): Promise<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith("VITEST")));
  const child = spawn(process.execPath, [join(copy, "node_modules", program), ...args], {
    cwd: copy,
    env: { ...env, NO_COLOR: "1", CI: "" },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece) => (text += piece));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code === 0 ? "" : `${text}\nexit ${code}`));
  });
}

describe("the recipe for a layer, followed to the letter", () => {
  test("what it makes compiles and is formatted", async () => {
    expect(await failureOf("typescript/bin/tsc")).toBe("");
    const formatted = steps.map(({ file }) => file).filter((file) => file.endsWith(".ts"));
    expect(await failureOf("prettier/bin/prettier.cjs", "--check", ...formatted)).toBe("");
  });

  test("the layer computes what the recipe says, and passes the tests that every layer passes", async () => {
    const value = `
      import { expect, test } from "vitest";
      import { init, ${name}, tensor } from "../../src/index.js";
      test("${name} gives the value", async () => {
        await init();
        const values = await ${call}.data();
        ${result}.forEach((expected, i) => expect(values[i]).toBeCloseTo(expected, 6));
        expect(values).toHaveLength(${result}.length);
      });`;
    writeFileSync(join(copy, "test/layers/recipe.test.ts"), value);
    const files = ["layers/recipe", "layers/everyLayer", "formats/keras/config", "docs/keras", "house"];
    const report = join(copy, "report.json");
    const failure = await failureOf(
      "vitest/vitest.mjs",
      ...["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
      ...["-t", `${name}|every layer that (is exported|the table)|every callable|modules import|by way of others`],
      ...files.map((file) => `test/${file}.test.ts`),
    );
    expect(failure).toBe("");
    const { testResults } = JSON.parse(readFileSync(report, "utf8")) as Report;
    const passed = testResults.flatMap(({ assertionResults }) =>
      assertionResults.filter(({ status }) => status === "passed").map(({ fullName }) => fullName),
    );
    expect(passed.filter((title) => title.includes(name)).length, passed.join("\n")).toBeGreaterThanOrEqual(8); // one more of a layer of Keras
  });

  test("of the layer that it names as one of Keras's, Keras is asked for the numbers and for the file", () => {
    const [, known] = /If Keras has the layer, as `(\w+)`/.exec(section("A layer"))!;
    const cases = (file: string) => readFileSync(join(copy, `test/fixtures/${file}_cases.py`), "utf8");
    expect(cases("attention").includes(`node("${known}"`), "calls").toBe(true);
    expect(cases("config").includes(`"${known}": [`), "a model").toBe(true);
  });
});

// ── what the page names ─────────────────────────────────────────────────────────────────────────────────────────────────

test("every file, folder and command of the page exists", () => {
  const made = steps.filter(({ kind }) => kind === "ts").map(({ file }) => file);
  const paths = allMatches(page, /\b((?:assembly|src|test|docs|scripts|bench|examples)\/[\w./<>-]*)/g)
    .filter((path) => !made.includes(path) && !path.includes("NAME"))
    .map((path) => path.replace(/[^/]*<.*$/, "").replace(/\.$/, ""));
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(allMatches(page, /npm run ([\w:]+)/g).filter((script) => !(script in scripts))).toEqual([]);
  const fixtures = allMatches(page, /npm run fixtures -- ([a-z]\w+)/g);
  expect(fixtures.filter((file) => !existsSync(join(root, `test/fixtures/${file}.json`)))).toEqual([]);
});

test("every name that a recipe gives stands in the code", () => {
  const code = ["src", "assembly", "test", "scripts"]
    .flatMap((folder) => filesUnder(folder, [".ts", ".mjs", ".py"]))
    .map((file) => readFileSync(file, "utf8"))
    .concat(readFileSync(join(root, "package.json"), "utf8"))
    .join("\n");
  const words = new Set(code.match(/\w+/g));
  const prose = page.slice(page.indexOf("## Recipes")).replace(/^ {3}```[^]*?^ {3}```$/gm, "");
  const names = allMatches(prose, /`([A-Za-z]\w*)`/g);
  expect(names.length).toBeGreaterThan(50);
  expect(names.filter((found) => !words.has(found))).toEqual([]);
});
