/** Metrics by name: one table. */
import type { Metric } from "../metric.js";
import * as accuracies from "./accuracies.js";
import { cosineSimilarity } from "./cosineSimilarity.js";

/** Every metric that is no loss, by its name. The losses are metrics too; a model looks there second. */
export const metrics: Readonly<Record<string, Metric>> = {
  accuracy: accuracies.accuracy,
  binaryAccuracy: accuracies.binaryAccuracy,
  categoricalAccuracy: accuracies.categoricalAccuracy,
  sparseCategoricalAccuracy: accuracies.sparseCategoricalAccuracy,
  topKCategoricalAccuracy: accuracies.topKCategoricalAccuracy,
  sparseTopKCategoricalAccuracy: accuracies.sparseTopKCategoricalAccuracy,
  cosineSimilarity,
  acc: accuracies.accuracy,
};

/** For the metrics that have options: makes one from its options, by the name of the metric. */
export const metricFactories: Readonly<Record<string, (options?: never) => Metric>> = {
  binaryAccuracy: accuracies.BinaryAccuracy,
  topKCategoricalAccuracy: accuracies.TopKCategoricalAccuracy,
  sparseTopKCategoricalAccuracy: accuracies.SparseTopKCategoricalAccuracy,
};
