// fit with cacheFrozen: the same weights as without, each sample once through the frozen layers, and what is refused.
import { beforeAll, describe, expect, test } from "vitest";
import {
  Adam,
  Add,
  BatchNormalization,
  callable,
  type ComputeOptions,
  Layer,
  Concatenate,
  Conv2D,
  ConvLSTM2D,
  Dense,
  Dropout,
  Embedding,
  Flatten,
  GlobalAveragePooling2D,
  init,
  Input,
  LSTM,
  memory,
  Model,
  ModelLayer,
  Sequential,
  TimeDistributed,
} from "../../src/index.js";
import { RandomStream, setSeed } from "../../src/random.js";
import { checkpointAt } from "../../src/formats/index.js";
import type { FitOptions } from "../../src/training.js";
import type { Tensor } from "../../src/tensor.js";

beforeAll(() => init({ threads: 1 }));

const numbers = (shape: number[], seed: number) => {
  const stream = new RandomStream(seed, 0);
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => stream.normal());
  return { data, shape };
};
const quiet = { verbose: 0, seed: 5 } as const;
const clips = numbers([10, 3, 8, 8, 2], 1);
const classes = { data: Float32Array.from({ length: 10 }, (_, i) => i % 2), shape: [10, 1] };
const heldClips = numbers([5, 3, 8, 8, 2], 2);
const heldClasses = { data: Float32Array.from([1, 0, 1, 1, 0]), shape: [5, 1] };

/** A frozen network for frames, with batch norm, and an LSTM with a dropout on its outputs. */
function videoModel() {
  setSeed(3);
  const frame = Input({ shape: [8, 8, 2] });
  const conv = Conv2D({ filters: 4, kernelSize: 3, strides: 2, useBias: false })(frame);
  const frames = Model({
    inputs: frame,
    outputs: GlobalAveragePooling2D()(BatchNormalization()(conv)),
  });
  frames.trainable = false;
  const x = Input({ shape: [3, 8, 8, 2] });
  const states = LSTM({ units: 3, dropout: 0.2 })(TimeDistributed(frames)(x));
  const model = Model({ inputs: x, outputs: Dense({ units: 1, activation: "sigmoid" })(states) });
  model.compile({
    optimizer: Adam({ learningRate: 0.01, clipnorm: 0.5 }),
    loss: "binaryCrossentropy",
    metrics: ["accuracy"],
  });
  return { model, frames };
}

const valuesOf = async (model: ModelLayer) => (await model.getWeights()).map(({ data }) => [...data]);

describe("the same as without", () => {
  const ways: Record<string, FitOptions> = {
    "batches that do not divide the samples": { epochs: 3, batchSize: 4 },
    "held-out samples": { epochs: 2, batchSize: 4, validationSplit: 0.3 },
    "validation data": { epochs: 2, batchSize: 5, validationData: [heldClips, heldClasses] },
    "class weights and fewer steps": { epochs: 3, batchSize: 4, stepsPerEpoch: 2, classWeight: { 0: 2, 1: 0.5 } },
  };
  test.each(Object.entries(ways))("%s", async (_, options) => {
    const [plain, cached] = [videoModel().model, videoModel().model];
    const expected = await plain.fit(clips, classes, { ...quiet, ...options });
    const history = await cached.fit(clips, classes, { ...quiet, ...options, cacheFrozen: true });
    expect(history).toEqual(expected);
    expect(await valuesOf(cached)).toEqual(await valuesOf(plain));
    expect(expected.history.loss[0]).not.toBe(expected.history.loss[1]);
  });

  test("an input that goes past the frozen layers, and two outputs, one of them of frozen layers alone", async () => {
    const make = () => {
      setSeed(4);
      const [a, b] = [Input({ shape: [6] }), Input({ shape: [4] })];
      const frozen = Dense({ units: 4, activation: "tanh", name: "frozen" });
      frozen.trainable = false;
      const features = frozen(a);
      const joined = Concatenate()([Add()([features, b]), b]);
      const model = Model({ inputs: [a, b], outputs: [Dense({ units: 2, name: "sum" })(joined), features] });
      model.compile({ optimizer: "adam", loss: ["mse", "mae"] });
      return model;
    };
    const x = [numbers([9, 6], 1), numbers([9, 4], 2)];
    const y = [numbers([9, 2], 3), numbers([9, 4], 4)];
    const [plain, cached] = [make(), make()];
    const expected = await plain.fit(x, y, { ...quiet, epochs: 3, batchSize: 4 });
    expect(await cached.fit(x, y, { ...quiet, epochs: 3, batchSize: 4, cacheFrozen: true })).toEqual(expected);
    expect(await valuesOf(cached)).toEqual(await valuesOf(plain));
  });

  test("what draws numbers or has statistics is not cached, though it is not trained", async () => {
    const make = () => {
      setSeed(6);
      const first = Dense({ units: 5 });
      first.trainable = false;
      const norm = BatchNormalization({ center: false, scale: false });
      const model = Sequential([
        Input({ shape: [6] }),
        first,
        Dropout({ rate: 0.3, seed: 1 }),
        norm,
        Dense({ units: 1 }),
      ]);
      model.compile({ optimizer: "sgd", loss: "mse" });
      return model;
    };
    const [x, y] = [numbers([12, 6], 1), numbers([12, 1], 2)];
    const [plain, cached] = [make(), make()];
    const before = await valuesOf(cached);
    const expected = await plain.fit(x, y, { ...quiet, epochs: 2 });
    expect(await cached.fit(x, y, { ...quiet, epochs: 2, cacheFrozen: true })).toEqual(expected);
    const after = await valuesOf(cached);
    expect(after).toEqual(await valuesOf(plain));
    expect(after.map((values, i) => String(values) !== String(before[i]))).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
    ]);
  });
});

