import { ShapeError, shapeText } from "../errors.js";
import { compute, op } from "../op.js";
import type { Tensor } from "../tensor.js";

/**
 * Rows of `table` by index: table [tableRows, ...width], indices [...] of whole numbers, result [...indices, ...width].
 * An index that is no row gives a row of NaN, and no gradient.
 */
export function gather(table: Tensor, indices: Tensor): Tensor {
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
        compute("gather", [dy, indices], table.shape, (k, dTable) =>
          k.gatherGrad(dTable, dy.buffer, indices.buffer, indices.size, columns, tableRows),
        ),
    ],
  });
}
