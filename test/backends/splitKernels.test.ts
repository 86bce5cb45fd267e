// A kernel can be split: its rows may be computed in any ranges and in any order, with the same bits, and no kernel keeps anything in
// static memory. So several threads could run one kernel on shared memory.
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createWasmBackend, type Split, type WasmOptions } from "../../src/backends/wasm/index.js";
import type { Backend, Buffer } from "../../src/kernels.js";
import { kernelNames } from "../../src/kernelTable.js";
import { bitsAfter, chosenCases } from "../support/kernelBits.js";

/** The same random numbers in every run. */
function randomNumbers(seed: number): () => number {
  return () => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
}

/** Up to five ranges, begun anywhere, computed in any order. */
function inPieces(seed: number, seen: (rows: number) => void): Split {
  const random = randomNumbers(seed);
  return (rows, run) => {
    seen(rows);
    const cuts = Array.from({ length: Math.floor(random() * 5) }, () => Math.floor(random() * rows));
    const bounds = [...new Set([0, ...cuts, rows])].sort((a, b) => a - b);
    const ranges = bounds.slice(1).map((end, i) => ({ begin: bounds[i], end, order: random() }));
    for (const { begin, end } of ranges.sort((a, b) => a.order - b.order)) run(begin, end);
  };
}

const mergesVectors = Number(process.versions.node.split(".")[0]) >= 24;
const settings: Record<string, WasmOptions> = {
  plain: { relaxed: false },
  relaxed: { relaxed: true },
  wide: { relaxed: true, wide: true },
};

describe.each(Object.entries(settings))("%s", (name, options) => {
  if (name === "wide" && mergesVectors) {
    beforeAll(() => setFlagsFromString("--experimental-wasm-revectorize"));
    afterAll(() => setFlagsFromString("--no-experimental-wasm-revectorize"));
  }
  let mostRows = 0;
  let whole: Backend<Buffer>;
  let split: Backend<Buffer>;
  let memory: WebAssembly.Memory;
  let staticData: Uint8Array;
  const firstPage = () => new Uint8Array(memory.buffer, 0, 65536).slice();

  beforeAll(() => {
    const { Memory } = WebAssembly;
    WebAssembly.Memory = class extends Memory {
      constructor(descriptor: WebAssembly.MemoryDescriptor) {
        super(descriptor);
        memory = this; // oxlint-disable-line typescript/no-this-alias -- the newest of them
      }
    };
    whole = createWasmBackend(options) as unknown as Backend<Buffer>;
    const pieces = inPieces(1, (rows) => (mostRows = Math.max(mostRows, rows)));
    split = createWasmBackend(options, pieces) as unknown as Backend<Buffer>;
    WebAssembly.Memory = Memory;
    staticData = firstPage();
  });

  test.each(kernelNames)("%s: the same bits however its rows are split", async (kernel) => {
    mostRows = 0;
    let compared = 0;
    for (const c of chosenCases(kernel)) {
      const kind = compared++ % 2 === 0 ? "weight" : undefined;
      const [expected, actual] = [await bitsAfter(whole, c, kind), await bitsAfter(split, c, kind)];
      const differs = actual.findIndex((list, i) => list.some((value, at) => value !== expected[i][at]));
      expect(differs, `${c.name}: ${differs === 0 ? "the output" : `input ${differs - 1}`} differs`).toBe(-1);
    }
    expect(compared).toBeGreaterThan(10);
    expect(mostRows, "rows that could be split").toBeGreaterThan(1);
  });

  test("the kernels do not change their static data", () => {
    expect(staticData.some((byte) => byte !== 0)).toBe(true);
    expect(firstPage()).toEqual(staticData);
  });
});

test.each(["release", "relaxed", "wide"])("%s: no global of the module changes", (build) => {
  const text = readFileSync(`build/${build}.wat`, "utf8");
  const globals = text.match(/^ \(global .*$/gm) ?? [];
  expect(globals.length).toBeGreaterThan(0);
  expect(globals.filter((line) => /\(mut /.test(line))).toEqual([]);
});
