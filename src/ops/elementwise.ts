/** Functions of one tensor, element by element. */
import { checkNumber } from "../errors.js";
import { computeLike, op, record, reshapeUntaped } from "../op.js";
import { broadcastSize } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { computeBinary, scaleBy } from "./arithmetic.js";

/** Gives both numbers back. @throws ArgumentError */
const numbers = (where: string, ...both: [number, number]): [number, number] =>
  both.map((value) => checkNumber(where, "received", value, "a number")) as [number, number];

type Rule = (dy: Tensor, x: Tensor, y: Tensor) => Tensor;

/** Makes an op from its kernel and its gradient rule. */
function unary(name: "exp" | "log" | "sqrt" | "abs" | "sign" | "sigmoid" | "tanh", rule?: Rule): (x: Tensor) => Tensor {
  return (x) =>
    op({
      name,
      inputs: [x],
      forward: (k, y) => k[name](y, x.buffer),
      ...(rule && { backward: (dy: Tensor, y: Tensor) => [() => rule(dy, x, y)] }),
    });
}

/** Computes the exponential of each element: e^x. The result has the shape of x. */
export const exp = unary("exp", (dy, _x, y) => computeBinary("multiply", dy, y));

/** Computes the natural logarithm of each element: ln x. The result has the shape of x. */
export const log = unary("log", (dy, x) => computeBinary("divide", dy, x));

/** Computes the square root of each element. The result has the shape of x. */
export const sqrt = unary("sqrt", (dy, _x, y) => scaleBy(computeBinary("divide", dy, y), 0.5));

/** Computes the absolute value of each element: |x|. Its gradient at 0 is 0. */
export const abs = unary("abs", (dy, x) => computeBinary("multiply", dy, sign(x)));

/** Computes the sign of each element: -1, 0 or 1; NaN stays NaN. It has no gradient. */
export const sign = unary("sign");

/** Squares each element: x^2. The result has the shape of x. */
export const square = (x: Tensor): Tensor =>
  op({
    name: "square",
    inputs: [x],
    forward: (k, y) => k.multiply(y, x.buffer, x.buffer, broadcastSize(x.shape, x.shape, x.shape)),
    backward: (dy) => [() => scaleBy(computeBinary("multiply", dy, x), 2)],
  });

/**
 * Computes the logistic function of each element: 1 / (1 + e^-x).
 *
 * The result keeps a reference to x: a binary cross-entropy of the result is computed from x, which is more exact.
 */
export function sigmoid(x: Tensor): Tensor {
  return withLogits(sigmoidOf(x), x, "sigmoid");
}
const sigmoidOf = unary("sigmoid", (dy, _x, y) => computeLike(y, (k, dx) => k.sigmoidGrad(dx, dy.buffer, y.buffer)));

/** Computes the hyperbolic tangent of each element: tanh x. The result has the shape of x. */
export const tanh = unary("tanh", (dy, _x, y) => computeLike(y, (k, dx) => k.tanhGrad(dx, dy.buffer, y.buffer)));

/** Scales and shifts each element: scale * x + offset. */
export const affine = (x: Tensor, scale: number, offset = 0): Tensor =>
  op({
    name: "affine",
    inputs: [x],
    forward: (k, y) => k.affine(y, x.buffer, ...numbers("affine", scale, offset)),
    backward: (dy) => [() => scaleBy(dy, scale)],
  });

/** Negates each element: -x. */
export const negative = (x: Tensor): Tensor => affine(x, -1);

/** Limits each element to the interval [low, high]; NaN stays NaN. The gradient at and beyond the bounds is 0. */
export const clip = (x: Tensor, low: number, high: number): Tensor =>
  op({
    name: "clip",
    inputs: [x],
    forward: (k, y) => k.clip(y, x.buffer, ...numbers("clip", low, high)),
    backward: (dy) => [() => computeLike(x, (k, dx) => k.clipGrad(dx, dy.buffer, x.buffer, low, high))],
  });

/** Rectified linear unit: max(x, 0), element by element. Its gradient at 0 is 0. */
export const relu = (x: Tensor): Tensor => clip(x, 0, Infinity);

/** Rectified linear unit with an upper bound: min(max(x, 0), 6), element by element. Its gradient at 0 and 6 is 0. */
export const relu6 = (x: Tensor): Tensor => clip(x, 0, 6);

/** Sets `y.logits` to a second tensor over the memory of x, which is disposed with y. */
export function withLogits(y: Tensor, x: Tensor, of: "softmax" | "sigmoid"): Tensor {
  const logits = reshapeUntaped("logits", x, x.shape);
  record({ name: "logits", inputs: [x], outputs: [logits], backward: ([dy]) => [() => dy!] });
  y.logits = logits;
  y.logitsOf = of;
  return y;
}
