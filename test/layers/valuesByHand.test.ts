// The other layers (Conv1D, Conv3D, pooling, merging, cropping, pictures, ...): shapes, gradients, values computed by hand, errors.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createReferenceBackend } from "../../src/backends/reference/index.js";
import * as zoetrope from "../../src/index.js";
import {
  Attention,
  Average,
  AveragePooling1D,
  AveragePooling2D,
  AveragePooling3D,
  type CallOptions,
  CenterCrop,
  clearNames,
  Concatenate,
  Conv1D,
  Conv2DTranspose,
  Conv3D,
  Cropping1D,
  Cropping2D,
  Cropping3D,
  Dot,
  EinsumDense,
  ELU,
  GaussianNoise,
  GlobalAveragePooling1D,
  GlobalAveragePooling3D,
  GlobalMaxPooling1D,
  GlobalMaxPooling3D,
  GroupQueryAttention,
  Input,
  type Layer,
  LayerNormalization,
  LeakyReLU,
  Maximum,
  MaxPooling1D,
  MaxPooling3D,
  MultiHeadAttention,
  Minimum,
  Multiply,
  multiply,
  ones,
  type OneOrMany,
  Permute,
  PReLU,
  random,
  RepeatVector,
  Rescaling,
  Resizing,
  SeparableConv2D,
  setBackend,
  setSeed,
  SpatialDropout1D,
  SpatialDropout2D,
  SpatialDropout3D,
  Subtract,
  sum,
  type SymbolicTensor,
  type Tensor,
  tensor,
  UpSampling2D,
  valueAndGrad,
  Variable,
  ZeroPadding1D,
  ZeroPadding3D,
} from "../../src/index.js";

beforeAll(() => setBackend(createReferenceBackend({ precision: "float64" })));
beforeEach(() => {
  clearNames();
  setSeed(1);
});

type Anything = Layer & ((x: never, options?: CallOptions) => unknown);
const call = (layer: Anything, x: OneOrMany<Tensor>, options?: CallOptions): Tensor =>
  layer(x as never, options) as Tensor;
const listed = (shapes: number[] | number[][]): number[][] =>
  Array.isArray(shapes[0]) ? (shapes as number[][]) : [shapes as number[]];
const oneOrMany = <T>(list: T[], asList: boolean): OneOrMany<T> => (asList ? list : list[0]);
/** Values rounded to `digits` digits. */
const rounded = async (x: Tensor, digits = 6) => Array.from(await x.data(), (value) => Number(value.toFixed(digits)));
/** 1, 2, 3 ... */
const counting = (shape: number[]) => {
  const length = shape.reduce((a, b) => a * b, 1);
  return tensor(Float32Array.from({ length }, (_, i) => i + 1), shape); // prettier-ignore
};

// ── shapes and gradients ──────────────────────────────────────────────────────────────────────────────────────────────────

