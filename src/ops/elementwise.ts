/** Functions of one operand, element by element. */
import { type Buffer, compute, op, type OpKernels, record, reshaped } from "../op.js";
import { broadcastSize } from "../shape.js";
import type { Tensor } from "../tensor.js";

type Rule = (dy: Tensor, x: Tensor, y: Tensor) => Tensor;

function unary(
  name: string,
  forward: (k: OpKernels, y: Buffer, x: Buffer) => void,
  rule?: Rule,
): (x: Tensor) => Tensor {
  return (x) =>
    op({
      name,
      inputs: [x],
      shape: x.shape,
      forward: (k, y) => forward(k, y, x.buffer),
      ...(rule && { backward: (dy: Tensor, y: Tensor) => [() => rule(dy, x, y)] }),
    });
}

const flat = (x: Tensor) => broadcastSize(x.shape, x.shape, x.shape);
const times = (a: Tensor, b: Tensor): Tensor =>
  compute("multiply", [a, b], a.shape, (k, y) => k.multiply(y, a.buffer, b.buffer, flat(a)));
const over = (a: Tensor, b: Tensor): Tensor =>
  compute("divide", [a, b], a.shape, (k, y) => k.divide(y, a.buffer, b.buffer, flat(a)));
const scaled = (x: Tensor, scale: number): Tensor =>
  compute("affine", [x], x.shape, (k, y) => k.affine(y, x.buffer, scale, 0));

/** e^x. */
export const exp = unary(
  "exp",
  (k, y, x) => k.exp(y, x),
  (dy, _x, y) => times(dy, y),
);
/** ln x. */
export const log = unary(
  "log",
  (k, y, x) => k.log(y, x),
  (dy, x) => over(dy, x),
);
/** The square root of x. */
export const sqrt = unary(
  "sqrt",
  (k, y, x) => k.sqrt(y, x),
  (dy, _x, y) => scaled(over(dy, y), 0.5),
);
/** |x|; the gradient at 0 is 0. */
export const abs = unary(
  "abs",
  (k, y, x) => k.abs(y, x),
  (dy, x) => times(dy, sign(x)),
);
/** -1, 0 or 1. No gradient. */
export const sign = unary("sign", (k, y, x) => k.sign(y, x));
/** x^2. */
export const square = (x: Tensor): Tensor =>
  op({
    name: "square",
    inputs: [x],
    shape: x.shape,
    forward: (k, y) => k.multiply(y, x.buffer, x.buffer, flat(x)),
    backward: (dy) => [() => scaled(times(dy, x), 2)],
  });
/** 1 / (1 + e^-x). A binary cross-entropy behind it computes from x (see losses). */
export function sigmoid(x: Tensor): Tensor {
  return withLogits(sigmoidOf(x), x, "sigmoid");
}
const sigmoidOf = unary(
  "sigmoid",
  (k, y, x) => k.sigmoid(y, x),
  (dy, _x, y) => compute("sigmoidGrad", [dy, y], y.shape, (k, dx) => k.sigmoidGrad(dx, dy.buffer, y.buffer)),
);
/** tanh x. */
export const tanh = unary(
  "tanh",
  (k, y, x) => k.tanh(y, x),
  (dy, _x, y) => compute("tanhGrad", [dy, y], y.shape, (k, dx) => k.tanhGrad(dx, dy.buffer, y.buffer)),
);
/** scale * x + offset, for numbers. */
export const affine = (x: Tensor, scale: number, offset = 0): Tensor =>
  unary(
    "affine",
    (k, y, x) => k.affine(y, x, scale, offset),
    (dy) => scaled(dy, scale),
  )(x);
/** -x. */
export const negative = (x: Tensor): Tensor => affine(x, -1);
/** x held between low and high; the gradient at and beyond both is 0. */
export const clip = (x: Tensor, low: number, high: number): Tensor =>
  unary(
    "clip",
    (k, y, x) => k.clip(y, x, low, high),
    (dy, x) => compute("clipGrad", [dy, x], x.shape, (k, dx) => k.clipGrad(dx, dy.buffer, x.buffer, low, high)),
  )(x);
/** max(x, 0). */
export const relu = (x: Tensor): Tensor => clip(x, 0, Infinity);
/** min(max(x, 0), 6). */
export const relu6 = (x: Tensor): Tensor => clip(x, 0, 6);

/** Hangs on y what it was computed from, in a handle of its own that is given back with y. */
export function withLogits(y: Tensor, x: Tensor, of: "softmax" | "sigmoid"): Tensor {
  const logits = reshaped("logits", x, x.shape);
  record({ name: "logits", inputs: [x], outputs: [logits], backward: ([dy]) => [() => dy!] });
  y.logits = logits;
  y.logitsOf = of;
  return y;
}
