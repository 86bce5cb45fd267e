import { compute } from "../op.js";
import { flatSize, type Shape, sizeOf } from "../shape.js";
import { type Resumable, resumableScope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { slice } from "./move.js";

/**
 * work(x) for a `work` that treats the rows of its batch each by itself, done in groups of `groupRows` rows one after the other,
 * so that what it makes on the way is small. x: [rows, ...], results [rows, ...shape] for each of `shapes`.
 * Not for training: gradients do not pass.
 */
export function* inRowGroups(
  x: Tensor,
  groupRows: number,
  shapes: readonly Shape[],
  work: (group: Tensor) => Resumable<readonly Tensor[]>,
): Resumable<Tensor[]> {
  const rows = x.shape[0];
  const results = shapes.map((shape) => compute("rowGroups", [x], [rows, ...shape], () => {}));
  for (let row = 0; row < rows; row += groupRows) {
    yield* resumableScope(oneGroup(row));
  }
  return results;

  function* oneGroup(row: number): Resumable<void> {
    const group = slice(x, [row], [Math.min(groupRows, rows - row)]);
    (yield* work(group)).forEach((part, i) => {
      x.backend.kernels.copyInto(results[i].buffer, part.buffer, flatSize(part.size, row * sizeOf(shapes[i])));
    });
  }
}

export { isRecording } from "../op.js";
