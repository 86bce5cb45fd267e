/** Looks up rows by index. */
import { ShapeError, shapeText } from "../errors.js";
import { checkTensors, computeLike, op } from "../op.js";
import type { Tensor } from "../tensor.js";

/**
 * Looks up rows of a table by index, as embeddings do.
 *
 * table: [rows, ...width]; indices: any shape, whole numbers from 0; the result is [...indices.shape, ...width]. An
 * index that is not a row gives NaN and has no gradient.
 *
 * @throws ShapeError when the table has no axes.
 * @example
 * gather(tensor([[1, 2], [3, 4], [5, 6]]), tensor([2, 0])); // [[5, 6], [1, 2]]
 */
export function gather(table: Tensor, indices: Tensor): Tensor {
  checkTensors("gather", [table, indices]);
  if (table.shape.length < 1)
    throw new ShapeError(`gather: expected a table [rows, ...], received ${shapeText(table.shape)}.`);
  const [tableRows, ...width] = table.shape as [number, ...number[]];
  const columns = width.reduce((a, b) => a * b, 1);
  return op({
    name: "gather",
    inputs: [table],
    shape: [...indices.shape, ...width],
    saved: [indices],
    forward: (k, y) => k.gather(y, table.buffer, indices.buffer, indices.size, columns, tableRows),
    backward: (dy) => [
      () =>
        computeLike(table, (k, dTable) =>
          k.gatherGrad(dTable, dy.buffer, indices.buffer, indices.size, columns, tableRows),
        ),
    ],
  });
}
