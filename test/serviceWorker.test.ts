// The package in a module service worker of Chromium, where import() is a TypeError: from a split bundle.
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { expect, test } from "vitest";

const folders = (process.env.PATH ?? "").split(delimiter);
const browserPath = folders.map((folder) => join(folder, "chromium")).find((path) => existsSync(path));

interface Answer {
  y: number[];
  fit: string;
}

/** Answers a message with what `predict` and `fit` give. */
const worker = (imports: string) => `
  ${imports}
  import { Dense, Input, Sequential } from "./dist/index.js";
  self.onmessage = async ({ ports: [port] }) => {
    const model = Sequential([Input({ shape: [1] }), Dense({ units: 1, kernelInitializer: "ones" })]);
    const y = Array.from(await (await model.predict([[2], [3]])).data());
    model.compile({ loss: "mse" });
    const fit = await model.fit([[1]], [[2]], { verbose: 0 }).then(({ history }) => "loss " + history.loss, String);
    port.postMessage({ y, fit });
  };`;

async function answerOf(imports: string): Promise<Answer> {
  const { outputFiles } = await build({
    stdin: { contents: worker(imports), resolveDir: "." },
    ...({ bundle: true, splitting: true, outdir: "bundle", write: false, format: "esm", platform: "browser" } as const),
    logLevel: "silent",
  });
  const scripts = new Map(outputFiles.map(({ path, text }) => [path.slice(path.lastIndexOf("/")), text]));
  const server = createServer(({ url }, answer) => {
    const script = scripts.get(url!);
    answer.setHeader("content-type", script ? "text/javascript" : "text/html");
    answer.end(script ?? "<!doctype html>");
  });
  await new Promise<void>((listening) => server.listen(0, "localhost", listening));
  const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
    return await page.evaluate(async () => {
      await navigator.serviceWorker.register("/stdin.js", { type: "module" });
      const { active } = await navigator.serviceWorker.ready;
      const { port1, port2 } = new MessageChannel();
      const answer = new Promise<Answer>((resolve) => (port1.onmessage = ({ data }) => resolve(data as Answer)));
      active!.postMessage("go", [port2]);
      return answer;
    });
  } finally {
    await browser.close();
    server.close();
  }
}

test.skipIf(!browserPath)("a service worker predicts; to train it imports zoetrope/training", async () => {
  const { y, fit } = await answerOf("");
  expect(y).toEqual([2, 3]);
  expect(fit).toMatch(
    /^LoadError: Sequential "sequential"\.fit: the code of training could not be loaded \(TypeError: /,
  );
  expect(fit).toContain('import "zoetrope/training"');
  expect(await answerOf('import "./dist/training/static.js";')).toEqual({ y: [2, 3], fit: "loss 1" });
});