/** A layer, the shapes of its inputs, batch included, and of its output, and its number of parameters. */
const shapeRows: [layer: () => Anything, inputs: number[] | number[][], output: number[], params: number][] = [
  [() => Conv1D({ filters: 4, kernelSize: 3 }), [2, 7, 5], [2, 5, 4], 64],
  [() => Conv1D({ filters: 4, kernelSize: 3, padding: "same", strides: 2, useBias: false }), [2, 7, 5], [2, 4, 4], 60],
  [() => Conv1D({ filters: 4, kernelSize: 3, padding: "causal", dilationRate: 2 }), [2, 7, 5], [2, 7, 4], 64],
  [() => Conv1D({ filters: 4, kernelSize: 3, padding: "causal", strides: 3 }), [2, 7, 5], [2, 3, 4], 64],
  [() => Conv1D({ filters: 4, kernelSize: 2, groups: 2, activation: "tanh" }), [2, 7, 6], [2, 6, 4], 28],
  [() => Conv3D({ filters: 3, kernelSize: [2, 3, 1] }), [2, 4, 5, 6, 2], [2, 3, 3, 6, 3], 39],
  [() => Conv3D({ filters: 3, kernelSize: 3, padding: "same", strides: 2, activation: "tanh" }), [1, 4, 5, 3, 2], [1, 2, 3, 2, 3], 165],
  [() => SeparableConv2D({ filters: 3, kernelSize: 3, depthMultiplier: 2 }), [2, 5, 4, 2], [2, 3, 2, 3], 36 + 12 + 3],
  [() => SeparableConv2D({ filters: 3, kernelSize: 2, strides: 2, padding: "same", activation: "tanh" }), [1, 5, 4, 2], [1, 3, 2, 3], 17],
  [() => Conv2DTranspose({ filters: 3, kernelSize: 3, strides: 2 }), [2, 3, 4, 2], [2, 7, 9, 3], 57],
  [() => Conv2DTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: "same", activation: "tanh" }), [1, 3, 4, 2], [1, 6, 8, 3], 57],
  [() => Conv2DTranspose({ filters: 1, kernelSize: 3, strides: 2, padding: "same", outputPadding: 0 }), [1, 3, 4, 2], [1, 5, 7, 1], 19],
  [() => Conv2DTranspose({ filters: 1, kernelSize: 2, strides: 3, outputPadding: [2, 1], useBias: false }), [1, 2, 2, 1], [1, 7, 6, 1], 4],
  [() => UpSampling2D(), [2, 3, 4, 2], [2, 6, 8, 2], 0],
  [() => UpSampling2D({ size: [1, 3], interpolation: "bilinear" }), [2, 3, 4, 2], [2, 3, 12, 2], 0],
  [() => LayerNormalization(), [2, 3, 4], [2, 3, 4], 8],
  [() => LayerNormalization({ axis: [1, -1], center: false }), [2, 3, 5, 4], [2, 3, 5, 4], 12],
  [() => LeakyReLU(), [2, 9], [2, 9], 0],
  [() => ELU({ alpha: 0.5 }), [2, 9], [2, 9], 0],
  [() => PReLU(), [2, 3, 4], [2, 3, 4], 12],
  [() => PReLU({ sharedAxes: [1, 2], alphaInitializer: "ones" }), [2, 3, 5, 4], [2, 3, 5, 4], 4],
  [() => Permute({ dims: [3, 1, 2] }), [2, 3, 4, 5], [2, 5, 3, 4], 0],
  [() => RepeatVector({ n: 3 }), [2, 4], [2, 3, 4], 0],
  [() => Cropping1D(), [2, 6, 3], [2, 4, 3], 0],
  [() => Cropping1D({ cropping: [0, 2] }), [2, 6, 3], [2, 4, 3], 0],
  [() => Cropping2D({ cropping: [[1, 0], [2, 1]] }), [2, 6, 7, 3], [2, 5, 4, 3], 0],
  [() => Cropping3D({ cropping: [0, 1, 2] }), [1, 2, 4, 6, 3], [1, 2, 2, 2, 3], 0],
  [() => ZeroPadding1D({ padding: [2, 1] }), [2, 3, 4], [2, 6, 4], 0],
  [() => ZeroPadding3D({ padding: [1, [0, 2], 0] }), [2, 1, 2, 3, 4], [2, 3, 4, 3, 4], 0],
  [() => MaxPooling1D(), [2, 7, 3], [2, 3, 3], 0],
  [() => MaxPooling3D({ poolSize: [1, 2, 3], strides: 2, padding: "same" }), [2, 3, 4, 5, 2], [2, 2, 2, 3, 2], 0],
  [() => AveragePooling1D({ poolSize: 3, strides: 2, padding: "same" }), [2, 6, 3], [2, 3, 3], 0],
  [() => AveragePooling2D({ poolSize: [2, 3] }), [2, 5, 6, 3], [2, 2, 2, 3], 0],
  [() => AveragePooling3D({ padding: "same" }), [2, 3, 4, 5, 2], [2, 2, 2, 3, 2], 0],
  [() => GlobalAveragePooling1D(), [2, 7, 3], [2, 3], 0],
  [() => GlobalMaxPooling1D({ keepdims: true }), [2, 7, 3], [2, 1, 3], 0],
  [() => GlobalAveragePooling3D({ keepdims: true }), [2, 3, 4, 5, 2], [2, 1, 1, 1, 2], 0],
  [() => GlobalMaxPooling3D(), [2, 3, 4, 5, 2], [2, 2], 0],
  [() => Concatenate(), [[2, 3, 4], [2, 3, 1], [2, 3, 2]], [2, 3, 7], 0],
  [() => Concatenate({ axis: 1 }), [[2, 3, 4], [2, 1, 4]], [2, 4, 4], 0],
  [() => Multiply(), [[2, 3, 4], [2, 1, 4], [2, 3, 4]], [2, 3, 4], 0],
  [() => Subtract(), [[2, 3], [2, 3]], [2, 3], 0],
  [() => Average(), [[2, 3], [2, 3], [2, 3]], [2, 3], 0],
  [() => Maximum(), [[2, 9], [2, 9]], [2, 9], 0],
  [() => Minimum(), [[2, 9], [2, 9]], [2, 9], 0],
  [() => Dot({ axes: 1 }), [[2, 5], [2, 5]], [2, 1], 0],
  [() => Dot({ axes: [2, 1], normalize: true }), [[2, 3, 5], [2, 5, 4]], [2, 3, 4], 0],
  [() => Dot({ axes: [1, 3] }), [[2, 5, 3], [2, 2, 4, 5]], [2, 3, 2, 4], 0],
  [() => Rescaling({ scale: [1, 2, 3], offset: -1 }), [2, 4, 3], [2, 4, 3], 0],
  [() => Resizing({ height: 5, width: 2 }), [2, 3, 4, 2], [2, 5, 2, 2], 0],
  [() => Resizing({ height: 4, width: 2, interpolation: "nearest", cropToAspectRatio: true }), [2, 3, 4, 2], [2, 4, 2, 2], 0],
  [() => CenterCrop({ height: 2, width: 3 }), [2, 5, 6, 2], [2, 2, 3, 2], 0],
  [() => CenterCrop({ height: 4, width: 4 }), [2, 3, 6, 2], [2, 4, 4, 2], 0],
  [() => SpatialDropout1D({ rate: 0.5 }), [2, 4, 3], [2, 4, 3], 0],
  [() => SpatialDropout2D({ rate: 0.5 }), [2, 4, 3, 2], [2, 4, 3, 2], 0],
  [() => SpatialDropout3D({ rate: 0.5 }), [2, 2, 4, 3, 2], [2, 2, 4, 3, 2], 0],
  [() => GaussianNoise({ stddev: 0.5 }), [2, 9], [2, 9], 0],
]; // prettier-ignore

