/**
 * The public names of the losses; their docstrings say what each computes (as in Keras). They are constants of this file rather than
 * re-exports: esbuild puts a re-exported file that training uses, too, into what a page loads at its start, and not
 * into the training chunk.
 */
import type { Loss } from "../loss.js";
import * as crossentropies from "./crossentropies.js";
import * as hinges from "./hinges.js";
import * as regression from "./regression.js";
import * as table from "./table.js";

export type { Loss, LossRule } from "../loss.js";
export type { CrossentropyOptions } from "./crossentropies.js";
export type { HuberOptions } from "./regression.js";

/**
 * Makes the loss -sum t log p over the last axis, for one-hot targets [batch, ..., classes]. p is the output divided by
 * its sum and bounded by 1e-7 and 1 - 1e-7; if the output comes from a softmax, or with `fromLogits`, log p is
 * log-softmax of the logits, without bounds.
 * @throws ArgumentError for an unknown option.
 */
export const CategoricalCrossentropy = crossentropies.CategoricalCrossentropy;
/**
 * Makes the loss -log p of the target's class, for targets that are class numbers: [batch, ...] or [batch, ..., 1]
 * against outputs [batch, ..., classes]. p is the output bounded by 1e-7 and 1 - 1e-7, then divided by its sum; if the
 * output comes from a softmax, or with `fromLogits`, log p is log-softmax of the logits, without bounds. NaN for a
 * number that is no class.
 * @throws ArgumentError for an unknown option.
 */
export const SparseCategoricalCrossentropy = crossentropies.SparseCategoricalCrossentropy;
/**
 * Makes the loss that is the mean over the last axis of -(t log p + (1 - t) log(1 - p)). p is the output, bounded by
 * 1e-7 and 1 - 1e-7; if the output comes from a sigmoid, or with `fromLogits`, it is computed from the logits, without
 * bounds.
 * @throws ArgumentError for an unknown option.
 */
export const BinaryCrossentropy = crossentropies.BinaryCrossentropy;
/**
 * Computes the categorical cross-entropy, -sum t log p over the last axis, for one-hot targets;
 * `CategoricalCrossentropy()`.
 */
export const categoricalCrossentropy = crossentropies.categoricalCrossentropy;
/** Computes -log p of the target's class, for targets that are class numbers; `SparseCategoricalCrossentropy()`. */
export const sparseCategoricalCrossentropy = crossentropies.sparseCategoricalCrossentropy;
/** Computes the mean over the last axis of -(t log p + (1 - t) log(1 - p)); `BinaryCrossentropy()`. */
export const binaryCrossentropy = crossentropies.binaryCrossentropy;
/** Computes the sum over the last axis of t log(t / p), both bounded by 1e-7 and 1. */
export const klDivergence = crossentropies.klDivergence;
/** Computes the mean over the last axis of (t - y)^2. */
export const meanSquaredError = regression.meanSquaredError;
/** Computes the mean over the last axis of |t - y|. */
export const meanAbsoluteError = regression.meanAbsoluteError;
/** Computes the mean over the last axis of 100 |t - y| / max(|t|, 1e-7). */
export const meanAbsolutePercentageError = regression.meanAbsolutePercentageError;
/** Computes the mean over the last axis of (log(t + 1) - log(y + 1))^2, with t and y at least 1e-7. */
export const meanSquaredLogarithmicError = regression.meanSquaredLogarithmicError;
/**
 * Computes the mean over the last axis of log cosh(y - t), as |e| + log(1 + e^(-2|e|)) - log 2, which cannot overflow.
 */
export const logCosh = regression.logCosh;
/** Computes the mean over the last axis of y - t log(y + 1e-7). */
export const poisson = regression.poisson;
/**
 * Makes the loss of Huber (1964): half the squared error up to `delta` (1 by default), beyond it a straight line of
 * slope `delta`.
 * @throws ArgumentError for an unknown option.
 */
export const Huber = regression.Huber;
/** Computes half the squared error up to 1, beyond it a straight line of slope 1; `Huber()`. */
export const huber = regression.huber;
/** Computes minus the sum over the last axis of the products of t and y, each divided by its length. */
export const cosineSimilarity = regression.cosineSimilarity;
/** Computes the mean over the last axis of max(1 - t y, 0), for targets -1 and 1 (or 0 and 1, which become them). */
export const hinge = hinges.hinge;
/** Computes the mean over the last axis of max(1 - t y, 0)^2, for targets -1 and 1 (or 0 and 1, which become them). */
export const squaredHinge = hinges.squaredHinge;
/** Computes max(0, 1 + the largest output of a wrong class - the output of the right one), for one-hot targets. */
export const categoricalHinge = hinges.categoricalHinge;
/** The table of all losses, by name ("meanSquaredError") and by the short names that Keras has ("mse"). */
export const losses: Readonly<Record<string, Loss>> = table.losses;
