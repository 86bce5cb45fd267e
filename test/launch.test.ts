// Every kernel call goes through `launch`, which raises the versions of the buffers that the kernel writes; derived values are
// computed again when a version has changed.
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { type AnyBackend, getBackend, setBackend } from "../src/backend.js";
import { createReferenceBackend } from "../src/backends/reference/index.js";
import { DerivedValues } from "../src/derived.js";
import {
  Adam,
  BatchNormalization,
  Conv2D,
  ConvLSTM2D,
  Dense,
  EarlyStopping,
  Flatten,
  Input,
  MaxNorm,
  memory,
  type ModelLayer,
  random,
  RMSprop,
  Sequential,
  SGD,
  type Tensor,
  TimeDistributed,
} from "../src/index.js";
import type { Buffer } from "../src/kernels.js";
import { bytesOf, type KernelArguments, type KernelName, kernelNames, kernelTable, rowOf } from "../src/kernelTable.js";
import { numWritten, watchKernels } from "../src/launch.js";
import { conv2dSize, flatSize, gemmSize } from "../src/shape.js";
import { forEachBuild } from "./support/builds.js";
import { problemOf } from "./support/checker.js";

/** Fails to compile where a kernel could be called on a backend without `launch`, beside `kernels`. */
const noKernelBypassesLaunch: Extract<keyof AnyBackend, KernelName> extends never ? true : false = true;

/** Convolutions, a recurrence and dense layers, small enough for the reference. */
const filmModel = (): ModelLayer =>
  Sequential([
    Input({ shape: [3, 6, 6, 2] }),
    TimeDistributed(Conv2D({ filters: 4, kernelSize: 3, activation: "relu" })),
    TimeDistributed(BatchNormalization()),
    ConvLSTM2D({ filters: 3, kernelSize: 3 }),
    Flatten(),
    Dense({ units: 2, activation: "softmax", kernelConstraint: MaxNorm({ maxValue: 1 }) }),
  ]);

const film = () => random([4, 3, 6, 6, 2], { seed: 1 });
const labels = {
  data: Float32Array.of(1, 0, 0, 1, 1, 0, 0, 1),
  shape: [4, 2],
};

describe("launch", () => {
  test("is passed by every kernel call and every write from the host during training", async () => {
    expect(noKernelBypassesLaunch).toBe(true);
    const reached = { kernels: 0, writes: 0 };
    const passed = { kernels: 0, writes: 0 };
    const raw = createReferenceBackend() as unknown as Record<string, unknown>;
    for (const name of kernelNames) {
      const kernel = raw[name] as (...args: unknown[]) => void;
      raw[name] = (...args: unknown[]) => {
        reached.kernels++;
        kernel(...args);
      };
    }
    const write = raw.write as (...args: unknown[]) => void;
    raw.write = (...args: unknown[]) => {
      reached.writes++;
      write(...args);
    };
    await setBackend(raw);
    const leave = watchKernels({
      kernel(_, run) {
        passed.kernels++;
        run();
      },
      write: () => void passed.writes++,
    });
    try {
      const model = filmModel();
      for (const optimizer of [
        "sgd",
        Adam({ weightDecay: 0.1, globalClipnorm: 1 }),
        SGD({ clipvalue: 0.1 }),
        "rmsprop",
      ]) {
        model.compile({ optimizer, loss: "categoricalCrossentropy", metrics: ["accuracy"] });
        const callbacks = [EarlyStopping({ monitor: "loss", restoreBestWeights: true })];
        await model.fit(film(), labels, { epochs: 2, batchSize: 2, verbose: 0, callbacks });
        await model.evaluate(film(), labels);
      }
      (await model.predict(film(), { batchSize: 3 })).dispose();
    } finally {
      leave();
    }
    expect(passed).toEqual(reached);
    expect(passed.kernels).toBeGreaterThan(1000);
    expect(passed.writes).toBeGreaterThan(20);
  });

  test("watchers are called in turn, the last one first; a watcher that does not run a call skips it", async () => {
    await setBackend(createReferenceBackend());
    const b = getBackend();
    const y = b.allocate(1);
    b.kernels.fill(y, 1);
    const said: string[] = [];
    const leave = [
      watchKernels({ kernel: ({ kernel }, run) => (said.push(`first ${kernel}`), run()) }),
      watchKernels({ kernel: ({ args }, run) => (said.push(`second ${args[1]}`), args[1] !== 3 && run()) }),
    ];
    const version = y.root.version;
    b.kernels.fill(y, 2);
    b.kernels.fill(y, 3);
    leave.forEach((end) => end());
    expect(said).toEqual(["second 2", "first fill", "second 3"]);
    expect([...(await b.read(y))]).toEqual([2]);
    expect(y.root.version).toBe(version + 1);
    b.kernels.fill(y, 4);
    expect(said.length).toBe(3);
  });

  test("a kernel that a backend lacks is named in the error; a backend that is set twice stays one backend", async () => {
    await expect(setBackend({ fill() {} })).rejects.toThrow(
      "setBackend: expected a backend, as createReferenceBackend() returns it.",
    );
    const { exp: _, ...rest } = createReferenceBackend();
    await setBackend(rest);
    const b = getBackend();
    expect(inspect(b.kernels)).toContain("{}");
    // oxlint-disable-next-line typescript/await-thenable -- `await` asks the proxy for "then"
    expect(await b.kernels).toBe(b.kernels);
    expect(() => b.kernels.exp(b.allocate(1), b.allocate(1))).toThrow(
      'The backend "reference (float32)" lacks the kernel "exp"; see the type Backend.',
    );
    const reference = createReferenceBackend();
    await setBackend(reference);
    const first = getBackend();
    await setBackend(createReferenceBackend());
    await setBackend(reference);
    expect(getBackend()).toBe(first);
  });
});

