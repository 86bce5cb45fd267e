// The rules of the project that a machine can hold: which module may import which, no import cycles, how many lines there may be,
// what may not be in a file, and that docs/architecture.md says the same.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { normalize } from "node:path";
import { expect, test } from "vitest";
import { docFile, withModules } from "../scripts/architectureDocs.mjs";
import { filesUnder, importsOf, isTypeClause, moduleOf, withoutComments } from "../scripts/imports.mjs";
import { linesByGroup } from "../scripts/lines.mjs";
import { leafModules, lineBudgets, type Module, modules } from "../scripts/modules.mjs";

type Import = ReturnType<typeof importsOf>[number];
type Table = Record<string, Module>;

const isPackage = (target: string): boolean => !/^(src|examples)\//.test(target);

/** The entries of `mayImport` that permit an import. */
function allowancesFor({ target, typeOnly, lazy }: Import): string[] {
  const name = moduleOf(target);
  return [name, ...(typeOnly ? [`type ${name}`] : []), ...(lazy ? [`lazy ${name}`] : [])];
}

const allowedPackage = (target: string, packages: readonly string[]): string | undefined =>
  packages.find((name) => target === name || target.startsWith(name.endsWith(":") ? name : `${name}/`));

/** What is wrong with one import, or undefined. */
function violation(found: Import): string | undefined {
  const { file, target } = found;
  const name = moduleOf(file);
  if (!Object.hasOwn(modules, name)) return `${file}: the module "${name}" is not in scripts/modules.mjs; add it there`;
  const { leaf, mayImport = [], packages = [] } = modules[name];
  if (isPackage(target)) {
    if (allowedPackage(target, packages)) return undefined;
    return `${file} imports "${target}": ${name} may import ${packages.length > 0 ? `only the packages ${packages.join(", ")}` : "no package"}`;
  }
  const to = moduleOf(target);
  if (to === name || leafModules.includes(to)) return undefined;
  if (allowancesFor(found).some((allowance) => mayImport.includes(allowance))) return undefined;
  return `${file} imports ${target}: ${name} may import only ${leaf ? "leaf modules" : [...mayImport, "leaf modules"].join(", ")}`;
}

/** Modules and entries of `mayImport` and `packages` that no file needs. */
function unused(table: Table, imports: readonly Import[]): string[] {
  const found = new Map<string, Import[]>();
  for (const each of imports) {
    const name = moduleOf(each.file);
    found.set(name, [...(found.get(name) ?? []), each]);
  }
  return Object.entries(table).flatMap(([name, { mayImport = [], packages = [] }]) => {
    if (!files.some((file) => moduleOf(file) === name)) return [`${name}: there is no such module`];
    const own = found.get(name) ?? [];
    const needed = own.filter(({ target }) => !isPackage(target)).map((each) => narrowest(each, own));
    const words = own.map(({ target }) => (isPackage(target) ? allowedPackage(target, packages) : undefined));
    return [
      ...mayImport.filter((allowance) => !needed.includes(allowance)).map((allowance) => `${name}: may import ${allowance}, but does not`),
      ...packages.filter((word) => !words.includes(word)).map((word) => `${name}: may import the package ${word}, but does not`),
    ]; // prettier-ignore
  });
}

/** The narrowest entry of `mayImport` that permits an import and the other imports of its module. */
function narrowest({ target, typeOnly }: Import, own: readonly Import[]): string {
  const name = moduleOf(target);
  const isPlain = (other: Import) => moduleOf(other.target) === name && !other.typeOnly && !other.lazy;
  return own.some(isPlain) ? name : `${typeOnly ? "type" : "lazy"} ${name}`;
}

const files = [...filesUnder("src", [".ts"]), ...filesUnder("examples", [".ts", ".mjs", ".js"])];
const imports = files.flatMap(importsOf);

test("modules import what the table of scripts/modules.mjs allows", () => {
  expect(imports.map(violation).filter((message) => message !== undefined)).toEqual([]);
});

test("the table has no module and no permission that is not needed", () => {
  expect(unused(modules, imports)).toEqual([]);
  const table = { ...modules, dream: { purpose: "", group: "engine" }, op: { ...modules.op, mayImport: ["backend", "ops"] } };
  expect(unused(table, imports)).toEqual(["op: may import backend, but does not", "op: may import ops, but does not", "dream: there is no such module"]);
  const loose = { report: { ...modules.report, packages: [...modules.report.packages!, "left-pad"] } };
  expect(unused(loose, imports)).toEqual(["report: may import the package left-pad, but does not"]);
}); // prettier-ignore

