// What cannot be compared with Keras number by number: which frames share a draw, what random transforms amount to, and adapt.
import { beforeEach, describe, expect, test } from "vitest";
import { projectionBetween } from "../../src/layers/augmentation/perspective.js";
import {
  AugMix,
  CategoryEncoding,
  clearNames,
  CutMix,
  Discretization,
  Equalization,
  GaussianDropout,
  Input,
  type Layer,
  type LayerCall,
  MixUp,
  Model,
  Normalization,
  RandomBrightness,
  RandomCrop,
  RandomErasing,
  RandomFlip,
  RandomGaussianBlur,
  RandomHue,
  RandomPerspective,
  RandomRotation,
  RandomShear,
  setSeed,
  tensor,
  type Tensor,
  TimeDistributed,
  ZoetropeError,
} from "../../src/index.js";
import { numbers } from "../support/cases/case.js";

beforeEach(() => {
  clearNames();
  setSeed(1);
});

const [clips, time, size] = [3, 4, 6];
const frame = numbers(size * size * 3, 1, 100, 120);
/** Clips whose frames are all the same picture. */
const still = () =>
  tensor(
    Float32Array.from({ length: clips * time * frame.length }, (_, i) => frame[i % frame.length]),
    [clips, time, size, size, 3],
  );

/** The frames of the result as texts, clip by clip. */
async function framesOf(y: Tensor): Promise<string[][]> {
  const data = await y.data();
  const length = data.length / (clips * time);
  const text = (i: number) => data.slice(i * length, (i + 1) * length).join();
  return Array.from({ length: clips }, (_, clip) => Array.from({ length: time }, (__, t) => text(clip * time + t)));
}
const call = (layer: Layer, x: Tensor, training = true) => (layer as Layer & LayerCall)(x, { training }) as Tensor;
const distinct = (list: readonly string[]) => new Set(list).size;

const random = {
  RandomRotation: (options: object) => RandomRotation({ factor: 0.4, ...options }),
  RandomBrightness: (options: object) => RandomBrightness({ factor: 0.4, ...options }),
  RandomHue: (options: object) => RandomHue({ factor: 0.4, ...options }),
  RandomShear: (options: object) => RandomShear({ xFactor: 0.4, ...options }),
  RandomPerspective: (options: object) => RandomPerspective({ factor: [1, 1], ...options }),
  RandomErasing: (options: object) => RandomErasing({ factor: [1, 1], fillValue: 0, ...options }),
};

describe.each(Object.entries(random))("%s", (_, make) => {
  test("changes all frames of a clip alike, and clips differently", async () => {
    const frames = await framesOf(call(make({}), still()));
    expect(frames.map(distinct)).toEqual([1, 1, 1]);
    expect(distinct(frames.map(([first]) => first))).toBe(clips);
  });

  test("does the same under TimeDistributed, whichever statistics it has and whether or not it is frozen", async () => {
    for (const options of [{}, { statistics: "clip" as const }, { trainable: false }]) {
      const frames = await framesOf(call(TimeDistributed(make({}), options), still()));
      expect(frames.map(distinct)).toEqual([1, 1, 1]);
      expect(distinct(frames.map(([first]) => first))).toBe(clips);
    }
  });

  test("draws for each frame with perFrame, and the same again with the same seed", async () => {
    const frames = await framesOf(call(make({ perFrame: true, seed: 7 }), still()));
    expect(frames.map(distinct)).toEqual([time, time, time]);
    expect(await framesOf(call(TimeDistributed(make({ perFrame: true, seed: 7 })), still()))).toEqual(frames);
  });

  test("gives x itself in prediction", async () => {
    const x = still();
    expect(await framesOf(call(make({}), x, false))).toEqual(await framesOf(x));
  });
});

test("a network inside TimeDistributed passes on which frames are of one clip", async () => {
  const x = Input({ shape: [size, size, 3] });
  const network = Model({ inputs: x, outputs: RandomBrightness({ factor: 0.4 })(x) });
  const frames = await framesOf(call(TimeDistributed(network), still()));
  expect(frames.map(distinct)).toEqual([1, 1, 1]);
});

test("RandomFlip mirrors about half of the clips", async () => {
  const x = tensor(
    Float32Array.from({ length: 400 }, (_, i) => i % 2),
    [200, 1, 2, 1],
  );
  const y = await call(RandomFlip({ mode: "horizontal" }), x).data();
  const flipped = y.filter((value, i) => i % 2 === 0 && value === 1).length;
  expect(flipped).toBeGreaterThan(70);
  expect(flipped).toBeLessThan(130);
  expect(y.reduce((sum, value) => sum + value, 0)).toBe(200);
});

