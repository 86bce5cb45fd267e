/** Ops that move elements, on tensors and symbolic tensors. */
import { ArgumentError, shown } from "../../errors.js";
import type { SymbolicTensor } from "../../layer.js";
import * as ops from "../../ops/index.js";
import type { Shape } from "../../shape.js";
import * as definitions from "../definitions.js";
import type { IndexKey } from "../moves.js";
import { callOperation, lifted } from "../operation.js";
import type { ListOperation, PartsOperation, UnaryOperation } from "./types.js";

/** Ranges of indices, as a batch whose size is not known has no start and size. */
function sliceOf(x: SymbolicTensor, start: readonly number[], size: readonly number[] = []) {
  const isFull = [start, size].every(
    (list) => Array.isArray(list) && list.length <= x.shape.length && list.every(Number.isSafeInteger),
  );
  if (!isFull || start.some((n) => n < 0) || size.some((n) => n < -1)) {
    throw new ArgumentError(
      `slice: start ${shown(start)} and size ${shown(size)}; expected whole numbers, one for each axis.`,
    );
  }
  const keys = x.shape.map((n, axis): IndexKey => {
    const from = start[axis] ?? 0;
    const stop = (size[axis] ?? -1) === -1 ? null : from + size[axis];
    if (n !== null && Math.max(from, stop ?? 0) > n)
      throw new ArgumentError(`slice: start ${shown(start)} and size ${shown(size)} do not lie inside ${x}.`);
    return { ...(from > 0 && { start: from }), ...(stop !== null && { stop }) };
  });
  return callOperation(definitions.getItem, [x, keys]);
}

/** Keras has the amounts of each axis in a pair. */
function padOf(x: SymbolicTensor, before: readonly number[], after: readonly number[]) {
  if (!Array.isArray(before) || !Array.isArray(after)) {
    throw new ArgumentError(`pad: before ${shown(before)} and after ${shown(after)}; expected a number for each axis.`);
  }
  return callOperation(definitions.pad, [x, null, Array.from(before, (n, axis) => [n, after[axis]])]);
}

/**
 * Joins tensors along an existing axis, the last by default.
 *
 * Of symbolic tensors it makes one more in their graph.
 *
 * @throws ShapeError when their other sizes differ; ArgumentError when there are no tensors, the axis does not exist,
 * or they are on different backends.
 * @example
 * concat([zeros([2, 3]), ones([2, 1])]).shape; // [2, 4]
 */
export const concat: ListOperation<[axis?: number]> = /* @__PURE__ */ lifted(ops.concat, definitions.concat);

/**
 * Inserts axes of size 1, so that they have these places in the result.
 *
 * Of a symbolic tensor it makes one more in its graph.
 *
 * @throws ArgumentError when an axis does not exist in the result, or is named twice.
 * @example
 * expandDims(zeros([2, 3]), -1).shape; // [2, 3, 1]
 */
export const expandDims: UnaryOperation<[axis: number | readonly number[]]> = /* @__PURE__ */ lifted(
  definitions.expandDims.run,
  definitions.expandDims,
);

/**
 * Reverses the order of the elements along one axis; -1 is the last.
 *
 * Of a symbolic tensor it makes one more in its graph.
 *
 * @throws ArgumentError when the axis does not exist.
 */
export const flip: UnaryOperation<[axis: number]> = /* @__PURE__ */ lifted(ops.flip, definitions.flip);

/**
 * Selects a part of x by indices and ranges, as `x[:, -1]` does in Python.
 *
 * Of a symbolic tensor it makes one more in its graph.
 *
 * @param key For each axis an index, which removes the axis, or `{ start, stop, step }`; "..." for the axes that are not
 * named, null for a new axis. Negative numbers count from the end.
 * @throws ShapeError when an index lies outside of its axis, or there are more keys than axes.
 * @example
 * getItem(x, ["...", -1]); // x[..., -1]
 * getItem(x, [{}, { start: 1, stop: -1 }]); // x[:, 1:-1]
 */
