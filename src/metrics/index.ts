/**
 * The public names of the metrics; their docstrings say what each computes (as in Keras). See ../losses/index.ts for why they are
 * constants of this file.
 */
import type { Metric } from "../metric.js";
import * as accuracies from "./accuracies.js";
import * as table from "./table.js";

export type { Metric, MetricRule } from "../metric.js";
export type { BinaryAccuracyOptions, TopKOptions } from "./accuracies.js";

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
/** The table of all metrics that are no losses, by name. */
export const metrics: Readonly<Record<string, Metric>> = table.metrics;
