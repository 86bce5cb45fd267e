/** Reverse-mode differentiation: its public names; see losses/index.ts for why `valueAndGrad` is a value of its own. */
import * as gradients from "./autograd/gradients.js";

export type { Gradients } from "./autograd/gradients.js";
export { stopGradient } from "./autograd/tape.js";

/**
 * A function that computes `loss(...args)` and its gradient with respect to `weights` (a list, or a function that gives
 * one at each call). `loss` returns a tensor of one element, or an array of tensors that begins with it.
 * Everything else that it made is given back. A weight that the loss does not depend on has a gradient of zeros.
 * @throws ShapeError where the loss has more than one element.
 */
export const valueAndGrad = gradients.valueAndGrad;