test("the table of modules in docs/architecture.md is up to date", () => {
  const page = readFileSync(docFile, "utf8");
  expect(page === withModules(page), "run npm run docs:architecture").toBe(true);
  expect(page).toContain("| `backend` | The current backend | `backends/wasm`, `launch` |");
});

test("assembly/ imports only from assembly/", () => {
  const bad = filesUnder("assembly", [".ts"]).flatMap(importsOf);
  expect(bad.filter(({ target }) => !target.startsWith("assembly/"))).toEqual([]);
});

/** The cycles of a graph, each as its nodes in order. */
function cycles(next: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (node: string, path: string[]): void => {
    if (path.includes(node)) found.push([...path.slice(path.indexOf(node)), node].join(" -> "));
    else if (!done.has(node)) for (const other of next.get(node) ?? []) visit(other, [...path, node]);
    done.add(node);
  };
  for (const node of next.keys()) visit(node, []);
  return found;
}

test("files have no import cycles, not even for types", () => {
  const next = new Map(files.map((file) => [file, importsOf(file).map(({ target }) => target)]));
  expect(cycles(next)).toEqual([]);
  expect(cycles(new Map([["a", ["b"]], ["b", ["c", "d"]], ["c", ["a"]]]))).toEqual(["a -> b -> c -> a"]); // prettier-ignore
});

test("the table of modules allows no import cycles", () => {
  const names = ({ mayImport = [] }: Module) => mayImport.map((allowance) => allowance.replace(/^(type|lazy) /, ""));
  expect(cycles(new Map(Object.entries(modules).map(([name, row]) => [name, names(row)])))).toEqual([]);
});

test("a forbidden import is found, with the file, the import and the rule", () => {
  const wrong = { file: "src/ops/add.ts", target: "src/backends/wasm/index.ts", typeOnly: true, lazy: false };
  expect(violation(wrong)).toMatch(/^src\/ops\/add\.ts imports src\/backends\/wasm\/index\.ts: ops may import only op/);
  const plain = { typeOnly: false, lazy: false };
  expect(violation({ file: "examples/a.mjs", target: "src/index.ts", ...plain })).toContain("examples may import only");
  expect(violation({ file: "examples/a.mjs", target: "fast-png", ...plain })).toContain("only the packages node:");
  expect(violation({ file: "src/index.ts", target: "fast-png", ...plain })).toContain("index may import no package");
  expect(violation({ file: "src/nowhere.ts", target: "src/index.ts", ...plain })).toContain('"nowhere" is not in');
  expect(violation({ file: "src/shape.ts", target: "src/tensor.ts", ...plain })).toContain("only leaf modules");
  const late = { file: "src/applications/a.ts", target: "src/formats/files.ts", typeOnly: false };
  expect(violation({ ...late, lazy: true })).toBe(undefined);
  expect(violation({ ...late, lazy: false })).toContain("applications may import only");
  expect(isTypeClause("{ type A, B }")).toBe(false);
  expect(isTypeClause("{ type A, type B }")).toBe(true);
  expect(importsOf("test/house.test.ts").map(({ target }) => target)).toContain("vitest");
  const ofCode = importsOf("src/training/code.ts").filter(({ target }) => target === "src/training/chunk.ts");
  expect(ofCode.map(({ typeOnly, lazy }) => ({ typeOnly, lazy }))).toEqual([
    { typeOnly: true, lazy: false },
    { typeOnly: false, lazy: true },
  ]);
});

test("every group of modules is within its budget of lines", () => {
  const lines = linesByGroup();
  const groups = new Set(Object.values(modules).map(({ group }) => group));
  expect([...groups, "assembly"].filter((group) => group !== "examples").sort()).toEqual(
    Object.keys(lineBudgets).sort(),
  );
  const over = Object.entries(lineBudgets).filter(([group, budget]) => !(lines[group] <= budget));
  expect(over.map(([group, budget]) => `${group}: ${lines[group]} lines, the budget is ${budget}`)).toEqual([]);
});

test("the package depends on nothing", () => {
  const manifest = JSON.parse(readFileSync("package.json", "utf8"));
  expect(manifest.dependencies ?? {}).toEqual({});
  const loose = Object.entries<string>(manifest.devDependencies).filter(([, version]) => !/^\d/.test(version));
  expect(loose).toEqual([]);
});

// ── equal bits ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What ECMAScript defines to the last bit; `sqrt` it does not, but IEEE 754 and every engine do. */
const exactMath =
  /^(abs|ceil|clz32|floor|fround|imul|max|min|round|sign|sqrt|trunc|PI|E|LN2|LN10|LOG2E|LOG10E|SQRT2|SQRT1_2)$/;

