// What `npm pack` makes, installed into an empty project, type-checked there as strictly as can be, and run.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { run } from "../support/programs.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const consumer = `
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Dense, init, Input, memory, Sequential, tensor } from "zoetrope";
import * as reference from "zoetrope/reference";
import { openKernels } from "zoetrope/kernels";
import * as datasets from "zoetrope/datasets";
import * as node from "zoetrope/node";
import { loadModel, saveModel } from "zoetrope/formats";
import "zoetrope/training";

const model = Sequential([Input({ shape: [4] }), Dense({ units: 3, activation: "softmax" })]);
const probabilities = await model.predict(tensor([[1, 2, 3, 4], [5, 6, 7, 8]]));
if (Array.isArray(probabilities)) throw new Error("one output is one tensor");
model.compile({ loss: "mse" });
await model.fit([[1, 2, 3, 4]], [[1, 0, 0]], { verbose: 0 });
const again = await loadModel(await saveModel(model));
if (again.countParams() !== 15) throw new Error("what comes back is what was saved");
const values: Float32Array = await probabilities.data();
const sum = values.reduce((total, value) => total + value, 0);
const fileOf = (name: string) => fileURLToPath(import.meta.resolve("zoetrope/" + name));
await init({ wasm: new WebAssembly.Module(readFileSync(fileOf("kernels.wasm"))) });
const { kernels, allocate, read } = openKernels();
const doubled = allocate([1, 2]);
kernels.affine(doubled, doubled, 2, 0);
const files = ["imagenet.safetensors", "kernels-relaxed.wasm"].every((name) => existsSync(fileOf(name)));
const subpaths = [reference, datasets, node].every((subpath) => Object.keys(subpath).length > 0);
console.log(JSON.stringify({ shape: probabilities.shape, sum, backend: memory().backend, subpaths, files, doubled: [...(await read(doubled))] }));
`;
// The few globals of Node that the program uses: the empty project has no package but zoetrope, not even Node's types.
const nodeTypes = `
declare module "node:fs" {
  export function existsSync(path: string): boolean;
  export function readFileSync(path: string): Uint8Array<ArrayBuffer>;
}
declare module "node:url" { export function fileURLToPath(url: string): string; }
interface ImportMeta { resolve(specifier: string): string; }
`;
const tsconfig = {
  compilerOptions: {
    target: "ES2022",
    module: "NodeNext",
    moduleResolution: "NodeNext",
    strict: true,
    skipLibCheck: false,
    types: [],
  },
};

const repository = resolve(".");
const project = temporaryFolder("pack");
let packed: string[] = [];

beforeAll(() => {
  const answer = run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", project], repository);
  const [tarball] = JSON.parse(answer) as [{ filename: string; files: { path: string }[] }];
  packed = tarball.files.map((file) => file.path);
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
  run("npm", ["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", tarball.filename], project);
});

test("the tarball holds the built files and the data, and no sources, tests or tools", () => {
  for (const file of ["package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.d.ts", "dist/cli.js"]) {
    expect(packed).toContain(file);
  }
  expect(packed).toContain("data/mobilenet-1.0-224.safetensors");
  expect(packed).toContain("data/imagenet-classes.json");
  for (const file of [
    "kernels.wasm",
    "kernels-relaxed.wasm",
    "kernels-wide.wasm",
    "zoetrope.min.js",
    "zoetrope.min.js.map",
  ]) {
    expect(packed).toContain(`dist/${file}`);
  }
  const { unpkg, jsdelivr } = JSON.parse(readFileSync("package.json", "utf8")) as Record<string, string>;
  expect([unpkg, jsdelivr]).toEqual(["./dist/zoetrope.min.js", "./dist/zoetrope.min.js"]);
  const allowed = /^(dist\/|data\/|package\.json$|README\.md$|LICENSE$)/;
  expect(packed.filter((file) => !allowed.test(file) || file.includes(".test."))).toEqual([]);
});

test("installing it installs no other package", () => {
  const installed = readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith("."));
  expect(installed).toEqual(["zoetrope"]);
});

test("a strict program type-checks against it and runs", () => {
  writeFileSync(join(project, "main.ts"), consumer);
  writeFileSync(join(project, "node.d.ts"), nodeTypes);
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(tsconfig));
  run(process.execPath, [join(repository, "node_modules/typescript/bin/tsc"), "-p", "."], project);
  const result = JSON.parse(run(process.execPath, ["main.js"], project));
  expect(result).toMatchObject({ shape: [2, 3], backend: "wasm (SIMD)", subpaths: true, files: true, doubled: [2, 4] });
  expect(result.sum).toBeCloseTo(2, 5);
});
