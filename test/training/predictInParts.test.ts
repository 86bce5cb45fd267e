// `predict` yields to the event loop within a batch: there other code runs, progress is reported, and the signal may stop it.
import { afterEach, describe, expect, test } from "vitest";
import {
  affine,
  type Batch,
  Bidirectional,
  Conv2D,
  ConvLSTM2D,
  Dense,
  Flatten,
  GlobalAveragePooling2D,
  Input,
  LSTM,
  Layer,
  type LayerCall,
  memory,
  Model,
  ModelLayer,
  type OneOrMany,
  type PartialShape,
  random,
  scope,
  Sequential,
  type Tensor,
  tensor,
  TimeDistributed,
  zeros,
} from "../../src/index.js";
import { trace } from "../../src/inspect/index.js";

const values = async (x: OneOrMany<Tensor>) =>
  Promise.all([x].flat().map(async (part) => Array.from(await part.data())));
const clock = performance.now.bind(performance);
afterEach(() => void (performance.now = clock));

/** From now on `predict` yields after every part, as if much time had passed. */
function yieldAfterEveryPart(): void {
  let now = 0;
  performance.now = () => (now += 1000);
}

/** Frames in four groups under TimeDistributed, steps in two under ConvLSTM2D. */
function filmModel() {
  const clip = Input({ shape: [12, 96, 96, 3] });
  const frame = Input({ shape: [96, 96, 3] });
  const deep = Conv2D({ filters: 8, kernelSize: 3, padding: "same" })(Conv2D({ filters: 130, kernelSize: 1 })(frame));
  const cnn = Model({ inputs: frame, outputs: Conv2D({ filters: 64, kernelSize: 3, strides: 4 })(deep) });
  let x = TimeDistributed(cnn)(clip);
  x = ConvLSTM2D({ filters: 96, kernelSize: 3 })(x);
  return Model({ inputs: clip, outputs: Dense({ units: 4, activation: "softmax" })(GlobalAveragePooling2D()(x)) });
}

describe("a clip through TimeDistributed and ConvLSTM2D", () => {
  const model = filmModel();
  const clip = random([1, 12, 96, 96, 3], { seed: 1 });

  test("gives the same result in parts as at once, and the reported progress grows to 1", async () => {
    const [whole] = await values(await model.predictOnBatch(clip));
    const { buffers } = memory();
    const shares: number[] = [];
    let turns = 0;
    const stop = setInterval(() => turns++);
    yieldAfterEveryPart();
    const y = await model.predict(clip, { onProgress: (share) => shares.push(share) });
    clearInterval(stop);
    expect((await values(y))[0]).toEqual(whole);
    // After each kernel call, at least: four groups through three convolutions, twelve steps of the ConvLSTM, Dense.
    expect(shares.length).toBeGreaterThan(4 * 3 + 2 * 12 + 1);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.filter((share) => share > 0 && share < 1).length).toBeGreaterThan(4 * 3 + 12);
    expect(shares.at(-1)).toBe(1);
    expect(shares.at(-2)).toBeCloseTo(1, 10);
    expect(turns).toBeGreaterThan(0);
    y.dispose();
    expect(memory().buffers).toBe(buffers);
  });

  test("an abort in the middle throws its reason at once, and leaves no buffers", async () => {
    const { buffers, usedBytes } = memory();
    for (const stopAt of [0.01, 0.5, 0.97]) {
      const controller = new AbortController();
      const after: number[] = [];
      yieldAfterEveryPart();
      const running = model.predict(clip, {
        signal: controller.signal,
        onProgress: (share) => {
          if (controller.signal.aborted) after.push(share);
          if (share > stopAt) controller.abort(new Error(`enough at ${stopAt}`));
        },
      });
      await expect(running).rejects.toThrow(`enough at ${stopAt}`);
      expect(after).toEqual([]);
      expect(memory()).toMatchObject({ buffers, usedBytes });
    }
  });

  test("predict throws what onProgress throws, and leaves no buffers", async () => {
    const { buffers } = memory();
    yieldAfterEveryPart();
    const onProgress = () => {
      throw new Error("mine");
    };
    await expect(model.predict(clip, { onProgress })).rejects.toThrow("mine");
    expect(memory().buffers).toBe(buffers);
  });

  test("overlapping calls do not see each other's scopes, nor the scopes of code that runs between them", async () => {
    const other = random([1, 12, 96, 96, 3], { seed: 2 });
    const wanted = [await model.predictOnBatch(clip), await model.predictOnBatch(other)];
    const { buffers } = memory();
    const order: string[] = [];
    yieldAfterEveryPart();
    const made: Tensor[] = [];
    const run = (name: string, x: Tensor, startsOther?: () => void) =>
      model.predict(x, {
        onProgress: () => {
          order.push(name);
          made.push(tensor([1, 2, 3])); // in no scope: it is ours to dispose
          scope(() => void zeros([10]));
          startsOther?.();
          startsOther = undefined;
        },
      });
    let second: Promise<Tensor> | undefined;
    const first = await run("a", clip, () => void (second = run("b", other)));
    const results = [first, await second!];
    expect(order.join("")).toMatch(/ab+a/);
    expect(await values(results)).toEqual(await values(wanted));
    expect(made.some((x) => x.isDisposed)).toBe(false);
    for (const x of [...made, ...results]) x.dispose();
    expect(memory().buffers).toBe(buffers);
    for (const x of [other, ...wanted]) x.dispose();
  });

  test("a training step and a trace between two parts give the same results as elsewhere", async () => {
    const small = Input({ shape: [3, 4] });
    const trained = Model({ inputs: small, outputs: Dense({ units: 2 })(LSTM({ units: 3 })(small)) });
    trained.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const x = random([5, 3, 4], { seed: 3 });
    const y = random([5, 2], { seed: 4 });
    const { buffers } = memory();
    const between: Promise<unknown>[] = [];
    yieldAfterEveryPart();
    const result = await model.predict(clip, {
      onProgress: (share) => {
        if (share === 1) return;
        between.push(trained.trainOnBatch(x, y));
        disposeAll(trace(trained, x));
      },
    });
    await Promise.all(between);
    result.dispose();
    for (const tensor of [x, y]) tensor.dispose();
    expect(memory().buffers).toBe(buffers - 2);
  });
});

