/** Batch normalization in the weights of a product: y = (x w + b - mean) scale + beta = x (w scale) + (b - mean) scale + beta. */
import type { Buffer } from "../kernels.js";
import type { BroadcastSize, GemmSize } from "../shape.js";
import { Slot, viewOf } from "../slot.js";
import type { Row } from "./row.js";

/** Weights and bias, and the rows that compute them. */
export interface Folded {
  readonly weights: Buffer;
  readonly bias: Buffer;
  readonly rows: readonly Row[];
}

/**
 * Gives the weights and the bias of a product with the batch normalization of its result: scale = gamma / sqrt(variance
 * + epsilon), weights w scale, bias (b - mean) scale + beta. Undefined where the columns of w are not on its last axis.
 */
export function foldedWeights(product: Row, norm: Row): Folded | undefined {
  const { batch, transB } = product.args[4] as GemmSize;
  if (product.kernel === "gemm" && (transB || batch !== 1)) return undefined;
  const [, , w, b] = product.args as (Buffer | undefined)[];
  const [, , moments, gamma, beta, epsilon] = norm.args as [Buffer, Buffer, Buffer, Buffer, Buffer, number];
  const n = gamma.length;
  const rows: Row[] = [];
  const compute = (kernel: Row["kernel"], length: number, ...args: unknown[]): Slot => {
    const y = new Slot(length);
    rows.push({ kernel, args: [y, ...args], layers: norm.layers });
    return y;
  };
  const each: BroadcastSize = { shape: [n], aStrides: [1], bStrides: [1] };
  const mean = viewOf(moments, 0, n);
  const deviation = compute("sqrt", n, compute("affine", n, viewOf(moments, n, n), 1, epsilon));
  const scale = compute("divide", n, gamma, deviation, each);
  const columns: BroadcastSize = { shape: [w!.length / n, n], aStrides: [n, 1], bStrides: [0, 1] };
  const weights = compute("multiply", w!.length, w, scale, columns);
  const centre = b ? compute("subtract", n, b, mean, each) : compute("affine", n, mean, -1, 0);
  const bias = compute("add", n, compute("multiply", n, centre, scale, each), beta, each);
  return { weights, bias, rows };
}
