// What happens when a worker ends, hangs or cannot start.
import { Worker, type WorkerOptions } from "node:worker_threads";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Pool } from "../../../src/backends/wasm/threads/pool.js";
import { ThreadError } from "../../../src/index.js";
import { type Threaded, threadedBackend, untilStarted } from "../../support/threads.js";

/** Set to 1 to let every worker fail that has computed a chunk, before it reports that. */
const armed = new Int32Array(new SharedArrayBuffer(4));

const prefix = (fail: string) => `{
  const { workerData } = process.getBuiltinModule("node:worker_threads");
  const add = Atomics.add;
  Atomics.add = (words, at, n) => {
    if (at === 32 && Atomics.load(workerData.armed, 0)) { ${fail} }
    return add(words, at, n);
  };
}`;

let started: Worker[] = [];

/** From now on workers run `script` first. */
function replaceWorkers(script: string): void {
  started = [];
  class Changed extends Worker {
    constructor(source: string, options: WorkerOptions) {
      super(script + source, { ...options, workerData: { ...(options.workerData as object), armed } });
      started.push(this);
    }
  }
  const original = process.getBuiltinModule.bind(process) as (name: string) => object;
  vi.spyOn(process, "getBuiltinModule").mockImplementation(((name: string) =>
    name === "node:worker_threads" ? { ...original(name), Worker: Changed } : original(name)) as never);
}

afterEach(() => {
  Atomics.store(armed, 0, 0);
  vi.restoreAllMocks();
});

/** Calls a kernel until a worker has taken a part of it, which is when it fails. */
function untilFailure(backend: Threaded, turns = 10_000): unknown {
  const [y, x] = [backend.allocate(1 << 20), backend.allocate(1 << 20)];
  try {
    for (let turn = 0; turn < turns; turn++) backend.exp(y, x);
  } catch (error) {
    return error;
  } finally {
    for (const buffer of [y, x]) backend.free(buffer);
  }
  return undefined;
}

describe.each([
  ["ends", "process.exit();"],
  ["hangs", "for (;;) Atomics.wait(workerData.armed, 0, 1);"],
])("a worker that %s in the midst of a call", (_, fail) => {
  test("is a ThreadError; memory is freed only when all workers have ended; then there are new ones", async () => {
    replaceWorkers(prefix(fail));
    const backend = threadedBackend({ threads: 3 });
    await untilStarted(backend);
    const kept = backend.allocate(1000, "weight");
    backend.fill(kept, 2);
    const before = backend.memory();
    const first = started;
    let ended = 0;
    for (const worker of first) worker.once("exit", () => ended++);
    Atomics.store(armed, 0, 1);
    const error = untilFailure(backend);
    expect(error).toBeInstanceOf(ThreadError);
    expect((error as Error).message).toBe(
      "wasm threads: a worker ended in the midst of a computation, whose result is lost; compute it again: new workers are started. init({ threads: 1 }) does without.",
    );
    // The buffers have been given back, but the worker may still write to them.
    expect(backend.memory().buffers).toBe(before.buffers);
    expect(backend.memory().usedBytes).toBe(before.usedBytes + 2 * 4 * (1 << 20));
    expect(backend.info()).toMatchObject({ threads: 3, started: false });
    // One thread computes meanwhile.
    const [y, x] = [backend.allocate(4), backend.allocate(4)];
    backend.fill(x, 0);
    backend.exp(y, x);
    expect(Array.from(await backend.read(y))).toEqual([1, 1, 1, 1]);
    for (const buffer of [y, x]) backend.free(buffer);

    await expect.poll(() => backend.memory().usedBytes).toBe(before.usedBytes);
    expect(ended).toBe(2);
    Atomics.store(armed, 0, 0);
    await untilStarted(backend);
    expect(started.length).toBe(4);
    expect(untilFailure(backend, 50)).toBe(undefined);
    expect(Array.from(await backend.read(kept))).toEqual(new Array(1000).fill(2));
    expect(backend.memory()).toMatchObject({ buffers: before.buffers, usedBytes: before.usedBytes });
  });
});

