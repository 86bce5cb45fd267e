// Steps of training that run as rows give the bits of steps that are computed layer by layer.
import { describe, expect, test } from "vitest";
import * as z from "../../src/index.js";

type Model = ReturnType<typeof z.Sequential>;
interface Case {
  /** Makes the model. Layers are named and seeded anew at each call. */
  model: () => Model;
  /** The shapes of the data; a whole number as the first size of the targets: random class numbers below it. */
  x: number[] | number[][];
  y: number[] | number[][];
  compile?: () => z.CompileOptions;
  fit?: z.FitOptions;
  /** Makes the targets from uniform numbers. */
  target?: (u: number) => number;
  /** Makes the inputs from uniform numbers. */
  input?: (u: number) => number;
  /** How often the layers are called: twice for each shape of a batch, unless each time. */
  isEachTime?: boolean;
}

const samples = 10;
const lists = (shapes: number[] | number[][]) => (typeof shapes[0] === "number" ? [shapes as number[]] : (shapes as number[][])); // prettier-ignore

function data(shapes: number[] | number[][], seed: number, map: (u: number) => number = (u) => u): z.HostArray[] {
  return lists(shapes).map((shape, i) => {
    const whole = [samples, ...shape];
    const length = whole.reduce((a, b) => a * b, 1);
    const at = (k: number) => Math.abs(Math.sin((k + 1) * (12.9898 + seed + i)) * 43758.5453) % 1;
    return { data: Float32Array.from({ length }, (_, k) => map(at(k))), shape: whole };
  });
}

/** Counts the calls of a model. */
function countCalls(model: Model): () => number {
  let calls = 0;
  const compute = model.compute.bind(model);
  const counted = (...args: Parameters<typeof compute>) => {
    if (args[1]?.training) calls++;
    return compute(...args);
  };
  Object.defineProperty(model, "compute", { value: counted, enumerable: false });
  return () => calls;
}

/** All that training changed, bit by bit. */
async function trained(given: Case, plan: boolean | undefined) {
  z.setSeed(5);
  z.clearNames();
  const model = given.model();
  model.compile({ optimizer: "sgd", loss: "meanSquaredError", ...given.compile?.() });
  const calls = countCalls(model);
  const [x, y] = [data(given.x, 1, given.input), data(given.y, 2, given.target)];
  const one = <T>(list: T[]) => (list.length > 1 ? list : list[0]);
  const options: z.FitOptions = { epochs: 3, batchSize: 4, verbose: 0, seed: 3, plan: plan!, ...given.fit };
  if (given.fit && "plan" in given.fit) options.plan = plan === false ? false : given.fit.plan!;
  const { history } = await model.fit(one(x) as never, one(y) as never, options);
  const all = [...model.weights, ...model.optimizer!.variables];
  const values = await Promise.all(all.map(async (w) => [(w as z.Variable).name, Array.from(await w.data())]));
  const streams = model.layers.map((layer) => (layer as { random?: z.RandomStream }).random?.counter);
  const result = { values, history, streams, iterations: model.optimizer!.iterations };
  model.optimizer!.dispose();
  model.dispose();
  return { result, calls: calls() };
}

async function check(given: Case, plan?: boolean): Promise<void> {
  const byLayers = await trained(given, false);
  const planned = await trained(given, plan);
  expect(planned.result).toEqual(byLayers.result);
  // Nothing that cannot differ: the loss is a number, and weights move.
  expect(byLayers.result.history.loss.every(Number.isFinite)).toBe(true);
  expect(byLayers.calls).toBe(9);
  expect(planned.calls).toBe(given.isEachTime ? 9 : 4); // of batches of 4 and of 2
}

const buffersBefore = z.memory().buffers;
const stack = (shape: number[], ...layers: z.Layer[]): Model => z.Sequential([z.Input({ shape }), ...layers]);

