// Runs of plans that overlap, end early or fail.
import { afterEach, describe, expect, test } from "vitest";
import * as z from "../../src/index.js";
import { watchKernels } from "../../src/launch.js";
import { difference, mixWeights, values } from "./support.js";

const ended: (() => void)[] = [];
afterEach(() => {
  for (const end of ended.splice(0)) end();
});

describe("runs that overlap, end early or fail", () => {
  const film = () => {
    const input = z.Input({ shape: [6, 12, 12, 2] });
    const frame = z.Input({ shape: [12, 12, 2] });
    const cnn = z.Model({ inputs: frame, outputs: z.ReLU()(z.BatchNormalization()(z.Conv2D({ filters: 4, kernelSize: 3 })(frame))) }); // prettier-ignore
    const model = z.Model({ inputs: input, outputs: z.ConvLSTM2D({ filters: 3, kernelSize: 3 })(z.TimeDistributed(cnn)(input)) }); // prettier-ignore
    mixWeights(model as never);
    return model;
  };
  const clock = performance.now.bind(performance);
  /** From now on `predict` pauses after every row. */
  const pauseAlways = () => {
    let now = 0;
    performance.now = () => (now += 1000);
    ended.push(() => void (performance.now = clock));
  };

  test("overlapping calls of one plan give what they give one after the other", async () => {
    using model = film();
    const clips = [1, 2, 3].map((seed) => z.random([1, 6, 12, 12, 2], { seed }));
    const alone = [];
    for (const clip of clips) alone.push(await values(await model.predict(clip)));
    const { buffers, usedBytes } = z.memory();
    pauseAlways();
    const together = await Promise.all(clips.map((clip) => model.predict(clip)));
    expect(await Promise.all(together.map((y) => values(y)))).toEqual(alone);
    expect(z.memory()).toMatchObject({ buffers, usedBytes });
    for (const clip of clips) clip.dispose();
  });

  test("a predict in a callback of fit gives what the weights of then give", async () => {
    using model = z.Sequential([z.Input({ shape: [6, 6, 2] }), z.Conv2D({ filters: 3, kernelSize: 3 }), z.BatchNormalization(), z.Flatten(), z.Dense({ units: 2 })]); // prettier-ignore
    mixWeights(model as never);
    model.compile({ optimizer: "adam", loss: "meanSquaredError" });
    using given = z.random([4, 6, 6, 2], { seed: 1 });
    using wanted = z.zeros([4, 2]);
    const errors: number[] = [];
    const onBatchEnd = async () => {
      const planned = await values(await model.predict(given));
      errors.push(difference(planned, await values(await model.predict(given, { plan: false }))));
    };
    await model.fit(given, wanted, {
      epochs: 5,
      batchSize: 2,
      verbose: 0,
      callbacks: [{ onTrainBatchEnd: onBatchEnd }],
    });
    expect(errors.length).toBe(10);
    expect(Math.max(...errors)).toBeLessThan(2e-6);
  });

  test("weights that change during a run are folded anew before a row reads them", async () => {
    using model = film();
    using clip = z.random([1, 6, 12, 12, 2], { seed: 1 });
    for (let i = 0; i < 2; i++) await values(await model.predict(clip));
    const first = model.getLayer(1) as ReturnType<typeof z.TimeDistributed>;
    pauseAlways();
    let isChanged = false;
    const change = () => {
      if (isChanged) return;
      isChanged = true;
      mixWeights(first.layer as never, 2);
    };
    const got = await values(await model.predict(clip, { onProgress: change }));
    // The frames were computed before the first pause.
    const after = await values(await model.predict(clip));
    expect(difference(got, after)).toBeGreaterThan(1e-3);
    expect(difference(after, await values(await model.predict(clip, { plan: false })))).toBeLessThan(2e-6);
  });

  test("an abort leaves no buffers, and states as they were", async () => {
    const input = z.Input({ shape: [5, 4] });
    using model = z.Model({ inputs: input, outputs: z.LSTM({ units: 3, stateful: true })(input) });
    const [, layer] = model.layers as unknown as [unknown, { states: z.Variable[] }];
    using part = z.random([2, 5, 4], { seed: 5 });
    for (let i = 0; i < 3; i++) await values(await model.predict(part));
    const states = async () => Promise.all(layer.states.map(async (state) => Array.from(await state.data())));
    const before = await states();
    const { buffers, usedBytes } = z.memory();
    pauseAlways();
    for (const share of [0, 0.5, 0.99]) {
      const controller = new AbortController();
      const onProgress = (done: number) => done > share && controller.abort(new Error("enough"));
      await expect(model.predict(part, { signal: controller.signal, onProgress })).rejects.toThrow("enough");
      expect(await states()).toEqual(before);
      expect(z.memory()).toMatchObject({ buffers, usedBytes });
    }
    ended.splice(0).forEach((end) => end());
    await values(await model.predict(part));
    expect(await states()).not.toEqual(before);
  });

  test("a row that fails frees what the run holds, and the next call is right", async () => {
    using model = film();
    using clip = z.random([1, 6, 12, 12, 2], { seed: 1 });
    const right = await values(await model.predict(clip));
    await values(await model.predict(clip));
    const { buffers, usedBytes } = z.memory();
    for (const kernel of ["conv2d", "lstmGates", "copyFrom"]) {
      const end = watchKernels({
        kernel(call, run) {
          if (call.kernel === kernel) throw new Error("broken");
          run();
        },
      });
      await expect(model.predict(clip)).rejects.toThrow("broken");
      end();
      expect(z.memory()).toMatchObject({ buffers, usedBytes });
    }
    expect(await values(await model.predict(clip))).toEqual(right);
  });

  test("where a later layer fails, the states that an earlier one has written are as before", async () => {
    const input = z.Input({ shape: [5, 4] });
    const first = z.LSTM({ units: 3, stateful: true, returnSequences: true });
    using model = z.Model({ inputs: input, outputs: z.LSTM({ units: 2, stateful: true })(first(input)) });
    using part = z.random([2, 5, 4], { seed: 5 });
    for (let i = 0; i < 3; i++) await values(await model.predict(part));
    const states = async () => Promise.all(first.states!.map(async (state) => Array.from(await state.data())));
    const before = await states();
    let calls = 0;
    const end = watchKernels({
      kernel(call, run) {
        if (call.kernel === "lstmGates" && ++calls > 7) throw new Error("broken");
        run();
      },
    });
    await expect(model.predict(part)).rejects.toThrow("broken");
    end();
    expect(await states()).toEqual(before);
    await values(await model.predict(part));
    expect(await states()).not.toEqual(before);
  });

  test("a run on another backend does not read the constants of one that is not ended", async () => {
    class OffsetLayer extends z.Layer {
      override call([x]: z.Tensor[]): z.Tensor[] {
        return [z.affine(z.add(x, z.full([3], 5)), 2)];
      }
      override computeOutputShape(shapes: z.PartialShape[]): z.PartialShape[] {
        return shapes;
      }
    }
    const input = z.Input({ shape: [3] });
    using model = z.Model({ inputs: input, outputs: new OffsetLayer().apply(input) as z.SymbolicTensor });
    const first = z.ones([1, 3]);
    let second: Promise<number[][]> | undefined;
    pauseAlways();
    const onProgress = () => {
      second ??= z.init({ relaxed: false }).then(async () => values(await model.predict(z.ones([2, 3]))));
    };
    const running = model.predict(first, { onProgress });
    expect(await values(await running)).toEqual([[12, 12, 12]]);
    expect(await second).toEqual([new Array(6).fill(12)]);
    await z.init();
  });

  test("an input that is disposed meanwhile stays until the end", async () => {
    using model = film();
    const clip = z.random([1, 6, 12, 12, 2], { seed: 1 });
    const right = await values(await model.predict(clip));
    pauseAlways();
    const running = model.predict(clip);
    clip.dispose();
    using others = z.zeros([1, 6, 12, 12, 2]);
    expect(await values(await running)).toEqual(right);
    void others;
  });

  test("a model that is disposed meanwhile: the rest is refused, and nothing stays", async () => {
    const { buffers } = z.memory();
    const model = film();
    using clip = z.random([1, 6, 12, 12, 2], { seed: 1 });
    pauseAlways();
    const running = model.predict(clip);
    await new Promise((resolve) => setTimeout(resolve));
    model.dispose();
    await expect(running).rejects.toThrow(/disposed/);
    clip.dispose();
    expect(z.memory().buffers).toBe(buffers);
  });

  test("a disposed model keeps no constants", async () => {
    const { buffers, usedBytes } = z.memory();
    const model = film();
    const clip = z.random([1, 6, 12, 12, 2], { seed: 1 });
    for (let i = 0; i < 3; i++) await values(await model.predict(clip));
    model.dispose();
    clip.dispose();
    expect(z.memory()).toMatchObject({ buffers, usedBytes });
  });

  test("a thousand calls with five shapes in turn do not grow memory", async () => {
    const input = z.Input({ shape: [null, null, 2] });
    using model = z.Model({ inputs: input, outputs: z.GlobalAveragePooling2D()(z.BatchNormalization()(z.Conv2D({ filters: 4, kernelSize: 3 })(input))) }); // prettier-ignore
    const frames = [5, 6, 7, 8, 9].map((size) => z.random([1, size, size, 2], { seed: size }));
    const round = async () => {
      for (const frame of frames) await values(await model.predict(frame));
    };
    for (let i = 0; i < 3; i++) await round();
    const { buffers, usedBytes, reservedBytes } = z.memory();
    for (let i = 0; i < 200; i++) await round();
    expect(z.memory()).toMatchObject({ buffers, usedBytes, reservedBytes });
    for (const frame of frames) frame.dispose();
  });
});