test("where threads cost more time than they save, one computes for a while", async () => {
  replaceWorkers(prefix("Atomics.wait(workerData.armed, 0, 1, 5);"));
  const backend = threadedBackend({ threads: 2 }, 1e6);
  await untilStarted(backend);
  const [y, x] = [backend.allocate(1 << 20), backend.allocate(1 << 20)];
  const calls = 400;
  /** How many of the calls are shared. */
  const shared = () => {
    const begun = vi.spyOn(Pool.prototype, "begin");
    for (let call = 0; call < calls; call++) backend.exp(y, x);
    const { length } = begun.mock.calls;
    begun.mockRestore();
    return length;
  };
  Atomics.store(armed, 0, 1); // from now on a worker sleeps for 5 ms after each chunk
  const slow = shared();
  expect(slow).toBeGreaterThan(0);
  expect(slow).toBeLessThan(calls / 2);
});

test("a worker that ends while it sleeps is replaced without an error", async () => {
  replaceWorkers("");
  const backend = threadedBackend({ threads: 2 });
  await untilStarted(backend);
  await started[0].terminate();
  await expect.poll(() => backend.info().started).toBe(false);
  await untilStarted(backend);
  expect(started.length).toBe(2);
  expect(untilFailure(backend, 50)).toBe(undefined);
});

test("weights are written by the caller alone: none is left half changed", async () => {
  replaceWorkers(prefix("process.exit();"));
  const backend = threadedBackend({ threads: 2 });
  await untilStarted(backend);
  const n = 1 << 18;
  const [w, m, v] = [1, 2, 3].map(() => backend.allocate(n, "weight"));
  const g = backend.allocate(n);
  for (const buffer of [w, m, v, g]) backend.fill(buffer, 1);
  await untilStarted(backend);
  Atomics.store(armed, 0, 1);
  for (let step = 0; step < 200; step++) backend.adam(w, m, v, g, { alpha: 1e-3, beta1: 0.5, beta2: 0.5, epsilon: 0 });
  for (let step = 0; step < 200; step++) backend.sgd(w, undefined, g, { learningRate: 1e-3, momentum: 0, nesterov: false }); // prettier-ignore
  const values = await backend.read(w);
  expect(new Set(values).size).toBe(1);
  expect(values[0]).toBeCloseTo(1 - 0.4, 3);
  // The same memory as an intermediate result is split.
  expect(untilFailure(backend)).toBeInstanceOf(ThreadError);
});

test("where workers cannot start, one thread computes, and info() says why", async () => {
  replaceWorkers('throw new Error("not today");');
  const backend = threadedBackend({ threads: 4 });
  expect(backend.info()).toMatchObject({ threads: 4, started: false });
  const [y, x] = [backend.allocate(100), backend.allocate(100)];
  backend.fill(x, 0);
  await expect.poll(() => backend.info().reason).toBe("a worker did not start: Error: not today");
  backend.exp(y, x);
  backend.fill(x, 0);
  expect(backend.info()).toMatchObject({ threads: 1, started: true });
  expect(started.length).toBe(3);
  expect(Array.from(await backend.read(y))).toEqual(new Array(100).fill(1));
});

test("where workers are refused, one thread computes, and info() says why", async () => {
  const original = process.getBuiltinModule.bind(process) as (name: string) => object;
  class Refused {
    constructor() {
      throw new Error("refused");
    }
  }
  vi.spyOn(process, "getBuiltinModule").mockImplementation(((name: string) =>
    name === "node:worker_threads" ? { Worker: Refused } : original(name)) as never);
  const backend = threadedBackend({ threads: 4 });
  const y = backend.allocate(100);
  backend.fill(y, 3);
  expect(backend.info()).toMatchObject({ threads: 1, reason: "a worker did not start: Error: refused" });
  expect(Array.from(await backend.read(y))).toEqual(new Array(100).fill(3));
});