/** Counts the samples that it is given. */
class CountingLayer extends Layer {
  static override className = "Counting";
  samples = 0;
  override pure?: boolean = true;
  /** Whether it was called as in training. */
  trained = false;
  override call(inputs: Tensor[], options: ComputeOptions): Tensor[] {
    this.samples += inputs[0].shape[0];
    this.trained ||= options.training;
    return inputs.map((x) => x.as(x.shape));
  }
  override computeOutputShape(shapes: (number | null)[][]) {
    return shapes;
  }
}
const Counting = callable(CountingLayer);

function countingModel() {
  const counting = Counting();
  const frozen = Dense({ units: 3 });
  frozen.trainable = false;
  const model = Sequential([Input({ shape: [2] }), counting, frozen, Dense({ units: 1 })]);
  model.compile({ optimizer: "sgd", loss: "mse" });
  return { model, counting, frozen };
}
const few = { x: numbers([7, 2], 1), y: numbers([7, 1], 2) };

test("each sample goes through the frozen layers once, and nothing stays in memory", async () => {
  const { model, counting } = countingModel();
  await model.fit(few.x, few.y, { ...quiet, cacheFrozen: true });
  const before = memory().buffers;
  const count = counting.samples;
  const validationData = [numbers([3, 2], 3), numbers([3, 1], 4)] as const;
  await model.fit(few.x, few.y, { ...quiet, epochs: 6, batchSize: 2, validationData, cacheFrozen: true });
  // One sample more of each, on which masks are looked for.
  expect(counting.samples - count).toBe(7 + 3 + 2);
  expect(counting.trained).toBe(false);
  expect(memory().buffers).toBe(before);
  expect(model.layers.map(({ holders }) => holders)).toEqual([1, 1, 1]);
});

test("a frozen recurrent layer is cached with its cell", async () => {
  const frozen = ConvLSTM2D({ filters: 3, kernelSize: 3 });
  frozen.trainable = false;
  const counting = Counting();
  const model = Sequential([Input({ shape: [4, 3, 3, 2] }), counting, frozen, Flatten(), Dense({ units: 1 })]);
  model.compile({ optimizer: "sgd", loss: "mse" });
  await model.fit(numbers([5, 4, 3, 3, 2], 1), numbers([5, 1], 2), { ...quiet, epochs: 3, cacheFrozen: true });
  expect(counting.samples).toBe(5 + 1);
});

test("a layer of a user is not cached where it does not say that it is pure", async () => {
  for (const pure of [undefined, false]) {
    const { model, counting, frozen } = countingModel();
    counting.pure = pure;
    await expect(model.fit(few.x, few.y, { ...quiet, cacheFrozen: true })).rejects.toThrow(
      /no frozen layer comes before/,
    );
    expect(frozen.trainable).toBe(false);
  }
});