function disposeAll(value: unknown): void {
  if (value instanceof Object && "dispose" in value) (value as Tensor).dispose();
  else if (value instanceof Object) Object.values(value).forEach(disposeAll);
}

/** Gives a mask in which the first four of six time steps count. */
class FirstStepsLayer extends Layer {
  override call([x]: Tensor[]): Tensor[] {
    return [affine(x, 1)];
  }
  override computeMask([x]: Tensor[]): Tensor[] {
    return [tensor(Array.from({ length: x.shape[0] }, () => [1, 1, 1, 1, 0, 0]))];
  }
  override computeOutputShape(shapes: PartialShape[]): PartialShape[] {
    return shapes;
  }
}

describe("the same result in parts as at once", () => {
  const steps = 6;
  const shape = [steps, 40, 40, 16];
  const options = { filters: 128, kernelSize: 3 }; // of which two steps are a part
  const recurrent: Record<string, (x: ReturnType<typeof Input>) => ReturnType<LayerCall>> = {
    "all steps": (x) => ConvLSTM2D({ ...options, returnSequences: true })(x) as never,
    "from the end": (x) => ConvLSTM2D({ ...options, goBackwards: true, returnSequences: true })(x) as never,
    "both ways": (x) => Bidirectional(ConvLSTM2D({ ...options, returnSequences: true }))(x) as never,
    "no usual gates": (x) => ConvLSTM2D({ ...options, activation: "relu" })(x) as never,
    masked: (x) =>
      ConvLSTM2D({ ...options, returnSequences: true })(new FirstStepsLayer().apply(x) as typeof x) as never,
  };
  for (const [name, layer] of Object.entries(recurrent)) {
    test(`ConvLSTM2D, ${name}`, async () => {
      const x = Input({ shape });
      const model = Model({ inputs: x, outputs: layer(x) as never });
      const clip = random([1, ...shape], { seed: 5 });
      const whole = await values(await model.predictOnBatch(clip));
      yieldAfterEveryPart();
      expect(await values(await model.predict(clip))).toEqual(whole);
    });
  }

  test("with initial and returned states", async () => {
    const x = Input({ shape });
    const states = [Input({ shape: [38, 38, 128] }), Input({ shape: [38, 38, 128] })];
    const outputs = ConvLSTM2D({ ...options, returnState: true })(x, { initialState: states });
    const model = Model({ inputs: [x, ...states], outputs });
    const given = [[1, ...shape], [1, 38, 38, 128], [1, 38, 38, 128]].map((each, seed) => random(each, { seed })); // prettier-ignore
    const whole = await values(await model.predictOnBatch(given));
    yieldAfterEveryPart();
    const shares: number[] = [];
    const inParts = await model.predict(given, { onProgress: (share) => shares.push(share) });
    expect(await values(inParts)).toEqual(whole);
    expect(shares.length).toBeGreaterThan(3);
  });

  test("a user-defined model is called as one part", async () => {
    class TwiceModel extends ModelLayer {
      override call([x]: Tensor[]): Tensor[] {
        return [random([x.shape[0], 1], { seed: 6 })];
      }
    }
    const x = Input({ shape: [2] });
    const model = new TwiceModel({ inputs: x, outputs: Dense({ units: 1 })(x) });
    const expected = random([3, 1], { seed: 6 });
    expect(await values(await model.predict(zeros([3, 2])))).toEqual(await values(expected));
  });
});

test("progress runs from 0 to 1 over all batches; it is not reported where the number of batches is unknown", async () => {
  const model = Sequential([Input({ shape: [4] }), Flatten(), Dense({ units: 2 })]);
  const shares: number[] = [];
  await model.predict(zeros([10, 4]), { batchSize: 4, onProgress: (share) => shares.push(share) });
  expect(shares).toEqual([1 / 3, 2 / 3, 1]);
  const batches = (): Batch[] => [[zeros([1, 4])]];
  await expect(model.predict(batches, { onProgress: () => {} })).rejects.toThrow(
    /predict: onProgress needs to know how many batches will come; give steps\.$/,
  );
  await model.predict(batches, { steps: 2, onProgress: (share) => shares.push(share) });
  expect(shares.slice(3)).toEqual([0.5, 1]);
});
