// What a growing scale of the loss leaves out, in training and in files; test/keras/optimizers.test.ts compares with Keras.
import { describe, expect, test } from "vitest";
import { memory } from "../../src/backend.js";
import { loadModel, saveModel } from "../../src/formats/index.js";
import { Dense, Input, MaxNorm, type Optimizer, Sequential, SGD, tensor, Variable } from "../../src/index.js";
import { extensionOf } from "../../src/optimizers/extension.js";

describe("a step whose gradients are not finite is left out where the loss has a growing scale", () => {
  const scaled = () => SGD({ learningRate: 1, momentum: 0.5, dynamicLossScale: { initialScale: 8, growthSteps: 3 } });
  const small = (optimizer: Optimizer) => {
    const model = Sequential([Input({ shape: [1] }), Dense({ units: 1, useBias: false })]);
    model.compile({ optimizer, loss: "mse" });
    model.trainableWeights[0].assign([0.5]);
    return model;
  };

  test("in training, as is known once its loss is", async () => {
    const optimizer = scaled();
    const model = small(optimizer);
    await model.trainOnBatch([[0.5]], [[1]]);
    const before = (await model.getWeights()).map(({ data }) => [...data]);
    const { buffers } = memory();
    expect((await model.trainOnBatch([[Infinity]], [[1]])).loss).toBe(Infinity);
    expect((await model.getWeights()).map(({ data }) => [...data])).toEqual(before);
    expect([optimizer.iterations, extensionOf(optimizer)?.lossScale?.state]).toEqual([1, { scale: 4, steps: 0 }]);
    const { history } = await model.fit([[0.5], [NaN], [0.5]], [[1], [1], [1]], {
      batchSize: 1,
      epochs: 2,
      verbose: 0,
    });
    expect(history.loss).toEqual([NaN, NaN]);
    expect([optimizer.iterations, (await model.getWeights())[0].data.every(Number.isFinite)]).toEqual([5, true]);
    expect(memory().buffers).toBe(buffers);
    model.dispose();
  });

  test("with its constraint, and in a loop that does not await, too", async () => {
    const optimizer = scaled();
    const w = new Variable("w", [2]).assign([3, 4]);
    w.constraint = MaxNorm({ maxValue: 1 });
    for (const value of [NaN, Infinity, 1e38]) optimizer.apply([tensor([value, 0])], [w]);
    expect([...(await w.data())]).toEqual([3, 4]);
    await extensionOf(optimizer)?.lossScale?.settled;
    expect([optimizer.iterations, extensionOf(optimizer)?.lossScale?.state]).toEqual([0, { scale: 1, steps: 0 }]);
    optimizer.apply([tensor([0, 0])], [w]);
    expect([...(await w.data())].map((x) => Math.round(x * 1e6) / 1e6)).toEqual([0.6, 0.8]);
    w.dispose();
  });

  test("and a file has the state after it, also where nothing was awaited", async () => {
    for (const format of ["safetensors", "keras"] as const) {
      const optimizer = scaled();
      const model = small(optimizer);
      await model.trainOnBatch([[0.5]], [[1]]);
      optimizer.apply([tensor([[NaN]])], model.trainableWeights);
      const again = await loadModel(await saveModel(model, undefined, { format }));
      expect(again.optimizer!.iterations, format).toBe(1);
      expect(extensionOf(again.optimizer!)?.lossScale?.state).toEqual({ scale: 4, steps: 0 });
      for (const one of [model, again]) one.dispose();
    }
  });

  test("and nothing is counted of an optimizer that was disposed before that", async () => {
    const optimizer = scaled();
    optimizer.apply([tensor([NaN])], [new Variable("w", [1])]);
    const settled = extensionOf(optimizer)?.lossScale?.settled;
    optimizer.dispose();
    await settled;
    expect(optimizer.iterations).toBe(0);
  });
});
