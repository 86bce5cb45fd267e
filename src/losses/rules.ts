/**
 * Losses: one rule each, target and output to a loss a sample, and one table, name -> loss. What each means is told at its public
 * name, in ../losses.ts. Ops come from their own files: through ops/index.ts all of them would be shared with what training loads.
 */
import { checkOptions, ShapeError, shapeText, unknownName } from "../errors.js";
import { add, divide, equal, maximum, minimum, multiply, subtract } from "../ops/arithmetic.js";
import { abs, affine, clip, exp, log, negative, relu, sqrt, square } from "../ops/elementwise.js";
import { pad, reshape, stack } from "../ops/move.js";
import { max, mean, sum } from "../ops/reduce.js";
import { logSoftmax } from "../ops/softmax.js";
import { sameShape } from "../shape.js";
import { scope } from "../scope.js";
import { tensor, type Tensor } from "../tensor.js";

/** Target and output [batch, ..., n] to the losses of the samples, [batch, ...]. */
export type LossRule = (yTrue: Tensor, yPred: Tensor) => Tensor;

/**
 * A loss as a function: the mean over all samples, of shape [], ready for `valueAndGrad`. With `sampleWeight` each loss is
 * multiplied by its weight before the mean is taken (so the sum is divided by the number of losses, not of weights). Masked steps of
 * the output (see Masking) have no loss and do not count.
 */
export interface Loss {
  (yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): Tensor;
  readonly name: string;
  /** The losses one by one. */
  readonly perSample: LossRule;
  /** The options that it was made with, where it takes some. */
  readonly config: object | undefined;
}

/** What keeps logarithms and quotients finite, as in Keras. */
const epsilon = 1e-7;

/** A loss from a rule. A rule that gives one number for the whole batch will do, but cannot be weighted. */
export function lossFrom(name: string, rule: LossRule, config?: object): Loss {
  const perSample: LossRule = (yTrue, yPred) => scope(() => rule(yTrue, yPred));
  const loss = (yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): Tensor =>
    scope(() => {
      const { mask } = yPred;
      let values = perSample(yTrue, yPred);
      if (sampleWeight) values = weighted(name, values, sampleWeight);
      // The mean is over what counts. A rule that gives one number has taken its mean itself.
      if (mask && values.shape.length > 0) values = weighted(name, values, divide(mask, maximum(mean(mask), epsilon)));
      return mean(values);
    });
  return Object.defineProperty(Object.assign(loss, { perSample, config }), "name", { value: name });
}

/** values [batch, ...] times weights, which may lack axes at the end or have a last one of 1. @throws ShapeError */
function weighted(name: string, values: Tensor, weights: Tensor): Tensor {
  const rank = values.shape.length;
  let shape = weights.shape;
  if (shape.length === rank + 1 && shape.at(-1) === 1) shape = shape.slice(0, -1);
  shape = [...shape, ...new Array<number>(Math.max(0, rank - shape.length)).fill(1)];
  const fits = shape.length === rank && rank > 0 && shape.every((n, axis) => n === 1 || n === values.shape[axis]);
  if (!fits || shape[0] !== values.shape[0]) {
    throw new ShapeError(
      `${name}: sample weights ${shapeText(weights.shape)} against losses ${shapeText(values.shape)}; give one weight a sample.`,
    );
  }
  return multiply(values, reshape(weights, shape));
}

/** The sum of scalars, each times its weight: the loss of a model with several outputs. */
export const weightedSum = (terms: readonly Tensor[], weights: readonly number[]): Tensor =>
  scope(() =>
    terms
      .map((term, i) => (weights[i] === 1 ? term : affine(term, weights[i])))
      .reduce((total, term) => add(total, term)),
  );

// ── making targets and outputs meet ─────────────────────────────────────────────────────────────────────────────────────

/** Outputs as [..., n]: a bare [batch] becomes [batch, 1]. */
const asRows = (x: Tensor): Tensor => (x.shape.length < 2 ? reshape(x, [x.size, 1]) : x);

/** The target under the output's shape; they may differ by a last axis of 1. */
function targetLike(name: string, yTrue: Tensor, yPred: Tensor): Tensor {
  if (sameShape(yTrue.shape, yPred.shape)) return yTrue;
  if (sameShape([...yTrue.shape, 1], yPred.shape) || sameShape(yTrue.shape, [...yPred.shape, 1])) {
    return reshape(yTrue, yPred.shape);
  }
  throw new ShapeError(
    `${name}: targets ${shapeText(yTrue.shape)} against outputs ${shapeText(yPred.shape)}; expected equal shapes${classAdvice(name, yTrue, yPred)}.`,
  );
}

function classAdvice(name: string, yTrue: Tensor, yPred: Tensor): string {
  const isClasses = sameShape(yTrue.shape, yPred.shape.slice(0, -1)) || yTrue.shape.at(-1) === 1;
  return name === "categoricalCrossentropy" && isClasses ? "; for class numbers use sparseCategoricalCrossentropy" : "";
}

