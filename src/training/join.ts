/** Joins the outputs of several batches. */
import { ShapeError, shapeText } from "../errors.js";
import { concat } from "../ops/move.js";
import { sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** The outputs of all batches as one. The outputs of a single batch are returned themselves, and removed from `parts`. */
export function joinBatches(parts: Tensor[][]): Tensor[] {
  if (parts.length === 1) return parts.pop()!;
  return parts[0].map((_, i) => joinRows(parts.map((outputs) => outputs[i])));
}

function joinRows(parts: readonly Tensor[]): Tensor {
  const rowShape = parts[0].shape.slice(1);
  for (const { shape } of parts) {
    if (sameShape(shape.slice(1), rowShape)) continue;
    throw new ShapeError(
      `predict: batches gave ${shapeText(parts[0].shape)} and ${shapeText(shape)}; predict them one by one.`,
    );
  }
  return concat(parts, 0);
}
