// Rows that are joined give what the layers give, and only rows that may be joined are.
import { describe, expect, test } from "vitest";
import * as z from "../../src/index.js";
import { checkKernelCalls } from "../support/checker.js";
import { difference, mixWeights, values } from "./support.js";

type Symbol = z.SymbolicTensor;
const norm = () => z.BatchNormalization();
const relu6 = () => z.ReLU({ maxValue: 6 });

interface Case {
  shape: number[];
  layers: (x: Symbol) => unknown;
  /** The kernels of the plan. */
  kernels: string[];
}

const cases: Record<string, Case> = {
  "convolution without bias, normalization, ReLU6": {
    shape: [9, 8, 3],
    layers: (x) => relu6()(norm()(z.Conv2D({ filters: 5, kernelSize: 3, useBias: false })(x))),
    kernels: ["conv2d, bias, relu6"],
  },
  "convolution with bias, normalization, ReLU": {
    shape: [9, 8, 3],
    layers: (x) => z.ReLU()(norm()(z.Conv2D({ filters: 5, kernelSize: 3, padding: "same", strides: 2 })(x))),
    kernels: ["conv2d, bias, relu"],
  },
  "grouped convolution and normalization": {
    shape: [6, 6, 4],
    layers: (x) => norm()(z.Conv2D({ filters: 6, kernelSize: 3, groups: 2 })(x)),
    kernels: ["conv2d, bias"],
  },
  "depthwise convolution of two filters a channel, normalization": {
    shape: [6, 7, 3],
    layers: (x) => norm()(z.DepthwiseConv2D({ kernelSize: 3, depthMultiplier: 2 })(x)),
    kernels: ["depthwiseConv2d, bias"],
  },
  "padding, strided depthwise convolution, normalization, sigmoid": {
    shape: [8, 10, 4],
    layers: (x) => {
      const padded = z.ZeroPadding2D({ padding: [[0, 1], [2, 1]] })(x); // prettier-ignore
      return z.Activation({ activation: "sigmoid" })(
        norm()(z.DepthwiseConv2D({ kernelSize: 3, strides: 2, useBias: false })(padded)),
      );
    },
    kernels: ["depthwiseConv2d, bias, sigmoid"],
  },
  "padding around padding": {
    shape: [5, 5, 2],
    layers: (x) => z.Conv2D({ filters: 3, kernelSize: 3, padding: "same" })(z.ZeroPadding2D({ padding: 2 })(x)),
    kernels: ["conv2d, bias"],
  },
  "dense layer, normalization, tanh": {
    shape: [6],
    layers: (x) => z.Activation({ activation: "tanh" })(norm()(z.Dense({ units: 4 })(x))),
    kernels: ["gemm, bias, tanh"],
  },
  "normalization without scale and shift": {
    shape: [6, 6, 2],
    layers: (x) => z.BatchNormalization({ scale: false, center: false })(z.Conv2D({ filters: 3, kernelSize: 2 })(x)),
    kernels: ["conv2d, bias"],
  },
  "frames of a clip": {
    shape: [4, 6, 6, 2],
    layers: (x) => {
      const frame = z.Input({ shape: [6, 6, 2] });
      const cnn = z.Model({ inputs: frame, outputs: norm()(z.Conv2D({ filters: 3, kernelSize: 3 })(frame)) });
      return z.TimeDistributed(cnn)(x);
    },
    kernels: ["conv2d, bias"],
  },
  "normalization after an activation stays": {
    shape: [6, 6, 2],
    layers: (x) => norm()(z.Conv2D({ filters: 3, kernelSize: 2, activation: "relu" })(x)),
    kernels: ["conv2d, bias, relu", "batchNorm"],
  },
  "a result that two layers read stays": {
    shape: [6, 6, 2],
    layers: (x) => {
      const y = z.Conv2D({ filters: 3, kernelSize: 2 })(x);
      return z.Add()([norm()(y), y]);
    },
    kernels: ["conv2d, bias", "batchNorm", "add"],
  },
  "a result that is an output too stays": {
    shape: [6, 6, 2],
    layers: (x) => {
      const y = z.Conv2D({ filters: 3, kernelSize: 2 })(x);
      return [norm()(y), y];
    },
    kernels: ["conv2d, bias", "batchNorm"],
  },
  "padding that two convolutions read stays": {
    shape: [6, 6, 2],
    layers: (x) => {
      const padded = z.ZeroPadding2D()(x);
      const [a, b] = [1, 2].map(() => z.Conv2D({ filters: 3, kernelSize: 3 })(padded));
      return z.Add()([a, b]);
    },
    kernels: ["fill", "copyInto", "conv2d, bias", "conv2d, bias", "add"],
  },
  "other bounds than those of ReLU and ReLU6 stay": {
    shape: [6],
    layers: (x) => z.ReLU({ maxValue: 1 })(z.Dense({ units: 4 })(x)),
    kernels: ["gemm, bias", "clip"],
  },
  "normalization of the first axis": {
    shape: [3, 4, 4],
    layers: (x) => z.BatchNormalization({ axis: 1 })(x),
    kernels: ["copyFrom", "batchNorm", "copyFrom"],
  },
};

