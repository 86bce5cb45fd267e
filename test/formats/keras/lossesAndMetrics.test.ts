// Losses and metrics as Keras 2 and 3 spell them in files, and as they are written for Keras 3.
import { describe, expect, test } from "vitest";
import { readTraining } from "../../../src/formats/keras/config/read/training.js";
import { lossMetrics, lossWords, metricWords } from "../../../src/formats/keras/config/trainingTable.js";
import { writeTraining } from "../../../src/formats/keras/config/write/training.js";
import { restoreTraining, trainingConfig } from "../../../src/formats/training.js";
import { Dense, Input, Sequential } from "../../../src/index.js";
import type { CompileOptions } from "../../../src/training.js";
import { allLosses, lossMakers } from "../../../src/losses/makers.js";
import { metricMakers } from "../../../src/metrics/makers.js";
import { metrics } from "../../../src/metrics/table.js";

const optimizer = { class_name: "SGD", config: { learning_rate: 0.1 } };
const model = () => Sequential({ layers: [Input({ shape: [3] }), Dense({ units: 2 })] });
const classOf = (class_name: string, config: object) => ({ class_name, config });

/** A model that is compiled as a file says, and how it is written for Keras 3. */
function reread(config: object) {
  const made = model();
  restoreTraining("file", made, readTraining({ optimizer, ...config }), {});
  const written = writeTraining("file", made) as Record<string, never>;
  return { options: made.compileOptions!, names: made.metricsNames, written };
}
type Named = { name: string; config?: object };
const summary = (x: unknown) =>
  typeof x === "function" ? { name: (x as Named).name, config: (x as Named).config } : x;

test("the tables of files have every loss and metric, and no other", () => {
  expect(Object.keys(lossWords).sort()).toEqual(Object.keys(lossMakers).sort());
  const losses = new Set(Object.values(allLosses).map((loss) => loss.name));
  expect([...losses].sort()).toEqual(Object.keys(lossMakers).sort());
  const known = new Set([...Object.keys(metricMakers), ...Object.keys(metrics)]);
  known.delete("acc");
  expect(Object.keys(metricWords).sort()).toEqual([...known].sort());
  for (const name of Object.keys(lossMetrics)) expect(lossWords).toHaveProperty(name);
});

// prettier-ignore
const metricRows: [what: string, given: unknown, name: string, config: object | undefined][] = [
  ["a named AUC", classOf("AUC", { name: "pr_auc", num_thresholds: 50, curve: "PR", label_weights: null }), "pr_auc", { numThresholds: 50, curve: "PR", name: "pr_auc" }],
  ["an AUC with weights", classOf("AUC", { name: "auc_3", multi_label: true, label_weights: classOf("__tensor__", { value: [1, 2] }) }), "auc", { multiLabel: true, labelWeights: [1, 2] }],
  ["Precision", classOf("Precision", { name: "precision", thresholds: 0.7, top_k: null, class_id: 1 }), "precision", { thresholds: 0.7, classId: 1 }],
  ["MeanIoU", classOf("MeanIoU", { num_classes: 3, name: "mean_io_u", dtype: "int64", sparse_y_pred: false, axis: -1 }), "meanIoU", { numClasses: 3, sparseYPred: false, axis: -1 }],
  ["Accuracy", classOf("Accuracy", { name: "accuracy" }), "accuracy", {}],
  ["MeanRelativeError", classOf("MeanRelativeError", { normalizer: [1, 2] }), "meanRelativeError", { normalizer: [1, 2] }],
  ["a word", "AUC", "auc", {}],
  ["a function", classOf("function", "dice" as never), "dice", {}],
  ["a wrapped function", classOf("MeanMetricWrapper", { name: "h", fn: classOf("function", "huber" as never), delta: 2 }), "huber", { delta: 2 }],
  ["LogCoshError", classOf("LogCoshError", { name: "logcosh" }), "logCosh", undefined],
];

describe("metrics are read", () => {
  test.each(metricRows)("%s", (_, given, name, config) => {
    const made = model();
    restoreTraining("file", made, readTraining({ optimizer, loss: "mse", weighted_metrics: [given] }), {});
    const [metric] = made.compileOptions!.weightedMetrics as unknown[];
    expect(summary(metric)).toEqual({ name, config });
    expect(made.metricsNames).toEqual(["loss", name]);
  });
});