describe("versions", () => {
  const changed = (root: { version: number }, work: () => void): number => {
    const before = root.version;
    work();
    return root.version - before;
  };

  test("are raised for the buffers that the kernel table says are written, for views at their root, and for no others", async () => {
    await setBackend(createReferenceBackend());
    const b = getBackend();
    const { kernels: k } = b;
    const [w, v, g, y] = [4, 4, 4, 4].map((length) => b.allocate(length));
    for (const buffer of [w, v, g, y]) b.write(buffer, [1, 2, 3, 4]);
    const versions = () => [w, v, g, y].map(({ root }) => root.version);
    expect(versions()).toEqual([1, 1, 1, 1]);
    k.sgd(w, v, g, { learningRate: 0.1, momentum: 0.9, nesterov: false });
    expect(versions()).toEqual([2, 2, 1, 1]);
    k.sgd(w, undefined, g, { learningRate: 0.1, momentum: 0, nesterov: false });
    expect(versions()).toEqual([3, 2, 1, 1]);
    k.adam(w, v, y, g, { alpha: 0.1, beta1: 0.9, beta2: 0.9, epsilon: 1e-7 });
    expect(versions()).toEqual([4, 3, 1, 2]);
    k.affine(w, w, 2, 0);
    k.copyInto(w, b.view(g, 1, 2), flatSize(2));
    expect(versions()).toEqual([6, 3, 1, 2]);
    expect(b.view(w, 1, 2).root).toBe(w.root);
    expect(changed(w.root, () => b.write(w, [0, 0, 0, 0]))).toBe(1);
    await b.read(w);
    expect(versions()).toEqual([7, 3, 1, 2]);
  });

  test("are raised also where a kernel fails half way", async () => {
    const raw = createReferenceBackend();
    raw.fill = () => {
      throw new RangeError("half way");
    };
    await setBackend(raw);
    const b = getBackend();
    const y = b.allocate(1);
    expect(changed(y.root, () => expect(() => b.kernels.fill(y, 0)).toThrow("half way"))).toBe(1);
  });
});

describe("derived values", () => {
  const root = () => ({ version: 0 });

  test("are made once, filled again when any source changed, and freed with any source", () => {
    const freed: number[] = [];
    const values = new DerivedValues<number>((value) => void freed.push(value));
    const sources = Array.from({ length: 6 }, root);
    let [made, filled] = [0, 0];
    const get = (key = "fold", of = sources) =>
      values.get(
        key,
        of,
        () => ++made,
        () => void filled++,
      );
    expect([get(), get()]).toEqual([1, 1]);
    expect([made, filled]).toEqual([1, 1]);
    sources[4].version++;
    expect(get()).toBe(1);
    expect([made, filled]).toEqual([1, 2]);
    // Another key, and other sources under the same key, are other values.
    expect(get("panels")).toBe(2);
    expect(get("fold", [sources[0]])).toBe(3);
    values.release(sources[3]);
    expect(freed.sort((a, b) => a - b)).toEqual([1, 2]);
    expect(get("fold", [sources[0]])).toBe(3);
    values.release(sources[0]);
    expect(freed.sort((a, b) => a - b)).toEqual([1, 2, 3]);
    values.release(sources[0]);
    expect(freed.length).toBe(3);
    expect(get()).toBe(4);
  });

  test("are filled again after a failure", () => {
    const values = new DerivedValues<string>(() => {});
    const source = root();
    const fail = () => {
      throw new Error("no memory");
    };
    expect(() => values.get("key", [source], () => "value", fail)).toThrow("no memory");
    let filled = 0;
    expect(
      values.get(
        "key",
        [source],
        () => "other",
        () => void filled++,
      ),
    ).toBe("value");
    expect(filled).toBe(1);
  });
});

