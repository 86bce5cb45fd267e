/**
 * The public names of the losses; their docstrings say what each computes (as in Keras). They are constants of this file rather than
 * re-exports: esbuild puts a re-exported file that training uses, too, into what a page loads at its start, and not
 * into the training chunk.
 */
import type { Loss } from "../loss.js";
import * as circles from "./circle.js";
import * as classes from "./classes.js";
import * as sequences from "./ctc.js";
import * as crossentropies from "./crossentropies.js";
import * as focal from "./focal.js";
import * as generalized from "./generalizedCrossentropy.js";
import * as hinges from "./hinges.js";
import * as overlaps from "./overlaps.js";
import * as regression from "./regression.js";
import * as table from "./table.js";

export type { Loss, LossRule } from "../loss.js";
export type { CircleOptions } from "./circle.js";
export type { LossAxisOptions, SparseCrossentropyOptions } from "./classes.js";
export type { CrossentropyOptions } from "./crossentropies.js";
export type { BinaryFocalCrossentropyOptions, CategoricalFocalCrossentropyOptions } from "./focal.js";
export type { CategoricalGeneralizedCrossEntropyOptions } from "./generalizedCrossentropy.js";
export type { DiceOptions, TverskyOptions } from "./overlaps.js";
export type { Reduction, ReductionOptions } from "./reduction.js";
export type { HuberOptions } from "./regression.js";

/**
 * Makes the loss -sum t log p over the last axis, for one-hot targets [batch, ..., classes]. p is the output divided by
 * its sum and bounded by 1e-7 and 1 - 1e-7; if the output comes from a softmax, or with `fromLogits`, log p is
 * log-softmax of the logits, without bounds.
 * @throws ArgumentError for an unknown option.
 */
export const CategoricalCrossentropy = classes.CategoricalCrossentropy;
/**
 * Makes the loss -log p of the target's class, for targets that are class numbers: [batch, ...] or [batch, ..., 1]
 * against outputs [batch, ..., classes]. p is the output bounded by 1e-7 and 1 - 1e-7, then divided by its sum; if the
 * output comes from a softmax, or with `fromLogits`, log p is log-softmax of the logits, without bounds. NaN for a
 * number that is no class. Targets of `ignoreClass` have no loss and do not count in the mean.
 * @throws ArgumentError for an unknown option.
 */
export const SparseCategoricalCrossentropy = classes.SparseCategoricalCrossentropy;
/**
 * Makes the loss that is the mean over the last axis of -(t log p + (1 - t) log(1 - p)). p is the output, bounded by
 * 1e-7 and 1 - 1e-7; if the output comes from a sigmoid, or with `fromLogits`, it is computed from the logits, without
 * bounds.
 * @throws ArgumentError for an unknown option.
 */
export const BinaryCrossentropy = classes.BinaryCrossentropy;
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
export const Huber = classes.Huber;
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
/**
 * Makes the focal loss (Lin et al., 2017) for targets 0 and 1: the mean over the last axis of the binary cross-entropy
 * times (1 - p of the target)^`gamma` (2 by default). With `applyClassBalancing` targets of 1 weigh `alpha` (0.25), those
 * of 0 weigh 1 - `alpha`.
 * @throws ArgumentError for an unknown option.
 * @example
 * model.compile({ loss: BinaryFocalCrossentropy({ gamma: 3 }) });
 */
export const BinaryFocalCrossentropy = classes.BinaryFocalCrossentropy;
/**
 * Makes the focal loss (Lin et al., 2017) for one-hot targets [batch, ..., classes]: -sum alpha (1 - p)^gamma t log p over
 * the last axis, with p as in `CategoricalCrossentropy`, always with bounds. `alpha` (0.25 by default) is a number or one for
 * each class, `gamma` 2 by default.
 * @throws ArgumentError for an unknown option.
 */
export const CategoricalFocalCrossentropy = classes.CategoricalFocalCrossentropy;
/**
 * Makes the loss (1 - p^q) / q of the probability p of the target's class (Zhang and Sabuncu, 2018), which bears wrong
 * targets better than a cross-entropy; q is between 0 and 1, 0.5 by default. Targets are class numbers, [batch, ...].
 * @throws ArgumentError for an unknown option.
 */
export const CategoricalGeneralizedCrossEntropy = classes.CategoricalGeneralizedCrossEntropy;
/**
 * Makes the circle loss (Sun et al., 2020) of embeddings [batch, features] of length 1, for targets that are class
 * numbers, [batch]: samples of a class should be similar, others not. Samples without another one of their class in the
 * batch do not count.
 * @throws ArgumentError for an unknown option; the loss itself throws ShapeError for outputs of another rank.
 */
