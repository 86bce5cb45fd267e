// The reference backend, with which everything else is compared, against numbers computed by hand.
import { expect, test } from "vitest";
import type { AnyBackend } from "../../src/backend.js";
import { createReferenceBackend } from "../../src/backends/reference/index.js";
import { ArgumentError, OutOfMemoryError } from "../../src/errors.js";
import { conv2dSize, depthwiseConv2dSize, gemmSize, windowSize } from "../../src/shape.js";
import { type Run, runOnReference } from "../support/cases/case.js";

const result = (run: Run, length: number, ...inputs: number[][]): number[] => {
  const rounded = inputs.map((x) => Float32Array.from(x));
  return [...runOnReference(run, rounded, length).y];
};
const closeTo = (expected: number[]) => expected.map((value) => expect.closeTo(value, 7));

test("gemm: transposes, bias", () => {
  const bias = [100, 200];
  const expected = [100 + 58, 200 + 64, 100 + 139, 200 + 154]; // [[1 2 3] [4 5 6]] [[7 8] [9 10] [11 12]]
  const product = (transA: boolean, transB: boolean, a: number[], b: number[]) =>
    result((k, c, [a, b, bias]) => k.gemm(c, a, b, bias, gemmSize(2, 3, 2, transA, transB)), 4, a, b, bias);
  expect(product(false, false, [1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12])).toEqual(expected);
  expect(product(true, false, [1, 4, 2, 5, 3, 6], [7, 8, 9, 10, 11, 12])).toEqual(expected);
  expect(product(false, true, [1, 2, 3, 4, 5, 6], [7, 9, 11, 8, 10, 12])).toEqual(expected);
});

test("conv2d: a kernel is not flipped; padding and stride as TensorFlow has them", () => {
  const x = [1, 2, 3, 4, 5];
  const line = (options: object) => {
    const size = conv2dSize("test", [1, 1, 5, 1], [1, 3, 1, 1], options);
    return result((k, y, [x, w]) => k.conv2d(y, x, w, undefined, size), size.outWidth, x, [100, 10, 1]);
  };
  expect(line({})).toEqual([123, 234, 345]);
  expect(line({ padding: "same" })).toEqual([12, 123, 234, 345, 450]);
  expect(line({ strides: 2 })).toEqual([123, 345]);
  expect(line({ dilation: 2 })).toEqual([135]);
  // Four pixels at stride 2: the one odd row of padding goes after.
  const even = conv2dSize("test", [1, 1, 4, 1], [1, 3, 1, 1], { padding: "same", strides: 2 });
  expect(result((k, y, [x, w]) => k.conv2d(y, x, w, undefined, even), 2, [1, 2, 3, 4], [100, 10, 1])).toEqual([
    123, 340,
  ]);
});

test("conv2d: groups, and the order of channels and filters", () => {
  const size = conv2dSize("test", [1, 1, 1, 4], [1, 1, 2, 4], { groups: 2 });
  // kernel[c][f]: filters 0 and 1 see channels 0 and 1; filters 2 and 3 see channels 2 and 3.
  const kernel = [1, 2, 3, 4, 10, 20, 30, 40];
  const y = result((k, y, [x, w]) => k.conv2d(y, x, w, undefined, size), 4, [1, 2, 5, 7], kernel);
  expect(y).toEqual([1 + 20, 2 + 40, 15 + 210, 20 + 280]);
});

test("depthwiseConv2d: the results of channel c begin at c * depthMultiplier", () => {
  const size = depthwiseConv2dSize("test", [1, 1, 2, 2], [1, 2, 2, 2], {});
  const y = result((k, y, [x, w]) => k.depthwiseConv2d(y, x, w, undefined, size), 4, [1, 2, 3, 4], [1, 10, 1, 10, 100, 1000, 100, 1000]);
  expect(y).toEqual([301, 3010, 402, 4020]);
}); // prettier-ignore

