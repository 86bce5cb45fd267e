/** Reverse-mode differentiation: its public names; see losses/index.ts for why `valueAndGrad` is a constant of this file. */
import * as gradients from "./autograd/gradients.js";
import { ArgumentError, checkFunction, kindsOf, ShapeError, shapeText } from "./errors.js";
import { Tensor } from "./tensor.js";

export type { Gradients } from "./autograd/gradients.js";
export { stopGradient } from "./autograd/tape.js";

/**
 * Makes a function that computes `loss(...args)` and its gradients with respect to `weights`.
 *
 * The returned function gives `{ value, grads }`: what `loss` returned, and one gradient for each weight, of the
 * weight's shape, in the order of the weights; a weight that the loss does not depend on has a gradient of zeros. Every
 * other tensor made in `loss` is disposed.
 *
 * @param loss Returns a tensor of one element, or an array of tensors whose first has one element.
 * @param weights The weights, or a function that lists them, which is called at each call.
 * @throws ShapeError when the loss has more than one element; ArgumentError when it is called inside another
 * `valueAndGrad`, as gradients of gradients are not supported. Both at the call of the returned function.
 * @example
 * const step = valueAndGrad((x, y) => meanSquaredError(y, dense(x, w)), [w]);
 * const { value, grads } = step(x, y);
 * optimizer.apply(grads);
 */
export const valueAndGrad = <Args extends unknown[], Value extends Tensor | readonly Tensor[]>(
  loss: (...args: Args) => Value,
  weights: readonly Tensor[] | (() => readonly Tensor[]),
): ((...args: Args) => { value: Value; grads: gradients.Gradients }) => {
  checkFunction("valueAndGrad: loss", loss);
  const checkedLoss: typeof loss = (...args) => {
    const value = loss(...args);
    const list = Array.isArray(value) && value.length > 0 ? (value as Tensor[]) : [value as Tensor];
    checkTensors("a loss of one element", list);
    if (list[0].size === 1) return value;
    throw new ShapeError(`valueAndGrad: expected a loss of one element, received ${shapeText(list[0].shape)}; take its mean.`); // prettier-ignore
  };
  return gradients.valueAndGrad(checkedLoss, () => {
    const list = typeof weights === "function" ? weights() : weights;
    checkTensors("a list of weights", list);
    return list;
  });
};

/** Here, as ops, whose check this is, are made of what is differentiated. */
function checkTensors(expected: string, list: unknown): void {
  if (Array.isArray(list) && [...(list as unknown[])].every((x) => x instanceof Tensor)) return;
  throw new ArgumentError(`valueAndGrad: expected ${expected}, received ${kindsOf(list)}.`);
}