describe("layers", () => {
  const image = (...layers: z.Layer[]): Case => ({ model: () => stack([6, 6, 2], ...layers, z.Flatten(), z.Dense({ units: 2 })), x: [6, 6, 2], y: [2] }); // prettier-ignore
  const lazily = (make: () => Case): Case => ({ ...make(), model: () => make().model() });
  const cases: Record<string, () => Case> = {
    dense: () => ({ model: () => stack([5], z.Dense({ units: 4, activation: "gelu" }), z.Dense({ units: 2 })), x: [5], y: [2] }), // prettier-ignore
    "convolution, batch normalization, pooling": () => image(z.Conv2D({ filters: 4, kernelSize: 3 }), z.BatchNormalization(), z.ReLU(), z.MaxPooling2D()), // prettier-ignore
    "depthwise and separable convolution": () => image(z.DepthwiseConv2D({ kernelSize: 3, padding: "same" }), z.SeparableConv2D({ filters: 3, kernelSize: 2 }), z.AveragePooling2D()), // prettier-ignore
    "transposed convolution, upsampling, padding": () => image(z.Conv2DTranspose({ filters: 2, kernelSize: 2, strides: 2 }), z.ZeroPadding2D(), z.Cropping2D(), z.UpSampling2D()), // prettier-ignore
    normalizations: () => image(z.LayerNormalization(), z.GroupNormalization({ groups: 2 }), z.UnitNormalization(), z.PReLU()), // prettier-ignore
    "spectral normalization": () => image(z.SpectralNormalization(z.Conv2D({ filters: 3, kernelSize: 2 }) as never) as never), // prettier-ignore
    "dropout of all kinds": () => image(z.Dropout({ rate: 0.3 }), z.SpatialDropout2D({ rate: 0.3 }), z.GaussianDropout({ rate: 0.2 }), z.GaussianNoise({ stddev: 0.1 }), z.AlphaDropout({ rate: 0.1 })), // prettier-ignore
    "dropout after the loss has stopped reading it": () => image(z.Dropout({ rate: 0.4, seed: 3 }), z.BatchNormalization({ center: false, scale: false })), // prettier-ignore
  };
  test.each(Object.keys(cases))("%s", async (name) => check(lazily(cases[name])));

  const sequence = (...layers: z.Layer[]) => stack([5, 3], ...layers, z.Dense({ units: 2 }));
  const recurrent: Record<string, () => Model> = {
    LSTM: () => sequence(z.LSTM({ units: 4 })),
    "LSTM with dropout": () => sequence(z.LSTM({ units: 4, dropout: 0.2, recurrentDropout: 0.3 })),
    "GRU of both kinds": () =>
      sequence(z.GRU({ units: 4, returnSequences: true }), z.GRU({ units: 3, resetAfter: false })),
    SimpleRNN: () => sequence(z.SimpleRNN({ units: 4, dropout: 0.1 })),
    Bidirectional: () => sequence(z.Bidirectional(z.LSTM({ units: 3 }) as never) as never),
    "masked steps": () => sequence(z.Masking({ maskValue: 0 }), z.LSTM({ units: 3, returnSequences: true }), z.BatchNormalization(), z.GRU({ units: 2 })), // prettier-ignore
    "frames with batch normalization": () => sequence(z.TimeDistributed(z.Dense({ units: 3 }) as never) as never, z.TimeDistributed(z.BatchNormalization() as never) as never, z.GlobalAveragePooling1D()), // prettier-ignore
  };
  test.each(Object.keys(recurrent))("%s", async (name) => {
    const input = (u: number) => (u < 0.3 ? 0 : u);
    await check({ model: recurrent[name], x: [5, 3], y: [2], input });
  });

  test("ConvLSTM2D", async () => {
    const model = () => stack([3, 5, 5, 1], z.ConvLSTM2D({ filters: 2, kernelSize: 2, dropout: 0.2 }), z.Flatten(), z.Dense({ units: 1 })); // prettier-ignore
    await check({ model, x: [3, 5, 5, 1], y: [1] });
  });

  test("embeddings with masks, and attention with dropout", async () => {
    const model = () => {
      const words = z.Input({ shape: [6] });
      const x = z.Embedding({ inputDim: 9, outputDim: 4, maskZero: true })(words);
      const y = z.MultiHeadAttention({ numHeads: 2, keyDim: 2, dropout: 0.2 })([x, x] as never) as never as z.SymbolicTensor; // prettier-ignore
      return z.Model({
        inputs: words,
        outputs: z.Dense({ units: 2 })(z.GlobalAveragePooling1D()(y)),
      }) as never as Model;
    };
    await check({ model, x: [6], y: [2], input: (u) => Math.floor(u * 9) });
  });

  test("a stateful layer goes on from batch to batch", async () => {
    const model = () => z.Sequential([z.Input({ shape: [3, 2], batchSize: 5 }), z.GRU({ units: 3, stateful: true }), z.Dense({ units: 1 })]); // prettier-ignore
    const given: Case = { model, x: [3, 2], y: [1], fit: { batchSize: 5, epochs: 4, shuffle: false } };
    const [byLayers, planned] = [await trained(given, false), await trained(given, undefined)];
    expect(planned.result).toEqual(byLayers.result);
    expect(byLayers.calls).toBe(8);
    expect(planned.calls).toBe(3); // the first call makes the states
  });

  test("pictures that are turned at random: layer by layer, as the numbers are drawn in JavaScript", async () => {
    const model = () => stack([6, 6, 2], z.RandomFlip({ mode: "horizontal" }), z.Conv2D({ filters: 2, kernelSize: 3 }), z.Flatten(), z.Dense({ units: 1 })); // prettier-ignore
    await check({ model, x: [6, 6, 2], y: [1], isEachTime: true });
    // Of one picture, two recordings are often the same.
    for (let seed = 0; seed < 6; seed++) {
      const flip = () =>
        stack([2, 2, 1], z.RandomFlip({ mode: "horizontal", seed }), z.Flatten(), z.Dense({ units: 1 }));
      const given: Case = { model: flip, x: [2, 2, 1], y: [1], fit: { batchSize: 1 } };
      expect((await trained(given, undefined)).result).toEqual((await trained(given, false)).result);
    }
  });

  test("several inputs and outputs, shared layers, losses of some outputs with weights", async () => {
    const model = () => {
      const [a, b] = [z.Input({ shape: [4], name: "a" }), z.Input({ shape: [4], name: "b" })];
      const shared = z.Dense({ units: 3, activation: "tanh" });
      const norm = z.BatchNormalization();
      const both = z.Concatenate()([norm(shared(a)), norm(shared(b))]) as z.SymbolicTensor;
      const unused = z.Dropout({ rate: 0.5, name: "unused" })(both);
      const outputs = [z.Dense({ units: 1, name: "first" })(both), z.Dense({ units: 2, name: "second" })(both), unused];
      return z.Model({ inputs: [a, b], outputs }) as never as Model;
    };
    const compile = (): z.CompileOptions => ({ optimizer: "adam", loss: ["mse", "mae", null], lossWeights: [1, 0.3, 1], metrics: [["mae"], [], []] }); // prettier-ignore
    await check({ model, x: [[4], [4]], y: [[1], [2], [6]], compile });
  });

  test("regularizers, constraints and penalties on outputs", async () => {
    const model = () =>
      stack(
        [5],
        z.Dense({ units: 4, kernelRegularizer: "l2", biasRegularizer: "l1", activityRegularizer: "l2" }),
        z.Dense({ units: 3, kernelConstraint: "maxNorm", biasConstraint: "nonNeg", kernelRegularizer: z.OrthogonalRegularizer() }), // prettier-ignore
        z.ActivityRegularization({ l1: 0.1 }),
      );
    await check({ model, x: [5], y: [3], compile: () => ({ optimizer: "adam", loss: "mse" }) });
  });
});

