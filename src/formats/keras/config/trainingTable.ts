/** How the options of Keras's losses and metrics correspond to ours; those of optimizers are in optimizers.ts. */

export interface TrainingWords {
  /** Keras's name -> ours. */
  readonly options: Readonly<Record<string, string>>;
  /** Options that only Keras has, with the values for which it does the same; undefined where all values do. */
  readonly fixed: Readonly<Record<string, readonly unknown[] | undefined>>;
}

// ── losses and metrics ───────────────────────────────────────────────────────────────────────────────────────────────

const fixed = {
  name: undefined,
  dtype: undefined,
  fn: undefined, // Keras 2's name of the class
  reduction: ["sum_over_batch_size", "auto"], // auto: Keras 2
  axis: [-1],
};
const plain: TrainingWords = { options: {}, fixed };
const crossentropy = { options: { from_logits: "fromLogits", label_smoothing: "labelSmoothing" }, fixed };
const amongLargest = { options: { k: "k" }, fixed };

/** Functions that are both a loss and a metric, by our names; the classes of Keras begin with a capital letter. */
export const lossWords: Readonly<Record<string, TrainingWords>> = {
  categoricalCrossentropy: crossentropy,
  sparseCategoricalCrossentropy: { options: { from_logits: "fromLogits" }, fixed },
  binaryCrossentropy: crossentropy,
  klDivergence: plain,
  meanSquaredError: plain,
  meanAbsoluteError: plain,
  meanAbsolutePercentageError: plain,
  meanSquaredLogarithmicError: plain,
  huber: { options: { delta: "delta" }, fixed },
  logCosh: plain,
  poisson: plain,
  cosineSimilarity: plain,
  hinge: plain,
  squaredHinge: plain,
  categoricalHinge: plain,
};

/** Functions that are only metrics, by our names. */
export const metricWords: Readonly<Record<string, TrainingWords>> = {
  binaryAccuracy: { options: { threshold: "threshold" }, fixed },
  categoricalAccuracy: plain,
  sparseCategoricalAccuracy: plain,
  topKCategoricalAccuracy: amongLargest,
  sparseTopKCategoricalAccuracy: amongLargest,
  cosineSimilarity: plain,
};

/** Short names and those of Keras 2, without case and underscores -> our names. */
export const shortNames: Readonly<Record<string, string>> = {
  bce: "binaryCrossentropy",
  kld: "klDivergence",
  kullbackleiblerdivergence: "klDivergence",
  mse: "meanSquaredError",
  mae: "meanAbsoluteError",
  mape: "meanAbsolutePercentageError",
  msle: "meanSquaredLogarithmicError",
  huberloss: "huber",
  logcosherror: "logCosh",
};
