// Targets that are no class are refused before anything changes; weights by class for steps and pixels; weighted metrics.
import { beforeAll, describe, expect, test } from "vitest";
import { setBackend } from "../../src/backend.js";
import { createReferenceBackend } from "../../src/backends/reference/index.js";
import {
  Adam,
  AUC,
  Dense,
  F1Score,
  Input,
  LSTM,
  Masking,
  Precision,
  Sequential,
  SparseCategoricalCrossentropy,
  TimeDistributed,
} from "../../src/index.js";
import type { CompileOptions } from "../../src/training.js";

beforeAll(() => setBackend(createReferenceBackend({ precision: "float64" })));

const x = [[1, 2], [3, 4], [5, 6]]; // prettier-ignore
function classifier(options: CompileOptions, units = 2, activation: "softmax" | "sigmoid" = "softmax") {
  const layers = [Input({ shape: [2] }), Dense({ units, activation, kernelInitializer: "ones" })];
  const model = Sequential({ layers });
  model.compile({ optimizer: Adam(), ...options });
  return model;
}
/** Steps [batch, time, 1] of which zeros are masked, and a class for each. */
function stepwise(options: CompileOptions, stateful = false) {
  const input = stateful ? Input({ shape: [3, 1], batchSize: 2 }) : Input({ shape: [3, 1] });
  const layers = [input, Masking(), LSTM({ units: 2, returnSequences: true, stateful }), TimeDistributed(Dense({ units: 3, activation: "softmax" }))]; // prettier-ignore
  const model = Sequential({ layers });
  model.compile({ optimizer: Adam(), ...options });
  return model;
}
const steps = [[[1], [2], [0]], [[1], [0], [0]]]; // prettier-ignore
const snapshot = async (model: ReturnType<typeof classifier>) =>
  JSON.stringify([(await model.getWeights()).map(({ data }) => [...data]), model.optimizer!.iterations]);

describe("a number that is no class is refused, and nothing changes", () => {
  const sparse = "sparseCategoricalCrossentropy";
  // prettier-ignore
  const rows: [what: string, loss: string, y: unknown[], message: string][] = [
    ["one too many", sparse, [0, 2, 0], "target 2 is no class; expected whole numbers from 0 to 1."],
    ["counted from 1", sparse, [1, 2, 1], "target 2 is no class; expected whole numbers from 0 to 1; counted from 1? subtract 1."],
    ["negative", sparse, [[0], [-1], [1]], "target -1 is no class; expected whole numbers from 0 to 1; leave steps out by a mask or sampleWeight 0."],
    ["a fraction", sparse, [0, 0.5, 1], "target 0.5 is no class"],
    ["NaN", sparse, [0, 1, NaN], "target NaN is no class"],
    ["bits of -1", "binaryCrossentropy", [[0, 1], [-1, 1], [0, 0]], "target -1 is no class; expected whole numbers from 0 to 1"],
    ["bits counted from 1", "binaryCrossentropy", [[1, 2], [2, 1], [1, 1]], "target 2 is no class; expected whole numbers from 0 to 1; counted from 1? subtract 1."],
  ];
  test.each(rows)("%s", async (_, loss, y, message) => {
    const model = classifier({ loss });
    const before = await snapshot(model);
    const targets = y as number[];
    const calls = {
      trainOnBatch: () => model.trainOnBatch(x, targets),
      testOnBatch: () => model.testOnBatch(x, targets),
      fit: () => model.fit(x, targets, { verbose: 0 }),
      evaluate: () => model.evaluate(x, targets),
    };
    for (const [name, call] of Object.entries(calls)) {
      await expect(call()).rejects.toMatchObject({ name: "ArgumentError" });
      await expect(call()).rejects.toThrow(`.${name}: ${message}`);
    }
    expect(await snapshot(model)).toBe(before);
  });

  test("a text is refused as data", async () => {
    await expect(classifier({ loss: sparse }).trainOnBatch(x, ["cat", "dog", "cat"] as never)).rejects.toThrow('"cat"');
  });

  test("parts of a binary class are targets, as is what has no weight, is ignored, or is masked", async () => {
    await classifier({ loss: "binaryCrossentropy" }, 1, "sigmoid").trainOnBatch(x, [[0.5], [1], [0]]);
    await classifier({ loss: sparse }).trainOnBatch(x, [0, -1, 1], { sampleWeight: [1, 0, 1] });
    const ignoring = classifier({ loss: SparseCategoricalCrossentropy({ ignoreClass: -1 }) });
    expect(Number.isFinite((await ignoring.trainOnBatch(x, [0, -1, 1])).loss)).toBe(true);
    for (const stateful of [false, true]) {
      const model = stepwise({ loss: sparse }, stateful);
      const fresh = stepwise({ loss: sparse }, stateful);
      fresh.setWeights(await model.getWeights());
      const padded = await model.trainOnBatch(steps, [[0, 2, -1], [1, -1, -1]]); // prettier-ignore
      expect(padded).toEqual(await fresh.trainOnBatch(steps, [[0, 2, 0], [1, 0, 0]])); // prettier-ignore
      await expect(model.trainOnBatch(steps, [[0, 3, -1], [1, -1, -1]])).rejects.toThrow("target 3 is no class"); // prettier-ignore
    }
  });
});