describe("losses, metrics and weights", () => {
  const classes = () =>
    stack([5], z.Dense({ units: 4, activation: "relu" }), z.Dense({ units: 3, activation: "softmax" }));
  const cases: Record<string, Omit<Case, "x">> = {
    "class numbers": {
      model: classes,
      y: [1],
      target: (u) => Math.floor(u * 3),
      compile: () => ({
        loss: "sparseCategoricalCrossentropy",
        metrics: ["accuracy", "sparseTopKCategoricalAccuracy"],
      }),
    },
    "class weights": {
      model: classes,
      y: [1],
      target: (u) => Math.floor(u * 3),
      compile: () => ({ loss: "sparseCategoricalCrossentropy", weightedMetrics: ["accuracy"] }),
      fit: { classWeight: { 0: 2, 1: 0.5 } },
    },
    "weights of samples": {
      model: () => stack([5], z.Dense({ units: 1, activation: "sigmoid" })),
      y: [1],
      target: (u) => Math.round(u),
      compile: () => ({ loss: "binaryCrossentropy", metrics: ["accuracy", z.AUC(), z.Precision()], weightedMetrics: ["mse"] }), // prettier-ignore
      fit: { sampleWeight: Float32Array.from({ length: samples }, (_, i) => i / 5) },
    },
    "other losses": {
      model: () => stack([5], z.Dense({ units: 2 })),
      y: [2],
      compile: () => ({ loss: z.Huber({ delta: 0.1 }), metrics: ["cosineSimilarity", "logCosh", z.R2Score()] }),
    },
  };
  test.each(Object.keys(cases))("%s", async (name) => check({ x: [5], ...cases[name] }));
});

