/** Computes a batch in groups of rows, so that intermediate results are small. */
import { compute } from "../op.js";
import { flatSize, type Shape, sizeOf } from "../shape.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { slice } from "./move.js";

/**
 * Computes work(x) for groups of `groupRows` rows in turn. `work` must treat the rows of its batch independently.
 * x: [rows, ...]; the results are [rows, ...shape] for each of `shapes`. Not for training: no gradient passes.
 */
export function inRowGroups(
  x: Tensor,
  groupRows: number,
  shapes: readonly Shape[],
  work: (group: Tensor) => readonly Tensor[],
): Tensor[] {
  const rows = x.shape[0];
  const results = shapes.map((shape) => compute("rowGroups", [x], [rows, ...shape], () => {}));
  for (let row = 0; row < rows; row += groupRows) {
    scope(() => {
      const end = Math.min(row + groupRows, rows);
      const group = x.pick?.(row, end) ?? slice(x, [row], [end - row]);
      work(group).forEach((part, i) => {
        x.backend.kernels.copyInto(results[i].buffer, part.buffer, flatSize(part.size, row * sizeOf(shapes[i])));
      });
    });
  }
  return results;
}

export { isRecording } from "../op.js";
