/** The names that `compile` knows: those of the tables in losses.ts and metrics.ts, in their order, without what they name. */

export const lossNames: readonly string[] = [
  ...["categoricalCrossentropy", "sparseCategoricalCrossentropy", "binaryCrossentropy", "klDivergence"],
  ...["meanSquaredError", "meanAbsoluteError", "meanAbsolutePercentageError", "meanSquaredLogarithmicError"],
  ...["huber", "logCosh", "poisson", "cosineSimilarity", "hinge", "squaredHinge", "categoricalHinge"],
  ...["bce", "kld", "mse", "mae", "mape", "msle"],
];

/** Of each of them more is better. */
export const metricNames: readonly string[] = [
  ...["accuracy", "acc", "binaryAccuracy", "categoricalAccuracy", "sparseCategoricalAccuracy"],
  ...["topKCategoricalAccuracy", "sparseTopKCategoricalAccuracy", "cosineSimilarity"],
];
