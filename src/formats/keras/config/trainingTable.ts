/** How the options of Keras's losses and metrics correspond to ours; those of optimizers are in optimizers.ts. */

export interface TrainingWords {
  /** Keras's name -> ours. */
  readonly options: Readonly<Record<string, string>>;
  /** Options that only Keras has, with the values for which it does the same; undefined where all values do. */
  readonly fixed: Readonly<Record<string, readonly unknown[] | undefined>>;
  /** What null stands for, by Keras's names, where it is not the default; undefined where nothing here does the same. */
  readonly nulls?: Readonly<Record<string, unknown>>;
  /** Keras's class, where it is not our name with a capital letter. */
  readonly className?: string;
  /** The module of Keras 3 that has the class, where it is not that of its kind; null where none has it. */
  readonly module?: null;
  /** Options that Keras wants as floats, by our names. */
  readonly floats?: readonly string[];
  /** Whether the name of a metric is an option, because it is the key in the logs. */
  readonly isNamed?: boolean;
}

// ── losses and metrics ───────────────────────────────────────────────────────────────────────────────────────────────

const fixed = {
  name: undefined,
  dtype: undefined,
  fn: undefined, // Keras 2's name of the class
  reduction: ["sum_over_batch_size", "auto"], // auto: Keras 2
  axis: [-1],
};
/** Keras then takes all axes together, which only Dice and Tversky do here. */
const nulls = { axis: undefined };
/** A loss with the options that Keras calls so; all have a reduction. */
const loss = (options: TrainingWords["options"] = {}, more: Partial<TrainingWords> = {}): TrainingWords => ({
  options: { reduction: "reduction", ...options },
  fixed,
  nulls,
  ...more,
});
const crossentropy = { from_logits: "fromLogits", label_smoothing: "labelSmoothing", axis: "axis" };

/** Functions that are both a loss and a metric, by our names; the classes of Keras begin with a capital letter. */
export const lossWords: Readonly<Record<string, TrainingWords>> = {
  categoricalCrossentropy: loss(crossentropy),
  sparseCategoricalCrossentropy: loss({ from_logits: "fromLogits", ignore_class: "ignoreClass", axis: "axis" }),
  binaryCrossentropy: loss(crossentropy),
  binaryFocalCrossentropy: loss({
    ...crossentropy,
    apply_class_balancing: "applyClassBalancing",
    alpha: "alpha",
    gamma: "gamma",
  }),
  categoricalFocalCrossentropy: loss({ ...crossentropy, alpha: "alpha", gamma: "gamma" }),
  categoricalGeneralizedCrossEntropy: loss({ q: "q" }),
  klDivergence: loss({}, { className: "KLDivergence" }),
  meanSquaredError: loss(),
  meanAbsoluteError: loss(),
  meanAbsolutePercentageError: loss(),
  meanSquaredLogarithmicError: loss(),
  huber: loss({ delta: "delta" }),
  logCosh: loss(),
  poisson: loss(),
  cosineSimilarity: loss({ axis: "axis" }),
  hinge: loss(),
  squaredHinge: loss(),
  categoricalHinge: loss(),
  circle: loss({ gamma: "gamma", margin: "margin", remove_diagonal: "removeDiagonal" }),
  ctc: loss({}, { className: "CTC" }),
  dice: loss({ axis: "axis" }, { nulls: {} }),
  tversky: loss({ alpha: "alpha", beta: "beta", axis: "axis" }, { nulls: {} }),
};

/** The losses that Keras also has as a class of metrics, by our names, with that class where it is called otherwise. */
export const lossMetrics: Readonly<Record<string, string | undefined>> = {
  binaryCrossentropy: undefined,
  categoricalCrossentropy: undefined,
  categoricalHinge: undefined,
  hinge: undefined,
  klDivergence: "KLDivergence",
  logCosh: "LogCoshError",
  meanAbsoluteError: undefined,
  meanAbsolutePercentageError: undefined,
  meanSquaredError: undefined,
  meanSquaredLogarithmicError: undefined,
  poisson: undefined,
  sparseCategoricalCrossentropy: undefined,
  squaredHinge: undefined,
};

const plain: TrainingWords = { options: {}, fixed, nulls };
const amongLargest: TrainingWords = { options: { k: "k" }, fixed };
const ownFixed = { name: undefined, dtype: undefined, fn: undefined };
/** A metric with a name of its own and the options that Keras calls so. */
const named = (options: TrainingWords["options"], more: Partial<TrainingWords> = {}): TrainingWords => ({
  options,
  fixed: ownFixed,
  nulls,
  isNamed: true,
  ...more,
});
const thresholds = { thresholds: "thresholds" };
const decisions = { ...thresholds, top_k: "topK", class_id: "classId" };
const tradeOff = { num_thresholds: "numThresholds", class_id: "classId" };
const fScore = { average: "average", threshold: "threshold" };
const oneHotIoU = {
  num_classes: "numClasses",
  ignore_class: "ignoreClass",
  sparse_y_pred: "sparseYPred",
  axis: "axis",
};
const anyIoU = { ...oneHotIoU, sparse_y_true: "sparseYTrue" };
const ids = { target_class_ids: "targetClassIds" };

/** Functions that are only metrics, by our names. */
export const metricWords: Readonly<Record<string, TrainingWords>> = {
  accuracy: named({}),
  auc: named(
    {
      ...{ num_thresholds: "numThresholds", curve: "curve", summation_method: "summationMethod", ...thresholds },
      ...{
        multi_label: "multiLabel",
        num_labels: "numLabels",
        label_weights: "labelWeights",
        from_logits: "fromLogits",
      },
    },
    { className: "AUC" },
  ),
  binaryAccuracy: { options: { threshold: "threshold" }, fixed },
  binaryIoU: named({ ...ids, threshold: "threshold" }, { className: "BinaryIoU" }),
  categoricalAccuracy: plain,
  concordanceCorrelation: named({ axis: "axis" }),
  cosineSimilarity: plain,
  f1Score: named(fScore, { floats: ["threshold"] }),
  falseNegatives: named(thresholds),
  falsePositives: named(thresholds),
  fBetaScore: named({ ...fScore, beta: "beta" }, { floats: ["threshold", "beta"] }),
  iou: named({ ...anyIoU, ...ids }, { className: "IoU" }),
  meanIoU: named(anyIoU),
  meanRelativeError: named({ normalizer: "normalizer" }, { module: null }),
  oneHotIoU: named({ ...oneHotIoU, ...ids }),
  oneHotMeanIoU: named(oneHotIoU),
  pearsonCorrelation: named({ axis: "axis" }),
  precision: named(decisions),
  precisionAtRecall: named({ ...tradeOff, recall: "recall" }),
  r2Score: named(
    { class_aggregation: "classAggregation", num_regressors: "numRegressors" },
    { nulls: { class_aggregation: null } },
  ),
  recall: named(decisions),
  recallAtPrecision: named({ ...tradeOff, precision: "precision" }),
  rootMeanSquaredError: named({}),
  sensitivityAtSpecificity: named({ ...tradeOff, specificity: "specificity" }),
  sparseCategoricalAccuracy: plain,
  sparseTopKCategoricalAccuracy: amongLargest,
  specificityAtSensitivity: named({ ...tradeOff, sensitivity: "sensitivity" }),
  topKCategoricalAccuracy: amongLargest,
  trueNegatives: named(thresholds),
  truePositives: named(thresholds),
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
