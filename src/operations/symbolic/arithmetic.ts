/** Arithmetic and comparisons of two operands, on tensors and symbolic tensors. */
import * as ops from "../../ops/index.js";
import * as definitions from "../definitions.js";
import { callOperation, lifted, type OperationDefinition, type SymbolicOperand } from "../operation.js";
import type { BinaryOperation, ProductOperation, UnaryOperation } from "./types.js";

/** A comparison, whose result is a condition in Keras, as the numbers 1 and 0. */
const asNumbers =
  (definition: OperationDefinition) =>
  (...args: unknown[]) =>
    callOperation(definitions.cast, [callOperation(definition, args), "float32"]);

/** Keras takes along any axis. */
const gatherOf = (table: SymbolicOperand, indices: SymbolicOperand) =>
  callOperation(definitions.take, [table, indices, 0]);

/**
 * Adds two tensors, element by element: a + b.
 *
 * Of symbolic tensors it makes one more in their graph; numbers and nested lists of numbers are constants there.
 *
 * The operands broadcast as in NumPy: shapes are aligned at their last axis, and a size of 1 repeats. A number is a
 * scalar.
 *
 * @throws ShapeError when the shapes do not broadcast; ArgumentError when the tensors are on different backends.
 * @example
 * add(tensor([[1, 2], [3, 4]]), tensor([10, 20])); // [[11, 22], [13, 24]]
 */
export const add: BinaryOperation = /* @__PURE__ */ lifted(ops.add, definitions.add);

/**
 * Subtracts two tensors, element by element: a - b.
 *
 * Of symbolic tensors it makes one more in their graph; numbers and nested lists of numbers are constants there.
 *
 * The operands broadcast as in NumPy: shapes are aligned at their last axis, and a size of 1 repeats. A number is a
 * scalar.
 *
 * @throws ShapeError when the shapes do not broadcast; ArgumentError when the tensors are on different backends.
 */
export const subtract: BinaryOperation = /* @__PURE__ */ lifted(ops.subtract, definitions.subtract);

/**
 * Multiplies two tensors, element by element: a b. For matrix products see `matMul`.
 *
 * Of symbolic tensors it makes one more in their graph; numbers and nested lists of numbers are constants there.
 *
 * The operands broadcast as in NumPy: shapes are aligned at their last axis, and a size of 1 repeats. A number is a
 * scalar.
 *
 * @throws ShapeError when the shapes do not broadcast; ArgumentError when the tensors are on different backends.
 */
export const multiply: BinaryOperation = /* @__PURE__ */ lifted(ops.multiply, definitions.multiply);

/**
 * Divides two tensors, element by element: a / b.
 *
 * Of symbolic tensors it makes one more in their graph; numbers and nested lists of numbers are constants there.
 *
 * The operands broadcast as in NumPy: shapes are aligned at their last axis, and a size of 1 repeats. A number is a
 * scalar.
 *
 * @throws ShapeError when the shapes do not broadcast; ArgumentError when the tensors are on different backends.
 */
export const divide: BinaryOperation = /* @__PURE__ */ lifted(ops.divide, definitions.divide);

/**
 * Takes the larger of two elements: max(a, b); NaN if one is NaN. Where they are equal, the gradient goes to a.
 *
 * Of symbolic tensors it makes one more in their graph; numbers and nested lists of numbers are constants there.
 *
 * The operands broadcast as in NumPy: shapes are aligned at their last axis, and a size of 1 repeats. A number is a
 * scalar.
 *
 * @throws ShapeError when the shapes do not broadcast; ArgumentError when the tensors are on different backends.
 */
export const maximum: BinaryOperation = /* @__PURE__ */ lifted(ops.maximum, definitions.maximum);

/**
 * Takes the smaller of two elements: min(a, b); NaN if one is NaN. Where they are equal, the gradient goes to a.
 *
 * Of symbolic tensors it makes one more in their graph; numbers and nested lists of numbers are constants there.
 *
 * The operands broadcast as in NumPy: shapes are aligned at their last axis, and a size of 1 repeats. A number is a
 * scalar.
 *
 * @throws ShapeError when the shapes do not broadcast; ArgumentError when the tensors are on different backends.
 */
export const minimum: BinaryOperation = /* @__PURE__ */ lifted(ops.minimum, definitions.minimum);

/**
 * Compares two tensors, element by element: 1 where a > b, else 0. It has no gradient.
 *
 * Of symbolic tensors it makes one more in their graph; numbers and nested lists of numbers are constants there.
 *
 * The operands broadcast as in NumPy: shapes are aligned at their last axis, and a size of 1 repeats. A number is a
 * scalar.
 *
 * @throws ShapeError when the shapes do not broadcast; ArgumentError when the tensors are on different backends.
 */
export const greater: BinaryOperation = /* @__PURE__ */ lifted(
  ops.greater,
  definitions.greater,
  asNumbers(definitions.greater),
);

/**
 * Compares two tensors, element by element: 1 where a equals b, else 0. It has no gradient.
 *
 * Of symbolic tensors it makes one more in their graph; numbers and nested lists of numbers are constants there.
 *
 * The operands broadcast as in NumPy: shapes are aligned at their last axis, and a size of 1 repeats. A number is a
 * scalar.
 *
 * @throws ShapeError when the shapes do not broadcast; ArgumentError when the tensors are on different backends.
 */
export const equal: BinaryOperation = /* @__PURE__ */ lifted(
  ops.equal,
  definitions.equal,
  asNumbers(definitions.equal),
);

/**
 * Multiplies matrices: a b.
 *
 * Of symbolic tensors it makes one more in their graph; numbers and nested lists of numbers are constants there.
 *
 * a: [..., m, k]; b: [..., k, n] or [k, n]; the result is [..., m, n]. Leading axes are batch axes: equal in both, or
 * absent in b.
 *
 * @throws ShapeError when the shapes do not fit.
 * @example
 * matMul(tensor([[1, 2], [3, 4]]), tensor([[1], [10]])); // [[21], [43]]
 */
export const matMul: ProductOperation = /* @__PURE__ */ lifted(ops.matMul, definitions.matMul);

/**
 * Looks up rows of a table by index, as embeddings do.
 *
 * Of symbolic tensors it makes one more in their graph; numbers and nested lists of numbers are constants there.
 *
 * table: [rows, ...width]; indices: any shape, whole numbers from 0; the result is [...indices.shape, ...width]. An
 * index that is not a row gives NaN and has no gradient.
 *
 * @throws ShapeError when the table has no axes.
 * @example
 * gather(tensor([[1, 2], [3, 4], [5, 6]]), tensor([2, 0])); // [[5, 6], [1, 2]]
 */
export const gather: ProductOperation = /* @__PURE__ */ lifted(ops.gather, definitions.take, gatherOf);

/**
 * Raises each element to the power of a number: x^exponent. A power that is no whole number gives NaN for negative x.
 *
 * Of a symbolic tensor it makes one more in its graph.
 */
export const power: UnaryOperation<[exponent: number]> = /* @__PURE__ */ lifted(
  definitions.power.run,
  definitions.power,
);