test("a signal ends it while the frozen layers are computed", async () => {
  const { model, counting } = countingModel();
  const stop = new AbortController();
  const before = memory().buffers;
  const call = counting.call.bind(counting);
  counting.call = (inputs, options) => {
    if (counting.samples > 2) stop.abort(new Error("enough"));
    return call(inputs, options);
  };
  const fitting = model.fit(few.x, few.y, { ...quiet, batchSize: 2, signal: stop.signal, cacheFrozen: true });
  await expect(fitting).rejects.toThrow("enough");
  expect(memory().buffers).toBe(before);
});

describe("is refused", () => {
  const fit = (model: ModelLayer, options: object = {}) =>
    model.fit(few.x, few.y, { ...quiet, epochs: 2, cacheFrozen: true, ...options });

  test("for batches, as data and as validation data", async () => {
    const { model } = countingModel();
    const batches = () => [[few.x, few.y]] as never;
    await expect(model.fit(batches, { cacheFrozen: true })).rejects.toThrow(/cacheFrozen needs samples in memory/);
    await expect(fit(model, { validationData: batches })).rejects.toThrow(/received batches, so leave it out\.$/);
  });

  test("where nothing is frozen, all is, or the option is no flag", async () => {
    const { model, frozen } = countingModel();
    frozen.trainable = true;
    await expect(fit(model)).rejects.toThrow(
      /no frozen layer comes before those that are trained; set layer\.trainable/,
    );
    model.trainable = false;
    await expect(fit(model)).rejects.toThrow(/no layer is left to train/);
    await expect(fit(model, { cacheFrozen: "yes" })).rejects.toThrow(/cacheFrozen "yes"; expected true or false\.$/);
  });

  test("with a checkpoint, which would change frozen weights", async () => {
    const { model } = countingModel();
    const checkpoint = checkpointAt({
      read: async () => undefined,
      write: async () => {},
      remove: async () => {},
    } as never);
    await expect(fit(model, { checkpoint })).rejects.toThrow(
      /cacheFrozen with a checkpoint, .*; leave one of them out\.$/,
    );
  });

  test("where a mask would be lost", async () => {
    const embedding = Embedding({ inputDim: 5, outputDim: 3, maskZero: true });
    embedding.trainable = false;
    const model = Sequential([Input({ shape: [4] }), embedding, LSTM({ units: 2 })]);
    model.compile({ optimizer: "sgd", loss: "mse" });
    const words = { data: Float32Array.from({ length: 8 }, (_, i) => i % 5), shape: [2, 4] };
    const fitting = model.fit(words, numbers([2, 2], 1), { ...quiet, cacheFrozen: true });
    await expect(fitting).rejects.toThrow(/Embedding "embedding.*" gives a mask, which is not kept; leave it out\.$/);
  });

  test("where the model has a call of its own", async () => {
    class Own extends ModelLayer {
      override call(inputs: Tensor[], options: ComputeOptions) {
        return super.call(inputs, options);
      }
    }
    const { model } = countingModel();
    const own = new Own({ inputs: [...model.inputs], outputs: [...model.outputs] });
    own.compile({ optimizer: "sgd", loss: "mse" });
    await expect(fit(own)).rejects.toThrow(/the model has a `call` of its own; leave it out\.$/);
  });

  test.each(["made trainable", "written"])("where a frozen layer is %s meanwhile", async (change) => {
    const { model, frozen } = countingModel();
    const onEpochEnd = () => {
      if (change === "written") frozen.setWeights([numbers([2, 3], 9), numbers([3], 9)]);
      else frozen.trainable = true;
    };
    await expect(fit(model, { callbacks: [{ onEpochEnd }] })).rejects.toThrow(
      /Dense "dense.*" was changed while its outputs are cached; change it between two fits/,
    );
  });
});

test("a model of convolutions: the head reads what a flat input gives", async () => {
  setSeed(8);
  const conv = Conv2D({ filters: 3, kernelSize: 3 });
  conv.trainable = false;
  const model = Sequential([Input({ shape: [6, 6, 1] }), conv, Flatten(), Dense({ units: 1 })]);
  model.compile({ optimizer: "sgd", loss: "mse" });
  const lines: string[] = [];
  const print = console.log;
  console.log = (line: string) => void lines.push(line);
  try {
    await model.fit(numbers([4, 6, 6, 1], 1), numbers([4, 1], 2), { cacheFrozen: true });
  } finally {
    console.log = print;
  }
  expect(lines[0]).toMatch(/^Frozen layers: [\d.]+ s, samples: 4/);
  expect(lines[1]).toMatch(/^Epoch 1\/1: /);
});
