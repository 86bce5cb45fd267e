// Pages in headless Chromium, served from memory with chosen headers.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { findChromium } from "./programs.js";

/** The path of Chromium; undefined where there is none. */
export const browserPath = findChromium();

/** Headers that make a page cross-origin isolated, which shared memory needs. */
export const isolated = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Files by path, such as "/main.js". */
export type Site = Readonly<Record<string, string | Uint8Array>>;

const types: Readonly<Record<string, string>> = { js: "text/javascript", wasm: "application/wasm" };

/** A script of a page as one file: TypeScript that may import from the project by paths from its root. */
export async function bundled(code: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: ".", loader: "ts" },
    ...({ bundle: true, write: false, format: "iife", platform: "browser", target: "es2022" } as const),
    external: ["h5wasm", "fflate"],
    logLevel: "silent", // import.meta, which a script lacks, is only used to read files
  });
  return outputFiles[0].text;
}

/** A browser for the tests of a `describe`, and a function that opens a site in it. */
export function withBrowser(): (site: Site, headers?: Readonly<Record<string, string>>) => Promise<Page> {
  let browser: Browser;
  const ends: (() => void)[] = [];
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
  });
  afterAll(async () => {
    await browser.close();
    for (const end of ends) end();
  });
  return async (site, headers = {}) => {
    const server = createServer(({ url }, answer) => {
      const file = site[url!];
      const ending = url!.split(".").at(-1)!;
      answer.statusCode = file === undefined && url !== "/" ? 404 : 200;
      for (const [name, value] of Object.entries(headers)) answer.setHeader(name, value);
      answer.setHeader("content-type", types[ending] ?? "text/html");
      answer.end(file ?? '<!doctype html><link rel="icon" href="data:,"><script src="./main.js"></script>');
    });
    await new Promise<void>((listening) => server.listen(0, "localhost", listening));
    ends.push(() => server.close());
    const page = await browser.newPage();
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
    return page;
  };
}
