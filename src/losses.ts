/**
 * Losses: their public names, and what each means (as in Keras). They are values of their own, not names handed on: what the
 * table of contents hands on and training uses, esbuild puts into what a page loads at its start.
 */
import * as rules from "./losses/rules.js";

export type { CrossentropyOptions, Loss, LossRule } from "./losses/rules.js";

/**
 * -sum t log p over the last axis, for one-hot targets. p is the output divided by its sum and held in [1e-7, 1 - 1e-7];
 * if the output comes from a softmax, or with `fromLogits`, log p is log-softmax of the logits, with no bound.
 */
export const CategoricalCrossentropy = rules.CategoricalCrossentropy;
/**
 * -log p of the target's class, for targets that are class numbers: [batch, ...] or [batch, ..., 1] against outputs
 * [batch, ..., classes]. p as in CategoricalCrossentropy, but bounded before it is normalized. NaN for a number that is no class.
 */
export const SparseCategoricalCrossentropy = rules.SparseCategoricalCrossentropy;
/**
 * The mean over the last axis of -(t log p + (1 - t) log(1 - p)). p is the output, held in [1e-7, 1 - 1e-7]; if the output
 * comes from a sigmoid, or with `fromLogits`, it is computed from the logits, with no bound.
 */
export const BinaryCrossentropy = rules.BinaryCrossentropy;
export const categoricalCrossentropy = rules.categoricalCrossentropy;
export const sparseCategoricalCrossentropy = rules.sparseCategoricalCrossentropy;
export const binaryCrossentropy = rules.binaryCrossentropy;
/** The sum over the last axis of t log(t / p), both held in [1e-7, 1]. */
export const klDivergence = rules.klDivergence;
/** (t - y)^2. */
export const meanSquaredError = rules.meanSquaredError;
/** |t - y|. */
export const meanAbsoluteError = rules.meanAbsoluteError;
/** 100 |t - y| / max(|t|, 1e-7). */
export const meanAbsolutePercentageError = rules.meanAbsolutePercentageError;
/** (log(t + 1) - log(y + 1))^2, with t and y at least 1e-7. */
export const meanSquaredLogarithmicError = rules.meanSquaredLogarithmicError;
/** log cosh(y - t), as |e| + log(1 + e^(-2|e|)) - log 2, which cannot overflow. */
export const logCosh = rules.logCosh;
/** y - t log(y + 1e-7). */
export const poisson = rules.poisson;
/** Half the squared error up to `delta` (1 by default), beyond it a straight line of slope `delta`. */
export const Huber = rules.Huber;
export const huber = rules.huber;
/** Minus the sum over the last axis of the products of t and y, each divided by its length. */
export const cosineSimilarity = rules.cosineSimilarity;
/** The mean over the last axis of max(1 - t y, 0), for targets -1 and 1 (or 0 and 1, which become them). */
export const hinge = rules.hinge;
/** The mean of the squares of the same. */
export const squaredHinge = rules.squaredHinge;
/** max(0, 1 + the largest output of a wrong class - the output of the right one), for one-hot targets. */
export const categoricalHinge = rules.categoricalHinge;
/** Every loss by its name, and by the short names that Keras has. */
export const losses = rules.losses;
