// How many threads there are, and why not more: options, hosts, memory, modules.
import { availableParallelism } from "node:os";
import { readFileSync } from "node:fs";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { createWasmBackend } from "../../../src/backends/wasm/index.js";
import { ArgumentError, info, init, memory, setBackend, tensor } from "../../../src/index.js";
import { createReferenceBackend } from "../../../src/backends/reference/index.js";
import { threadedBackend, untilStarted } from "../../support/threads.js";

afterAll(() => init());
afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe("in Node", () => {
  test("there are as many threads as processors, at most 16, unless the option or ZOETROPE_THREADS says otherwise", async () => {
    const processors = Math.min(availableParallelism(), 16);
    vi.stubEnv("ZOETROPE_THREADS", undefined);
    await init();
    expect(info()).toEqual(
      processors > 1
        ? { backend: memory().backend, threads: processors, reason: undefined, started: false, shared: true }
        : {
            backend: memory().backend,
            threads: 1,
            reason: "there is one processor, or ZOETROPE_THREADS says so",
            started: true,
            shared: false,
          },
    );
    vi.stubEnv("ZOETROPE_THREADS", "5");
    await init();
    expect(info()).toMatchObject({ threads: 5, reason: undefined, shared: true });
    await init({ threads: 3 });
    expect(info()).toMatchObject({ threads: 3, reason: undefined, shared: true });
    await init({ threads: 1 });
    expect(info()).toMatchObject({ threads: 1, reason: undefined, started: true, shared: false });
    vi.stubEnv("ZOETROPE_THREADS", "1");
    await init();
    expect(info()).toMatchObject({
      threads: 1,
      reason: "there is one processor, or ZOETROPE_THREADS says so",
      shared: false,
    });
  });

  test.each([0, 65, 1.5, NaN, -1, "4", null, Infinity])("threads: %j is an error", async (threads) => {
    const before = info();
    const error = await init({ threads: threads as number }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ArgumentError);
    expect((error as Error).message).toMatch(/^init: threads .*; expected a whole number from 1 to 64\.$/);
    expect(info()).toEqual(before);
  });

  test("another backend has one thread", async () => {
    await setBackend(createReferenceBackend());
    expect(info()).toEqual({ backend: memory().backend, threads: 1, started: true, shared: false });
  });
});

describe("other hosts have one thread, and info() says why", () => {
  const cases: [string, () => void, string][] = [
    ["Deno", () => vi.stubGlobal("Deno", {}), "workers of Deno and Bun are not used"],
    ["Bun", () => vi.stubGlobal("process", { versions: { node: "22.0.0", bun: "1.2.0" } }), "workers of Deno and Bun are not used"],
    ["a page", () => vi.stubGlobal("process", undefined), "the page is not cross-origin isolated"],
    ["Electron's page", () => vi.stubGlobal("process", { type: "renderer", versions: { node: "22.0.0" } }), "the page is not cross-origin isolated"],
    ["Workers of Cloudflare", () => vi.stubGlobal("process", { versions: { node: "22.0.0" }, getBuiltinModule: () => undefined }), "this host has no workers of Node"],
    ["an imitation of Node", () => vi.stubGlobal("process", { versions: { node: "22.0.0" }, getBuiltinModule: () => { throw new Error("not here"); } }), "the host refuses to say (Error: not here)"],
    ["Node's permission model", () => vi.stubGlobal("process", { ...process, versions: process.versions, getBuiltinModule: process.getBuiltinModule, permission: { has: () => false } }), "Node's permission model forbids workers"],
  ]; // prettier-ignore
  test.each(cases)("%s", (_, stub, reason) => {
    stub();
    expect(threadedBackend({ threads: 4 }).info()).toMatchObject({ threads: 1, reason, started: true, shared: false });
  });
});

test("where there is no SharedArrayBuffer, as in some worlds of tests, one thread computes", async () => {
  vi.stubGlobal("SharedArrayBuffer", undefined);
  const backend = threadedBackend({ threads: 2 });
  const y = backend.allocate(100);
  backend.fill(y, 3);
  expect(backend.info().threads).toBe(1);
  expect(backend.info().reason).toMatch(/^a worker did not start: TypeError/);
  expect(Array.from(await backend.read(y))).toEqual(new Array(100).fill(3));
});

