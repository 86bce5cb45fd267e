/** The bias and the activation of convolutions and matrix products, in the backward pass. */
import type { EpilogueActivation } from "../kernels.js";
import { ShapeError, shapeText } from "../errors.js";
import { compute, computeLike } from "../op.js";
import type { Tensor } from "../tensor.js";

/** Checks a bias. @throws ShapeError when it does not have n elements. */
export function checkBias(where: string, bias: Tensor | undefined, n: number): void {
  if (bias && bias.size !== n) {
    throw new ShapeError(`${where}: expected a bias [${n}], received ${shapeText(bias.shape)}.`);
  }
}

/** Computes dz from dy, for y = activation(z). The gradients of these activations can be computed from y. */
export function throughActivation(dy: Tensor, y: Tensor, activation: EpilogueActivation): Tensor {
  if (activation === "linear") return dy;
  return computeLike(y, (k, dz) => {
    if (activation === "sigmoid") k.sigmoidGrad(dz, dy.buffer, y.buffer);
    else if (activation === "tanh") k.tanhGrad(dz, dy.buffer, y.buffer);
    else k.clipGrad(dz, dy.buffer, y.buffer, 0, activation === "relu6" ? 6 : Infinity);
  });
}

/** Sums dz over all axes but the last, which has `n` elements. */
export const biasGrad = (dz: Tensor, n: number): Tensor =>
  compute("bias", [dz], [n], (k, db) => k.sum(db, dz.buffer, { outer: 1, length: dz.size / n, inner: n }));
