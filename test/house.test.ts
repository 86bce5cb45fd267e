// The rules of the house that a machine can hold: which room may import which, how long a file may be, what may not be in it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, extname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const leaves = [
  ...[
    "errors",
    "shape",
    "random",
    "kernels",
    "kernelTable",
    "sumParts",
    "derived",
    "named",
    "host",
    "resize",
    "finite",
    "scope",
  ],
  "cacheFolder",
];

/**
 * room -> the rooms that it may import, besides itself. `type x`: types of x only.
 * A room is a folder or file directly under src/, or a folder under src/backends; formats/safetensors is one by itself.
 * `lazy x`: by import() alone, so that x is loaded when it is first needed.
 */
const arrows: Record<string, string[]> = {
  // Leaves import leaves alone.
  errors: leaves,
  shape: leaves,
  random: leaves,
  kernels: leaves,
  kernelTable: leaves,
  sumParts: leaves,
  derived: leaves,
  host: leaves,
  named: leaves,
  resize: leaves,
  finite: leaves,
  cacheFolder: leaves,
  scope: leaves,

  "backends/reference": leaves,
  "backends/wasm": leaves,
  "backends/gpujs": leaves,
  launch: leaves,
  backend: ["backends/wasm", "launch", ...leaves],

  tensor: ["backend", ...leaves],
  print: ["tensor", ...leaves],
  pixels: ["tensor", ...leaves],
  autograd: ["tensor", "backend", ...leaves],
  op: ["autograd", "tensor", "backend", ...leaves],
  ops: ["op", "tensor", "type autograd", "type backend", ...leaves],
  optimizers: ["ops", "tensor", ...leaves],

  activations: ["ops", "op", "tensor", ...leaves],
  regularizers: ["ops", "tensor", ...leaves],
  constraints: ["ops", "tensor", ...leaves],
  losses: ["ops", "tensor", ...leaves],
  metrics: ["ops", "tensor", ...leaves],
  initializers: ["tensor", ...leaves],

  config: ["type layer", ...leaves],
  penalties: ["type tensor"],
  layer: [
    ...["config", "ops", "op", "autograd", "initializers", "regularizers", "constraints", "penalties", "tensor"],
    ...leaves,
  ],
  layers: ["config", "layer", "ops", "activations", "initializers", "regularizers", "constraints", "tensor", ...leaves],
  callbacks: ["tensor", "type model", "type training", ...leaves],
  training: [
    ...["layer", "summary", "ops", "losses", "optimizers", "metrics", "callbacks", "penalties", "autograd", "tensor"],
    ...leaves,
  ],
  summary: ["layer", "type model", "tensor", ...leaves],
  model: [
    "config",
    "training",
    "summary",
    "layer",
    "losses",
    "optimizers",
    "metrics",
    "callbacks",
    "autograd",
    "tensor",
    ...leaves,
  ],
  applications: [
    "layers",
    "layer",
    "model",
    "ops",
    "autograd",
    "formats/safetensors",
    "lazy formats",
    "tensor",
    ...leaves,
  ],

  // Beside the engine: nothing above imports these, but the leaf that applications read.
  "formats/safetensors": ["errors"],
  formats: [
    ...[
      "formats/safetensors",
      "regularizers",
      "constraints",
      "config",
      "model",
      "layers",
      "layer",
      "losses",
      "metrics",
      "optimizers",
      "type activations",
    ],
    ...["training", "ops", "autograd", "tensor", ...leaves],
  ],
  inspect: ["model", "layers", "layer", "ops", "autograd", "tensor", ...leaves],
  datasets: ["model", "layers", "ops", "autograd", "tensor", ...leaves],
  node: ["formats", "tensor", ...leaves],
  report: leaves,
  ndarray: ["tensor", ...leaves],

  // The table of contents, and the command, which sees what a user sees.
  index: [
    ...["applications", "config", "model", "training", "layers", "layer", "callbacks", "activations", "initializers"],
    ...[
      "regularizers",
      "constraints",
      "losses",
      "metrics",
      "optimizers",
      "ops",
      "op",
      "autograd",
      "pixels",
      "print",
      "tensor",
      "backend",
      ...leaves,
    ],
  ],
  cli: ["index", "backends/reference", "backends/gpujs", "datasets", "formats", "inspect", "node", "report"],
  // Beside src/: what its users write.
  examples: [],
};

/** room -> the packages that it may import. No other room imports any: what a user installs is the engine alone. */
const packages: Record<string, RegExp> = {
  cli: /^(node:|commander$)/, // bundled into the command at build
  node: /^(node:|jpeg-js$|fast-png$)/, // bundled into the subpath at build
  report: /^(node:|jpeg-js$|fast-png$|@observablehq\/plot$|linkedom$)/, // likewise
  "backends/gpujs": /^gpu\.js$/, // an optional peer
  ndarray: /^ndarray$/, // an optional peer
  formats: /^(h5wasm|fflate|pbf)$/, // optional peers
  examples: /^(node:|zoetrope(\/|$))/, // the package as its users see it: Node refuses subpaths that are not public
};

interface Import {
  file: string;
  target: string;
  typeOnly: boolean;
  lazy: boolean;
}

