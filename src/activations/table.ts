/** Activation functions by name: one table, with Keras 3's functions and defaults under its names in camelCase. */
import { type ActivationFunction, type NamedActivation, withOptions } from "../activation.js";
import { unknownName } from "../errors.js";
import type { EpilogueActivation } from "../kernels.js";
import { lookUp, type Named } from "../named.js";
import type { Tensor } from "../tensor.js";
import { celu, elu, hardShrink, leakyRelu, relu, relu6, selu, softShrink, threshold } from "./rectifiers.js";
import { glu, hardSigmoid, hardSigmoidKeras2, hardSilu, logSigmoid, sigmoid, silu, sparseSigmoid } from "./sigmoids.js";
import { exponential, hardTanh, linear, softsign, tanh, tanhShrink } from "./simple.js";
import { gelu, mish, softplus, sparsePlus, squareplus } from "./smooth.js";
import { logSoftmax, softmax, sparsemax } from "./softmaxes.js";

const all = [
  ...[linear, exponential, tanh, hardTanh, tanhShrink, softsign],
  ...[relu, relu6, leakyRelu, elu, selu, celu, threshold, hardShrink, softShrink],
  ...[sigmoid, hardSigmoid, hardSigmoidKeras2, sparseSigmoid, logSigmoid, silu, hardSilu, glu],
  ...[softplus, squareplus, sparsePlus, mish, gelu],
  ...[softmax, logSoftmax, sparsemax],
];

/**
 * Every activation function by its name. All work element by element but softmax, logSoftmax, sparsemax and glu, which
 * work along an axis.
 */
export const activations: Readonly<Record<string, NamedActivation>> = {
  ...Object.fromEntries(all.map((activation) => [activation.className, activation])),
  swish: silu,
  hardSwish: hardSilu,
};

/**
 * The activations that a kernel applies before it stores its result. Sigmoid could be one, but a separate op attaches the
 * logits to its output, and a cross-entropy is computed from these.
 */
const epilogues: readonly string[] = ["linear", "relu", "relu6", "tanh"] satisfies EpilogueActivation[];

/** An activation in two parts: the one that the kernel before it applies, and the rest. */
export interface ActivationParts {
  /** The name in the table; undefined for a user-defined function, and for one with options. */
  readonly name: string | undefined;
  /** The activation that the kernel before it applies to its result. */
  readonly epilogue: EpilogueActivation;
  /** Computes the rest from the result of a kernel with this epilogue; the identity where nothing is left. */
  after(x: Tensor): Tensor;
  /** Computes the whole function. */
  apply: ActivationFunction;
}

/** An activation function: a name of the table, `{ className: "elu", config: { alpha: 0.5 } }`, or a function. */
export type ActivationOption = string | Named | ActivationFunction;

/**
 * Finds the activation of a name or `{ className, config }`, or takes a user-defined function. Undefined and null mean
 * "linear".
 * @param where the beginning of an error message.
 * @throws ArgumentError for a name that is not in the table, or an option that the function does not have.
 */
export function getActivation(where: string, activation?: ActivationOption | null): ActivationParts {
  const wanted = activation ?? "linear";
  if (typeof wanted === "function") return { name: undefined, epilogue: "linear", after: wanted, apply: wanted };
  if (typeof wanted !== "string") {
    const { entry, config } = lookUp(where, "activation", activations, wanted);
    const apply = withOptions(entry, config);
    return { name: undefined, epilogue: "linear", after: apply, apply };
  }
  if (!Object.hasOwn(activations, wanted)) throw unknownName(where, "activation", wanted, Object.keys(activations));
  const apply = withOptions(activations[wanted], {});
  if (!epilogues.includes(wanted)) return { name: wanted, epilogue: "linear", after: apply, apply };
  return { name: wanted, epilogue: wanted as EpilogueActivation, after: (x) => x, apply };
}