/** A loss whose rule sees rows: target and output of one shape [..., n]. */
const rowLoss = (name: string, rule: LossRule, config?: object): Loss =>
  lossFrom(
    name,
    (yTrue, yPred) => {
      const rows = asRows(yPred);
      return rule(targetLike(name, yTrue, rows), rows);
    },
    config,
  );

/** The same where the rule gives a value an element and the loss is their mean over the last axis. */
const meanLoss = (name: string, rule: LossRule, config?: object): Loss =>
  rowLoss(name, (t, y) => mean(rule(t, y), -1), config);

// ── cross-entropies ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** What the output was computed from, if that is known: there the loss is exact where probabilities round to 0 or 1. */
function logitsOf(yPred: Tensor, kind: "softmax" | "sigmoid", fromLogits: boolean): Tensor | undefined {
  if (yPred.logits && yPred.logitsOf === kind) return yPred.logits;
  return fromLogits ? yPred : undefined;
}

export interface CrossentropyOptions {
  /** The outputs are logits. Not needed behind a softmax or sigmoid, whose logits are found by themselves. */
  fromLogits?: boolean;
  /** Part of the target that is spread evenly over the classes, 0 by default. */
  labelSmoothing?: number;
}

export function CategoricalCrossentropy(options: CrossentropyOptions = {}): Loss {
  checkOptions("CategoricalCrossentropy", options, ["fromLogits", "labelSmoothing"]);
  const { fromLogits = false, labelSmoothing = 0 } = options;
  return lossFrom(
    "categoricalCrossentropy",
    (yTrue, yPred) => {
      const t = targetLike("categoricalCrossentropy", yTrue, yPred);
      const target = labelSmoothing ? affine(t, 1 - labelSmoothing, labelSmoothing / yPred.shape.at(-1)!) : t;
      const logits = logitsOf(yPred, "softmax", fromLogits);
      const logP = logits ? logSoftmax(logits) : safeLog(divide(yPred, sum(yPred, -1, true)));
      return negative(sum(multiply(target, logP), -1));
    },
    options,
  );
}

export function SparseCategoricalCrossentropy(options: Pick<CrossentropyOptions, "fromLogits"> = {}): Loss {
  checkOptions("SparseCategoricalCrossentropy", options, ["fromLogits"]);
  const { fromLogits = false } = options;
  return lossFrom(
    "sparseCategoricalCrossentropy",
    (yTrue, yPred) => {
      const oneHot = oneHotLike("sparseCategoricalCrossentropy", yTrue, yPred);
      const logP = logSoftmax(logitsOf(yPred, "softmax", fromLogits) ?? safeLog(yPred));
      return negative(divide(sum(multiply(oneHot, logP), -1), sum(oneHot, -1)));
    },
    options,
  );
}

/** Rows with a 1 at the class that the target names; all 0 where it names none. */
function oneHotLike(name: string, yTrue: Tensor, yPred: Tensor): Tensor {
  const lead = yPred.shape.slice(0, -1);
  if (!sameShape(yTrue.shape, lead) && !sameShape(yTrue.shape, [...lead, 1])) {
    throw new ShapeError(
      `${name}: targets ${shapeText(yTrue.shape)} against outputs ${shapeText(yPred.shape)}; expected one class number a row, ${shapeText(lead)}.`,
    );
  }
  const classes = tensor(Array.from({ length: yPred.shape.at(-1)! }, (_, i) => i));
  return equal(reshape(yTrue, [...lead, 1]), classes);
}

export function BinaryCrossentropy(options: CrossentropyOptions = {}): Loss {
  checkOptions("BinaryCrossentropy", options, ["fromLogits", "labelSmoothing"]);
  const { fromLogits = false, labelSmoothing = 0 } = options;
  return lossFrom(
    "binaryCrossentropy",
    (yTrue, yPred) => {
      const t = targetLike("binaryCrossentropy", yTrue, asRows(yPred));
      const target = labelSmoothing ? affine(t, 1 - labelSmoothing, labelSmoothing / 2) : t;
      const logits = logitsOf(yPred, "sigmoid", fromLogits);
      // log(1 - p) and log p side by side, [..., 2]: sigmoid(z) is the softmax of (0, z).
      const logP = logits ? logSoftmax(besideZero(asRows(logits))) : bothLogs(asRows(yPred));
      return mean(negative(sum(multiply(stack([affine(target, -1, 1), target], -1), logP), -1)), -1);
    },
    options,
  );
}

/** (0, z) for every element: [...] to [..., 2]. */
function besideZero(z: Tensor): Tensor {
  const nothing = [...z.shape, 1].map(() => 0);
  return pad(reshape(z, [...z.shape, 1]), [...nothing.slice(1), 1], nothing);
}

