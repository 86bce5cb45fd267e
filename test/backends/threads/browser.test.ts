// Threads in headless Chromium: in pages that are cross-origin isolated and not, in workers, under a strict policy.
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BackendInfo } from "../../../src/kernels.js";
import { closeBrowser, findChromium, sharedBrowser } from "../../support/browser/chromium.mjs";
import { serve, variants } from "../../support/browser/server.mjs";

/** What the script of the page offers. Everything is compared with one thread. */
interface Tools {
  /** Counts calls of Atomics.wait and Atomics.waitAsync. */
  counts: { wait: number; waitAsync: number };
  /** Starts a backend with options, and says what `info()` gives at first. */
  begin(options: object): BackendInfo;
  info(): BackendInfo;
  /** Makes calls until the workers have started; after 20 s gives up. */
  started(how: "at once" | "without waiting"): Promise<BackendInfo>;
  /** Computes a selection of all kernel cases both ways; the names of those whose bits differ, and how many there were. */
  differing(how: "at once" | "without waiting"): Promise<{ cases: number; differ: string[] }>;
  /** Uses the backend before calls are complete: by reading, by a kernel, by other calls at the same time. */
  overlapping(): Promise<{ read: boolean; kernel: boolean; together: boolean; freed: boolean }>;
  /** Makes larger calls until workers have taken part so that the page had to await them; after 500 calls gives up. */
  awaited(): Promise<boolean>;
  /** Makes calls in which a worker of /dying.js hangs: by awaiting them, or also by reading before that. */
  dying(reads: boolean): Promise<{ error: string; keeps: boolean; freed: boolean }>;
  /** The error of calls whose work throws. */
  failing(): Promise<{ error: string; freed: boolean }>;
}

const script = `
import { provideGradients } from "./src/backends/wasm/gradients/provide.ts";
import { createWasmBackend } from "./src/backends/wasm/index.ts";
import { kernelNames } from "./src/kernelTable.ts";
import { cases } from "./test/support/cases.ts";

provideGradients();
const counts = { wait: 0, waitAsync: 0 };
for (const name of ["wait", "waitAsync"]) {
  const original = Atomics[name];
  Atomics[name] = (...args) => (counts[name]++, original(...args));
}
let backend;
let one;
const run = { "at once": async (work) => work(), "without waiting": (work) => backend.computeAsync(work) };

const hold = (k, values, kind) => {
  const buffer = k.allocate(values.length, kind);
  k.write(buffer, values);
  return buffer;
};

async function bitsAfter(k, c, kind, compute) {
  const y = hold(k, c.start ?? new Float32Array(c.length).fill(NaN));
  const xs = c.inputs.map((x) => hold(k, x, kind));
  await compute(() => c.run(k, y, xs));
  const result = [];
  for (const buffer of [y, ...xs]) {
    result.push(String(new Uint32Array((await k.read(buffer)).buffer)));
    k.free(buffer);
  }
  return result.join();
}

const n = 1 << 18;
const numbers = (k) => hold(k, Float32Array.from({ length: n }, (_, i) => i / n));
const text = (values) => String(new Uint32Array(values.buffer));

const tools = {
  counts,
  begin(options) {
    one = createWasmBackend({ threads: 1 });
    backend = createWasmBackend(options, undefined, 0);
    return backend.info();
  },
  info: () => backend.info(),
  async started(how) {
    const y = backend.allocate(1 << 16);
    for (let turn = 0; turn < 2000 && !backend.info().started; turn++) {
      await run[how](() => backend.fill(y, 1));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    backend.free(y);
    return backend.info();
  },
  async differing(how) {
    const differ = [];
    let number = 0;
    for (const name of kernelNames) {
      let index = 0;
      for (const c of cases[name]()) {
        if (index++ % 29 !== 0) continue;
        const kind = number++ % 2 ? "weight" : undefined;
        const expected = await bitsAfter(one, c, kind, async (work) => work());
        if ((await bitsAfter(backend, c, kind, run[how])) !== expected) differ.push(name + " " + c.name);
      }
    }
    return { cases: number, differ };
  },
  async overlapping() {
    const [x, y, z] = [0, 1, 2].map(() => numbers(backend));
    const expected = numbers(one);
    one.exp(expected, expected);
    const once = text(await one.read(expected));
    one.exp(expected, expected);
    const twice = text(await one.read(expected));
    const { usedBytes } = backend.memory();
    // Reading completes the calls.
    let open = backend.computeAsync(() => backend.exp(y, x));
    const read = text(await backend.read(y)) === once;
    await open;
    // So does a kernel.
    open = backend.computeAsync(() => {
      backend.exp(y, x);
      backend.exp(z, y);
    });
    backend.fill(y, 3);
    const kernel = text(await backend.read(z)) === twice && (await backend.read(y)).every((value) => value === 3);
    await open;
    // Calls of several at the same time.
    const results = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const [own, result] = [numbers(backend), backend.allocate(n)];
        await backend.computeAsync(() => {
          backend.exp(result, own);
          backend.exp(result, result);
        });
        const bits = text(await backend.read(result));
        for (const buffer of [own, result]) backend.free(buffer);
        return bits;
      }),
    );
    return { read, kernel, together: results.every((bits) => bits === twice), freed: backend.memory().usedBytes === usedBytes };
  },
  async awaited() {
    const [x, y] = [0, 1].map(() => backend.allocate(1 << 22));
    for (let turn = 0; turn < 500 && counts.waitAsync === 0; turn++) await backend.computeAsync(() => backend.exp(y, x));
    for (const buffer of [x, y]) backend.free(buffer);
    return counts.waitAsync > 0;
  },
  async dying(reads) {
    const { usedBytes } = backend.memory();
    const [x, y] = [0, 1].map(() => backend.allocate(1 << 22));
    let error = "none";
    for (let turn = 0; turn < 500 && error === "none"; turn++) {
      const open = backend.computeAsync(() => backend.exp(y, x)).catch((reason) => (error = String(reason)));
      if (reads) await backend.read(y);
      await open;
    }
    for (const buffer of [x, y]) backend.free(buffer);
    const keeps = backend.memory().usedBytes > usedBytes;
    for (let turn = 0; turn < 500 && backend.memory().usedBytes > usedBytes; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return { error, keeps, freed: backend.memory().usedBytes === usedBytes };
  },
  async failing() {
    const [x, y] = [numbers(backend), numbers(backend)];
    const { usedBytes } = backend.memory();
    const open = backend.computeAsync(() => {
      backend.exp(y, x);
      throw new Error("mine");
    });
    const error = await open.then(() => "none", String);
    await backend.computeAsync(() => backend.exp(y, x));
    return { error, freed: backend.memory().usedBytes === usedBytes };
  },
};
globalThis.tools = tools;
// In a worker of the page: [name of a tool, its argument] is answered by its result.
if (typeof document === "undefined") {
  globalThis.onmessage = async ({ data: [name, argument], ports: [port] }) => port.postMessage(await tools[name](argument));
}
`;