test("convolution's adjoints: <dy, conv(x, w)> = <dx, x> = <dw, w>", () => {
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const whole = (n: number, factor: number) => Array.from({ length: n }, (_, i) => ((i * factor) % 11) - 5);
  const full = conv2dSize("test", [2, 5, 4, 4], [3, 2, 2, 6], { groups: 2, strides: [2, 1], padding: "same" });
  const own = depthwiseConv2dSize("test", [2, 5, 4, 3], [3, 2, 3, 2], { strides: [2, 1], padding: "same" });
  const forms: [Run, Run, Run, x: number, w: number][] = [
    [
      (k, y, [x, w]) => k.conv2d(y, x, w, undefined, full),
      (k, dx, [dy, w]) => k.conv2dGradInput(dx, dy, w, full),
      (k, dw, [x, dy]) => k.conv2dGradFilter(dw, x, dy, full),
      160,
      72,
    ],
    [
      (k, y, [x, w]) => k.depthwiseConv2d(y, x, w, undefined, own),
      (k, dx, [dy, w]) => k.depthwiseConv2dGradInput(dx, dy, w, own),
      (k, dw, [x, dy]) => k.depthwiseConv2dGradFilter(dw, x, dy, own),
      120,
      36,
    ],
  ];
  for (const [forward, gradInput, gradFilter, xLength, wLength] of forms) {
    const [x, w, dy] = [whole(xLength, 7), whole(wLength, 5), whole(144, 3)];
    const product = dot(dy, result(forward, 144, x, w));
    expect(product).not.toBe(0);
    expect(dot(x, result(gradInput, xLength, dy, w))).toBe(product);
    expect(dot(w, result(gradFilter, wLength, x, dy))).toBe(product);
  }
});

test("maxPool2d: of equal elements the first gets the gradient", () => {
  const size = windowSize("test", [1, 2, 3, 1], [2, 2], {});
  const x = [4, 4, 1, 4, 0, 4];
  expect(result((k, y, [x]) => k.maxPool2d(y, x, size), 2, x)).toEqual([4, 4]);
  expect(result((k, dx, [dy, x]) => k.maxPool2dGrad(dx, dy, x, size), 6, [1, 10], x)).toEqual([1, 10, 0, 0, 0, 0]);
});

test("max and argMax: first of equals", () => {
  const size = { outer: 1, length: 3, inner: 2 };
  const x = [1, 5, 3, 5, 3, 2];
  expect(result((k, y, [x]) => k.max(y, x, size), 2, x)).toEqual([3, 5]);
  expect(result((k, y, [x]) => k.argMax(y, x, size), 2, x)).toEqual([1, 0]);
  expect(result((k, y, [x]) => k.sum(y, x, size), 2, x)).toEqual([7, 12]);
});

test("softmax and its logarithm", () => {
  const x = [Math.log(1), Math.log(3), 0, 0];
  const expected = [0.25, 0.75, 0.5, 0.5];
  expect(result((k, y, [x]) => k.softmax(y, x, 2, 2), 4, x)).toEqual(closeTo(expected));
  expect(result((k, y, [x]) => k.logSoftmax(y, x, 2, 2), 4, x)).toEqual(closeTo(expected.map(Math.log)));
});

test("batch norm: biased variance, epsilon under the root, groups", () => {
  const size = { outer: 2, groups: 2, inner: 1, channels: 1 };
  const x = [1, 10, 3, 30]; // group 0: 1 and 3, group 1: 10 and 30
  const moments = result((k, m, [x]) => k.moments(m, x, size), 4, x);
  expect(moments).toEqual([2, 20, 1, 100]);
  const y = result((k, y, [x, m, g, b]) => k.batchNorm(y, x, m, g, b, 3, size), 4, x, moments, [4], [0.5]);
  const far = (4 * 10) / Math.sqrt(103);
  expect(y).toEqual(closeTo([0.5 - 2, 0.5 - far, 0.5 + 2, 0.5 + far]));
});

