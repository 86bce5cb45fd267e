/**
 * The public names of the metrics; their docstrings say what each computes (as in Keras). See ../losses/index.ts for why they are
 * constants of this file.
 */
import type { Metric } from "../metric.js";
import * as accuracies from "./accuracies.js";
import * as aucs from "./auc.js";
import * as correlations from "./correlations.js";
import * as decisions from "./decisions.js";
import * as equality from "./equality.js";
import * as fScores from "./fScores.js";
import * as ious from "./iou.js";
import * as relative from "./meanRelativeError.js";
import * as r2Scores from "./r2Score.js";
import * as squares from "./rootMeanSquaredError.js";
import * as table from "./table.js";
import * as tradeOffs from "./tradeOffs.js";

export type { Metric, MetricRule, RunningMetric } from "../metric.js";
export type { BinaryAccuracyOptions, TopKOptions } from "./accuracies.js";
export type { AUCOptions } from "./auc.js";
export type { CorrelationOptions } from "./correlations.js";
export type { CountOptions, PrecisionOptions } from "./decisions.js";
export type { F1ScoreOptions, FBetaScoreOptions } from "./fScores.js";
export type { BinaryIoUOptions, IoUOptions, MeanIoUOptions, OneHotIoUOptions, OneHotMeanIoUOptions } from "./iou.js";
export type { MeanRelativeErrorOptions } from "./meanRelativeError.js";
export type { R2ScoreOptions } from "./r2Score.js";
export type { NamedMetricOptions } from "./running.js";
export type {
  PrecisionAtRecallOptions,
  RecallAtPrecisionOptions,
  SensitivityAtSpecificityOptions,
  SpecificityAtSensitivityOptions,
} from "./tradeOffs.js";

/**
 * Makes the metric that is 1 where an output is on the target's side of `threshold` (0.5 by default; an equal output is
 * below), and 0 elsewhere. Targets are 0 or 1.
 * @throws ArgumentError for an unknown option.
 */
export const BinaryAccuracy = accuracies.BinaryAccuracy;
/**
 * Makes the metric that is 1 where the class of a one-hot target is among the k (5 by default) largest outputs, and 0
 * elsewhere.
 * @throws ArgumentError for an unknown option.
 */
export const TopKCategoricalAccuracy = accuracies.TopKCategoricalAccuracy;
/**
 * Makes the metric that is 1 where the target, a class number, is among the k (5 by default) largest outputs, and 0
 * elsewhere.
 * @throws ArgumentError for an unknown option.
 */
export const SparseTopKCategoricalAccuracy = accuracies.SparseTopKCategoricalAccuracy;
/**
 * Makes the metric that is the part of outputs equal to their targets; the outputs are the decisions themselves, such as class numbers.
 * @throws ArgumentError for an unknown option.
 */
export const Accuracy = equality.Accuracy;
/**
 * Makes the area under the curve of decisions at many thresholds: "ROC", "PR" or "PRGAIN". Targets are 0 or 1, outputs
 * from 0 to 1, in equal shapes. Counts over all batches of an epoch; masks have no effect, as in Keras.
 * @throws ArgumentError for an unknown option.
 * @example
 * model.compile({ loss: "binaryCrossentropy", metrics: [AUC(), AUC({ curve: "PR", name: "prAuc" })] });
 */
export const AUC = aucs.AUC;
/**
 * Makes the mean intersection over union of the classes 0 and 1, for targets 0 or 1 and outputs of a sigmoid. An output
 * from `threshold` (0.5 by default) on means 1. Counts over all batches of an epoch, in whole numbers.
 * @throws ArgumentError for an unknown option.
 */
export const BinaryIoU = ious.BinaryIoU;
/**
 * Makes Keras's concordance correlation of targets and outputs along an axis, the last by default: the mean over the
 * other axes.
 * @throws ArgumentError for an unknown option.
 */
export const ConcordanceCorrelation = correlations.ConcordanceCorrelation;
/**
 * Makes the harmonic mean of precision and recall, for targets 0 or 1 and outputs [batch, classes]: a value for each class
 * (`f1Score[0]`, ... in the logs), or one with `average`. Counts over all batches of an epoch.
 * @throws ArgumentError for an unknown option.
 * @example
 * model.compile({ loss: "categoricalCrossentropy", metrics: [F1Score({ average: "macro" })] });
 */
export const F1Score = fScores.F1Score;
/**
 * Makes the count of targets of 1 whose output is at most `thresholds` (0.5 by default), over all batches of an epoch.
 * @throws ArgumentError for an unknown option.
 */
export const FalseNegatives = decisions.FalseNegatives;
/**
 * Makes the count of targets of 0 whose output is above `thresholds` (0.5 by default), over all batches of an epoch.
 * @throws ArgumentError for an unknown option.
 */
export const FalsePositives = decisions.FalsePositives;
/**
 * Makes the F score, as `F1Score`, with recall counting `beta` times as much as precision.
 * @throws ArgumentError for an unknown option.
 */
export const FBetaScore = fScores.FBetaScore;
/**
 * Makes the mean intersection over union of the classes `targetClassIds`, for targets and outputs that are class numbers,
 * or (`sparseYTrue`, `sparseYPred` false) have a value for each class. Counts over all batches, in whole numbers.
 * @throws ArgumentError for an unknown option.
 */