test("RandomCrop takes a window of x, and the resized middle in prediction", async () => {
  const x = tensor(
    Float32Array.from({ length: 80 }, (_, i) => i),
    [1, 8, 10, 1],
  );
  const [first, ...rest] = await call(RandomCrop({ height: 3, width: 2 }), x).data();
  expect(rest).toEqual([1, 10, 11, 20, 21].map((step) => first + step));
  expect(call(RandomCrop({ height: 4, width: 4 }), x, false).shape).toEqual([1, 4, 4, 1]);
});

test("a projection takes the four points to the four others", () => {
  const from = [[1, 2], [9, 1], [0, 7], [8, 9]] as const; // prettier-ignore
  const to = [[0, 0], [5, 0], [0, 4], [5, 4]] as const; // prettier-ignore
  const [a, b, c, d, e, f, g, h] = projectionBetween(from, to);
  from.forEach(([x, y], i) => {
    const k = g * x + h * y + 1;
    expect((a * x + b * y + c) / k).toBeCloseTo(to[i][0], 10);
    expect((d * x + e * y + f) / k).toBeCloseTo(to[i][1], 10);
  });
});

test("MixUp and CutMix mix frames of the batch: values stay between the least and the largest", async () => {
  const x = tensor(
    Float32Array.from({ length: 5 * 16 }, (_, i) => Math.floor(i / 16)),
    [5, 4, 4, 1],
  );
  for (const layer of [MixUp({ alpha: 0.5 }), CutMix({ factor: 1 })]) {
    const y = await call(layer, x).data();
    expect(Math.min(...y)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...y)).toBeLessThanOrEqual(4 + 1e-5);
    expect(Array.from(y)).not.toEqual(Array.from(await x.data()));
  }
});

test.each([AugMix, Equalization])("what cannot be computed is refused in training, by name", (make) => {
  const layer = make({ name: "a" });
  const message = `${layer.className} "a": cannot be trained with here, as ${layer.className} is only there for prediction; take it out, or augment the data before fit.`;
  expect(() => call(layer, still())).toThrow(message);
});

test("GaussianDropout has the mean 1 and the variance rate / (1 - rate)", async () => {
  const y = await call(GaussianDropout({ rate: 0.2 }), tensor(new Float32Array(20_000).fill(1))).data();
  const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
  const variance = y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / y.length;
  expect(mean).toBeCloseTo(1, 1);
  expect(variance).toBeCloseTo(0.25, 1);
});

test("Normalization.adapt sets mean and variance, after which samples have the mean 0 and the variance 1", async () => {
  const layer = Normalization();
  await layer.adapt([[1, 10], [2, 10], [6, 40]]); // prettier-ignore
  const [mean, variance] = await layer.getWeights();
  expect(Array.from(mean.data)).toEqual([3, 20]);
  expect(variance.data[0]).toBeCloseTo(14 / 3, 5);
  expect(variance.data[1]).toBeCloseTo(200, 3);
  const y = await call(layer, tensor([[1, 10], [2, 10], [6, 40]]), false).data(); // prettier-ignore
  expect(y[0] + y[2] + y[4]).toBeCloseTo(0, 5);
  const frames = Normalization({ axis: null });
  await expect(Normalization({ name: "n" }).adapt({ data: [], shape: [0, 3] })).rejects.toThrow(
    'Normalization "n".adapt: received no samples, [0, 3]; expected one at least.',
  );
  await frames.adapt({ data: [1, 2, 3, 6], shape: [2, 1, 2, 1] });
  expect(Array.from((await frames.getWeights())[0].data)).toEqual([3]);
});

test("options that no layer can take are errors", () => {
  expect(() => RandomRotation({ factor: 2, name: "r" })).toThrow(
    'RandomRotation "r": factor 2; expected a number from -1 to 1, or a pair of them.',
  );
  expect(() => RandomRotation({ factor: 0.1, fillMode: "mirror" as never })).toThrow("fillMode");
  expect(() => RandomBrightness({ factor: 0.1, valueRange: [1], name: "b" })).toThrow(
    'RandomBrightness "b": valueRange [1]; expected two different numbers, as [0, 255].',
  );
  expect(() => Normalization({ mean: 1, name: "n" })).toThrow(
    'Normalization "n": received only one of mean and variance; give both, or none.',
  );
  expect(() => RandomGaussianBlur({ kernelSize: 1e9 + 1, name: "g" })).toThrow(
    'RandomGaussianBlur "g": kernelSize [1000000001, 1000000001]; expected odd numbers up to 1023.',
  );
  const many = CategoryEncoding({ numTokens: 2 ** 40 });
  expect(() => call(many, tensor([[1, 2]]))).toThrow(ZoetropeError);
  expect(() => Discretization({ binBoundaries: [2, 1] })).toThrow("expected numbers in ascending order");
});