const titled = shapeRows.map(([make, inputs, output, params]) => {
  const layer = make();
  return [`${layer.className} ${JSON.stringify(layer.config)} of ${JSON.stringify(inputs)}`, make, inputs, output, params] as const;
}); // prettier-ignore

describe("shapes and parameters", () => {
  test.each(titled)("%s", async (_, make, inputs, output, params) => {
    const asList = Array.isArray(inputs[0]);
    const layer = make();
    const symbols = listed(inputs).map(([, ...shape]) => Input({ shape }));
    const symbolic = layer(oneOrMany(symbols, asList) as never) as SymbolicTensor;
    expect(symbolic.shape).toEqual([null, ...output.slice(1)]);
    expect(layer.countParams()).toBe(params);
    const y = call(layer, oneOrMany(listed(inputs).map((shape) => random(shape)), asList)); // prettier-ignore
    expect(y.shape).toEqual(output);
    // An unknown batch size stays unknown.
    const open = listed(inputs).map((shape) => [null, ...shape.slice(1)]);
    expect(layer.computeOutputShape(open)).toEqual([[null, ...output.slice(1)]]);
  });
});

describe("gradients, by central differences", () => {
  test.each(titled)("%s", async (_, make, inputs) => {
    const layer = make();
    const asList = Array.isArray(inputs[0]);
    const draw = (shape: readonly number[]) => random(shape, { distribution: "normal" });
    const xs = listed(inputs).map((shape, i) => new Variable(`x${i}`, shape).assign(draw(shape)));
    const u = draw(call(layer, oneOrMany(xs, asList)).shape);
    const weights: Variable[] = [...xs, ...layer.trainableWeights];
    for (const weight of layer.trainableWeights) weight.assign(draw(weight.shape));
    const loss = () => sum(multiply(call(layer, oneOrMany(xs, asList)), u));
    const { grads } = valueAndGrad(loss, weights)();
    // Along one random direction in the space of all inputs and weights.
    const directions = weights.map((weight) => draw(weight.shape));
    const starts = await Promise.all(weights.map((weight) => weight.data()));
    const at = async (step: number) => {
      for (const [i, weight] of weights.entries()) {
        const direction = await directions[i].data();
        weight.assign(starts[i].map((value, j) => value + step * direction[j]));
      }
      return (await loss().data())[0];
    };
    const step = 1e-5;
    const slope = ((await at(step)) - (await at(-step))) / (2 * step);
    let expected = 0;
    for (const [i, gradient] of grads.entries()) {
      const [g, d] = [await gradient.data(), await directions[i].data()];
      g.forEach((value, j) => (expected += value * d[j]));
    }
    expect(Math.abs(slope - expected)).toBeLessThan(1e-5 * Math.max(1, Math.abs(expected)));
  });
});

