/** Activation functions that are no op of their own. All work element by element. */
import {
  abs,
  add,
  affine,
  divide,
  exp,
  logSoftmax,
  minimum,
  multiply,
  negative,
  relu,
  relu6,
  reshape,
  sigmoid,
  sign,
  slice,
  square,
  stack,
} from "../ops/index.js";
import type { PartialShape } from "../shape.js";
import { type Tensor, zeros } from "../tensor.js";

export interface ActivationFunction {
  (x: Tensor): Tensor;
  /** The result's shape, where it is not that of x. */
  shape?: (x: PartialShape) => PartialShape;
}

/** ln sigmoid(x) (part 0) or ln sigmoid(-x) (part 1), by a softmax over x and 0: exact far from 0, gradients included. */
export function logSigmoidPart(x: Tensor, part: 0 | 1): Tensor {
  const both = logSoftmax(stack([x, zeros(x.shape)], -1));
  const start = x.shape.map(() => 0);
  return reshape(slice(both, [...start, part], [...x.shape, 1]), x.shape);
}

/** ln(1 + e^x). */
export const softplus = (x: Tensor): Tensor => negative(logSigmoidPart(x, 1));
/** x above 0, alpha (e^x - 1) below. */
export const elu = (x: Tensor, { alpha = 1 }: { alpha?: number } = {}): Tensor =>
  add(relu(x), affine(exp(minimum(x, 0)), alpha, -alpha));
/** x above 0, negativeSlope x below; the slope of the name is 0.2, that of the layer LeakyReLU 0.3. */
export const leakyRelu = (x: Tensor, { negativeSlope = 0.2 }: { negativeSlope?: number } = {}): Tensor =>
  add(relu(x), affine(minimum(x, 0), negativeSlope));
/** relu6(x + 3) / 6. */
export const hardSigmoid = (x: Tensor): Tensor => affine(relu6(affine(x, 1, 3)), 1 / 6);
/** x sigmoid(x). */
export const silu = (x: Tensor): Tensor => multiply(x, sigmoid(x));

/** The error function, to 1.5e-7: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26. */
function erf(x: Tensor): Tensor {
  const t = divide(1, affine(abs(x), 0.3275911, 1));
  let sum = affine(t, 1.061405429, -1.453152027);
  for (const coefficient of [1.421413741, -0.284496736, 0.254829592]) sum = affine(multiply(sum, t), 1, coefficient);
  const tail = multiply(multiply(sum, t), exp(negative(square(x))));
  return multiply(sign(x), affine(tail, -1, 1));
}

/** x times the normal distribution's share below x. */
export const gelu = (x: Tensor): Tensor => multiply(affine(x, 0.5), affine(erf(affine(x, Math.SQRT1_2)), 1, 1));