function filesUnder(folder: string, extensions: string[]): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name).replaceAll("\\", "/"))
    .filter((file) => extensions.includes(extname(file)))
    .filter(
      (file) =>
        !/(^|\/)(node_modules|build)\//.test(file) && !/(wasm\/(binary|exports)|datasets\/digitSheet)\.ts$/.test(file),
    )
    .sort();
}

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");

/** `type { A }` and `{ type A, type B }` bring no code along. */
function isTypeClause(clause: string): boolean {
  if (/^type\b/.test(clause)) return true;
  const names = /^\{([\s\S]*)\}$/
    .exec(clause)?.[1]
    ?.split(",")
    .filter((name) => name.trim() !== "");
  return names !== undefined && names.length > 0 && names.every((name) => /^\s*type\s/.test(name));
}

/** Every `import`, `export from` and `import()` of a file. A relative target is said from the repository's root. */
function importsOf(file: string): Import[] {
  const text = withoutComments(readFileSync(file, "utf8"));
  const statements = text.matchAll(/^\s*(?:import|export)\s+(?:([^"'`;()=]*?)\s*\bfrom\s*)?["']([^"']+)["']/gm);
  const calls = text.matchAll(/\bimport\s*\(\s*["']([^"']+)["']/g);
  const found = [
    ...[...statements].map(([, clause = "", target = ""]) => ({ target, typeOnly: isTypeClause(clause), lazy: false })),
    ...[...calls].map(([, target = ""]) => ({ target, typeOnly: false, lazy: true })),
  ];
  return found.map(({ target, ...how }) => {
    const path = target.startsWith(".") ? join(dirname(file), target).replaceAll("\\", "/") : target;
    return { file, target: target.startsWith(".") ? path.replace(/\.js$/, ".ts") : target, ...how };
  });
}

function roomOf(file: string): string {
  const parts = file
    .replace(/^src\//, "")
    .replace(/\.ts$/, "")
    .split("/");
  if (parts[0] === "backends" || (parts[0] === "formats" && parts[1] === "safetensors"))
    return parts.slice(0, 2).join("/");
  return parts[0]!;
}

/** What is wrong with one import, or undefined. */
function violation({ file, target, typeOnly, lazy }: Import): string | undefined {
  const room = roomOf(file);
  const allowed = arrows[room];
  if (!allowed) return `${file}: no room "${room}" in the table of test/house.test.ts; give it its arrows there`;
  if (!/^(src|examples)\//.test(target)) {
    const ok = packages[room]?.test(target);
    return ok ? undefined : `${file} imports "${target}": ${room} may import no such package`;
  }
  const to = roomOf(target);
  if (to === room || allowed.includes(to)) return undefined;
  if ((typeOnly && allowed.includes(`type ${to}`)) || (lazy && allowed.includes(`lazy ${to}`))) return undefined;
  const rule = allowed.includes(`type ${to}`) ? `only types of ${to}` : `only ${allowed.join(", ")}`;
  return `${file} imports ${target}: ${room} may import ${rule}`;
}

const sources = [...filesUnder("src", [".ts"]), ...filesUnder("examples", [".ts", ".mjs", ".js"])];

test("arrows between the rooms of src/ and examples/ point one way", () => {
  const bad = sources.flatMap(importsOf).map(violation);
  expect(bad.filter((message) => message !== undefined)).toEqual([]);
});

test("assembly imports assembly alone", () => {
  const bad = filesUnder("assembly", [".ts"]).flatMap(importsOf);
  expect(bad.filter(({ target }) => !target.startsWith("assembly/"))).toEqual([]);
});

test("no file of src/ imports itself by a detour", () => {
  const next = new Map(sources.map((file) => [file, importsOf(file).filter((found) => !found.typeOnly)]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: string[]) => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
    else if (!done.has(file)) for (const { target } of next.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  sources.forEach((file) => visit(file, []));
  expect(cycles).toEqual([]);
});

test("a forbidden import is found, with the file, the import and the rule", () => {
  const wrong = { file: "src/ops/add.ts", target: "src/backends/wasm/index.ts", typeOnly: true, lazy: false };
  expect(violation(wrong)).toMatch(/^src\/ops\/add\.ts imports src\/backends\/wasm\/index\.ts: ops may import only op/);
  const plain = { typeOnly: false, lazy: false };
  expect(violation({ file: "examples/a.mjs", target: "src/index.ts", ...plain })).toContain("examples may import");
  expect(violation({ file: "examples/a.mjs", target: "fast-png", ...plain })).toContain("no such package");
  expect(violation({ file: "src/index.ts", target: "fast-png", ...plain })).toContain("no such package");
  const late = { file: "src/applications/a.ts", target: "src/formats/files.ts", typeOnly: false };
  expect(violation({ ...late, lazy: true })).toBe(undefined);
  expect(violation({ ...late, lazy: false })).toContain("applications may import only");
  expect(isTypeClause("{ type A, B }")).toBe(false);
  expect(isTypeClause("{ type A, type B }")).toBe(true);
  expect(importsOf("test/house.test.ts").map(({ target }) => target)).toContain("vitest");
});

test("the package depends on nothing", () => {
  const manifest = JSON.parse(readFileSync("package.json", "utf8"));
  expect(manifest.dependencies ?? {}).toEqual({});
  const loose = Object.entries<string>(manifest.devDependencies).filter(([, version]) => !/^\d/.test(version));
  expect(loose).toEqual([]);
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

test("no unfinished business, skipped test, path or address of one machine", () => {
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
