/** Matrix products. */
import { ShapeError, shapeText } from "../errors.js";
import type { EpilogueActivation } from "../kernels.js";
import { checkTensors, computeLike, op } from "../op.js";
import { type GemmSize, gemmSize, sizeOf, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { productOp } from "./epilogue.js";

/**
 * Multiplies matrices: a b.
 *
 * a: [..., m, k]; b: [..., k, n] or [k, n]; the result is [..., m, n]. Leading axes are batch axes: equal in both, or
 * absent in b.
 *
 * @throws ShapeError when the shapes do not fit.
 * @example
 * matMul(tensor([[1, 2], [3, 4]]), tensor([[1], [10]])); // [[21], [43]]
 */
export function matMul(a: Tensor, b: Tensor): Tensor {
  checkTensors("matMul", [a, b]);
  if (a.shape.length < 2 || b.shape.length < 2 || a.shape.at(-1) !== b.shape.at(-2)) throw shapeError(a.shape, b.shape);
  return b.shape.length === 2 ? dense(a, b) : batchMatMul(a, b);
}

const shapeError = (a: Shape, b: Shape) =>
  new ShapeError(`matMul: expected [..., m, k] and [..., k, n], received ${shapeText(a)} and ${shapeText(b)}.`);

/**
 * Fully connected layer: activation(x w + bias), over the last axis of x.
 *
 * x: [..., inputs]; w: [inputs, units]; bias: [units], none by default; the result is [..., units].
 *
 * @param activation "linear" by default. It is fused into the kernel.
 * @throws ShapeError when the shapes do not fit.
 */
export function dense(x: Tensor, w: Tensor, bias?: Tensor, activation: EpilogueActivation = "linear"): Tensor {
  checkTensors("dense", [x, w]);
  const [k, n] = w.shape as [number, number];
  if (x.shape.length < 1 || x.shape.at(-1) !== k || w.shape.length !== 2) throw shapeError(x.shape, w.shape);
  const m = sizeOf(x.shape.slice(0, -1));
  return productOp(
    "dense",
    [x, w],
    [...x.shape.slice(0, -1), n],
    { bias, activation },
    {
      forward: (g, y, b, name) => g.gemm(y, x.buffer, w.buffer, b, gemmSize(m, k, n), name),
      gradInput: (g, dx, dy) => g.gemm(dx, dy, w.buffer, undefined, gemmSize(m, n, k, false, true)),
      gradWeights: (g, dw, dy) => g.gemm(dw, x.buffer, dy, undefined, gemmSize(k, m, n, true)),
    },
  );
}

function batchMatMul(a: Tensor, b: Tensor): Tensor {
  const [m, k, n] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!];
  const batches = a.shape.slice(0, -2);
  if (shapeText(batches) !== shapeText(b.shape.slice(0, -2))) throw shapeError(a.shape, b.shape);
  const batch = sizeOf(batches);
  const size = (m: number, k: number, n: number, transA: boolean, transB: boolean): GemmSize => ({
    ...gemmSize(m, k, n, transA, transB),
    batch,
    aBatchStride: m * k,
    bBatchStride: k * n,
  });
  return op({
    name: "matMul",
    inputs: [a, b],
    shape: [...batches, m, n],
    forward: (g, y) => g.gemm(y, a.buffer, b.buffer, undefined, size(m, k, n, false, false)),
    backward: (dy) => [
      () => computeLike(a, (g, da) => g.gemm(da, dy.buffer, b.buffer, undefined, size(m, n, k, false, true))),
      () => computeLike(b, (g, db) => g.gemm(db, a.buffer, dy.buffer, undefined, size(k, m, n, true, false))),
    ],
  });
}
