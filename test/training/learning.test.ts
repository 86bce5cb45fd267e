// Whether networks learn what they can learn, on both wasm builds.
import { expect, test } from "vitest";
import { valueAndGrad } from "../../src/autograd.js";
import { memory } from "../../src/backend.js";
import { Dense } from "../../src/layers/dense.js";
import { Input } from "../../src/layers/input.js";
import { LSTM } from "../../src/layers/lstm.js";
import { sparseCategoricalCrossentropy } from "../../src/losses/index.js";
import { Model } from "../../src/model.js";
import { Adam } from "../../src/optimizers/index.js";
import { RandomStream, setSeed } from "../../src/random.js";
import type { SymbolicTensor } from "../../src/layer.js";
import { tensor } from "../../src/tensor.js";
import { forEachBuild } from "../support/builds.js";

/** Two spirals around each other, which no line parts: points [n, 2], classes [n]. */
function spirals(n: number) {
  const stream = new RandomStream(5);
  const points = new Float32Array(2 * n);
  const classes = Float32Array.from({ length: n }, (_, i) => i % 2);
  classes.forEach((side, i) => {
    const turn = 4 * Math.sqrt(stream.uniform()) + 0.5;
    const radius = (side === 0 ? 0.2 : -0.2) * turn;
    points.set([radius * Math.cos(turn), radius * Math.sin(turn)], 2 * i);
  });
  return { points: { data: points, shape: [n, 2] }, classes };
}

/** Bits [n, time, 1] and whether the number of ones among them is odd, [n, 1]. */
function parities(n: number, time: number, seed: number) {
  const stream = new RandomStream(seed);
  const bits = Float32Array.from({ length: n * time }, () => stream.integer(2));
  const odd = Float32Array.from(
    { length: n },
    (_, i) => bits.subarray(i * time, (i + 1) * time).reduce((a, b) => a + b) % 2,
  );
  return [
    { data: bits, shape: [n, time, 1] },
    { data: odd, shape: [n, 1] },
  ] as const;
}

forEachBuild(() => {
  test("dense layers learn XOR", async () => {
    setSeed(1);
    const x = Input({ shape: [2] });
    const hidden = Dense({ units: 8, activation: "tanh" })(x);
    const model = Model({ inputs: x, outputs: Dense({ units: 1, activation: "sigmoid" })(hidden) });
    model.compile({ optimizer: Adam({ learningRate: 0.05 }), loss: "binaryCrossentropy", metrics: ["accuracy"] });
    const [points, bits] = [
      [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ],
      [[0], [1], [1], [0]],
    ];
    await model.fit(points, bits, { epochs: 200, verbose: 0 });
    const { loss, accuracy } = await model.evaluate(points, bits);
    expect(accuracy).toBe(1);
    expect(loss).toBeLessThan(0.05);
  });

  test("dense layers separate two spirals", async () => {
    setSeed(2);
    const { points, classes } = spirals(400);
    const x = Input({ shape: [2] });
    let h: SymbolicTensor = x;
    for (let i = 0; i < 2; i++) h = Dense({ units: 32, activation: "relu" })(h);
    const model = Model({ inputs: x, outputs: Dense({ units: 2, activation: "softmax" })(h) });
    model.compile({ optimizer: Adam({ learningRate: 0.01 }), loss: "sparseCategoricalCrossentropy", metrics: ["acc"] });
    const { history } = await model.fit(points, classes, { epochs: 60, validationSplit: 0.25, verbose: 0 });
    expect(history.acc.at(-1)).toBeGreaterThan(0.97);
    expect(history.val_acc.at(-1)).toBeGreaterThan(0.95);
  });

  test("an LSTM learns parity, which needs memory", async () => {
    setSeed(3);
    const x = Input({ shape: [null, 1] });
    const outputs = Dense({ units: 1, activation: "sigmoid" })(LSTM({ units: 16 })(x));
    const model = Model({ inputs: x, outputs });
    model.compile({ optimizer: Adam({ learningRate: 0.02 }), loss: "binaryCrossentropy", metrics: ["accuracy"] });
    const [bits, odd] = parities(512, 6, 1);
    const { history } = await model.fit(bits, odd, { epochs: 60, batchSize: 64, verbose: 0 });
    expect(history.accuracy.at(-1)).toBeGreaterThan(0.98);
    expect((await model.evaluate(...parities(500, 6, 2))).accuracy).toBeGreaterThan(0.98);
  });

  test("a loop by hand does what trainOnBatch does, and neither leaves memory behind", async () => {
    const make = () => {
      setSeed(4);
      const x = Input({ shape: [6, 1] });
      const outputs = Dense({ units: 2, activation: "softmax" })(LSTM({ units: 5 })(x));
      return Model({ inputs: x, outputs });
    };
    const [bits, odd] = parities(32, 6, 1);
    const [x, t] = [tensor(bits.data, bits.shape), tensor(odd.data, [32])];
    const [model, byHand] = [make(), make()];
    model.compile({ optimizer: Adam({ clipnorm: 0.5 }), loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
    const optimizer = Adam({ clipnorm: 0.5 });
    const step = valueAndGrad(
      () => sparseCategoricalCrossentropy(t, byHand(x, { training: true })),
      byHand.trainableWeights,
    );
    const both = async () => {
      const { loss } = await model.trainOnBatch(x, t);
      const { value, grads } = step();
      optimizer.apply(grads);
      expect((await value.data())[0]).toBe(loss);
      value.dispose();
    };
    await both();
    const before = memory();
    for (let i = 0; i < 300; i++) await both();
    expect(memory()).toEqual(before);
    const [trained, trainedByHand] = [await model.getWeights(), await byHand.getWeights()];
    expect(trainedByHand).toEqual(trained);
  });
});
