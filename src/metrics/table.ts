/** Metrics by name: one table. */
import type { Metric } from "../metric.js";
import {
  accuracy,
  BinaryAccuracy,
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  SparseTopKCategoricalAccuracy,
  sparseTopKCategoricalAccuracy,
  TopKCategoricalAccuracy,
  topKCategoricalAccuracy,
} from "./accuracies.js";
import { cosineSimilarity } from "./cosineSimilarity.js";

const all = [
  ...[accuracy, binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy],
  ...[topKCategoricalAccuracy, sparseTopKCategoricalAccuracy, cosineSimilarity],
];

/** Every metric that is no loss, by its name. The losses are metrics too; a model looks there second. */
export const metrics: Readonly<Record<string, Metric>> = {
  ...Object.fromEntries(all.map((metric) => [metric.name, metric])),
  acc: accuracy,
};

/** For the metrics that have options: makes one from its options, by the name of the metric. */
export const metricFactories: Readonly<Record<string, (options?: never) => Metric>> = {
  binaryAccuracy: BinaryAccuracy,
  topKCategoricalAccuracy: TopKCategoricalAccuracy,
  sparseTopKCategoricalAccuracy: SparseTopKCategoricalAccuracy,
};
