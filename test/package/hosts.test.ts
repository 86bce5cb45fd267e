// The files of dist/ for hosts without a bundler or without compilation: the kernels as files, and the whole default entry as one.
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { buildSync } from "esbuild";
import { afterAll, describe, expect, test } from "vitest";
import * as zoetrope from "../../src/index.js";
import { closeBrowser, findChromium } from "../support/browser/chromium.mjs";
import { inPage } from "../support/browser/page.mjs";

const kernels = {
  "kernels.wasm": "wasm (SIMD)",
  "kernels-relaxed.wasm": "wasm (relaxed SIMD)",
  "kernels-wide.wasm": "wasm (relaxed SIMD, wide)",
};

test("a module of each file of the kernels runs, and is known by what it is", async () => {
  for (const [file, name] of Object.entries(kernels)) {
    await zoetrope.init({ wasm: new WebAssembly.Module(readFileSync(`dist/${file}`)) });
    expect(zoetrope.memory().backend).toBe(name);
    const x = zoetrope.tensor([1, 2]);
    expect(Array.from(await zoetrope.add(x, x).data())).toEqual([2, 4]);
  }
});

// Node refuses WebAssembly in a context as other hosts do in a page or worker.
test("where WebAssembly is refused, the error says what to allow and what to pass", async () => {
  const [{ text }] = buildSync({
    entryPoints: ["dist/zoetrope.min.js"],
    ...({ bundle: true, write: false, format: "iife", globalName: "zoetrope", external: ["h5wasm"] } as const),
    logLevel: "silent", // import.meta, which a script lacks, is only used to read files
  }).outputFiles;
  const context = createContext(
    { URL, Response, bytes: readFileSync("dist/kernels.wasm") },
    { codeGeneration: { wasm: false } },
  );
  runInContext(`${text}; globalThis.zoetrope = zoetrope`, context);
  const failure = (code: string) => runInContext(`(async () => ${code})().catch(String)`, context) as Promise<string>;
  const refused =
    /^LoadError: The kernels cannot be compiled \(CompileError: .*\); allow 'wasm-unsafe-eval' in the content security policy, or pass init\(\{ wasm: module \}\)\.$/;
  for (const code of ["zoetrope.tensor([1])", "zoetrope.init()", "zoetrope.init({ wasm: bytes })"]) {
    expect(await failure(code)).toMatch(refused);
  }
});

test("the file for pages exports what the entry does, is minified and has its sources in a source map", async () => {
  const text = readFileSync("dist/zoetrope.min.js", "utf8");
  expect(gzipSync(text, { level: 9 }).length / 1024).toBeLessThan(158); // README says 157
  const whole = (await import("../../dist/zoetrope.min.js" as string)) as object;
  expect(Object.keys(whole).sort()).toEqual(Object.keys(zoetrope).sort());
  expect(text.split("\n").length).toBeLessThan(50);
  expect(text).toMatch(/\n\/\/# sourceMappingURL=zoetrope\.min\.js\.map\n$/);
  expect([...text.matchAll(/\bimport\((["'][^)]*)\)/g)].map(([, name]) => name)).toEqual([
    '"./backends/wasm/wide/build.js"',
    '"h5wasm"',
  ]);
  await (whole as typeof zoetrope).init({ wide: true });
  expect((whole as typeof zoetrope).memory().backend).toBe("wasm (relaxed SIMD, wide)");
  const map = JSON.parse(readFileSync("dist/zoetrope.min.js.map", "utf8")) as Record<"sources" | "sourcesContent", string[]>;
  expect(map.sourcesContent[map.sources.indexOf("../src/model.ts")]).toBe(readFileSync("src/model.ts", "utf8"));
}); // prettier-ignore

test("every file of the package has its sources in a source map, without those of other packages", () => {
  const files = readdirSync("dist", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js"));
  // These two folders have lines of build.mjs; the worker is a text that is also in the code of threads.
  const written = files.filter((name) => !/^(workerd|parcel)[\\/]|^worker\.js$/.test(name));
  expect(written.length).toBeGreaterThan(150);
  for (const name of written) {
    const path = join("dist", name);
    expect(readFileSync(path, "utf8"), name).toContain(`\n//# sourceMappingURL=${basename(name)}.map`);
    const map = JSON.parse(readFileSync(`${path}.map`, "utf8")) as Record<"sources" | "sourcesContent", string[]>;
    map.sources.forEach((source, i) => {
      const original = join(dirname(path), source);
      const isOwn =
        original.startsWith("src") &&
        !/(binary|exports|difference|digitSheet|pageBundle|decoderBundle|workerScript)\.ts$/.test(source);
      const text = isOwn ? readFileSync(original, "utf8") : null;
      expect(map.sourcesContent[i], `${name}: ${source}`).toBe(text);
    });
  }
});

// ── in a browser ────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Answer {
  backend?: string;
  y?: number[];
  losses?: number[];
  errors?: string[];
}

const script = `
  import { Dense, init, Input, memory, Sequential, SGD } from "/dist/zoetrope.min.js";
  const run = async () => {
    const model = Sequential([Input({ shape: [1] }), Dense({ units: 1, kernelInitializer: "ones" })]);
    const y = Array.from(await (await model.predict([[2], [3]])).data());
    model.compile({ optimizer: SGD({ learningRate: 0.1 }), loss: "mse" });
    const name = model.optimizer.name; // needs the code of training before the first fit
    const steps = [await model.trainOnBatch([[1]], [[2]]), await model.trainOnBatch([[1]], [[2]])];
    return { backend: memory().backend, y, losses: steps.map(({ loss }) => loss) };
  };
  const attempts = [run, () => init({ wasm: "/dist/kernels.wasm" })];
  export default () => run().catch(async () => ({
    errors: await Promise.all(attempts.map((attempt) => attempt().then(() => "none", String))),
  }));`;

describe.runIf(findChromium())("in Chromium, by a script tag", () => {
  afterAll(closeBrowser);

  test("a page predicts and trains, under a strict policy too", async () => {
    for (const variant of ["plain", "strict"] as const) {
      const { backend, y, losses }: Answer = await inPage(variant, script);
      expect({ backend, y }).toEqual({ backend: "wasm (relaxed SIMD)", y: [2, 3] });
      expect(losses![0]).toBe(1);
      expect(losses![1]).toBeLessThan(1);
    }
  });

  test("a policy that does not allow WebAssembly gives an error that says so", async () => {
    const { errors }: Answer = await inPage("noWasm", script);
    const refused = expect.stringMatching(/^LoadError: The kernels cannot .* allow 'wasm-unsafe-eval'/);
    expect(errors).toEqual([refused, refused]);
  });
});
if (!findChromium()) console.log("the script tag: chromium is not there; 2 cases did not run");
