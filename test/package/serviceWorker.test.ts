// The package in a module service worker of Chromium, where import() is a TypeError: from a split bundle.
import { build } from "esbuild";
import { afterAll, expect, test } from "vitest";
import { closeBrowser, findChromium } from "../support/browser/chromium.mjs";
import { inPage } from "../support/browser/page.mjs";

interface Answer {
  y: number[];
  fit: string;
}

/** Gives what `predict` and `fit` give. */
const worker = (imports: string) => `
  ${imports}
  import { Dense, Input, Sequential } from "./dist/index.js";
  export default async () => {
    const model = Sequential([Input({ shape: [1] }), Dense({ units: 1, kernelInitializer: "ones" })]);
    const y = Array.from(await (await model.predict([[2], [3]])).data());
    model.compile({ loss: "mse" });
    const fit = await model.fit([[1]], [[2]], { verbose: 0 }).then(({ history }) => "loss " + history.loss, String);
    return { y, fit };
  };`;

/** The worker's bundle, split: text by path. */
async function scriptsOf(imports: string): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    stdin: { contents: worker(imports), resolveDir: "." },
    ...({ bundle: true, splitting: true, outdir: "bundle", write: false, format: "esm", platform: "browser" } as const),
    logLevel: "silent",
  });
  return new Map(outputFiles.map(({ path, text }) => [path.slice(path.lastIndexOf("/")), text]));
}

async function answerOf(imports: string): Promise<Answer> {
  const files = Object.fromEntries(await scriptsOf(imports));
  return inPage("plain", 'export { default } from "./stdin.js";', { where: "serviceWorker", files });
}

const withTraining = 'import "./dist/training/static.js";';

/** What a host loads at the worker's start: the script, and what it and the others import without import(). */
function startOf(scripts: ReadonlyMap<string, string>): string {
  const paths = new Set(["/stdin.js"]);
  for (const path of paths) {
    for (const [, name] of scripts.get(path)!.matchAll(/^(?:import|\} from) *(?:[^;(]*? from )?"\.(\/[^"]+)"/gm)) {
      paths.add(name);
    }
  }
  return [...paths].map((path) => scripts.get(path)!).join("\n");
}

test("the code of training is loaded later, or with zoetrope/training at the start", async () => {
  const onlyInTraining = "meanSquaredLogarithmicError";
  const split = await scriptsOf("");
  expect([...split.values()].join("\n")).toContain(onlyInTraining);
  expect(startOf(split)).not.toContain(onlyInTraining);
  expect(startOf(await scriptsOf(withTraining))).toContain(onlyInTraining);
});

if (findChromium()) {
  afterAll(closeBrowser);
  test("a service worker predicts; to train it imports zoetrope/training", async () => {
    const { y, fit } = await answerOf("");
    expect(y).toEqual([2, 3]);
    expect(fit).toMatch(
      /^LoadError: Sequential "sequential"\.fit: the code of training could not be loaded \(TypeError: /,
    );
    expect(fit).toContain('import "zoetrope/training"');
    expect(await answerOf(withTraining)).toEqual({ y: [2, 3], fit: "loss 1" });
  });
} else console.log("the service worker: chromium is not there; 1 case did not run");