/** Functions of `Math`, and powers, whose bits may differ between JavaScript engines. Powers of two are exact. */
function inexact(text: string): string[] {
  const bare = withoutComments(text);
  const named = [...bare.matchAll(/\bMath\.(\w+)/g)].filter(([, name]) => !exactMath.test(name));
  const taken = [...bare.matchAll(/\{([^{}]*)\} = Math\b/g)].flatMap(([, names]) => names.split(",").map((name) => name.trim()));
  const powers = bare.matchAll(/[\w.)\]]+ \*\*=? (?:[\w.(-]+)/g);
  return [
    ...named.map(([name]) => name),
    ...taken.filter((name) => name !== "" && !exactMath.test(name)),
    ...[...powers].map(([power]) => power).filter((power) => !/^2 \*\* -?\d+$/.test(power)),
  ];
} // prettier-ignore

/** Where their bits reach no weight. */
const inexactModules = {
  "backends/reference": "it is not the engine of a training that promises equal bits",
  "backends/gpujs": "nor are shaders",
  report: "coordinates and labels of charts",
  "report/page": "the same",
};
const inexactFiles: Record<string, { uses: string[]; why: string }> = {
  "src/print.ts": { uses: ["10 ** -precision"], why: "digits that are printed" },
  "src/cli/train/verdict.ts": { uses: ["Math.hypot"], why: "a sentence of a report" },
  "src/cli/demo/filmStrip.ts": { uses: ["Math.hypot"], why: "an arrow in a picture" },
  "src/formats/keras/config/tensorFlowTable.ts": { uses: ["2 ** i"], why: "a power of two" },
  "src/formats/files.ts": { uses: ["Math.random"], why: "a file's name" },
  "src/formats/hdf5/readTree.ts": { uses: ["Math.random"], why: "a file's name" },
  "src/formats/hdf5/write.ts": { uses: ["Math.random"], why: "a file's name" },
  "src/cli/outputs.ts": { uses: ["Math.random"], why: "a file's name" },
  "src/cli/train/partFiles.ts": { uses: ["Math.random"], why: "a file's name" },
};

test("weights depend on no function of Math that engines compute differently", () => {
  const found = filesUnder("src", [".ts"])
    .filter((file) => !Object.hasOwn(inexactModules, moduleOf(file)))
    .map((file) => [file, inexact(readFileSync(file, "utf8"))] as const)
    .filter(([, uses]) => uses.length > 0);
  const expected = Object.entries(inexactFiles).map(([file, { uses }]) => [file, uses]);
  expect(Object.fromEntries(found), "use src/elementary.ts and src/powers.ts").toEqual(Object.fromEntries(expected));
  const wrong = "const { fround, log2 } = Math; x ** 2 + 2 ** n + 2 ** 24 + Math.sqrt(Math.exp(f(x) ** -y)); z **= 3;";
  expect(inexact(wrong)).toEqual(["Math.exp", "log2", "x ** 2", "2 ** n", "x) ** -y", "z **= 3"]);
});

const code = ["src", "assembly", "test", "bench", "scripts", "examples"].flatMap((folder) =>
  filesUnder(folder, [".ts", ".mjs", ".js", ".py", ".sh", ".html"]),
);
const rootFiles = readdirSync(".", { withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(md|json|mjs|ts)$|^\.npmrc$/.test(entry.name))
  .map((entry) => entry.name);

test("no file is longer than 500 lines", () => {
  const long = code.map((file) => `${file}: ${readFileSync(file, "utf8").trimEnd().split("\n").length}`);
  expect(long.filter((line) => Number(line.split(": ")[1]) > 500)).toEqual([]);
});

test("no unfinished code, skipped test, path or address of one machine", () => {
  // Built from parts, so that this file passes its own test.
  const forbidden = [
    ...["TO DO", "FIX ME", "/wor k/", "/roo t/", "/hom e/", ".sk ip(", ".on ly(", "../sha red"],
    ...["registry. npmjs.org", "registry. yarnpkg.com", "pypi. org", "files. pythonhosted.org", "deb. debian.org"],
  ].map((word) => word.replace(" ", ""));
  const files = [...code, ...rootFiles, ".ci/run", "data/README.md"].filter((file) => existsSync(file));
  const found = files.flatMap((file) => {
    const text = readFileSync(file, "utf8");
    return forbidden.filter((word) => text.includes(word)).map((word) => `${normalize(file)}: ${word}`);
  });
  expect(found).toEqual([]);
});
