/** Every function that makes a metric, by the name of the metric: what files name. No page that only trains holds this table. */
import type { Metric, RunningMetric } from "../metric.js";
import * as accuracies from "./accuracies.js";
import { AUC } from "./auc.js";
import { ConcordanceCorrelation, PearsonCorrelation } from "./correlations.js";
import * as decisions from "./decisions.js";
import { Accuracy } from "./equality.js";
import { F1Score, FBetaScore } from "./fScores.js";
import * as iou from "./iou.js";
import { MeanRelativeError } from "./meanRelativeError.js";
import { R2Score } from "./r2Score.js";
import { RootMeanSquaredError } from "./rootMeanSquaredError.js";
import * as tradeOffs from "./tradeOffs.js";

/** The functions that make metrics with options, by the name of the metric. */
export const metricMakers: Readonly<Record<string, (options: never) => Metric | RunningMetric>> = {
  accuracy: Accuracy,
  auc: AUC,
  binaryAccuracy: accuracies.BinaryAccuracy,
  binaryIoU: iou.BinaryIoU,
  concordanceCorrelation: ConcordanceCorrelation,
  f1Score: F1Score,
  falseNegatives: decisions.FalseNegatives,
  falsePositives: decisions.FalsePositives,
  fBetaScore: FBetaScore,
  iou: iou.IoU,
  meanIoU: iou.MeanIoU,
  meanRelativeError: MeanRelativeError,
  oneHotIoU: iou.OneHotIoU,
  oneHotMeanIoU: iou.OneHotMeanIoU,
  pearsonCorrelation: PearsonCorrelation,
  precision: decisions.Precision,
  precisionAtRecall: tradeOffs.PrecisionAtRecall,
  r2Score: R2Score,
  recall: decisions.Recall,
  recallAtPrecision: tradeOffs.RecallAtPrecision,
  rootMeanSquaredError: RootMeanSquaredError,
  sensitivityAtSpecificity: tradeOffs.SensitivityAtSpecificity,
  sparseTopKCategoricalAccuracy: accuracies.SparseTopKCategoricalAccuracy,
  specificityAtSensitivity: tradeOffs.SpecificityAtSensitivity,
  topKCategoricalAccuracy: accuracies.TopKCategoricalAccuracy,
  trueNegatives: decisions.TrueNegatives,
  truePositives: decisions.TruePositives,
};