// ── values by hand ────────────────────────────────────────────────────────────────────────────────────────────────────────

const same = { kernelInitializer: "ones", useBias: false };
const frame = () => counting([1, 2, 2, 1]);

const valueRows: [name: string, run: () => Tensor, expected: number[]][] = [
  ["Conv1D", () => call(Conv1D({ filters: 1, kernelSize: 2, ...same }), counting([1, 4, 1])), [3, 5, 7]],
  ["Conv1D, causal: a step sees none after it", () => call(Conv1D({ filters: 1, kernelSize: 2, padding: "causal", dilationRate: 2, ...same }), counting([1, 4, 1])), [1, 2, 4, 6]],
  ["Conv3D over two frames", () => call(Conv3D({ filters: 1, kernelSize: 2, ...same }), counting([1, 2, 2, 2, 1])), [36]],
  ["Conv3D, every second frame", () => call(Conv3D({ filters: 1, kernelSize: 1, strides: [2, 1, 1], ...same }), counting([1, 3, 1, 2, 1])), [1, 2, 5, 6]],
  ["SeparableConv2D", () => call(SeparableConv2D({ filters: 1, kernelSize: 2, depthwiseInitializer: "ones", pointwiseInitializer: "ones", biasInitializer: "ones" }), counting([1, 2, 2, 2])), [37]],
  ["Conv2DTranspose spreads", () => call(Conv2DTranspose({ filters: 1, kernelSize: 2, strides: 2, ...same }), frame()), [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]],
  ["Conv2DTranspose adds where kernels overlap", () => call(Conv2DTranspose({ filters: 1, kernelSize: 2, ...same }), frame()), [1, 3, 2, 4, 10, 6, 3, 7, 4]],
  ["UpSampling2D", () => call(UpSampling2D({ size: [1, 2] }), frame()), [1, 1, 2, 2, 3, 3, 4, 4]],
  ["UpSampling2D, bilinear", () => call(UpSampling2D({ size: [1, 2], interpolation: "bilinear" }), frame()), [1, 1.25, 1.75, 2, 3, 3.25, 3.75, 4]],
  ["LayerNormalization, axes in another order, whose weights are in theirs", () => {
    const layer = LayerNormalization({ epsilon: 0, axis: [-1, 1] });
    const x = tensor([[[1, 1, 3], [3, 1, 3]]]);
    layer(x);
    expect(layer.weights.map(({ shape }) => shape)).toEqual([[3, 2], [3, 2]]);
    layer.gamma!.assign([1, 2, 3, 4, 5, 6]);
    return call(layer, x);
  }, [-1, -2, 3, 4, -5, 6]],
  ["LayerNormalization", () => call(LayerNormalization({ epsilon: 0 }), tensor([[1, 3], [2, 10]])), [-1, 1, -1, 1]],
  ["LayerNormalization, gamma and beta", () => call(LayerNormalization({ epsilon: 0, gammaInitializer: { className: "constant", config: { value: 2 } }, betaInitializer: "ones" }), tensor([[1, 3]])), [-1, 3]],
  ["LeakyReLU", () => call(LeakyReLU(), tensor([-10, 0, 2])), [-3, 0, 2]],
  ["ELU", () => call(ELU({ alpha: 2 }), tensor([-1, 0, 2])), [-1.264241, 0, 2]],
  ["PReLU", () => call(PReLU({ alphaInitializer: { className: "constant", config: { value: 0.5 } } }), tensor([[-2, 3]])), [-1, 3]],
  ["Permute", () => call(Permute({ dims: [2, 1] }), counting([1, 2, 3])), [1, 4, 2, 5, 3, 6]],
  ["RepeatVector", () => call(RepeatVector({ n: 2 }), counting([2, 2])), [1, 2, 1, 2, 3, 4, 3, 4]],
  ["Cropping1D", () => call(Cropping1D({ cropping: [0, 2] }), counting([1, 4, 1])), [1, 2]],
  ["Cropping2D", () => call(Cropping2D({ cropping: [[1, 0], [0, 1]] }), frame()), [3]],
  ["ZeroPadding1D", () => call(ZeroPadding1D({ padding: [2, 1] }), counting([1, 2, 1])), [0, 0, 1, 2, 0]],
  ["MaxPooling1D", () => call(MaxPooling1D(), counting([1, 5, 1])), [2, 4]],
  ["MaxPooling3D", () => call(MaxPooling3D(), counting([1, 2, 2, 4, 1])), [14, 16]],
  ["AveragePooling1D", () => call(AveragePooling1D({ padding: "same" }), counting([1, 3, 1])), [1.5, 3]],
  ["AveragePooling2D does not count padding", () => call(AveragePooling2D({ strides: 1, padding: "same" }), frame()), [2.5, 3, 3.5, 4]],
  ["AveragePooling3D", () => call(AveragePooling3D(), counting([1, 2, 2, 2, 1])), [4.5]],
  ["GlobalAveragePooling1D", () => call(GlobalAveragePooling1D(), counting([1, 3, 2])), [3, 4]],
  ["GlobalAveragePooling1D of the steps that a mask keeps", () => call(GlobalAveragePooling1D(), counting([1, 3, 2]), { mask: tensor([[1, 1, 0]]) }), [2, 3]],
  ["GlobalMaxPooling3D", () => call(GlobalMaxPooling3D(), counting([1, 2, 2, 2, 1])), [8]],
  ["Concatenate", () => call(Concatenate(), [tensor([[1, 2]]), tensor([[3]])]), [1, 2, 3]],
  ["Multiply", () => call(Multiply(), [tensor([[1, 2]]), tensor([[3, 4]]), tensor([[2]])]), [6, 16]],
  ["Subtract", () => call(Subtract(), [tensor([[1, 2]]), tensor([[3, 7]])]), [-2, -5]],
  ["Average", () => call(Average(), [tensor([[1, 2]]), tensor([[3, 7]]), tensor([[2, 0]])]), [2, 3]],
  ["Maximum", () => call(Maximum(), [tensor([[1, 8]]), tensor([[3, 7]])]), [3, 8]],
  ["Minimum", () => call(Minimum(), [tensor([[1, 8]]), tensor([[3, 7]])]), [1, 7]],
  ["Dot", () => call(Dot({ axes: 1 }), [tensor([[1, 2]]), tensor([[3, 4]])]), [11]],
  ["Dot of matrices", () => call(Dot({ axes: [2, 1] }), [counting([1, 2, 2]), counting([1, 2, 2])]), [7, 10, 15, 22]],
  ["Dot, cosines", () => call(Dot({ axes: -1, normalize: true }), [tensor([[3, 4]]), tensor([[4, 3]])]), [0.96]],
  ["Rescaling", () => call(Rescaling({ scale: 1 / 127.5, offset: -1 }), tensor([[0, 255]])), [-1, 1]],
  ["Rescaling by channel", () => call(Rescaling({ scale: [1, 2], offset: [0, 1] }), tensor([[3, 3]])), [3, 7]],
  ["Resizing", () => call(Resizing({ height: 1, width: 4 }), frame()), [2, 2.25, 2.75, 3]],
  ["Resizing, nearest", () => call(Resizing({ height: 3, width: 1, interpolation: "nearest" }), frame()), [2, 4, 4]],
  ["Resizing, padded", () => call(Resizing({ height: 1, width: 2, padToAspectRatio: true, fillValue: 9 }), counting([1, 2, 2, 1])), [5.5, 6]],
  ["Resizing, smoothed", () => call(Resizing({ height: 1, width: 1, antialias: true }), counting([1, 1, 3, 1])), [2]],
  ["CenterCrop", () => call(CenterCrop({ height: 1, width: 2 }), counting([1, 3, 4, 1])), [6, 7]],
]; // prettier-ignore

