/** Metrics: their public names, and what each means (as in Keras); see losses.ts for why they are values of their own. */
import * as rules from "./metrics/rules.js";

export type { Metric, MetricRule } from "./metrics/rules.js";

/** Whether each output is on the target's side of `threshold` (.5 by default; equal is below). Targets are 0 or 1. */
export const BinaryAccuracy = rules.BinaryAccuracy;
/** Whether the class of one-hot targets is among the k (5 by default) largest outputs. */
export const TopKCategoricalAccuracy = rules.TopKCategoricalAccuracy;
/** The same for targets that are class numbers. */
export const SparseTopKCategoricalAccuracy = rules.SparseTopKCategoricalAccuracy;
export const binaryAccuracy = rules.binaryAccuracy;
/** Whether the largest output stands where the target's row has its largest; the first of equals. */
export const categoricalAccuracy = rules.categoricalAccuracy;
/** The same for targets that are class numbers, [batch, ...] or [batch, ..., 1]. */
export const sparseCategoricalAccuracy = rules.sparseCategoricalAccuracy;
export const topKCategoricalAccuracy = rules.topKCategoricalAccuracy;
export const sparseTopKCategoricalAccuracy = rules.sparseTopKCategoricalAccuracy;
/**
 * One of the three by the shapes: binary for outputs [..., 1], sparse for targets with an axis less or a last axis of 1,
 * categorical otherwise.
 */
export const accuracy = rules.accuracy;
/** Every metric of this file by its name. The losses are metrics too; a model looks there second. */
export const metrics = rules.metrics;
