/** Losses between distributions. */
import { checkNumbers, checkOptions } from "../errors.js";
import {
  asRows,
  classNumbers,
  epsilon,
  type Loss,
  lossFrom,
  type LossRule,
  oneHotLike,
  rowLoss,
  targetLike,
} from "../loss.js";
import { divide, multiply } from "../ops/arithmetic.js";
import { affine, clip, log, negative } from "../ops/elementwise.js";
import { pad, reshape, stack } from "../ops/move.js";
import { mean, sum } from "../ops/reduce.js";
import { logSoftmax } from "../ops/softmax.js";
import type { Tensor } from "../tensor.js";

/** Gives the logits of the output, if known: a loss from logits is exact where probabilities round to 0 or 1. */
function logitsOf(yPred: Tensor, kind: "softmax" | "sigmoid", fromLogits: boolean): Tensor | undefined {
  if (yPred.logits && yPred.logitsOf === kind) return yPred.logits;
  return fromLogits ? yPred : undefined;
}

/** The options of a cross-entropy. */
export interface CrossentropyOptions {
  /**
   * Whether the outputs are logits, false by default. It is not needed after a softmax or sigmoid, whose logits are found
   * automatically.
   */
  fromLogits?: boolean;
  /** The part of the target that is spread evenly over the classes, from 0 to 1; 0 by default. */
  labelSmoothing?: number;
}

function checkCrossentropy(name: string, options: CrossentropyOptions): void {
  checkOptions(name, options, ["fromLogits", "labelSmoothing"]);
  checkNumbers(name, options, "a number from 0, below 1", ["labelSmoothing"]);
}

export function CategoricalCrossentropy(options: CrossentropyOptions = {}): Loss {
  checkCrossentropy("CategoricalCrossentropy", options);
  const { fromLogits = false, labelSmoothing = 0 } = options;
  const rule: LossRule = (yTrue, yPred) => {
    const target = smoothedRows(targetLike("categoricalCrossentropy", yTrue, yPred), labelSmoothing);
    const logits = logitsOf(yPred, "softmax", fromLogits);
    const logP = logits ? logSoftmax(logits) : safeLog(divide(yPred, sum(yPred, -1, true)));
    return negative(sum(multiply(target, logP), -1));
  };
  return lossFrom("categoricalCrossentropy", rule, options);
}

/** Spreads a part of one-hot rows evenly over the classes. */
export const smoothedRows = (t: Tensor, smoothing: number): Tensor =>
  smoothing ? affine(t, 1 - smoothing, smoothing / t.shape.at(-1)!) : t;

export function SparseCategoricalCrossentropy(options: Pick<CrossentropyOptions, "fromLogits"> = {}): Loss {
  checkOptions("SparseCategoricalCrossentropy", options, ["fromLogits"]);
  const { fromLogits = false } = options;
  const rule: LossRule = (yTrue, yPred) => {
    const oneHot = oneHotLike(yPred, classNumbers("sparseCategoricalCrossentropy", yTrue, yPred));
    const logP = logSoftmax(logitsOf(yPred, "softmax", fromLogits) ?? safeLog(yPred));
    return negative(divide(sum(multiply(oneHot, logP), -1), sum(oneHot, -1)));
  };
  return lossFrom("sparseCategoricalCrossentropy", rule, options);
}

export function BinaryCrossentropy(options: CrossentropyOptions = {}): Loss {
  checkCrossentropy("BinaryCrossentropy", options);
  const { fromLogits = false, labelSmoothing = 0 } = options;
  const rule: LossRule = (yTrue, yPred) => {
    const t = targetLike("binaryCrossentropy", yTrue, asRows(yPred));
    return mean(binaryTerms(smoothedBits(t, labelSmoothing), yPred, fromLogits), -1);
  };
  return lossFrom("binaryCrossentropy", rule, options);
}

/** Moves targets 0 and 1 towards 0.5. */
export const smoothedBits = (t: Tensor, smoothing: number): Tensor =>
  smoothing ? affine(t, 1 - smoothing, smoothing / 2) : t;

/** Computes -(t log p + (1 - t) log(1 - p)) for each element of rows. */
export function binaryTerms(target: Tensor, yPred: Tensor, fromLogits: boolean): Tensor {
  const logits = logitsOf(yPred, "sigmoid", fromLogits);
  // [log(1 - p), log p] along the last axis, [..., 2]: sigmoid(z) is the softmax of (0, z).
  const logP = logits ? logSoftmax(besideZero(asRows(logits))) : bothLogs(asRows(yPred));
  return negative(sum(multiply(stack([affine(target, -1, 1), target], -1), logP), -1));
}

/** Makes the pair (0, z) for every element: [...] to [..., 2]. */
function besideZero(z: Tensor): Tensor {
  const nothing = [...z.shape, 1].map(() => 0);
  return pad(reshape(z, [...z.shape, 1]), [...nothing.slice(1), 1], nothing);
}

const bothLogs = (p: Tensor): Tensor => stack([log(affine(bound(p), -1, 1)), log(bound(p))], -1);
const bound = (p: Tensor): Tensor => clip(p, epsilon, 1 - epsilon);
const safeLog = (p: Tensor): Tensor => log(bound(p));

export const categoricalCrossentropy = CategoricalCrossentropy();
export const sparseCategoricalCrossentropy = SparseCategoricalCrossentropy();
export const binaryCrossentropy = BinaryCrossentropy();

export const klDivergence = rowLoss("klDivergence", (t, p) => {
  const [target, output] = [clip(t, epsilon, 1), clip(p, epsilon, 1)];
  return sum(multiply(target, log(divide(target, output))), -1);
});