test("the LSTM's gates: i f g o, by hand", () => {
  const size = { rows: 1, units: 1 };
  const ln3 = Math.log(3); // sigmoid(ln 3) = 3/4, tanh(ln 3) = 4/5, sigmoid(-ln 3) = 1/4
  const z = [ln3, -ln3, ln3, 0];
  const c = 0.75 * 0.8 + 0.25 * 2;
  const states = result((k, s, [z, c]) => k.lstmGates(s, z, undefined, c, undefined, undefined, true, size), 6, z, [2]);
  expect(states).toEqual(closeTo([0.75, 0.25, 0.8, 0.5, c, 0.5 * Math.tanh(c)]));
  const short = result((k, s, [z, c]) => k.lstmGates(s, z, undefined, c, undefined, undefined, false, size), 2, z, [2]);
  expect(short).toEqual(states.slice(4));
});

test("optimizers: two steps by hand", () => {
  const step = (run: Run, w: number, ...slots: number[]) => {
    const inputs = slots.map((value) => Float32Array.of(value));
    const { y, xs } = runOnReference(run, inputs, 1, Float32Array.of(w));
    return [y[0], ...xs.map((x) => x[0])];
  };
  const sgd = { learningRate: 0.5, momentum: 0.5, nesterov: false };
  expect(step((k, w, [g]) => k.sgd(w, undefined, g, { ...sgd, momentum: 0 }), 1, 2)).toEqual([0, 2]);
  expect(step((k, w, [v, g]) => k.sgd(w, v, g, sgd), 1, 4, 2)).toEqual([2, 1, 2]);
  expect(step((k, w, [v, g]) => k.sgd(w, v, g, { ...sgd, nesterov: true }), 1, 4, 2)).toEqual([1 + 0.5 - 1, 1, 2]);
  const adam = { alpha: 0.5, beta1: 0.5, beta2: 0.75, epsilon: 1 };
  // m = 1 + (3 - 1) / 2 = 2, v = 1 + (9 - 1) / 4 = 3
  expect(step((k, w, [m, v, g]) => k.adam(w, m, v, g, adam), 1, 1, 1, 3)).toEqual([1 - 1 / (Math.sqrt(3) + 1), 2, 3, 3]);
  const rmsprop = { learningRate: 0.5, rho: 0.75, momentum: 0.5, epsilon: 6 };
  // v = 0.75 * 1 + 0.25 * 9 = 3, u = 0.5 * 3 / sqrt(3 + 6) = 0.5, with momentum 0.5 * 4 + 0.5
  expect(step((k, w, [v, g]) => k.rmsprop(w, v, undefined, g, { ...rmsprop, momentum: 0 }), 1, 1, 3)).toEqual([0.5, 3, 3]);
  expect(step((k, w, [v, b, g]) => k.rmsprop(w, v, b, g, rmsprop), 1, 1, 4, 3)).toEqual([-1.5, 3, 2.5, 3]);
}); // prettier-ignore

test("memory: counted, freed once, NaN where nothing was written", async () => {
  const k = createReferenceBackend({ precision: "float64" });
  const buffer = k.allocate(3);
  expect(await k.read(buffer)).toEqual(Float64Array.of(NaN, NaN, NaN));
  expect(k.memory()).toEqual({ backend: "reference (float64)", buffers: 1, usedBytes: 24, reservedBytes: 24 });
  k.write(buffer, [1, 2, 3]);
  expect(await k.read(k.view(buffer, 1, 2))).toEqual(Float64Array.of(2, 3));
  expect(() => k.free(k.view(buffer, 0, 3))).toThrow(ArgumentError);
  k.free(buffer);
  expect(() => k.free(buffer)).toThrow(ArgumentError);
  expect(k.memory().usedBytes).toBe(0);
});

test("errors name what was received and what was expected", () => {
  expect(() => createReferenceBackend({ precison: "float64" } as object)).toThrow('did you mean "precision"?');
  expect(() => createReferenceBackend({ precision: "double" as "float64" })).toThrow('"float32" or "float64"');
  const k = createReferenceBackend() as unknown as AnyBackend;
  expect(() => k.allocate(2 ** 52)).toThrow(OutOfMemoryError);
});