describe("predict uses changed weights, however they were changed", () => {
  /** The model predicts the same as a new model with the same weights: no value derived from older weights is used. */
  async function expectRenewed(model: ModelLayer, x: Tensor): Promise<void> {
    const fresh = filmModel();
    const values = await Promise.all(model.weights.map((weight) => weight.data()));
    fresh.weights.forEach((weight, i) => weight.assign(values[i]));
    const [actual, expected] = [await model.predict(x), await fresh.predict(x)];
    expect(await actual.data()).toEqual(await expected.data());
  }

  const train = (optimizer: Parameters<ModelLayer["compile"]>[0]) => async (model: ModelLayer) => {
    model.compile({ loss: "categoricalCrossentropy", ...optimizer });
    await model.trainOnBatch(film(), labels);
  };

  const ways: Record<string, (model: ModelLayer) => unknown> = {
    "assign, from the host": (model) => model.weights.forEach((w) => w.assign(new Float32Array(w.size).fill(0.1))),
    "assign, from a tensor": (model) => model.weights.forEach((w) => w.assign(random(w.shape, { seed: 5 }))),
    setWeights: (model) =>
      model.setWeights(model.weights.map((w) => ({ data: new Float32Array(w.size).fill(0.2), shape: w.shape }))),
    SGD: train({ optimizer: SGD({ learningRate: 0.5 }) }),
    "SGD with momentum": train({ optimizer: SGD({ learningRate: 0.5, momentum: 0.9 }) }),
    Adam: train({ optimizer: Adam({ learningRate: 0.1 }) }),
    RMSprop: train({ optimizer: RMSprop({ learningRate: 0.1, momentum: 0.5 }) }),
    "weight decay": train({ optimizer: SGD({ learningRate: 0.5, weightDecay: 0.5 }) }),
    "the best weights of EarlyStopping": async (model) => {
      model.compile({ optimizer: SGD({ learningRate: 20 }), loss: "categoricalCrossentropy" });
      const callbacks = [EarlyStopping({ monitor: "loss", patience: 1, restoreBestWeights: true })];
      await model.fit(film(), labels, { epochs: 4, verbose: 0, callbacks });
    },
    "a replayed row": (model) => {
      const calls: { kernel: KernelName; args: readonly unknown[] }[] = [];
      const leave = watchKernels({ kernel: (call) => void calls.push(call) });
      const { kernels } = getBackend();
      for (const w of model.trainableWeights) kernels.affine(w.buffer, w.buffer, -1, 0.01);
      leave();
      for (const { kernel, args } of calls) (kernels[kernel] as (...args: readonly unknown[]) => void)(...args);
    },
  };

  forEachBuild(() => {
    test.each(Object.entries(ways))("%s", async (_, change) => {
      expect(memory().backend).toMatch(/^wasm/);
      const model = filmModel();
      const x = film();
      const before = await (await model.predict(x)).data();
      await model.predict(x);
      await change(model);
      expect(await (await model.predict(x)).data()).not.toEqual(before);
      await expectRenewed(model, x);
    });

    test("a state that a stateful layer carries from one call to the next", async () => {
      const model = Sequential([
        Input({ shape: [3, 5, 5, 1], batchSize: 2 }),
        ConvLSTM2D({ filters: 2, kernelSize: 3, stateful: true }),
      ]);
      const x = random([2, 3, 5, 5, 1], { seed: 2 });
      const first = await (await model.predict(x)).data();
      const second = await (await model.predict(x)).data();
      expect(second).not.toEqual(first);
      (model.layers[0] as unknown as { resetStates(): void }).resetStates();
      expect(await (await model.predict(x)).data()).toEqual(first);
    });
  });
});