test.each(valueRows)("%s", async (_, run, expected) => {
  expect(await rounded(run())).toEqual(expected);
});

test("SpatialDropout drops whole channels, in training only", async () => {
  const x = ones([8, 3, 5]);
  const layer = SpatialDropout1D({ rate: 0.5, seed: 3 });
  expect(call(layer, x)).toBe(x);
  const y = await call(layer, x, { training: true }).data();
  const steps = (sample: number, channel: number) => [0, 1, 2].map((t) => y[(sample * 3 + t) * 5 + channel]);
  const kinds = new Set<number>();
  for (let sample = 0; sample < 8; sample++) {
    for (let channel = 0; channel < 5; channel++) {
      expect(new Set(steps(sample, channel)).size).toBe(1);
      kinds.add(steps(sample, channel)[0]);
    }
  }
  expect(kinds).toEqual(new Set([0, 2]));
});

test("GaussianNoise adds noise of its standard deviation, in training only", async () => {
  const x = ones([100, 100]);
  const layer = GaussianNoise({ stddev: 0.3 });
  expect(call(layer, x)).toBe(x);
  const noise = Array.from(await call(layer, x, { training: true }).data(), (value) => value - 1);
  const mean = noise.reduce((a, b) => a + b) / noise.length;
  expect(Math.abs(mean)).toBeLessThan(0.015);
  expect(Math.sqrt(noise.reduce((total, value) => total + value ** 2, 0) / noise.length)).toBeCloseTo(0.3, 1);
});

