/** Reductions over axes, on tensors and symbolic tensors. */
import type { SymbolicTensor } from "../../layer.js";
import * as ops from "../../ops/index.js";
import type { Axis } from "../../ops/reduce.js";
import * as definitions from "../definitions.js";
import { callOperation, lifted } from "../operation.js";
import type { UnaryOperation } from "./types.js";

/** Keras searches among all elements by default. */
const argMaxOf = (x: SymbolicTensor, axis = -1) => callOperation(definitions.argMax, [x, axis]);

/**
 * Sums x over one axis, several, or all.
 *
 * Of a symbolic tensor it makes one more in its graph.
 *
 * @param axis A number, several, or null, the default, for all; -1 is the last.
 * @param keepDims Whether reduced axes stay, with size 1; false by default.
 * @throws ArgumentError when an axis does not exist.
 * @example
 * sum(tensor([[1, 2], [3, 4]]), 0); // [4, 6]
 */
export const sum: UnaryOperation<[axis?: Axis, keepDims?: boolean]> = /* @__PURE__ */ lifted(ops.sum, definitions.sum);

/**
 * Averages x over one axis, several, or all.
 *
 * Of a symbolic tensor it makes one more in its graph.
 *
 * @param axis A number, several, or null, the default, for all; -1 is the last.
 * @param keepDims Whether reduced axes stay, with size 1; false by default.
 * @throws ArgumentError when an axis does not exist.
 */
export const mean: UnaryOperation<[axis?: Axis, keepDims?: boolean]> = /* @__PURE__ */ lifted(
  ops.mean,
  definitions.mean,
);

/**
 * Takes the largest element of x over one axis, several, or all; NaN if there is one. Equal largest elements share the
 * gradient.
 *
 * Of a symbolic tensor it makes one more in its graph.
 *
 * @param axis A number, several, or null, the default, for all; -1 is the last.
 * @param keepDims Whether reduced axes stay, with size 1; false by default.
 * @throws ArgumentError when an axis does not exist.
 */
export const max: UnaryOperation<[axis?: Axis, keepDims?: boolean]> = /* @__PURE__ */ lifted(ops.max, definitions.max);

/**
 * Takes the smallest element of x over one axis, several, or all; NaN if there is one.
 *
 * Of a symbolic tensor it makes one more in its graph.
 *
 * @param axis A number, several, or null, the default, for all; -1 is the last.
 * @param keepDims Whether reduced axes stay, with size 1; false by default.
 * @throws ArgumentError when an axis does not exist.
 */
export const min: UnaryOperation<[axis?: Axis, keepDims?: boolean]> = /* @__PURE__ */ lifted(
  definitions.min.run,
  definitions.min,
);

/**
 * Finds the index of the first largest element along one axis, which is removed from the shape. It has no gradient.
 *
 * Of a symbolic tensor it makes one more in its graph.
 *
 * @param axis -1, the last, by default.
 * @throws ArgumentError when the axis does not exist.
 * @example
 * argMax(tensor([[1, 5, 2], [7, 0, 3]])); // [1, 0]
 */
export const argMax: UnaryOperation<[axis?: number]> = /* @__PURE__ */ lifted(ops.argMax, definitions.argMax, argMaxOf);
