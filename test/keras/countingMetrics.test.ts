// Losses with options, and metrics that count over batches, against real Keras. See test/fixtures/counting_cases.py.
import { afterAll, describe, expect } from "vitest";
import {
  divide,
  type NestedArray,
  scope,
  sqrt,
  square,
  sum,
  type Tensor,
  tensor,
  valueAndGrad,
} from "../../src/index.js";
import type { Loss } from "../../src/losses/index.js";
import { lossMakers } from "../../src/losses/makers.js";
import { measure, type Metric, type RunningMetric } from "../../src/metric.js";
import { metrics } from "../../src/metrics/table.js";
import { makeAverages } from "../../src/training/averages.js";
import { forEachBuild } from "../support/builds.js";
import type { Spec } from "../support/hash.js";
import { api, expectNumbers, expectTensor, loadCases, printWorst, type Stored, testEach, toTensor } from "../support/keras.js"; // prettier-ignore

const bound = 1e-5;

interface LossCase {
  name: string;
  loss: string;
  options: object;
  target: Spec | NestedArray;
  prediction: Spec | NestedArray;
  sampleWeight?: NestedArray;
  value: number[];
  gradient: Stored;
}

async function loss(given: LossCase): Promise<void> {
  const make = api[given.loss] as (options: object) => Loss;
  const [target, raw] = [toTensor(given.target), toTensor(given.prediction)];
  const prediction = given.loss === "Circle" ? divide(raw, sqrt(sum(square(raw), -1, true))) : raw;
  const weight = given.sampleWeight && tensor(given.sampleWeight);
  let values: Tensor | undefined;
  const { grads } = scope(() =>
    valueAndGrad(() => {
      values = make(given.options)(target, prediction, weight);
      return [sum(values), values];
    }, [prediction])(),
  );
  expectNumbers("loss", given.name, await values!.data(), given.value, bound);
  await expectTensor("gradient of a loss", given.name, grads[0], given.gradient, bound);
}

interface MetricCase {
  name: string;
  metric: string;
  options: object;
  batches: { target: Spec | NestedArray; prediction: Spec | NestedArray; sampleWeight: number[] }[];
  /** After each batch; a list where the metric has several values. */
  values: number[][];
  /** The same with the sample weights. */
  weighted: number[][];
}

/** Keras's metrics that are losses here. */
const asLosses: Readonly<Record<string, string>> = {
  LogCoshError: "logCosh",
  BinaryCrossentropy: "binaryCrossentropy",
  MeanAbsoluteError: "meanAbsoluteError",
};
const small = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);

function metricOf({ metric, options }: MetricCase): Metric | RunningMetric {
  const loss = asLosses[metric] && lossMakers[asLosses[metric]]();
  if (loss) return loss as unknown as Metric;
  if (metric === "CosineSimilarity") return metrics.cosineSimilarity; // the exported function makes the loss
  return (api[metric] as ((options: object) => Metric) | undefined)?.(options) ?? metrics[small(metric)];
}

async function metric(given: MetricCase): Promise<void> {
  for (const key of ["values", "weighted"] as const) {
    const made = metricOf(given);
    const averages = makeAverages(["value"]);
    for (const [i, { target, prediction, sampleWeight }] of given.batches.entries()) {
      const weights = key === "weighted" ? tensor(sampleWeight) : undefined;
      await averages.add([measure(made, toTensor(target), toTensor(prediction), weights)]);
      const got = Object.values(averages.logs());
      expect(got).toHaveLength(given[key][i].length);
      expectNumbers("metric", `${given.name}, ${key} ${i}`, got, given[key][i], bound);
    }
  }
}

forEachBuild(() => {
  describe("losses with options", () => testEach(loadCases<LossCase>("moreLosses"), loss));
  describe("metrics over batches", () => testEach(loadCases<MetricCase>("countingMetrics"), metric));
  afterAll(printWorst);
});