// prettier-ignore
const lossRows: [given: unknown, name: string, config: object | undefined][] = [
  [classOf("MeanSquaredError", { reduction: "sum" }), "meanSquaredError", { reduction: "sum" }],
  [classOf("MeanSquaredError", { reduction: "auto" }), "meanSquaredError", undefined],
  [classOf("SparseCategoricalCrossentropy", { ignore_class: -1, from_logits: false }), "sparseCategoricalCrossentropy", { ignoreClass: -1, fromLogits: false }],
  [classOf("Dice", { axis: [1], reduction: "sum_over_batch_size" }), "dice", { axis: [1] }],
  [classOf("CategoricalFocalCrossentropy", { alpha: [0.1, 0.2], gamma: 3 }), "categoricalFocalCrossentropy", { alpha: [0.1, 0.2], gamma: 3 }],
  ["tversky", "tversky", {}],
  [classOf("CTC", { name: "ctc", reduction: "sum" }), "ctc", { reduction: "sum" }],
];

describe("losses are read, and written so that they are read again", () => {
  test.each(lossRows)("%j", (given, name, config) => {
    const { options, written } = reread({ loss: given });
    expect(summary(options.loss)).toEqual({ name, config });
    const again = reread({ loss: written.loss });
    // A loss without options is written as its name.
    expect(summary(again.options.loss)).toEqual(config ? { name, config } : name);
  });
});

test("metrics are written as classes of Keras 3 with floats where it wants them, and read again", () => {
  const made = model();
  const api = { ...metricMakers } as Record<string, (options?: object) => never>;
  const given = [api.auc({ curve: "PR", name: "prAuc" }), api.f1Score({ average: "macro", threshold: 1 }), api.fBetaScore({ beta: 2 }), lossMakers.huber({ delta: 2 } as never)]; // prettier-ignore
  made.compile({ optimizer: "sgd", loss: "mse", metrics: given, weightedMetrics: ["mae"] } as CompileOptions);
  const written = writeTraining("file", made) as { metrics: { class_name: string; config: Record<string, unknown> }[] };
  expect(written.metrics.map(({ class_name }) => class_name)).toEqual(["AUC", "F1Score", "FBetaScore", "MeanMetricWrapper"]); // prettier-ignore
  expect(written.metrics[0].config).toEqual({ name: "prAuc", curve: "PR" });
  expect(written.metrics[1].config.threshold).toBe(0.9999999999999999);
  expect(written.metrics[2].config.beta).toBe(1.9999999999999998);
  expect(written).toHaveProperty("weighted_metrics", ["mae"]);
  const { names } = reread({ loss: "mse", metrics: written.metrics, weighted_metrics: ["mae"] });
  expect(names).toEqual(["loss", "prAuc", "f1Score", "fBetaScore", "huber", "mae"]);
  made.compile({ loss: "mse", metrics: [api.meanRelativeError({ normalizer: 2 })] });
  expect(() => writeTraining("saveModel", made)).toThrow("saveModel: Keras 3 has no metric meanRelativeError");
});

test("in our own files metrics keep their names and options, and losses their reduction", () => {
  const made = model();
  const [auc, iou] = [metricMakers.auc, metricMakers.meanIoU] as ((options: object) => never)[];
  const sum = lossMakers.meanSquaredError({ reduction: "sum" } as never);
  const metricsOfBoth = { metrics: [auc({ curve: "PR", name: "prAuc" }), allLosses.dice], weightedMetrics: [iou({ numClasses: 2 })] }; // prettier-ignore
  made.compile({ optimizer: "sgd", loss: sum, ...metricsOfBoth });
  const stored: unknown = JSON.parse(JSON.stringify(trainingConfig("saveModel", made)));
  const again = model();
  restoreTraining("loadModel", again, stored, {});
  expect(again.metricsNames).toEqual(["loss", "prAuc", "dice", "meanIoU"]);
  expect(summary(again.compileOptions!.loss)).toEqual({ name: "meanSquaredError", config: { reduction: "sum" } });
  expect(trainingConfig("saveModel", again)).toEqual(trainingConfig("saveModel", made));
});

test("stepsPerExecution is kept in Keras's files and in ours; auto is 1 there", () => {
  const { options, written } = reread({ loss: "mse", steps_per_execution: 7 });
  expect(options.stepsPerExecution).toBe(7);
  expect(written.steps_per_execution).toBe(7);
  for (const steps of [1, "auto", -2, null]) {
    expect(reread({ loss: "mse", steps_per_execution: steps }).written.steps_per_execution).toBe(1);
  }
  const [made, again] = [model(), model()];
  made.compile({ loss: "mse", stepsPerExecution: 3 });
  restoreTraining("loadModel", again, JSON.parse(JSON.stringify(trainingConfig("saveModel", made))), {});
  expect(again.compileOptions!.stepsPerExecution).toBe(3);
});