test("masks: with several inputs, a step counts that any of them keeps; concatenated along time, masks are concatenated", async () => {
  const masked = (mask: number[][]) => {
    const x = ones([1, mask[0].length, 2]);
    x.mask = tensor(mask);
    return x;
  };
  const [a, b] = [masked([[1, 1, 0]]), masked([[0, 1, 0]])];
  expect(await rounded(call(zoetrope.Add(), [a, b]).mask!)).toEqual([1, 1, 0]);
  expect(await rounded(call(Concatenate(), [a, b]).mask!)).toEqual([1, 1, 0]);
  expect(await rounded(call(Concatenate({ axis: 1 }), [a, ones([1, 2, 2])]).mask!)).toEqual([1, 1, 0, 1, 1]);
  expect(await rounded(call(LeakyReLU(), a).mask!)).toEqual([1, 1, 0]);
  expect(call(MaxPooling1D(), a).mask).toBeUndefined();
});

test("Dot of vectors that are scaled to length 1 has a gradient where one of them is 0", async () => {
  const weight = new Variable("weight", [1, 2], true).assign([0, 0]);
  const dot = () => sum(call(Dot({ axes: 1, normalize: true }), [weight, tensor([[3, 4]])]));
  const [grad] = valueAndGrad(dot, [weight])().grads;
  expect(await rounded(grad)).toEqual([6e6, 8e6]);
});

