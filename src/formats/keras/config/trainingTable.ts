/** How the options of Keras's optimizers, losses and metrics correspond to ours. */
import type { OptimizerFactory } from "../../../optimizers/factory.js";
import { optimizers } from "../../../optimizers/table.js";
import { snake } from "./names.js";

export interface TrainingWords {
  /** Keras's name -> ours. */
  readonly options: Readonly<Record<string, string>>;
  /** Options that only Keras has, with the values for which it does the same; undefined where all values do. */
  readonly fixed: Readonly<Record<string, readonly unknown[] | undefined>>;
}

// ── optimizers ───────────────────────────────────────────────────────────────────────────────────────────────────────

const onlyKeras = {
  name: undefined,
  jit_compile: undefined,
  is_legacy_optimizer: undefined,
  use_ema: [false],
  ema_momentum: undefined, // this and the next one only matter with use_ema
  ema_overwrite_frequency: undefined,
  weight_decay: [false], // Keras 2.10
  decay: [0], // Keras 2, of the learning rate
};
const optimizer = ({ optionNames }: OptimizerFactory, more: TrainingWords["fixed"] = {}): TrainingWords => ({
  options: Object.fromEntries(optionNames.map((name) => [snake(name).replace(/\d+$/, "_$&"), name])), // beta_1
  fixed: { ...onlyKeras, ...more },
});

/** By class, which is the name in both. */
export const optimizerWords: Readonly<Record<string, TrainingWords>> = {
  SGD: optimizer(optimizers.sgd),
  Adam: optimizer(optimizers.adam, { amsgrad: [false] }),
  AdamW: optimizer(optimizers.adamw, { amsgrad: [false] }),
  RMSprop: optimizer(optimizers.rmsprop, { centered: [false] }),
};

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