export const getItem: UnaryOperation<[key: IndexKey | readonly IndexKey[]]> = /* @__PURE__ */ lifted(
  definitions.getItem.run,
  definitions.getItem,
);

/**
 * Pads x with zeros: `before[i]` of them before axis i, and `after[i]` after it.
 *
 * Of a symbolic tensor it makes one more in its graph.
 *
 * @throws ArgumentError when `before` or `after` is not one whole number from 0 for each axis.
 */
export const pad: UnaryOperation<[before: readonly number[], after: readonly number[]]> = /* @__PURE__ */ lifted(
  ops.pad,
  definitions.pad,
  padOf,
);

/**
 * Gives the elements of x another shape, in the same row-major order. The result shares the memory of x.
 *
 * Of a symbolic tensor it makes one more in its graph.
 *
 * @param shape One size may be -1: it is computed from the others.
 * @throws ShapeError when the shape does not have as many elements as x.
 * @example
 * reshape(zeros([2, 3, 4]), [2, -1]).shape; // [2, 12]
 */
export const reshape: UnaryOperation<[shape: Shape]> = /* @__PURE__ */ lifted(ops.reshape, definitions.reshape);

/**
 * Takes a part of x.
 *
 * Of a symbolic tensor it makes one more in its graph.
 *
 * @param start The first index on each axis; 0 for axes that are left out.
 * @param size The number of elements on each axis; -1, or left out, for all up to the end.
 * @throws ShapeError when the part does not lie inside x.
 * @example
 * slice(tensor([[1, 2, 3], [4, 5, 6]]), [0, 1], [2, 2]); // [[2, 3], [5, 6]]
 */
export const slice: UnaryOperation<[start: readonly number[], size?: readonly number[]]> = /* @__PURE__ */ lifted(
  ops.slice,
  definitions.getItem,
  sliceOf,
);

/**
 * Cuts x along an axis, the first by default: into so many equal parts, or at these indices.
 *
 * Of a symbolic tensor it makes others in its graph.
 *
 * @throws ShapeError when the axis cannot be cut into equal parts; ArgumentError when it does not exist.
 * @example
 * const [left, right] = split(x, 2, -1);
 */
export const split: PartsOperation<[parts: number | readonly number[], axis?: number]> = /* @__PURE__ */ lifted(
  definitions.split.run,
  definitions.split,
);

/**
 * Removes axes of size 1.
 *
 * Of a symbolic tensor it makes one more in its graph.
 *
 * @param axis One axis or several; all of size 1 by default.
 * @throws ShapeError when an axis has another size; ArgumentError when it does not exist.
 * @example
 * squeeze(zeros([2, 1, 3]), 1).shape; // [2, 3]
 */
export const squeeze: UnaryOperation<[axis?: number | readonly number[]]> = /* @__PURE__ */ lifted(
  definitions.squeeze.run,
  definitions.squeeze,
);

/**
 * Joins tensors of one shape along a new axis, the first by default.
 *
 * Of symbolic tensors it makes one more in their graph.
 *
 * @throws ShapeError when their shapes differ; ArgumentError when there are no tensors or the axis does not exist.
 * @example
 * stack([zeros([2, 3]), ones([2, 3])]).shape; // [2, 2, 3]
 */
export const stack: ListOperation<[axis?: number]> = /* @__PURE__ */ lifted(ops.stack, definitions.stack);

/**
 * Reorders the axes of x: axis i of the result is axis `axes[i]` of x.
 *
 * Of a symbolic tensor it makes one more in its graph.
 *
 * @param axes Each axis once; by default all in reverse order.
 * @throws ArgumentError when an axis is missing, repeated or does not exist.
 * @example
 * transpose(zeros([2, 3, 4]), [0, 2, 1]).shape; // [2, 4, 3]
 */
export const transpose: UnaryOperation<[axes?: readonly number[]]> = /* @__PURE__ */ lifted(
  ops.transpose,
  definitions.transpose,
);