export const IoU = ious.IoU;
/**
 * Makes the mean intersection over union of all `numClasses` classes that come; see `IoU`.
 * @throws ArgumentError for an unknown option.
 * @example
 * model.compile({ loss: "sparseCategoricalCrossentropy", metrics: [MeanIoU({ numClasses: 21, sparseYPred: false })] });
 */
export const MeanIoU = ious.MeanIoU;
/**
 * Makes the mean of |t - y| / `normalizer`, a number or one for each column; 0 where that is 0. (A metric of Keras 2.)
 * @throws ArgumentError for an unknown option.
 */
export const MeanRelativeError = relative.MeanRelativeError;
/**
 * Makes the metric `IoU` for targets that are one-hot rows and outputs with a value for each class.
 * @throws ArgumentError for an unknown option.
 */
export const OneHotIoU = ious.OneHotIoU;
/**
 * Makes the metric `MeanIoU` for targets that are one-hot rows and outputs with a value for each class.
 * @throws ArgumentError for an unknown option.
 */
export const OneHotMeanIoU = ious.OneHotMeanIoU;
/**
 * Makes Pearson's correlation of targets and outputs along an axis, the last by default: the mean over the other axes.
 * @throws ArgumentError for an unknown option.
 */
export const PearsonCorrelation = correlations.PearsonCorrelation;
/**
 * Makes the part of positive outputs (above `thresholds`, 0.5 by default) whose target is 1, over all batches of an epoch;
 * of the `topK` largest of each row, or of the column `classId`, if given.
 * @throws ArgumentError for an unknown option.
 */
export const Precision = decisions.Precision;
/**
 * Makes the best precision among the thresholds at which recall is at least `recall`, over all batches of an epoch.
 * @throws ArgumentError for an unknown option.
 */
export const PrecisionAtRecall = tradeOffs.PrecisionAtRecall;
/**
 * Makes the coefficient of determination of outputs [batch, columns]: 1 where targets are met, 0 for their mean. The mean
 * of the columns' scores, or see `classAggregation`. Counts over all batches of an epoch.
 * @throws ArgumentError for an unknown option.
 */
export const R2Score = r2Scores.R2Score;
/**
 * Makes the part of targets of 1 whose output is positive (above `thresholds`, 0.5 by default), over all batches of an
 * epoch; among the `topK` largest of each row, or in the column `classId`, if given.
 * @throws ArgumentError for an unknown option.
 */
export const Recall = decisions.Recall;
/**
 * Makes the best recall among the thresholds at which precision is at least `precision`, over all batches of an epoch.
 * @throws ArgumentError for an unknown option.
 */
export const RecallAtPrecision = tradeOffs.RecallAtPrecision;
/**
 * Makes the square root of the mean of (t - y)^2 over all batches of an epoch.
 * @throws ArgumentError for an unknown option.
 */
export const RootMeanSquaredError = squares.RootMeanSquaredError;
/**
 * Makes the best sensitivity (recall) among the thresholds at which specificity, the part of targets of 0 that are not
 * positive, is at least `specificity`, over all batches of an epoch.
 * @throws ArgumentError for an unknown option.
 */
export const SensitivityAtSpecificity = tradeOffs.SensitivityAtSpecificity;
/**
 * Makes the best specificity among the thresholds at which sensitivity (recall) is at least `sensitivity`, over all batches
 * of an epoch.
 * @throws ArgumentError for an unknown option.
 */
export const SpecificityAtSensitivity = tradeOffs.SpecificityAtSensitivity;
/**
 * Makes the count of targets of 0 whose output is at most `thresholds` (0.5 by default), over all batches of an epoch.
 * @throws ArgumentError for an unknown option.
 */
export const TrueNegatives = decisions.TrueNegatives;
/**
 * Makes the count of targets of 1 whose output is above `thresholds` (0.5 by default), over all batches of an epoch.
 * @throws ArgumentError for an unknown option.
 */
export const TruePositives = decisions.TruePositives;
/** Computes the fraction of outputs on the target's side of 0.5. Targets are 0 or 1. */
export const binaryAccuracy = accuracies.binaryAccuracy;
/**
 * Computes the fraction of rows whose largest output (the first of equal ones) is where the target's row has its
 * largest number.
 */
export const categoricalAccuracy = accuracies.categoricalAccuracy;
/**
 * Computes the fraction of rows whose largest output (the first of equal ones) is that of the target, a class number.
 * Targets are [batch, ...] or [batch, ..., 1].
 */
export const sparseCategoricalAccuracy = accuracies.sparseCategoricalAccuracy;
/** Computes the fraction of rows where the class of a one-hot target is among the 5 largest outputs. */
export const topKCategoricalAccuracy = accuracies.topKCategoricalAccuracy;
/** Computes the fraction of rows where the target, a class number, is among the 5 largest outputs. */
export const sparseTopKCategoricalAccuracy = accuracies.sparseTopKCategoricalAccuracy;
/**
 * Computes the accuracy that suits the shapes: `binaryAccuracy` for outputs [..., 1], `sparseCategoricalAccuracy` for
 * targets with one axis less or a last axis of 1, `categoricalAccuracy` otherwise.
 */
export const accuracy = accuracies.accuracy;
/** The table of the metrics that are no losses and that `compile` takes by name. */
export const metrics: Readonly<Record<string, Metric>> = table.metrics;