describe("the plan and the layers", () => {
  for (const [name, { shape, layers, kernels }] of Object.entries(cases)) {
    test(name, async () => {
      const stop = checkKernelCalls();
      const input = z.Input({ shape });
      using model = z.Model({ inputs: input, outputs: layers(input) as never });
      mixWeights(model as never);
      using x = z.random([3, ...shape], { seed: 7, min: -1 });
      const byLayers = await values(await model.predict(x, { plan: false }));
      for (let call = 0; call < 3; call++) {
        expect(difference(await values(await model.predict(x)), byLayers)).toBeLessThan(2e-6);
      }
      const plan = await model.plan([3, ...shape]);
      expect(plan.rows.map(({ kernel }) => kernel)).toEqual(kernels);
      stop();
    });
  }
});

test("layer by layer gives the bits of a call of the model", async () => {
  const input = z.Input({ shape: [5, 8, 8, 2] });
  const frame = z.Input({ shape: [8, 8, 2] });
  const cnn = z.Model({ inputs: frame, outputs: relu6()(norm()(z.Conv2D({ filters: 3, kernelSize: 3 })(frame))) });
  using model = z.Model({ inputs: input, outputs: z.ConvLSTM2D({ filters: 4, kernelSize: 3 })(z.TimeDistributed(cnn)(input)) }); // prettier-ignore
  mixWeights(model as never);
  using x = z.random([2, 5, 8, 8, 2], { seed: 3 });
  expect(await values(await model.predict(x, { plan: false }))).toEqual(await values(model(x)));
});

test("weights that change are folded anew, and an optimizer's step between two calls shows", async () => {
  const input = z.Input({ shape: [6, 6, 2] });
  using model = z.Sequential([
    input,
    z.Conv2D({ filters: 3, kernelSize: 3 }),
    norm(),
    z.Flatten(),
    z.Dense({ units: 2 }),
  ]);
  using x = z.random([4, 6, 6, 2], { seed: 1 });
  for (let seed = 1; seed < 4; seed++) {
    mixWeights(model as never, seed);
    const byLayers = await values(await model.predict(x, { plan: false }));
    expect(difference(await values(await model.predict(x)), byLayers)).toBeLessThan(2e-6);
  }
  model.compile({ optimizer: "adam", loss: "meanSquaredError" });
  const before = await values(await model.predict(x));
  await model.fit(x, z.zeros([4, 2]), { epochs: 3, verbose: 0 });
  const after = await values(await model.predict(x));
  expect(difference(after, before)).toBeGreaterThan(1e-3);
  expect(difference(after, await values(await model.predict(x, { plan: false })))).toBeLessThan(2e-6);
});

test("equal constants of groups of frames and of several shapes are one", async () => {
  const input = z.Input({ shape: [null, 96, 96, 3] });
  const frame = z.Input({ shape: [96, 96, 3] });
  const cnn = z.Model({ inputs: frame, outputs: norm()(z.Conv2D({ filters: 130, kernelSize: 1 })(frame)) });
  using model = z.Model({ inputs: input, outputs: z.TimeDistributed(cnn)(input) });
  mixWeights(model as never);
  const one = await model.plan([1, 1, 96, 96, 3]);
  const many = await model.plan([1, 12, 96, 96, 3]);
  expect(many.rows.filter(({ kernel }) => kernel.startsWith("conv2d")).length).toBeGreaterThan(2);
  expect(many.constantBytes).toBe(one.constantBytes);
  using first = z.random([1, 1, 96, 96, 3], { seed: 1 });
  using second = z.random([1, 12, 96, 96, 3], { seed: 1 });
  await values(await model.predict(first));
  const { buffers } = z.memory();
  await values(await model.predict(second));
  expect(z.memory().buffers).toBe(buffers);
});
