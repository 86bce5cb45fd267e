/** The identity, the exponential function, and functions like tanh. */
import { defineActivation } from "../activation.js";
import * as ops from "../ops/index.js";

/** Computes x itself. */
export const linear = defineActivation("linear", (x) => x);

/** Computes e^x. */
export const exponential = defineActivation("exponential", ops.exp);

/** Computes the hyperbolic tangent. */
export const tanh = defineActivation("tanh", ops.tanh);

/** Bounds x by -1 and 1. */
export const hardTanh = defineActivation("hardTanh", (x) => ops.clip(x, -1, 1));

/** Computes x - tanh x. */
export const tanhShrink = defineActivation("tanhShrink", (x) => ops.subtract(x, ops.tanh(x)));

/** Computes x / (1 + |x|). */
export const softsign = defineActivation("softsign", (x) => ops.divide(x, ops.affine(ops.abs(x), 1, 1)));