describe("the numbers of the kernel table", () => {
  const sized = (length: number): Buffer => ({ length, root: { version: 0 } });
  const call = <K extends KernelName>(kernel: K, ...args: KernelArguments<K>) => ({
    rows: rowOf(kernel).rows(...args),
    parts: rowOf(kernel).parts?.(...args) ?? 1,
    macs: rowOf(kernel).macs?.(...args) ?? 0,
    bytes: bytesOf(kernel, args),
  });

  test("of products and convolutions, worked out by hand", () => {
    const [c, a, b, bias] = [2 * 12, 2 * 20, 15, 3].map(sized);
    const size = { ...gemmSize(4, 5, 3), batch: 2, aBatchStride: 20, bBatchStride: 0 };
    expect(call("gemm", c, a, b, bias, size)).toEqual({ rows: 8, parts: 1, macs: 120, bytes: 4 * (24 + 40 + 15 + 3) });
    expect(call("gemm", c, a, b, undefined, size).bytes).toBe(4 * (24 + 40 + 15));
    const conv = conv2dSize("test", [2, 8, 8, 6], [3, 3, 3, 4], { groups: 2 });
    const [y, x, kernel] = [2 * 36 * 4, 2 * 64 * 6, 27 * 4].map(sized);
    const numbers = { macs: 2 * 36 * 4 * 27, bytes: 4 * (288 + 768 + 108) };
    expect(call("conv2d", y, x, kernel, undefined, conv)).toEqual({ rows: 72, parts: 1, ...numbers });
    expect(call("conv2dGradInput", x, y, kernel, conv)).toEqual({ rows: 2, parts: 1, ...numbers });
    expect(call("conv2dGradFilter", kernel, x, y, conv)).toEqual({ rows: 27, parts: 1, ...numbers });
  });

  test("a buffer that is read and written counts twice, an absent one not at all", () => {
    const [w, v, g] = [10, 10, 10].map(sized);
    const step = { learningRate: 1, momentum: 0, nesterov: false };
    expect(call("sgd", w, v, g, step).bytes).toBe(4 * (20 + 20 + 10));
    expect(call("sgd", w, undefined, g, step).bytes).toBe(4 * (20 + 10));
  });

  test("sums are cut into parts by their shape only: where they are long and have few results", () => {
    const parts = (outer: number, length: number, inner: number) =>
      call("sum", sized(outer * inner), sized(outer * length * inner), { outer, length, inner }).parts;
    expect(parts(1, 1 << 16, 1)).toBe(8);
    expect(parts(1, (1 << 16) - 1, 1)).toBe(1);
    expect(parts(1, 1 << 16, 64)).toBe(1);
    expect(parts(63, 1 << 16, 1)).toBe(8);
    const conv = conv2dSize("test", [4, 64, 64, 1], [3, 3, 1, 8], { padding: "same" });
    expect(call("conv2dGradFilter", sized(72), sized(4 * 4096), sized(4 * 4096 * 8), conv).parts).toBe(8);
  });

  test("a call that contradicts the table is found", () => {
    const [y, x] = [sized(4), sized(4)];
    const size = { outer: 2, length: 2, inner: 2 };
    expect(problemOf({ kernel: "exp", args: [y, x] })).toBe(undefined);
    expect(problemOf({ kernel: "exp", args: [y, y] })).toBe(undefined);
    expect(problemOf({ kernel: "exp", args: [y, undefined] })).toBe("x is missing");
    expect(problemOf({ kernel: "exp", args: [y, sized(3)] })).toBe("x has fewer than 4 elements");
    expect(problemOf({ kernel: "sum", args: [sized(5), sized(8), size] })).toBe("y has 5 elements, not 4");
    expect(problemOf({ kernel: "sum", args: [y, { ...sized(8), root: y.root }, size] })).toBe(
      "x shares the memory of y",
    );
  });

  test("the buffers that a kernel writes come first among its arguments, as many as launch marks", () => {
    for (const kernel of kernelNames) {
      const writes = Object.values(kernelTable[kernel].buffers).map((use) => !use.startsWith("in"));
      expect(writes.lastIndexOf(true) + 1, kernel).toBe(numWritten(kernel));
      expect(writes.slice(0, numWritten(kernel)), kernel).not.toContain(false);
    }
  });
});
