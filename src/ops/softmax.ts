/** Softmax and its logarithm. */
import { checkTensors, computeLike, op } from "../op.js";
import type { Tensor } from "../tensor.js";
import { withLogits } from "./elementwise.js";

const rowsOf = (name: string, x: Tensor): [number, number] => {
  checkTensors(name, [x]);
  const columns = x.shape.at(-1) ?? 1;
  return [columns === 0 ? 0 : x.size / columns, columns];
};

/**
 * Computes the softmax over the last axis: e^x / sum e^x. The result has the shape of x.
 *
 * The result keeps a reference to x: a cross-entropy of the result is computed from x, which is more exact.
 */
export function softmax(x: Tensor): Tensor {
  const [rows, columns] = rowsOf("softmax", x);
  const y = op({
    name: "softmax",
    inputs: [x],
    forward: (k, y) => k.softmax(y, x.buffer, rows, columns),
    backward: (dy, y) => [() => computeLike(x, (k, dx) => k.softmaxGrad(dx, dy.buffer, y.buffer, rows, columns))],
  });
  return withLogits(y, x, "softmax");
}

/** Computes the logarithm of the softmax over the last axis: x - ln sum e^x. The result has the shape of x. */
export function logSoftmax(x: Tensor): Tensor {
  const [rows, columns] = rowsOf("logSoftmax", x);
  return op({
    name: "logSoftmax",
    inputs: [x],
    forward: (k, y) => k.logSoftmax(y, x.buffer, rows, columns),
    backward: (dy, y) => [() => computeLike(x, (k, dx) => k.logSoftmaxGrad(dx, dy.buffer, y.buffer, rows, columns))],
  });
}