const bothLogs = (p: Tensor): Tensor => stack([log(affine(bounded(p), -1, 1)), log(bounded(p))], -1);
const bounded = (p: Tensor): Tensor => clip(p, epsilon, 1 - epsilon);
const safeLog = (p: Tensor): Tensor => log(bounded(p));

export const categoricalCrossentropy = CategoricalCrossentropy();
export const sparseCategoricalCrossentropy = SparseCategoricalCrossentropy();
export const binaryCrossentropy = BinaryCrossentropy();

export const klDivergence = rowLoss("klDivergence", (t, p) => {
  const [target, output] = [clip(t, epsilon, 1), clip(p, epsilon, 1)];
  return sum(multiply(target, log(divide(target, output))), -1);
});

// ── regression: means over the last axis ────────────────────────────────────────────────────────────────────────────────

export const meanSquaredError = meanLoss("meanSquaredError", (t, y) => square(subtract(t, y)));
export const meanAbsoluteError = meanLoss("meanAbsoluteError", (t, y) => abs(subtract(t, y)));
export const meanAbsolutePercentageError = meanLoss("meanAbsolutePercentageError", (t, y) =>
  affine(abs(divide(subtract(t, y), maximum(abs(t), epsilon))), 100),
);
export const meanSquaredLogarithmicError = meanLoss("meanSquaredLogarithmicError", (t, y) => {
  const logOf = (x: Tensor) => log(affine(maximum(x, epsilon), 1, 1));
  return square(subtract(logOf(t), logOf(y)));
});
export const logCosh = meanLoss("logCosh", (t, y) => {
  const error = abs(subtract(y, t));
  return affine(add(error, log(affine(exp(affine(error, -2)), 1, 1))), 1, -Math.LN2);
});
export const poisson = meanLoss("poisson", (t, y) => subtract(y, multiply(t, log(affine(y, 1, epsilon)))));

export function Huber(options: { delta?: number } = {}): Loss {
  checkOptions("Huber", options, ["delta"]);
  const { delta = 1 } = options;
  return meanLoss(
    "huber",
    (t, y) => {
      const error = abs(subtract(y, t));
      const inner = minimum(error, delta);
      return add(affine(square(inner), 0.5), affine(subtract(error, inner), delta));
    },
    options,
  );
}
export const huber = Huber();

export const cosineSimilarity = rowLoss("cosineSimilarity", (t, y) =>
  negative(sum(multiply(unitRows(t), unitRows(y)), -1)),
);
const unitRows = (x: Tensor): Tensor => divide(x, sqrt(maximum(sum(square(x), -1, true), epsilon ** 2)));

// ── hinges ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** 0 and 1 become -1 and 1, unless there is any other number among the targets. */
function signs(t: Tensor): Tensor {
  const isBit = add(equal(t, 0), equal(t, 1));
  const allBits = affine(max(affine(isBit, -1, 1)), -1, 1);
  return add(t, multiply(allBits, affine(t, 1, -1)));
}
const hinges = (t: Tensor, y: Tensor): Tensor => relu(affine(multiply(signs(t), y), -1, 1));

export const hinge = meanLoss("hinge", hinges);
export const squaredHinge = meanLoss("squaredHinge", (t, y) => square(hinges(t, y)));
export const categoricalHinge = rowLoss("categoricalHinge", (t, y) => {
  const wrong = max(multiply(affine(t, -1, 1), y), -1);
  return relu(affine(subtract(wrong, sum(multiply(t, y), -1)), 1, 1));
});

// ── the table ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const all = [
  ...[categoricalCrossentropy, sparseCategoricalCrossentropy, binaryCrossentropy, klDivergence],
  ...[meanSquaredError, meanAbsoluteError, meanAbsolutePercentageError, meanSquaredLogarithmicError],
  ...[huber, logCosh, poisson, cosineSimilarity, hinge, squaredHinge, categoricalHinge],
];

/** Every loss by its name, and by the short names that Keras has. */
export const losses: Readonly<Record<string, Loss>> = {
  ...Object.fromEntries(all.map((loss) => [loss.name, loss])),
  bce: binaryCrossentropy,
  kld: klDivergence,
  mse: meanSquaredError,
  mae: meanAbsoluteError,
  mape: meanAbsolutePercentageError,
  msle: meanSquaredLogarithmicError,
};

/** The loss that is meant. A function of one's own gives a loss a sample. @throws ArgumentError for a name that is not in the table. */
export function getLoss(where: string, loss: string | LossRule): Loss {
  if (typeof loss !== "string") return isLoss(loss) ? loss : lossFrom(loss.name || "loss", loss);
  if (Object.hasOwn(losses, loss)) return losses[loss];
  throw unknownName(where, "loss", loss, Object.keys(losses));
}

const isLoss = (loss: LossRule): loss is Loss => "perSample" in loss;
