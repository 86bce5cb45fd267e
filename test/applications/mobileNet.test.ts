// MobileNet beside Keras's numbers (test/keras/models.test.ts): options, counts, weights, labels.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  clearNames,
  ConvLSTM2D,
  Dense,
  Flatten,
  Input,
  MobileNet,
  mobileNet,
  type MobileNetOptions,
  Model,
  tensor,
  TimeDistributed,
} from "../../src/index.js";

beforeEach(clearNames);
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** As in a page, without the globals of Node. */
const noHost = () => vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);

const path = "data/mobilenet-1.0-224.safetensors";
const numParams = (weights: readonly { size: number }[]) => weights.reduce((sum, { size }) => sum + size, 0);

test("has Keras's parameters, multiply-adds and names", async () => {
  const features = await MobileNet({ includeTop: false, weights: null });
  expect(features.countParams()).toBe(3_228_864);
  expect(numParams(features.nonTrainableWeights)).toBe(21_888);
  expect(features.macs([[null, 224, 224, 3]])).toBe(567_716_352);
  expect(features.outputs[0].shape).toEqual([null, 7, 7, 1024]);
  expect(features.name).toBe("mobilenet_1.00_224");
  const whole = await MobileNet({ weights: null });
  expect(whole.countParams()).toBe(4_253_864);
  expect(whole.outputs[0].shape).toEqual([null, 1000]);
  expect(whole.layers.slice(-6).map((layer) => layer.name)).toEqual([
    ...["conv_pw_13_relu", "global_average_pooling2d", "dropout", "conv_preds", "reshape_2", "predictions"],
  ]);
  const small = await MobileNet({
    includeTop: false,
    weights: null,
    alpha: 0.25,
    inputShape: [null, null, 3],
    pooling: "max",
  });
  expect([small.countParams(), small.name]).toEqual([218_544, "mobilenet_0.25_None"]);
  expect(small.outputs[0].shape).toEqual([null, 256]);
});

test("the seed's model at full size has the parameters that Keras counts", async () => {
  const film = Input({ shape: [32, 224, 224, 3] });
  const cnn = await MobileNet({ includeTop: false, inputShape: [224, 224, 3], weights: null });
  const zeros = { kernelInitializer: "zeros", recurrentInitializer: "zeros" };
  const convLstm = ConvLSTM2D({ filters: 256, kernelSize: 3, returnSequences: false, ...zeros });
  let x = Flatten()(convLstm(TimeDistributed(cnn)(film)));
  const dense = Dense({ units: 256, activation: "relu" });
  x = dense(x);
  const model = Model({ inputs: film, outputs: Dense({ units: 4, activation: "softmax" })(x) });
  expect(convLstm.countParams()).toBe(11_797_504);
  expect(dense.countParams()).toBe(1_638_656);
  expect(model.countParams()).toBe(3_228_864 + 11_797_504 + 1_638_656 + 257 * 4);
  expect(Math.round(TimeDistributed(cnn).macs([film.shape]) / 1e7)).toBe(1817);
  expect(Math.round(convLstm.macs([[null, 32, 7, 7, 1024]]) / 1e7)).toBe(944);
});

describe("weights", () => {
  const bytes = readFileSync(path);
  const weightsOf = async (weights: MobileNetOptions["weights"]) => {
    const model = await MobileNet({ weights, includeTop: false });
    return Promise.all([0, 134].map(async (i) => Array.from(await model.weights[i].data())));
  };

  test('"imagenet", bytes, an ArrayBuffer, a path and a URL give the same', async () => {
    const [first, last] = await weightsOf("imagenet");
    expect(first.length).toBe(864);
    expect(Math.hypot(...first)).toBeGreaterThan(1);
    expect(Math.min(...last)).toBeGreaterThan(0); // a variance
    for (const weights of [bytes, new Uint8Array(bytes).buffer, path, pathToFileURL(path), pathToFileURL(path).href]) {
      expect(await weightsOf(weights)).toEqual([first, last]);
    }
  });

  test("in a page, a URL relative to it is fetched", async () => {
    const fetched: unknown[] = [];
    const answer = (url: unknown) => {
      fetched.push(url);
      return Promise.resolve(new Response(new Uint8Array(bytes)));
    };
    const expected = await weightsOf(bytes);
    vi.stubGlobal("fetch", answer);
    noHost();
    expect(await weightsOf("/w")).toEqual(expected);
    expect(fetched).toEqual(["/w"]);
  });

  test('in a page, "imagenet" says what to write', async () => {
    noHost();
    const wanted = 'import imagenet from "zoetrope/imagenet.safetensors?url"';
    await expect(weightsOf("imagenet")).rejects.toThrow(wanted);
  });

  test("a file of another network is refused", async () => {
    const model = MobileNet({ weights: bytes, alpha: 0.5, includeTop: false });
    await expect(model).rejects.toThrow(
      'MobileNet: weights: holds a "conv1/kernel" of [3, 3, 3, 32]; Functional "mobilenet_0.50_224" needs one of [3, 3, 3, 16].',
    );
  });
});