// ── errors ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const image = () => ones([1, 4, 4, 2]);
const errorRows: [action: () => unknown, message: string][] = [
  [() => Conv1D({ filters: 1, kernelSize: 2, name: "c" })(ones([4, 2])), 'Conv1D "c": expected [batch, time, channels], received [4, 2]; the batch or the channels are missing.'],
  [() => Conv1D({ filters: 1, kernelSize: 5, name: "c" })(ones([1, 4, 2])), 'Conv1D "c": a 5 window does not fit into [4]; use padding "same" or larger frames.'],
  [() => Conv3D({ filters: 1, kernelSize: [1, 2], name: "c" }), 'Conv3D "c": kernelSize [1, 2]; expected a whole number from 1, or 3 of them.'],
  [() => Conv3D({ filters: 1, kernelSize: 1, padding: "causal", name: "c" }), 'Conv3D "c": unknown padding "causal"; known are valid, same.'],
  [() => SeparableConv2D({ filters: 1, kernelSize: 1, kernelInitializer: "ones", name: "s" } as never), 'SeparableConv2D: unknown option "kernelInitializer"; known are filters, kernelSize'],
  [() => Conv2DTranspose({ filters: 1, kernelSize: 3, strides: 2, outputPadding: 2, name: "c" }), 'Conv2DTranspose "c": outputPadding 2; expected whole numbers below the strides [2, 2].'],
  [() => UpSampling2D({ interpolation: "bicubik" as "nearest", name: "u" }), 'UpSampling2D "u": unknown interpolation "bicubik"; did you mean "bicubic"?'],
  [() => LayerNormalization({ axis: 3 })(ones([2, 3])), "axis 3 does not exist in 2 dimensions"],
  [() => LayerNormalization({ name: "l" })(Input({ shape: [null] })), 'LayerNormalization "l": sizes of axes [-1] in [null, null] must be known.'],
  [() => { const l = LayerNormalization({ name: "l" }); l(ones([2, 3])); l(ones([2, 4])); }, 'LayerNormalization "l": was built for [3], received [2, 4].'],
  [() => LeakyReLU({ negativeSlope: -1, name: "l" }), 'LeakyReLU "l": negativeSlope -1; expected a number from 0.'],
  [() => PReLU({ sharedAxes: 0, name: "p" }), 'PReLU "p": sharedAxes [0]; expected axes from 1.'],
  [() => PReLU({ name: "p" })(Input({ shape: [null, 3] })), 'PReLU "p": sizes in [null, null, 3] must be known, but for the batch and sharedAxes.'],
  [() => Permute({ dims: [0, 1], name: "p" }), 'Permute "p": dims [0, 1]; expected 1 to n in some order.'],
  [() => Permute({ dims: [2, 1], name: "p" })(image()), 'Permute "p": expected 2 axes behind the batch, as dims [2, 1], received [1, 4, 4, 2].'],
  [() => RepeatVector({ n: 0, name: "r" }), 'RepeatVector "r": n 0; expected a whole number from 1.'],
  [() => Cropping2D({ cropping: 2, name: "c" })(image()), 'Cropping2D "c": cropping [[2, 2], [2, 2]] leaves nothing of [1, 4, 4, 2].'],
  [() => ZeroPadding3D({ padding: [1, 2], name: "z" }), 'ZeroPadding3D "z": padding [1, 2]; expected a whole number, one for each of 3 axes, or [before, after] for each.'],
  [() => MaxPooling1D({ poolSize: 2.5, name: "m" }), 'MaxPooling1D "m": poolSize 2.5; expected a whole number from 1.'],
  [() => AveragePooling3D({ name: "a" })(image()), 'AveragePooling3D "a": expected [batch, depth, height, width, channels], received [1, 4, 4, 2]; the batch or the channels are missing.'],
  [() => GlobalMaxPooling1D({ name: "g" })(image()), 'GlobalMaxPooling1D "g": expected [batch, time, channels], received [1, 4, 4, 2]; wrap the layer in TimeDistributed.'],
  [() => Concatenate({ name: "c" })([ones([2, 3]), ones([3, 3])]), 'Concatenate "c": [2, 3] and [3, 3] do not join on axis -1; other sizes must be equal.'],
  [() => Concatenate({ axis: 0, name: "c" })([ones([2, 3]), ones([2, 3])]), 'Concatenate "c": [2, 3] and [2, 3] do not join on axis 0; other sizes must be equal.'],
  [() => Multiply({ name: "m" })([ones([2, 3]), ones([2, 4])]), 'Multiply "m": [2, 3] and [2, 4] do not broadcast; sizes must be equal or 1.'],
  [() => Dot({ axes: 1, name: "d" })([ones([2, 3]), ones([1, 3])]), 'Dot "d": [2, 3] and [1, 3] differ in the number of samples.'],
  [() => MultiHeadAttention({ numHeads: 1, keyDim: 2, name: "m" })([ones([2, 4, 3]), ones([1, 4, 3])]), 'MultiHeadAttention "m": query [2, 4, 3] and key [1, 4, 3] differ in the number of samples.'],
  [() => MultiHeadAttention({ numHeads: 1, keyDim: 2, attentionAxes: [], name: "m" })([ones([2, 4, 3]), ones([2, 4, 3])]), 'MultiHeadAttention "m": attentionAxes []; expected axes between the batch and the last of 3, each once.'],
  [() => GroupQueryAttention({ headDim: 2, numQueryHeads: 2, numKeyValueHeads: 1, name: "g" })([ones([1, 4, 3]), ones([2, 4, 3])]), 'GroupQueryAttention "g": query [1, 4, 3] and key [2, 4, 3] differ in the number of samples.'],
  [() => Attention({ name: "a" })([ones([2, 4, 3]), ones([1, 5, 3]), ones([2, 5, 3])]), 'Attention "a": value [1, 5, 3] and key [2, 5, 3] differ; only their last sizes may.'],
  [() => EinsumDense({ equation: "ab,bc->ac", outputShape: 3, biasAxes: "", name: "e" }), 'EinsumDense "e": biasAxes ""; expected letters of the result "ac".'],
  [() => Subtract({ name: "s" })([ones([2]), ones([2]), ones([2])]), 'Subtract "s": expected a list of two tensors.'],
  [() => Dot({ axes: 0, name: "d" }), 'Dot "d": axes 0; expected an axis behind the batch, or two.'],
  [() => Dot({ axes: 1, name: "d" })([ones([2, 3]), ones([2, 4])]), 'Dot "d": [2, 3] and [2, 4] do not meet on axes 1 and 1; sizes must be equal.'],
  [() => Rescaling({ scale: "1" as never, name: "r" }), 'Rescaling "r": expected numbers as scale and offset.'],
  [() => Resizing({ height: 2, name: "r" } as never), 'Resizing "r": width undefined; expected a whole number from 1.'],
  [() => Resizing({ height: 2, width: 2, cropToAspectRatio: true, padToAspectRatio: true, name: "r" }), 'Resizing "r": received cropToAspectRatio and padToAspectRatio; give one of them.'],
  [() => SpatialDropout2D({ rate: 2, name: "s" }), 'SpatialDropout2D "s": rate 2; expected a number from 0 to 1.'],
  [() => SpatialDropout2D({ rate: 0.5, noiseShape: [1] } as never), 'SpatialDropout2D: unknown option "noiseShape"'],
  [() => GaussianNoise({ stddev: -1, name: "g" }), 'GaussianNoise "g": stddev -1; expected a number from 0 to 1.'],
]; // prettier-ignore

test.each(errorRows.map(([action, message]) => [message, action] as const))("refused: %s", (message, action) => {
  expect(action).toThrow(message);
});
