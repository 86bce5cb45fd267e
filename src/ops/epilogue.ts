/** Ops of a product with a bias and an activation: convolutions and matrix products. */
import { unknownName } from "../errors.js";
import type { EpilogueActivation } from "../kernels.js";
import { type Buffer, checkSize, compute, computeLike, op, type OpKernels } from "../op.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";

const activations: readonly EpilogueActivation[] = ["linear", "relu", "relu6", "sigmoid", "tanh"];

/** The kernels of a product of x and w. */
interface Product {
  /** Computes y = activation(product + bias). */
  forward(k: OpKernels, y: Buffer, bias: Buffer | undefined, activation: EpilogueActivation): void;
  gradInput(k: OpKernels, dx: Buffer, dy: Buffer): void;
  gradWeights(k: OpKernels, dw: Buffer, dy: Buffer): void;
}

/**
 * Runs the op y = activation(product of x and w + bias); the bias has one number for each element of y's last axis.
 * @throws ShapeError when it has not; ArgumentError for an unknown activation.
 */
export function productOp(
  name: string,
  [x, w]: readonly [Tensor, Tensor],
  shape: Shape,
  { bias, activation = "linear" }: { bias?: Tensor | undefined; activation?: EpilogueActivation },
  { forward, gradInput, gradWeights }: Product,
): Tensor {
  if (!activations.includes(activation)) throw unknownName(name, "activation", activation, activations);
  const n = shape.at(-1)!;
  if (bias) checkSize(name, "a bias", bias, [n]);
  return op({
    name,
    inputs: bias ? [x, w, bias] : [x, w],
    shape,
    forward: (k, y) => forward(k, y, bias?.buffer, activation),
    backward: (dy, y) => {
      const dz = throughActivation(dy, y, activation);
      return [
        () => computeLike(x, (k, dx) => gradInput(k, dx, dz.buffer)),
        () => computeLike(w, (k, dw) => gradWeights(k, dw, dz.buffer)),
        () => compute("bias", [dz], [n], (k, db) => k.sum(db, dz.buffer, { outer: 1, length: dz.size / n, inner: n })),
      ];
    },
  });
}

/** Computes dz from dy, for y = activation(z). The gradients of these activations can be computed from y. */
function throughActivation(dy: Tensor, y: Tensor, activation: EpilogueActivation): Tensor {
  if (activation === "linear") return dy;
  return computeLike(y, (k, dz) => {
    if (activation === "sigmoid") k.sigmoidGrad(dz, dy.buffer, y.buffer);
    else if (activation === "tanh") k.tanhGrad(dz, dy.buffer, y.buffer);
    else k.clipGrad(dz, dy.buffer, y.buffer, 0, activation === "relu6" ? 6 : Infinity);
  });
}
