/** Metrics by name: one table. */
import type { Metric } from "../metric.js";
import * as accuracies from "./accuracies.js";
import { cosineSimilarity } from "./cosineSimilarity.js";

/** Every metric that is not a loss, by its name. Losses are metrics too; a model searches their table second. */
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
