/** Losses: a rule computes a loss for each sample from target and output, and a function computes the weighted mean. */
import { ShapeError, shapeText } from "./errors.js";
import { checkTensors } from "./op.js";
import { add, divide, equal, maximum, multiply } from "./ops/arithmetic.js";
import { affine, sqrt, square } from "./ops/elementwise.js";
import { reshape, transpose } from "./ops/move.js";
import { mean, sum } from "./ops/reduce.js";
import { where } from "./ops/where.js";
import { normalizeAxis, sameShape } from "./shape.js";
import { scope } from "./scope.js";
import { tensor, type Tensor } from "./tensor.js";

/**
 * Computes the losses of the samples, [batch, ...], from target and output [batch, ..., n]. A user-defined loss is one.
 */
export type LossRule = (yTrue: Tensor, yPred: Tensor) => Tensor;

/**
 * A loss as a function: the mean over all samples, of shape [], ready for `valueAndGrad`. With `sampleWeight` each loss
 * is multiplied by its weight before the mean is taken (so the sum is divided by the number of losses, not of weights).
 * Masked time steps of the output (see Masking) have no loss and do not count, whatever their targets are.
 */
export interface Loss {
  (yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): Tensor;
  /** The name in the table, in camelCase. */
  readonly name: string;
  /** The losses of the samples, one by one. */
  readonly perSample: LossRule;
  /** The options that the loss was made with; undefined where it has none. */
  readonly config: object | undefined;
  /** @internal What models are trained on, where the loss itself is no single number. */
  readonly objective?: (...given: Parameters<Loss>) => Tensor;
}

/** The bound that keeps logarithms and quotients finite, as in Keras. */
export const epsilon = 1e-7;

/** Reduces the losses of samples to one, or leaves them as they are. */
export type Reduce = (name: string, values: Tensor, weights: Tensor | undefined, mask: Tensor | undefined) => Tensor;

/** The mean over the values that are not masked. A rule that gives one number has computed its mean itself. */
export const meanOf: Reduce = (name, values, weights, mask) => {
  let weighed = weights ? weigh(name, values, weights) : values;
  if (mask && values.shape.length > 0) weighed = weigh(name, weighed, divide(mask, maximum(mean(mask), epsilon)));
  return mean(weighed);
};

/** Makes a loss from a rule. A rule may give one number for the whole batch, but then the loss cannot be weighted. */
export function lossFrom(name: string, rule: LossRule, config?: object, reduce = meanOf): Loss {
  const perSample: LossRule = (yTrue, yPred) => {
    checkTensors(name, [yTrue, yPred]);
    return scope(() => rule(yTrue, yPred));
  };
  const loss = (yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): Tensor =>
    scope(() => {
      checkTensors(name, [yTrue, yPred]);
      const { mask } = yPred;
      const isPadded = mask && sameShape(mask.shape, yTrue.shape.slice(0, mask.shape.length));
      return reduce(name, perSample(isPadded ? where(mask, yTrue) : yTrue, yPred), sampleWeight, mask);
    });
  return Object.defineProperty(Object.assign(loss, { perSample, config }), "name", { value: name });
}

/** Multiplies values [batch, ...] by weights, which may lack axes at the end or have a last axis of 1. @throws ShapeError */
export function weigh(name: string, values: Tensor, weights: Tensor): Tensor {
  checkTensors(name, [weights]);
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
  const factors = reshape(weights, shape);
  return multiply(where(factors, values), factors);
}

/** Computes the weighted sum of scalars: the loss of a model with several outputs. */
export function weightedSum(terms: readonly Tensor[], weights: readonly number[]): Tensor {
  const weighted = (term: Tensor, i: number) => (weights[i] === 1 ? term : affine(term, weights[i]));
  return scope(() => terms.map(weighted).reduce((total, term) => add(total, term)));
}

// ── shapes of targets and outputs ───────────────────────────────────────────────────────────────────────────────────────

/** Gives outputs as [..., n]: [batch] becomes [batch, 1]. */
export const asRows = (x: Tensor): Tensor => (x.shape.length < 2 ? reshape(x, [x.size, 1]) : x);

/** Gives the target in the shape of the output; they may differ by a last axis of 1. @throws ShapeError for other shapes. */
export function targetLike(name: string, yTrue: Tensor, yPred: Tensor): Tensor {
  if (sameShape(yTrue.shape, yPred.shape)) return yTrue;
  if (sameShape([...yTrue.shape, 1], yPred.shape) || sameShape(yTrue.shape, [...yPred.shape, 1])) {
    return reshape(yTrue, yPred.shape);
  }
  throw unfit(name, yTrue, yPred, `equal shapes${classAdvice(name, yTrue, yPred)}`);
}

/** Makes the error for targets and outputs whose shapes do not fit. */
export const unfit = (name: string, yTrue: Tensor, yPred: Tensor, expected: string): ShapeError =>
  new ShapeError(
    `${name}: targets ${shapeText(yTrue.shape)} against outputs ${shapeText(yPred.shape)}; expected ${expected}.`,
  );

/** Gives targets of class numbers, [...] or [..., 1], in the shape [...] of outputs [..., classes]. @throws ShapeError */
export function classNumbers(name: string, yTrue: Tensor, yPred: Tensor): Tensor {
  const lead = yPred.shape.slice(0, -1);
  if (sameShape(yTrue.shape, lead) || sameShape(yTrue.shape, [...lead, 1])) return reshape(yTrue, lead);
  throw unfit(name, yTrue, yPred, `one class number a row, ${shapeText(lead)}`);
}

/** Makes one-hot rows like the outputs [..., classes] from class numbers [...]; rows of zeros for what is no class. */
export function oneHotLike(yPred: Tensor, numbers: Tensor): Tensor {
  const classes = tensor(Array.from({ length: yPred.shape.at(-1)! }, (_, i) => i));
  return equal(reshape(numbers, [...numbers.shape, 1]), classes);
}

/** Divides rows by their norms. */
export const unitRows = (x: Tensor): Tensor => divide(x, sqrt(maximum(sum(square(x), -1, true), epsilon * epsilon)));

function classAdvice(name: string, yTrue: Tensor, yPred: Tensor): string {
  const isClasses = sameShape(yTrue.shape, yPred.shape.slice(0, -1)) || yTrue.shape.at(-1) === 1;
  return name === "categoricalCrossentropy" && isClasses ? "; for class numbers use sparseCategoricalCrossentropy" : "";
}

/** Makes a loss whose rule receives rows: target and output of the same shape [..., n]. */
export function rowLoss(name: string, rule: LossRule, config?: object): Loss {
  const ofRows = (yTrue: Tensor, rows: Tensor) => rule(targetLike(name, yTrue, rows), rows);
  return lossFrom(name, (yTrue, yPred) => ofRows(yTrue, asRows(yPred)), config);
}

/** Makes a loss of rows [..., n] from a rule that gives a value for each element: their mean over the last axis. */
export const meanLoss = (name: string, rule: LossRule, config?: object): Loss =>
  rowLoss(name, (t, y) => mean(rule(t, y), -1), config);

/** Moves an axis to the end, for rules that work along the last one. @throws ArgumentError for an axis that x does not have. */
export function axisLast(name: string, x: Tensor, axis: number): Tensor {
  const last = x.shape.length - 1;
  const moved = normalizeAxis(name, axis, x.shape.length);
  if (moved === last) return x;
  const others = x.shape.map((_, i) => i).filter((i) => i !== moved);
  return transpose(x, [...others, moved]);
}
