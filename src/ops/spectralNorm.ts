/** Dividing a matrix by its largest singular value. */
import { stopGradient } from "../op.js";
import { scope } from "../scope.js";
import type { Tensor, Variable } from "../tensor.js";
import { divide, equal, maximum } from "./arithmetic.js";
import { abs, affine, sqrt, square } from "./elementwise.js";
import { matMul } from "./matMul.js";
import { reshape, transpose } from "./move.js";
import { max, sum } from "./reduce.js";
import { where } from "./where.js";

/**
 * Divides a kernel, seen as a matrix [..., columns], by an estimate of its largest singular value, from `steps` steps of
 * the power iteration that goes on from u: [1, columns], which is replaced too. A kernel of zeros, which has no
 * direction, stays as it is. It is not recorded.
 */
export function divideBySpectralNorm(kernel: Variable, u: Variable, steps: number): void {
  stopGradient(() =>
    scope(() => {
      const matrix = reshape(kernel, [-1, kernel.shape.at(-1)!]);
      const turned = transpose(matrix);
      let row: Tensor = u;
      let column!: Tensor;
      for (let step = 0; step < steps; step++) {
        column = unitLength(matMul(row, turned));
        row = unitLength(matMul(column, matrix));
      }
      const sigma = matMul(matMul(column, matrix), transpose(row)); // [1, 1]
      const isSome = affine(equal(reshape(max(abs(matrix)), [1, 1]), 0), -1, 1);
      const [divided, next] = [where(isSome, divide(matrix, sigma), matrix), where(isSome, row, u)];
      kernel.assign(reshape(divided, kernel.shape));
      u.assign(next);
    }),
  );
}

/** A vector divided by its length, which counts as 1e-7 at least. */
const unitLength = (x: Tensor): Tensor => divide(x, sqrt(maximum(sum(square(x)), 1e-14)));