test("where 4 GiB of shared memory are refused, 2, 1 and 0.5 GiB are tried, then one thread has memory of its own", () => {
  const { Memory } = WebAssembly;
  const asked: (number | undefined)[] = [];
  let limit = 16384;
  vi.spyOn(WebAssembly, "Memory").mockImplementation(function (
    descriptor: WebAssembly.MemoryDescriptor & { shared?: boolean },
  ) {
    asked.push(descriptor.maximum);
    if (descriptor.shared && descriptor.maximum! > limit) throw new RangeError("could not allocate memory");
    return new Memory(descriptor);
  } as never);
  expect(threadedBackend({ threads: 2 }).info()).toMatchObject({ threads: 2, shared: true });
  expect(asked).toEqual([65536, 32768, 16384]);
  asked.length = 0;
  limit = 0;
  expect(threadedBackend({ threads: 2 }).info()).toMatchObject({
    ...{ threads: 1, reason: "the host gives no shared memory", shared: false },
  });
  expect(asked).toEqual([65536, 32768, 16384, 8192, 65536]);
});

test("the limit of memory holds for shared memory too", async () => {
  const backend = threadedBackend({ threads: 2, maxMemoryBytes: 2 ** 20 });
  expect(backend.info().shared).toBe(true);
  expect(() => backend.allocate(2 ** 18)).toThrow("asked for 1048576 bytes");
  const y = backend.allocate(2 ** 17);
  backend.fill(y, 1);
  expect(backend.memory().reservedBytes).toBeLessThanOrEqual(2 ** 20);
});

describe("builds", () => {
  const compiled = (name: string) => new WebAssembly.Module(readFileSync(`dist/${name}`));
  afterEach(() => init());

  const files = ["kernels", "kernels-relaxed", "kernels-wide"].flatMap((name) => [
    `${name}.wasm`,
    `${name}-shared.wasm`,
  ]);

  test.each(files)("the bytes of %s serve one thread and several", async (name) => {
    const bytes = readFileSync(`dist/${name}`);
    const copy = Uint8Array.from(bytes);
    for (const threads of [1, 2]) {
      await init({ wasm: bytes, threads });
      expect(info()).toMatchObject({ threads, shared: threads > 1 });
      const build = name.includes("wide") ? "relaxed SIMD, wide" : name.includes("relaxed") ? "relaxed SIMD" : "SIMD";
      expect(memory().backend).toBe(`wasm (${build})`);
      expect(Array.from(await tensor([3, 4]).data())).toEqual([3, 4]);
    }
    expect(Uint8Array.from(bytes)).toEqual(copy); // what is passed in stays as it is
  });

  test("a compiled module for several threads has several", async () => {
    const backend = createWasmBackend({ module: compiled("kernels-shared.wasm"), threads: 2 }, undefined, 0) as never;
    await untilStarted(backend);
  });

  test("a compiled module for one thread has one, and is an error where several were asked for", async () => {
    const wasm = compiled("kernels.wasm");
    vi.stubEnv("ZOETROPE_THREADS", "2");
    await init({ wasm });
    const reason = "the given wasm module is for one thread; pass one of the files that end in -shared.wasm";
    expect(info()).toMatchObject({ threads: 1, reason, shared: false });
    await expect(init({ wasm, threads: 2 })).rejects.toThrow(new ArgumentError(`init: threads: 2, but ${reason}.`));
  });

  test("a compiled module for several threads is an error where there is one", async () => {
    const advice = "pass a file that does not end in -shared.wasm.";
    const wasm = compiled("kernels-shared.wasm");
    await expect(init({ wasm, threads: 1 })).rejects.toThrow(
      new ArgumentError(`init: the wasm module is for several threads, but there is one; ${advice}`),
    );
    vi.stubGlobal("Deno", {});
    await expect(init({ wasm })).rejects.toThrow(
      `init: the wasm module is for several threads, but there is one (workers of Deno and Bun are not used); ${advice}`,
    );
  });
});

test("values are read as a copy that is not shared, which the APIs of the web and of Node take", async () => {
  const backend = threadedBackend({ threads: 2 });
  const y = backend.allocate(3);
  backend.write(y, [1, 2, 3]);
  const values = await backend.read(y);
  expect(values.buffer).toBeInstanceOf(ArrayBuffer);
  expect(new TextDecoder().decode(values as Float32Array<ArrayBuffer>)).toHaveLength(12);
  backend.fill(y, 0);
  expect(Array.from(values)).toEqual([1, 2, 3]);
});

test("idle workers sleep", async () => {
  const { SharedArrayBuffer } = globalThis;
  let words: Int32Array | undefined;
  vi.stubGlobal(
    "SharedArrayBuffer",
    class extends SharedArrayBuffer {
      constructor(bytes: number) {
        super(bytes);
        words = new Int32Array(this);
      }
    },
  );
  const backend = threadedBackend({ threads: 4 });
  const y = backend.allocate(1 << 16);
  backend.fill(y, 1); // starts the workers
  expect(words).toBeDefined();
  vi.unstubAllGlobals();
  for (let turn = 0; turn < 3; turn++) {
    await untilStarted(backend);
    await expect.poll(() => Atomics.load(words!, 48)).toBe(3); // all sleep
    for (let call = 0; call < 100; call++) backend.fill(y, 1); // wakes some
  }
});
