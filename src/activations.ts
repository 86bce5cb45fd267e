/** Activation functions by name: one table. All work element by element but softmax and logSoftmax (over the last axis). */
import { ArgumentError, unknownName } from "./errors.js";
import type { EpilogueActivation } from "./kernels.js";
import {
  abs,
  add,
  affine,
  clip,
  divide,
  exp,
  logSoftmax,
  maximum,
  minimum,
  multiply,
  negative,
  relu,
  relu6,
  reshape,
  sigmoid,
  sign,
  slice,
  softmax,
  sqrt,
  square,
  stack,
  subtract,
  tanh,
} from "./ops/index.js";
import { scope, type Tensor, zeros } from "./tensor.js";

export type ActivationFunction = (x: Tensor) => Tensor;

/** ln sigmoid(x) (part 0) or ln sigmoid(-x) (part 1), by a softmax over x and 0: exact far from 0, gradients included. */
function logSigmoid(x: Tensor, part = 0): Tensor {
  const both = logSoftmax(stack([x, zeros(x.shape)], -1));
  const start = x.shape.map(() => 0);
  return reshape(slice(both, [...start, part], [...x.shape, 1]), x.shape);
}

const softplus: ActivationFunction = (x) => negative(logSigmoid(x, 1));
const elu = (x: Tensor, alpha = 1): Tensor => add(relu(x), affine(exp(minimum(x, 0)), alpha, -alpha));
const hardSigmoid: ActivationFunction = (x) => affine(relu6(affine(x, 1, 3)), 1 / 6);
const silu: ActivationFunction = (x) => multiply(x, sigmoid(x));
const hardSilu: ActivationFunction = (x) => multiply(x, hardSigmoid(x));

/** The error function, to 1.5e-7: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26. */
function erf(x: Tensor): Tensor {
  const t = divide(1, affine(abs(x), 0.3275911, 1));
  let sum = affine(t, 1.061405429, -1.453152027);
  for (const coefficient of [1.421413741, -0.284496736, 0.254829592]) sum = affine(multiply(sum, t), 1, coefficient);
  const tail = multiply(multiply(sum, t), exp(negative(square(x))));
  return multiply(sign(x), affine(tail, -1, 1));
}

/** Keras 3's functions and defaults, under its names in camelCase. */
const functions: Record<string, ActivationFunction> = {
  linear: (x) => x,
  relu,
  relu6,
  leakyRelu: (x) => maximum(affine(x, 0.2), x),
  elu,
  selu: (x) => affine(elu(x, 1.6732632423543772), 1.0507009873554805),
  celu: elu,
  gelu: (x) => multiply(affine(x, 0.5), affine(erf(affine(x, Math.SQRT1_2)), 1, 1)),
  sigmoid,
  logSigmoid: (x) => logSigmoid(x),
  hardSigmoid,
  /** Keras 1 and 2 (and TensorFlow.js) mean this by hard_sigmoid. */
  hardSigmoidKeras2: (x) => clip(affine(x, 0.2, 0.5), 0, 1),
  silu,
  swish: silu,
  hardSilu,
  hardSwish: hardSilu,
  mish: (x) => multiply(x, tanh(softplus(x))),
  tanh,
  hardTanh: (x) => clip(x, -1, 1),
  tanhShrink: (x) => subtract(x, tanh(x)),
  softplus,
  squareplus: (x) => affine(add(x, sqrt(affine(square(x), 1, 4))), 0.5),
  softsign: (x) => divide(x, affine(abs(x), 1, 1)),
  exponential: exp,
  softmax,
  logSoftmax,
};

/**
 * Those that a kernel applies before it stores its result. Sigmoid could be one, but as an op of its own it leaves its logits
 * on its output, from which a cross-entropy computes.
 */
const fused: Record<string, EpilogueActivation> = { linear: "linear", relu: "relu", relu6: "relu6", tanh: "tanh" };

/** An activation in two parts: what goes into the kernel before it, and what is left to do. */
export interface ActivationParts {
  /** Undefined for a function of the user's own. */
  readonly name: string | undefined;
  readonly epilogue: EpilogueActivation;
  /** On the result of a kernel with this epilogue; the identity where the kernel did it all. */
  after(x: Tensor): Tensor;
  /** The whole function. */
  apply(x: Tensor): Tensor;
}

/**
 * The activation of a name, or a function of one's own. Undefined and null are "linear".
 * @throws ArgumentError for a name that is not in the table.
 */
export function getActivation(where: string, activation?: string | ActivationFunction | null): ActivationParts {
  const wanted = activation ?? "linear";
  if (typeof wanted === "function") return { name: undefined, epilogue: "linear", after: wanted, apply: wanted };
  if (typeof wanted !== "string") {
    throw new ArgumentError(`${where}: activation ${JSON.stringify(wanted)}; expected a name or a function.`);
  }
  if (!Object.hasOwn(functions, wanted)) throw unknownName(where, "activation", wanted, Object.keys(functions));
  const apply: ActivationFunction = (x) => scope(() => functions[wanted](x));
  const epilogue = fused[wanted];
  return { name: wanted, epilogue: epilogue ?? "linear", after: epilogue ? (x) => x : apply, apply };
}