describe("classWeight", () => {
  test("weighs each step, by class numbers or one-hot rows", async () => {
    const y = [[0, 2, 1], [1, 0, 2]]; // prettier-ignore
    const oneHot = y.map((row) => row.map((k) => [0, 1, 2].map((i) => (i === k ? 1 : 0))));
    const classWeight = { 0: 0.5, 2: 3 };
    const sampleWeight = y.map((row) => row.map((k) => [0.5, 1, 3][k]));
    const full = steps.map((row) => row.map(([v]) => [v + 1]));
    const model = stepwise({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy" });
    const weights = await model.getWeights();
    const losses: number[] = [];
    for (const [loss, targets] of [
      ["sparseCategoricalCrossentropy", y],
      ["categoricalCrossentropy", oneHot],
    ] as const) {
      for (const options of [{ sampleWeight }, { classWeight }]) {
        model.setWeights(weights);
        model.compile({ optimizer: "sgd", loss });
        losses.push((await model.trainOnBatch(full, targets as never, options)).loss);
      }
    }
    for (const loss of losses) expect(loss).toBeCloseTo(losses[0], 12);
  });

  test("is refused where a target is not one class", async () => {
    const model = classifier({ loss: "binaryCrossentropy" }, 2, "sigmoid");
    const attempt = (m: typeof model, y: number[][]) => m.trainOnBatch(x, y, { classWeight: { 1: 2 } });
    const message = "classWeight with targets that are not one class each; weigh the samples";
    await expect(attempt(model, [[0, 1], [1, 1], [0, 0]])).rejects.toThrow(message); // prettier-ignore
    await expect(attempt(classifier({ loss: "mse" }, 1), [[0.5], [1], [0]])).rejects.toThrow(message);
  });
});

describe("metrics over an epoch", () => {
  const y = [[0], [1], [1]];
  test("count over batches, begin anew with each epoch, and have an entry for each value", async () => {
    const metrics = [AUC(), AUC({ curve: "PR", name: "prAuc" }), Precision({ thresholds: [0.2, 0.8] })];
    const model = classifier({ optimizer: "sgd", loss: "binaryCrossentropy", metrics }, 1, "sigmoid");
    const cut = await model.evaluate(x, y, { batchSize: 1 });
    expect(cut).toEqual(await model.testOnBatch(x, y));
    expect(Object.keys(cut)).toEqual(["loss", "auc", "prAuc", "precision[0]", "precision[1]"]);
    expect(model.metricsNames).toEqual(["loss", "auc", "prAuc", "precision"]);
    expect(model.directionOf("precision[1]")).toBe("up");
    const { history } = await model.fit(x, y, { epochs: 2, batchSize: 2, verbose: 0, validationData: [x, y] });
    expect(history["val_precision[0]"]).toHaveLength(2);
    expect(history.auc[0]).toBeLessThanOrEqual(1);
  });

  test("weighted metrics count by sample weights, under Keras's names", async () => {
    const model = classifier(
      { loss: "mse", metrics: ["mae", F1Score()], weightedMetrics: ["mae", "mse"] },
      1,
      "sigmoid",
    );
    expect(model.metricsNames).toEqual(["loss", "mae", "f1Score", "weighted_mae", "mse"]);
    const p = await (await model.predict(x)).data();
    const logs = await model.testOnBatch(x, y, { sampleWeight: [1, 0, 3] });
    const errors = y.map(([t], i) => Math.abs(t - p[i]));
    expect(logs.mae).toBeCloseTo((errors[0] + errors[1] + errors[2]) / 3, 10);
    expect(logs.weighted_mae).toBeCloseTo((errors[0] + 3 * errors[2]) / 4, 10);
    expect(logs.mse).toBeCloseTo((errors[0] ** 2 + 3 * errors[2] ** 2) / 4, 10);
  });

  test("a metric that does not fit is refused before the weights change", async () => {
    const model = classifier({ loss: "mse", metrics: [F1Score()] });
    const before = await snapshot(model);
    const wide = Sequential({ layers: [Input({ shape: [3, 1] }), Dense({ units: 1 })] });
    wide.compile({ loss: "mse", metrics: [F1Score()] });
    await expect(wide.trainOnBatch(steps, steps)).rejects.toThrow(
      "f1Score: outputs [2, 3, 1]; expected [batch, classes]",
    );
    expect(await snapshot(model)).toBe(before);
  });
});
