/** Activation functions by name. All work element by element but softmax (over the last axis). */
import { type ActivationFunction, elu, gelu, hardSigmoid, leakyRelu, silu, softplus } from "./activations/basic.js";
import { unknownName } from "./errors.js";
import type { EpilogueActivation } from "./kernels.js";
import { moreActivations } from "./activations/rare.js";
import { type Named, resolve } from "./named.js";
import { abs, affine, clip, divide, exp, relu, relu6, sigmoid, softmax, tanh } from "./ops/index.js";
import { scope } from "./scope.js";
import type { Tensor } from "./tensor.js";

export type { ActivationFunction } from "./activations/basic.js";

/** Keras 3's functions and defaults, under its names in camelCase. Rarer ones are in moreActivations. */
const functions: Record<string, ActivationFunction> = {
  linear: (x) => x,
  relu,
  relu6,
  leakyRelu: (x) => leakyRelu(x),
  elu: (x) => elu(x),
  selu: (x) => affine(elu(x, { alpha: 1.6732632423543772 }), 1.0507009873554805),
  gelu,
  sigmoid,
  hardSigmoid,
  /** Keras 1 and 2 (and TensorFlow.js) mean this by hard_sigmoid. */
  hardSigmoidKeras2: (x) => clip(affine(x, 0.2, 0.5), 0, 1),
  silu,
  swish: silu,
  tanh,
  softplus,
  softsign: (x) => divide(x, affine(abs(x), 1, 1)),
  exponential: exp,
  softmax,
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
  apply: ActivationFunction;
}

/** A name, `{ className: "elu", config: { alpha: 0.5 } }`, or a function. */
export type ActivationOption = string | Named | ActivationFunction;

/**
 * The activation of a name, or a function of one's own. Undefined and null are "linear".
 * @throws ArgumentError for a name that is not in the tables.
 */
export function getActivation(where: string, activation?: ActivationOption | null): ActivationParts {
  const wanted = activation ?? "linear";
  if (typeof wanted !== "string") {
    const apply = resolve<ActivationFunction>(where, "activation", moreActivations, wanted)!;
    return { name: undefined, epilogue: "linear", after: apply, apply };
  }
  const known = [...Object.keys(functions), ...Object.keys(moreActivations)];
  if (!known.includes(wanted)) throw unknownName(where, "activation", wanted, known);
  const work = functions[wanted] ?? moreActivations[wanted]({});
  const apply: ActivationFunction = (x) => scope(() => work(x));
  apply.shape = work.shape;
  const epilogue = fused[wanted];
  return { name: wanted, epilogue: epilogue ?? "linear", after: epilogue ? (x) => x : apply, apply };
}
