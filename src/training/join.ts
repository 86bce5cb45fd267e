/** Results of several batches as one. */
import { ShapeError, shapeText } from "../errors.js";
import { concat } from "../ops/move.js";
import { sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** Batches of outputs as one; takes what it hands on out of `parts`. */
export function joined(parts: Tensor[][]): Tensor[] {
  if (parts.length === 1) return parts.pop()!;
  return parts[0].map((_, i) => joinedRows(parts.map((outputs) => outputs[i])));
}

function joinedRows(parts: readonly Tensor[]): Tensor {
  const rowShape = parts[0].shape.slice(1);
  for (const { shape } of parts) {
    if (sameShape(shape.slice(1), rowShape)) continue;
    throw new ShapeError(
      `predict: batches gave ${shapeText(parts[0].shape)} and ${shapeText(shape)}, which do not join; predict them one by one.`,
    );
  }
  return concat(parts, 0);
}