export const Circle = classes.Circle;
/**
 * Makes the loss of connectionist temporal classification (Graves et al., 2006): -log p of a sequence of labels whose
 * places in time are not known. Outputs are logits [batch, time, classes], class 0 is the blank. Targets are class
 * numbers [batch, length] from 1 on, padded with 0. Labels that need more time steps than there are have a loss above
 * 700.
 * @throws ArgumentError for an unknown option; the loss itself throws ShapeError for other shapes, and ArgumentError for
 * outputs with a mask.
 * @example
 * model.compile({ loss: CTC() });
 */
export const CTC = classes.CTC;
/**
 * Makes the loss 1 - 2 sum(t y) / (sum t + sum y) (Milletari et al., 2016), with sums over all axes or over those of
 * `axis`. Targets and outputs have equal shapes.
 * @throws ArgumentError for an unknown option.
 * @example
 * model.compile({ loss: Dice({ axis: [1, 2, 3] }) }); // a value for each picture
 */
export const Dice = classes.Dice;
/**
 * Makes the loss 1 - c / (c + alpha m + beta f) (Salehi et al., 2017): c is common to target and output, m only in the
 * target, f only in the output, with sums over all axes or over those of `axis`. `alpha` and `beta` are 0.5 by default,
 * where it is the loss of `Dice`.
 * @throws ArgumentError for an unknown option.
 */
export const Tversky = classes.Tversky;
/**
 * Makes the loss `categoricalHinge` with another `reduction`, such as "sum".
 * @throws ArgumentError for an unknown option.
 */
export const CategoricalHinge = classes.CategoricalHinge;
/**
 * Makes the loss `hinge` with another `reduction`, such as "sum".
 * @throws ArgumentError for an unknown option.
 */
export const Hinge = classes.Hinge;
/**
 * Makes the loss `klDivergence` with another `reduction`, such as "sum".
 * @throws ArgumentError for an unknown option.
 */
export const KLDivergence = classes.KLDivergence;
/**
 * Makes the loss `logCosh` with another `reduction`, such as "sum".
 * @throws ArgumentError for an unknown option.
 */
export const LogCosh = classes.LogCosh;
/**
 * Makes the loss `meanAbsoluteError` with another `reduction`, such as "sum".
 * @throws ArgumentError for an unknown option.
 */
export const MeanAbsoluteError = classes.MeanAbsoluteError;
/**
 * Makes the loss `meanAbsolutePercentageError` with another `reduction`, such as "sum".
 * @throws ArgumentError for an unknown option.
 */
export const MeanAbsolutePercentageError = classes.MeanAbsolutePercentageError;
/**
 * Makes the loss `meanSquaredError` with another `reduction`, such as "sum".
 * @throws ArgumentError for an unknown option.
 */
export const MeanSquaredError = classes.MeanSquaredError;
/**
 * Makes the loss `meanSquaredLogarithmicError` with another `reduction`, such as "sum".
 * @throws ArgumentError for an unknown option.
 */
export const MeanSquaredLogarithmicError = classes.MeanSquaredLogarithmicError;
/**
 * Makes the loss `poisson` with another `reduction`, such as "sum".
 * @throws ArgumentError for an unknown option.
 */
export const Poisson = classes.Poisson;
/**
 * Makes the loss `squaredHinge` with another `reduction`, such as "sum".
 * @throws ArgumentError for an unknown option.
 */
export const SquaredHinge = classes.SquaredHinge;
/**
 * Makes the loss `cosineSimilarity` along another `axis` than the last, or with another `reduction`.
 * @throws ArgumentError for an unknown option.
 */
export const CosineSimilarity = classes.CosineSimilarity;
/** Computes the focal loss for targets 0 and 1; `BinaryFocalCrossentropy()`. */
export const binaryFocalCrossentropy = focal.binaryFocalCrossentropy;
/** Computes the focal loss for one-hot targets; `CategoricalFocalCrossentropy()`. */
export const categoricalFocalCrossentropy = focal.categoricalFocalCrossentropy;
/** Computes (1 - p^0.5) / 0.5 of the probability p of the target's class; `CategoricalGeneralizedCrossEntropy()`. */
export const categoricalGeneralizedCrossEntropy = generalized.categoricalGeneralizedCrossEntropy;
/** Computes the circle loss of embeddings of length 1; `Circle()`. */
export const circle = circles.circle;
/** Computes -log p of sequences of labels [batch, length] from logits [batch, time, classes]; `CTC()`. */
export const ctc = sequences.ctc;
/** Computes 1 - 2 sum(t y) / (sum t + sum y) over the whole batch; `Dice()`. */
export const dice = overlaps.dice;
/** Computes the loss of Tversky over the whole batch; `Tversky()`. */
export const tversky = overlaps.tversky;
/** The table of the losses that `compile` takes by name: by name ("meanSquaredError") and by the short names that Keras has ("mse"). */
export const losses: Readonly<Record<string, Loss>> = table.losses;