const refused: [options: object, message: string][] = [
  [{ alpha: 0.6 }, 'MobileNet: weights "imagenet" need alpha 0.25, 0.5, 0.75, 1, received 0.6.'],
  [{ depthMultiplier: 2 }, 'weights "imagenet" need depthMultiplier 1, received 2.'],
  [{ classes: 10 }, 'weights "imagenet" need classes 1000, received 10; use includeTop: false'],
  [{ inputShape: [224, 224, 1] }, 'weights "imagenet" need channels 3, received 1.'],
  [
    { inputShape: [16, 64, 3], weights: null },
    "inputShape [16, 64, 3]; expected [height, width, channels] of at least 32 by 32",
  ],
  [{ inputShape: [null, null, 3], weights: null }, "known for a network with top"],
  [{ pooling: "mean", includeTop: false, weights: null }, 'MobileNet: pooling "mean"; expected "avg", "max" or null.'],
  [{ include_top: false }, 'MobileNet: unknown option "include_top"; did you mean "includeTop"?'],
];
test.each(refused)("%j is refused", async (options, message) => {
  await expect(MobileNet(options)).rejects.toThrow(message);
});

test("preprocessInput maps 0 to -1 and 255 to 1, and does not change its argument", async () => {
  const pixels = Uint8Array.of(0, 255, 51);
  expect(Array.from(mobileNet.preprocessInput(pixels))).toEqual([-1, 1, Math.fround(-0.6)]);
  expect(mobileNet.preprocessInput({ data: pixels, shape: [1, 1, 1, 3] }).shape).toEqual([1, 1, 1, 3]);
  const x = tensor(pixels, [1, 3]);
  const y = mobileNet.preprocessInput(x);
  expect(y.shape).toEqual([1, 3]);
  (await y.data()).forEach((value, i) => expect(value).toBeCloseTo([-1, 1, -0.6][i], 6));
  expect(Array.from(await x.data())).toEqual([0, 255, 51]);
});

describe("decodePredictions", () => {
  const scores = new Float32Array(2000);
  [scores[0], scores[999], scores[281]] = [0.1, 0.2, 0.7];
  scores[1000 + 285] = 1;
  const predictions = { data: scores, shape: [2, 1000] };

  test("names the best classes of each row", async () => {
    const [first, second] = await mobileNet.decodePredictions(predictions, { top: 3 });
    expect(first.map(({ label }) => label)).toEqual(["tabby", "toilet_tissue", "tench"]);
    expect(first[0]).toEqual({ wnid: "n02123045", label: "tabby", score: Math.fround(0.7) });
    expect(second[0].label).toBe("Egyptian_cat");
    expect((await mobileNet.decodePredictions(tensor(scores, [2, 1000])))[1]).toHaveLength(5);
  });

  test("takes classes from the caller, as a page must", async () => {
    const classes = Array.from({ length: 1000 }, (_, i) => [`n${i}`, `class ${i}`] as const);
    const [[best]] = await mobileNet.decodePredictions(predictions, { top: 1, classes });
    expect(best.label).toBe("class 281");
  });

  test("refuses scores that do not have the shape of an ImageNet classifier", async () => {
    const wrong = mobileNet.decodePredictions({ data: new Float32Array(10), shape: [1, 10] });
    await expect(wrong).rejects.toThrow("decodePredictions: expected [batch, 1000], received [1, 10]");
    await expect(mobileNet.decodePredictions(predictions, { top: 0 })).rejects.toThrow("top 0");
  });
});