describe("optimizers", () => {
  const model = () =>
    stack([5], z.Dense({ units: 4, activation: "tanh" }), z.BatchNormalization(), z.Dense({ units: 2 }));
  const withOptimizer = (make: () => z.Optimizer, more: z.FitOptions = {}): Case => ({ model, x: [5], y: [2], fit: more, compile: () => ({ optimizer: make(), loss: "mse" }) }); // prettier-ignore

  test.each(Object.keys(z.optimizers))("%s", async (name) => check(withOptimizer(() => z.optimizers[name]({}))));

  const options: Record<string, object> = {
    "a schedule": { learningRate: z.ExponentialDecay({ initialLearningRate: 0.1, decaySteps: 2, decayRate: 0.5 }) },
    clipnorm: { clipnorm: 0.1 },
    globalClipnorm: { globalClipnorm: 0.1 },
    clipvalue: { clipvalue: 0.01 },
    "weight decay": { weightDecay: 0.1 },
    averages: { useEma: true, emaMomentum: 0.5, emaOverwriteFrequency: 4 },
    "accumulated gradients": { gradientAccumulationSteps: 3 },
    "a growing scale": { dynamicLossScale: { initialScale: 2 ** 100, growthSteps: 2 } },
    "all together": {
      useEma: true,
      gradientAccumulationSteps: 2,
      clipnorm: 0.5,
      weightDecay: 0.01,
      dynamicLossScale: {},
    },
  };
  test.each(Object.keys(options))("%s", async (name) => {
    for (const make of [z.SGD, z.Adam]) await check(withOptimizer(() => make(options[name] as never)));
  });

  test("callbacks that change the rate, the weights and what is trained", async () => {
    const callback = {
      model: undefined as never as Model,
      async onEpochEnd(epoch: number) {
        this.model.optimizer!.learningRate = 0.1 / (epoch + 2);
        const [first] = this.model.weights;
        const twice = z.affine(first, 2);
        first.assign(twice);
        twice.dispose();
      },
    };
    await check(withOptimizer(() => z.Adam(), { callbacks: [callback as never] }));
  });
});

test("all of these left no memory", () => expect(z.memory().buffers).toBe(buffersBefore));
