/** Optimizers, losses and metrics that Keras and we have, and what their options are called there. */

export interface TrainingWords {
  /** Keras's word -> ours. */
  readonly options: Readonly<Record<string, string>>;
  /** Options that we lack, with the values that mean what ours does; undefined where they make no difference. */
  readonly fixed: Readonly<Record<string, readonly unknown[] | undefined>>;
}

// ── optimizers ────────────────────────────────────────────────────────────────────────────────────────────────────────

const ofAll = {
  learning_rate: "learningRate",
  weight_decay: "weightDecay",
  clipnorm: "clipnorm",
  global_clipnorm: "globalClipnorm",
  clipvalue: "clipvalue",
};
const onlyKeras = {
  name: undefined,
  jit_compile: undefined,
  is_legacy_optimizer: undefined,
  use_ema: [false],
  ema_momentum: undefined, // these two are of use_ema
  ema_overwrite_frequency: undefined,
  weight_decay: [false], // Keras 2.10
  decay: [0], // Keras 2, of the learning rate
};
const adam: TrainingWords = {
  options: { ...ofAll, beta_1: "beta1", beta_2: "beta2", epsilon: "epsilon" },
  fixed: { ...onlyKeras, amsgrad: [false] },
};

/** By class, which is the name in both. */
export const optimizerWords: Readonly<Record<string, TrainingWords>> = {
  SGD: { options: { ...ofAll, momentum: "momentum", nesterov: "nesterov" }, fixed: onlyKeras },
  Adam: adam,
  AdamW: adam,
  RMSprop: {
    options: { ...ofAll, rho: "rho", momentum: "momentum", epsilon: "epsilon" },
    fixed: { ...onlyKeras, centered: [false] },
  },
};

// ── losses and metrics ────────────────────────────────────────────────────────────────────────────────────────────────

const fixed = {
  name: undefined,
  dtype: undefined,
  fn: undefined, // Keras 2's word for the class
  reduction: ["sum_over_batch_size", "auto"], // auto: Keras 2
  axis: [-1],
};
const plain: TrainingWords = { options: {}, fixed };
const crossentropy = { options: { from_logits: "fromLogits", label_smoothing: "labelSmoothing" }, fixed };
const amongLargest = { options: { k: "k" }, fixed };

/** Those that both a loss and a metric can be, by our name; Keras's class begins large. */
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

export const metricWords: Readonly<Record<string, TrainingWords>> = {
  binaryAccuracy: { options: { threshold: "threshold" }, fixed },
  categoricalAccuracy: plain,
  sparseCategoricalAccuracy: plain,
  topKCategoricalAccuracy: amongLargest,
  sparseTopKCategoricalAccuracy: amongLargest,
  cosineSimilarity: plain,
};

/** Other spellings, without underscores, of names: those of Keras 2 and short ones. */
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