/** A script of a page as one file: TypeScript that may import from the project by paths from its root. */
async function bundled(code: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: ".", loader: "ts" },
    ...({ bundle: true, write: false, format: "iife", platform: "browser", target: "es2022" } as const),
    external: ["h5wasm", "fflate"],
    logLevel: "silent", // import.meta, which a script lacks, is only used to read files
  });
  return outputFiles[0].text;
}

describe.runIf(findChromium())("in Chromium", () => {
  const index = '<!doctype html><link rel="icon" href="data:,"><script src="./main.js"></script>';
  let files: Record<string, string>;
  const ends: (() => void)[] = [];

  beforeAll(async () => {
    const worker = readFileSync("dist/worker.js", "utf8");
    // Hangs in a call of so many rows (word 81) after it has computed a chunk, before it reports that (word 32).
    const dying = `const { add, wait } = Atomics;
      Atomics.add = (words, at, n) => {
        while (at === 32 && words[81] === ${(4 << 22) / 32}) wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
        return add(words, at, n);
      };`;
    const own = { "/main.js": await bundled(script), "/worker.js": worker, "/dying.js": dying + worker };
    files = { "/index.html": index, ...own };
  });
  afterAll(async () => {
    await closeBrowser();
    for (const end of ends) end();
  });

  /** Opens the page with the headers of a variant. */
  async function visit(variant: keyof typeof variants): Promise<Page> {
    const { address, close } = await serve({ files, headers: variants[variant] });
    ends.push(close);
    const page = await (await (await sharedBrowser()).newContext()).newPage();
    await page.goto(address);
    return page;
  }

  /** Calls a tool in the page. */
  const call = <Name extends Exclude<keyof Tools, "counts">>(
    page: Page,
    name: Name,
    argument?: Parameters<Tools[Name]>[0],
  ) =>
    page.evaluate(
      ([name, argument]) => (globalThis as unknown as { tools: Record<string, (x: unknown) => unknown> }).tools[name](argument),
      [name, argument] as const,
    ) as Promise<Awaited<ReturnType<Tools[Name]>>>; // prettier-ignore

  /** Calls a tool in a dedicated worker of the page, always the same. */
  const callInWorker = <Name extends Exclude<keyof Tools, "counts">>(
    page: Page,
    name: Name,
    argument?: Parameters<Tools[Name]>[0],
  ) =>
    page.evaluate(
      ([name, argument]) => {
        const scope = globalThis as unknown as { ownWorker?: Worker };
        scope.ownWorker ??= new Worker("/main.js");
        const { port1, port2 } = new MessageChannel();
        scope.ownWorker.postMessage([name, argument], [port2]);
        return new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
      },
      [name, argument] as const,
    ) as Promise<Awaited<ReturnType<Tools[Name]>>>;

  test("the main thread of an isolated page splits calls without ever waiting", async () => {
    const page = await visit("isolated");
    expect(await call(page, "begin", { threads: 3 })).toMatchObject({ threads: 3, started: false, shared: true });
    // Calls at once are computed by the main thread alone.
    expect(await call(page, "differing", "at once")).toMatchObject({ differ: [] });
    expect(await call(page, "info")).toMatchObject({ started: false });
    expect(await call(page, "started", "without waiting")).toMatchObject({ threads: 3, started: true });
    const { cases, differ } = await call(page, "differing", "without waiting");
    expect(differ).toEqual([]);
    expect(cases).toBeGreaterThan(100);
    expect(await call(page, "differing", "at once")).toMatchObject({ differ: [] });
    expect(await call(page, "overlapping")).toEqual({ read: true, kernel: true, together: true, freed: true });
    expect(await call(page, "failing")).toEqual({ error: "Error: mine", freed: true });
    expect(await call(page, "awaited")).toBe(true);
    expect(await page.evaluate(() => (globalThis as unknown as { tools: Tools }).tools.counts.wait)).toBe(0);
  });

  test("a worker of an isolated page waits, and splits calls at once", async () => {
    const page = await visit("isolated");
    expect(await callInWorker(page, "begin", { threads: 3 })).toMatchObject({
      threads: 3,
      started: false,
      shared: true,
    });
    expect(await callInWorker(page, "started", "at once")).toMatchObject({ threads: 3, started: true });
    expect(await callInWorker(page, "differing", "at once")).toMatchObject({ differ: [] });
    expect(await callInWorker(page, "overlapping")).toEqual({ read: true, kernel: true, together: true, freed: true });
  });

  test("a worker that hangs is a ThreadError; memory is given back later, and there are new workers", async () => {
    const page = await visit("isolated");
    for (const reads of [false, true]) {
      await call(page, "begin", { threads: 2, worker: "/dying.js" });
      expect(await call(page, "started", "without waiting")).toMatchObject({ threads: 2, started: true });
      const { error, keeps, freed } = await call(page, "dying", reads);
      expect(error).toMatch(/^ThreadError: wasm threads: a worker ended in the midst of a computation/);
      expect({ keeps, freed }).toEqual({ keeps: true, freed: true });
      expect(await call(page, "started", "without waiting")).toMatchObject({ threads: 2, started: true });
      expect(await call(page, "overlapping")).toEqual({ read: true, kernel: true, together: true, freed: true });
    }
  });

  test("a page that is not isolated has one thread, and computes", async () => {
    const page = await visit("plain");
    const expected = { threads: 1, started: true, shared: false, reason: "the page is not cross-origin isolated" };
    expect(await call(page, "begin", {})).toMatchObject(expected);
    expect(await callInWorker(page, "begin", { threads: 2 })).toMatchObject(expected);
    for (const how of ["at once", "without waiting"] as const) {
      expect(await call(page, "differing", how)).toMatchObject({ differ: [] });
    }
    expect(await call(page, "overlapping")).toEqual({ read: true, kernel: true, together: true, freed: true });
  });

  test("by default an isolated page has as many threads as processors, at most 16", async () => {
    const page = await visit("isolated");
    const processors = await page.evaluate(() => navigator.hardwareConcurrency);
    const { threads, shared } = await call(page, "begin", {});
    expect({ threads, shared }).toEqual({ threads: Math.min(processors, 16), shared: processors > 1 });
  });

  test("where a policy forbids workers from blobs, one thread computes; the worker's file is allowed", async () => {
    const page = await visit("strictIsolated");
    const complaints: string[] = [];
    page.on("console", (line) => complaints.push(line.text()));
    await call(page, "begin", { threads: 2 });
    const refused = await call(page, "started", "without waiting");
    expect(refused).toMatchObject({ threads: 1, started: true });
    expect(refused.reason).toMatch(/^a worker did not start: /);
    expect(complaints.join("\n")).toContain("Content Security Policy");
    expect(await call(page, "differing", "without waiting")).toMatchObject({ differ: [] });

    await call(page, "begin", { threads: 2, worker: "/worker.js" });
    expect(await call(page, "started", "without waiting")).toMatchObject({ threads: 2, started: true });
    expect(await call(page, "overlapping")).toEqual({ read: true, kernel: true, together: true, freed: true });
  });

  test("where the worker's file is missing, one thread computes", async () => {
    const page = await visit("isolated");
    await call(page, "begin", { threads: 2, worker: "/nowhere.js" });
    const { threads, reason } = await call(page, "started", "without waiting");
    expect({ threads, reason }).toEqual({ threads: 1, reason: "a worker did not start: it could not be loaded" });
    expect(await call(page, "overlapping")).toEqual({ read: true, kernel: true, together: true, freed: true });
  });

  test("a service worker has one thread", async () => {
    const page = await visit("isolated");
    const answer = await page.evaluate(async () => {
      await navigator.serviceWorker.register("/main.js");
      const { active } = await navigator.serviceWorker.ready;
      const { port1, port2 } = new MessageChannel();
      active!.postMessage(["begin", { threads: 2 }], [port2]);
      return new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
    });
    expect(answer).toMatchObject({ threads: 1, started: true, shared: false });
    expect((answer as BackendInfo).reason).toMatch(/^(workers cannot be started here|the page is not cross-origin isolated)$/);
  }); // prettier-ignore
});
if (!findChromium()) console.log("threads in pages: chromium is not there; 8 cases did not run");
