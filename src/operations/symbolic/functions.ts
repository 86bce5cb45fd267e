/** Functions of each element, and softmax, on tensors and symbolic tensors. */
import type { SymbolicTensor } from "../../layer.js";
import * as ops from "../../ops/index.js";
import * as definitions from "../definitions.js";
import { lifted } from "../operation.js";
import { add, multiply } from "./arithmetic.js";
import type { UnaryOperation } from "./types.js";

/** A product and a sum, as Keras has no operation for both. */
const affineOf = (x: SymbolicTensor, scale: number, offset = 0) => add(multiply(x, scale), offset);

/**
 * Computes the absolute value of each element: |x|. Its gradient at 0 is 0.
 *
 * Of a symbolic tensor it makes one more in its graph.
 */
export const abs: UnaryOperation = /* @__PURE__ */ lifted(ops.abs, definitions.abs);

/**
 * Scales and shifts each element: scale * x + offset.
 *
 * Of a symbolic tensor it makes one more in its graph.
 */
export const affine: UnaryOperation<[scale: number, offset?: number]> = /* @__PURE__ */ lifted(
  ops.affine,
  definitions.affine,
  affineOf,
);

/**
 * Limits each element to the interval [low, high]; NaN stays NaN. The gradient at and beyond the bounds is 0.
 *
 * Of a symbolic tensor it makes one more in its graph.
 */
export const clip: UnaryOperation<[low: number, high: number]> = /* @__PURE__ */ lifted(ops.clip, definitions.clip);

/**
 * Computes the exponential of each element: e^x. The result has the shape of x.
 *
 * Of a symbolic tensor it makes one more in its graph.
 */
export const exp: UnaryOperation = /* @__PURE__ */ lifted(ops.exp, definitions.exp);

/**
 * Computes the natural logarithm of each element: ln x. The result has the shape of x.
 *
 * Of a symbolic tensor it makes one more in its graph.
 */
export const log: UnaryOperation = /* @__PURE__ */ lifted(ops.log, definitions.log);

/**
 * Negates each element: -x.
 *
 * Of a symbolic tensor it makes one more in its graph.
 */
export const negative: UnaryOperation = /* @__PURE__ */ lifted(ops.negative, definitions.negative);

/**
 * Rectified linear unit: max(x, 0), element by element. Its gradient at 0 is 0.
 *
 * Of a symbolic tensor it makes one more in its graph.
 */
export const relu: UnaryOperation = /* @__PURE__ */ lifted(ops.relu, definitions.relu);

/**
 * Rectified linear unit with an upper bound: min(max(x, 0), 6), element by element. Its gradient at 0 and 6 is 0.
 *
 * Of a symbolic tensor it makes one more in its graph.
 */
export const relu6: UnaryOperation = /* @__PURE__ */ lifted(ops.relu6, definitions.relu6);

/**
 * Computes the logistic function of each element: 1 / (1 + e^-x).
 *
 * Of a symbolic tensor it makes one more in its graph.
 *
 * The result keeps a reference to x: a binary cross-entropy of the result is computed from x, which is more exact.
 */
export const sigmoid: UnaryOperation = /* @__PURE__ */ lifted(ops.sigmoid, definitions.sigmoid);

/**
 * Computes the sign of each element: -1, 0 or 1; NaN stays NaN. It has no gradient.
 *
 * Of a symbolic tensor it makes one more in its graph.
 */
export const sign: UnaryOperation = /* @__PURE__ */ lifted(ops.sign, definitions.sign);

/**
 * Computes the square root of each element. The result has the shape of x.
 *
 * Of a symbolic tensor it makes one more in its graph.
 */
export const sqrt: UnaryOperation = /* @__PURE__ */ lifted(ops.sqrt, definitions.sqrt);

/**
 * Squares each element: x^2. The result has the shape of x.
 *
 * Of a symbolic tensor it makes one more in its graph.
 */
export const square: UnaryOperation = /* @__PURE__ */ lifted(ops.square, definitions.square);

/**
 * Computes the hyperbolic tangent of each element: tanh x. The result has the shape of x.
 *
 * Of a symbolic tensor it makes one more in its graph.
 */
export const tanh: UnaryOperation = /* @__PURE__ */ lifted(ops.tanh, definitions.tanh);

/**
 * Computes the softmax over the last axis: e^x / sum e^x. The result has the shape of x.
 *
 * Of a symbolic tensor it makes one more in its graph.
 *
 * The result keeps a reference to x: a cross-entropy of the result is computed from x, which is more exact.
 */
export const softmax: UnaryOperation = /* @__PURE__ */ lifted(ops.softmax, definitions.softmax);

/**
 * Computes the logarithm of the softmax over the last axis: x - ln sum e^x. The result has the shape of x.
 *
 * Of a symbolic tensor it makes one more in its graph.
 */
export const logSoftmax: UnaryOperation = /* @__PURE__ */ lifted(ops.logSoftmax, definitions.logSoftmax);
