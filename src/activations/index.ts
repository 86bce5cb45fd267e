/**
 * The activation functions: their public names. Those that are also ops (relu, relu6, sigmoid, softmax, tanh) are
 * exported as ops.
 */
export type { ActivationFunction, NamedActivation } from "../activation.js";
export { celu, elu, hardShrink, leakyRelu, softShrink, threshold } from "./rectifiers.js";
export { glu, hardSigmoid, hardSilu, logSigmoid, silu, sparseSigmoid } from "./sigmoids.js";
export { hardTanh, tanhShrink } from "./simple.js";
export { gelu, mish, softplus, sparsePlus, squareplus } from "./smooth.js";
export { type AxisOptions, sparsemax } from "./softmaxes.js";
export { type ActivationOption, type ActivationParts, activations, getActivation } from "./table.js";
