// model.plan(shape): rows, text and times.
import { describe, expect, test } from "vitest";
import { createReferenceBackend } from "../../src/backends/reference/index.js";
import * as z from "../../src/index.js";
import { mixWeights, values } from "./support.js";

const input = z.Input({ shape: [null, 10, 10, 2], name: "clip" });
const frame = z.Input({ shape: [10, 10, 2] });
const conv = z.Conv2D({ filters: 4, kernelSize: 3, useBias: false, name: "conv" })(frame);
const cnn = z.Model({ inputs: frame, outputs: z.ReLU({ name: "relu" })(z.BatchNormalization({ name: "norm" })(conv)), name: "cnn" }); // prettier-ignore
const model = z.Model({
  inputs: input,
  outputs: z.LSTM({ units: 5, name: "lstm" })(
    z.TimeDistributed(z.Flatten())(z.TimeDistributed(cnn, { name: "each" })(input)),
  ),
  name: "film",
});
mixWeights(model as never);

describe("the plan of a small film model", () => {
  test("has the rows that run, with layers, sizes and costs", async () => {
    const plan = await model.plan([2, 3, 10, 10, 2]);
    const [first, ...rest] = plan.rows;
    expect(first).toEqual({
      kernel: "conv2d, bias, relu",
      layers: ["film/each/cnn/conv", "film/each/cnn/norm", "film/each/cnn/relu"],
      sizes: "6x10x10x2 * 3x3 = 6x8x8x4",
      macs: 6 * 64 * 4 * 18,
      bytes: 4 * (6 * 200 + 18 * 4 + 4 + 6 * 64 * 4),
    });
    expect(rest.map(({ kernel }) => kernel)).toEqual([
      ...["copyFrom", "gemm, bias", "lstmGates", "gemm", "lstmGates", "gemm", "lstmGates", "copyFrom"],
    ]);
    expect(plan.macs).toBe(6 * 64 * 4 * 18 + 6 * 256 * 20 + 2 * 2 * 5 * 20);
    expect(plan.constantBytes).toBeGreaterThanOrEqual(4 * (18 * 4 + 4));
    expect(plan.odd).toBeUndefined();
  });

  test("is a table as text", async () => {
    const text = String(await model.plan([2, 3, 10, 10, 2]));
    const [head, first] = text.split("\n");
    expect(head).toMatch(/^kernel +layers +sizes +M multiply-adds +MB$/);
    expect(first).toMatch(
      /^conv2d, bias, relu +each\/cnn\/conv \+ norm \+ relu +6x10x10x2 \* 3x3 = 6x8x8x4 +0\.03 +0\.01$/,
    );
    expect(text).toMatch(/\n9 rows, 0\.06 M multiply-adds, 0\.00 MB of constants\n$/);
  });

  test("the same plan is what predict runs from then on", async () => {
    using x = z.random([1, 4, 10, 10, 2], { seed: 1 });
    await model.plan([1, 4, 10, 10, 2]);
    const [once] = await values(await model.predict(x));
    expect(await values(await model.predict(x))).toEqual([once]);
  });

  test("is timed row by row, and leaves no buffers", async () => {
    const plan = await model.plan([2, 3, 10, 10, 2]);
    await plan.profile();
    const { buffers, usedBytes } = z.memory();
    using x = z.random([2, 3, 10, 10, 2], { seed: 1 });
    const profile = await plan.profile(x, { runs: 3 });
    expect(profile.rows.map(({ kernel }) => kernel)).toEqual(plan.rows.map(({ kernel }) => kernel));
    for (const { ms, macs, gflops } of profile.rows) {
      expect(ms).toBeGreaterThanOrEqual(0);
      if (ms > 0) expect(gflops).toBeCloseTo((2 * macs) / ms / 1e6, 6);
    }
    expect(profile.ms).toBeCloseTo(
      profile.layers.reduce((sum, { ms }) => sum + ms, 0),
      6,
    );
    expect(profile.rows.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(profile.layers.find(({ layers }) => layers[0] === "film/lstm")!.ms).toBeGreaterThan(0);
    const { peak } = profile;
    expect(peak).toBeGreaterThan(0);
    for (const { ofPeak, gflops } of profile.rows) expect(ofPeak).toBe(gflops > 0 ? gflops / peak! : undefined);
    expect(String(profile)).toMatch(/ms +GFLOP\/s +of peak +time\n.* \d+ %  +\d+\.\d %\n/);
    x.dispose();
    expect(z.memory()).toMatchObject({ buffers, usedBytes });
  });

  test.each([
    [undefined, 'Functional "film".plan: undefined is not a shape; expected whole numbers from 0.'],
    [[1, null, 10, 10, 2], 'Functional "film".plan: [1, null, 10, 10, 2] is not a shape; expected whole numbers from 0.'],
    [[1, 4, 9, 10, 2], 'Functional "film": expected [null, null, 10, 10, 2], received [1, 4, 9, 10, 2]; reshape the data (a batch comes first), or the Input.'],
    [[[1, 4, 10, 10, 2], [1]], 'Functional "film": expected 1 inputs, received 2.'],
  ])("%j is no shape of it", async (shape, message) => {
    await expect(model.plan(shape as number[])).rejects.toThrow(message);
  }); // prettier-ignore

  test("refuses to time other inputs", async () => {
    const plan = await model.plan([1, 1, 10, 10, 2]);
    const { buffers } = z.memory();
    using other = z.zeros([3]);
    for (const x of [5, null, [other], { data: "x", shape: [1] }, [], "clip"]) {
      await expect(plan.profile(x as never)).rejects.toThrow(/^profile: expected inputs of 200 elements, received /);
    }
    for (const runs of [0, 1.5, NaN, "2"]) {
      await expect(plan.profile(undefined, { runs } as never)).rejects.toThrow(
        /profile: runs .*; expected a whole number from 1/,
      );
    }
    other.dispose();
    expect(z.memory().buffers).toBe(buffers);
  });
});

test("on a backend without WebAssembly there is no peak", async () => {
  await z.setBackend(createReferenceBackend());
  using dense = z.Sequential([z.Input({ shape: [3] }), z.Dense({ units: 2 })]);
  const { peak, rows } = await (await dense.plan([1, 3])).profile();
  expect([peak, rows[0].ofPeak]).toEqual([undefined, undefined]);
  await z.init();
});

test("timing a stateful model leaves its states", async () => {
  const sequence = z.Input({ shape: [5, 4] });
  const lstm = z.LSTM({ units: 3, stateful: true });
  using stateful = z.Model({ inputs: sequence, outputs: lstm(sequence) });
  using part = z.random([2, 5, 4], { seed: 5 });
  for (let i = 0; i < 2; i++) (await stateful.predict(part)).dispose();
  const states = async () => Promise.all(lstm.states!.map(async (state) => Array.from(await state.data())));
  const before = await states();
  await (await stateful.plan([2, 5, 4])).profile(part);
  expect(await states()).toEqual(before);
  (await stateful.predict(part)).dispose();
  expect(await states()).not.toEqual(before);
});

test("a layer that keeps a tensor in each call and frees the last one: it can be planned, and is not timed", async () => {
  class KeepingLayer extends z.Layer {
    last: z.Tensor | undefined;
    override call([x]: z.Tensor[]): z.Tensor[] {
      this.last?.dispose();
      this.last = z.keep(z.affine(x, 2));
      return [z.affine(x, 1)];
    }
    override computeOutputShape(shapes: z.PartialShape[]): z.PartialShape[] {
      return shapes;
    }
  }
  const layer = new KeepingLayer();
  const given = z.Input({ shape: [3] });
  using keeping = z.Model({ inputs: given, outputs: layer.apply(given) as z.SymbolicTensor });
  (await keeping.predict([[1, 2, 3]])).dispose();
  const { buffers, usedBytes } = z.memory();
  const plan = await keeping.plan([1, 3]);
  expect(Array.from(await layer.last!.data())).toEqual([0, 0, 0]);
  await expect(plan.profile()).rejects.toThrow(
    "profile: a layer keeps or frees tensors in each call; time predict itself.",
  );
  (await keeping.predict([[4, 5, 6]])).dispose();
  expect(Array.from(await layer.last!.data())).toEqual([8, 10, 12]);
  expect(z.memory()).toMatchObject({ buffers, usedBytes });
  layer.last!.dispose();
});

test("a layer that makes its weights in its first call has them after plan", async () => {
  class LateLayer extends z.Layer {
    inner = z.Dense({ units: 2, kernelInitializer: "ones", biasInitializer: "ones" });
    override get sublayers(): z.Layer[] {
      return [this.inner];
    }
    override call(inputs: z.Tensor[]): z.Tensor[] {
      return this.inner.compute(inputs);
    }
    override computeOutputShape([[rows]]: z.PartialShape[]): z.PartialShape[] {
      return [[rows, 2]];
    }
  }
  const late = new LateLayer();
  const x = z.Input({ shape: [3] });
  using other = z.Model({ inputs: x, outputs: late.apply(x) as z.SymbolicTensor });
  await other.plan([1, 3]);
  expect(await values(await other.predict([[1, 2, 3]]))).toEqual([[7, 7]]);
  expect(await late.inner.getWeights()).toMatchObject([{ data: new Float32Array(6).fill(1) }, { data: new Float32Array([1, 1]) }]); // prettier-ignore
});

test("a plan that is kept no more can be timed, and leaves nothing", async () => {
  using changed = z.Sequential([
    z.Input({ shape: [6, 6, 2] }),
    z.Conv2D({ filters: 3, kernelSize: 3 }),
    z.BatchNormalization(),
  ]);
  const plan = await changed.plan([1, 6, 6, 2]);
  changed.add(z.Flatten()); // drops it
  using x = z.zeros([1, 6, 6, 2]);
  (await changed.predict(x)).dispose();
  const { buffers, usedBytes } = z.memory();
  await plan.profile();
  const after = z.memory();
  expect([after.buffers, after.usedBytes]).toEqual([buffers, usedBytes]);
});

test("the plan of a disposed model cannot be timed", async () => {
  const x = z.Input({ shape: [3] });
  const gone = z.Model({ inputs: x, outputs: z.Dense({ units: 2 })(x) });
  const plan = await gone.plan([1, 3]);
  gone.dispose();
  const { buffers } = z.memory();
  await expect(plan.profile()).rejects.toThrow(/disposed/);
  await expect(gone.plan([1, 3])).rejects.toThrow(/disposed/);
  expect(z.memory().buffers).toBe(buffers);
});
