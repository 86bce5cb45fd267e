// The pages of the browser harness: what their headers allow, and that the package works in each of them.
import { afterAll, describe, expect, test } from "vitest";
import { closeBrowser, findChromium } from "../support/browser/chromium.mjs";
import { inPage } from "../support/browser/page.mjs";
import { serve, variants } from "../support/browser/server.mjs";

const allows = `
  const attempt = (work) => { try { return work(), true; } catch { return false; } };
  const wasm = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
  export default {
    isolated: globalThis.crossOriginIsolated,
    shared: typeof SharedArrayBuffer === "function",
    evaluates: attempt(() => new Function("return 1")()),
    compiles: attempt(() => new WebAssembly.Module(wasm)),
    document: typeof document === "object",
  };`;
const inDocument = { document: true };
const expected: Record<keyof typeof variants, object> = {
  plain: { isolated: false, shared: false, evaluates: true, compiles: true },
  isolated: { isolated: true, shared: true, evaluates: true, compiles: true },
  strict: { isolated: false, shared: false, evaluates: false, compiles: true },
  strictIsolated: { isolated: true, shared: true, evaluates: false, compiles: true },
  noWasm: { isolated: false, shared: false, evaluates: false, compiles: false },
};
const names = Object.keys(expected) as (keyof typeof variants)[];

/** A small video network, whose numbers are the same everywhere. */
const predicts = (build: string) => `
  import { ConvLSTM2D, Conv2D, Dense, Flatten, init, Input, memory, random, Sequential, setSeed, TimeDistributed } from "/dist/zoetrope.min.js";
  export default async () => {
    ${build}
    setSeed(1);
    const model = Sequential([
      Input({ shape: [3, 8, 8, 2] }),
      TimeDistributed(Conv2D({ filters: 4, kernelSize: 3, activation: "relu" })),
      ConvLSTM2D({ filters: 4, kernelSize: 3 }),
      Flatten(),
      Dense({ units: 3, activation: "softmax" }),
    ]);
    const shares = [];
    const y = await model.predict(random([2, 3, 8, 8, 2], { seed: 3 }), { onProgress: (share) => shares.push(share) });
    return { backend: memory().backend, y: Array.from(await y.data()), done: shares.at(-1) };
  };`;

describe.runIf(findChromium())("in Chromium", () => {
  afterAll(closeBrowser);

  for (const variant of names) {
    test(`${variant}: the headers allow what they say`, async () => {
      expect(await inPage(variant, allows)).toEqual({ ...expected[variant], ...inDocument });
      expect(await inPage(variant, allows, { where: "worker" })).toMatchObject({
        ...expected[variant],
        document: false,
      });
    });
  }

  test("a service worker runs a module, and refuses import()", async () => {
    const source = `export default () => import("/dist/index.js").then(() => "imported", (error) => error.name);`;
    expect(await inPage("plain", source, { where: "serviceWorker" })).toBe("TypeError");
  });

  test("predictions are the same to the bit in every variant, in the page and in a worker", async () => {
    const plain = await inPage("plain", predicts(""));
    expect(plain).toMatchObject({ backend: "wasm (relaxed SIMD)", done: 1 });
    expect(plain.y).toHaveLength(6);
    expect(plain.y[0] + plain.y[1] + plain.y[2]).toBeCloseTo(1, 5);
    for (const variant of names.filter((name) => name !== "noWasm")) {
      for (const where of ["page", "worker"] as const) {
        expect(await inPage(variant, predicts(""), { where }), `${variant}, ${where}`).toEqual(plain);
      }
    }
    const inService = await inPage("plain", predicts(""), { where: "serviceWorker" });
    expect(inService).toEqual(plain);
  });

  test("the build without relaxed SIMD gives in a page what it gives in Node", async () => {
    const there = await inPage("plain", predicts("await init({ relaxed: false });"));
    const here = (await import(
      `data:text/javascript,${encodeURIComponent(
        predicts("await init({ relaxed: false });").replace(
          "/dist/zoetrope.min.js",
          new URL("../../dist/zoetrope.min.js", import.meta.url).href,
        ),
      )}`
    )) as { default: () => Promise<unknown> };
    expect(there).toEqual(await here.default());
  });

  test("predict in an isolated page: threads share its kernel calls, nothing waits, and the bits are those of one thread", async () => {
    const source = (threads: number) => `
      import { BatchNormalization, Conv2D, info, init, Input, random, Sequential, setSeed } from "/dist/zoetrope.min.js";
      const counts = { wait: 0, waitAsync: 0 };
      for (const name of ["wait", "waitAsync"]) {
        const original = Atomics[name];
        Atomics[name] = (...args) => (counts[name]++, original(...args));
      }
      export default async () => {
        await init({ threads: ${threads} });
        setSeed(1);
        const model = Sequential([
          Input({ shape: [64, 64, 16] }),
          Conv2D({ filters: 64, kernelSize: 5 }),
          BatchNormalization(),
          Conv2D({ filters: 4, kernelSize: 3 }),
        ]);
        const x = random([4, 64, 64, 16], { seed: 3 });
        let sum = 0;
        for (let call = 0; call < 60 && !(info().started && counts.waitAsync > 2); call++) {
          const y = await model.predict(x);
          const bits = new Uint32Array((await y.data()).buffer);
          sum = bits.reduce((sum, n) => (Math.imul(sum, 31) + n) | 0, 7);
          y.dispose();
        }
        return { sum, threads: info().threads, wait: counts.wait, awaited: counts.waitAsync > 2 };
      };`;
    const several = await inPage("isolated", source(3));
    expect(several).toMatchObject({ threads: 3, wait: 0, awaited: true });
    expect(await inPage("isolated", source(1))).toEqual({ sum: several.sum, threads: 1, wait: 0, awaited: false });
  });

  test("an error of the module comes back with its message", async () => {
    const failing = inPage("plain", 'export default () => { throw new Error("a fault of this module"); };');
    await expect(failing).rejects.toThrow(/^in the page \(plain\): Error: a fault of this module/);
    const missing = inPage("plain", 'import "./nowhere.js"; export default 1;');
    await expect(missing).rejects.toThrow(/Failed to fetch dynamically imported module/);
  });
});
if (!findChromium()) console.log("the browser harness: chromium is not there; 10 cases did not run");

test("the server has its files, with types and headers, and nothing outside of its folder", async () => {
  const { address, close } = await serve({
    folder: "test/support",
    files: { "/a.js": "1", "/b/index.html": "<p>" },
    headers: variants.isolated,
  });
  const get = async (path: string) => {
    const answer = await fetch(new URL(path, address));
    return [answer.status, answer.headers.get("content-type"), await answer.text()];
  };
  try {
    expect(await get("a.js")).toEqual([200, "text/javascript", "1"]);
    expect(await get("b/")).toEqual([200, "text/html", "<p>"]);
    expect((await get("browser/server.mjs")).slice(0, 2)).toEqual([200, "text/javascript"]);
    expect((await get("browser")).slice(0, 2)).toEqual([404, "text/plain"]);
    expect((await get("%2e%2e/%2e%2e/package.json"))[0]).toBe(404);
    const { headers } = await fetch(address);
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
  } finally {
    close();
  }
});
