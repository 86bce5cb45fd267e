/** The identity, the exponential function, and functions like tanh. */
import { defineActivation } from "../activation.js";
import * as ops from "../ops/index.js";

/** x. */
export const linear = defineActivation("linear", (x) => x);

/** e^x. */
export const exponential = defineActivation("exponential", ops.exp);

/** The hyperbolic tangent. */
export const tanh = defineActivation("tanh", ops.tanh);

/** Bounds x by -1 and 1. */
export const hardTanh = defineActivation("hardTanh", (x) => ops.clip(x, -1, 1));

/** Computes x - tanh x. */
export const tanhShrink = defineActivation("tanhShrink", (x) => ops.subtract(x, ops.tanh(x)));

/** x / (1 + |x|). */
export const softsign = defineActivation("softsign", (x) => ops.divide(x, ops.affine(ops.abs(x), 1, 1)));
