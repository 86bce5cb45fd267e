import { compute, op } from "../op.js";
import type { Tensor } from "../tensor.js";
import { withLogits } from "./elementwise.js";

const rowsOf = (x: Tensor): [number, number] => {
  const columns = x.shape.at(-1) ?? 1;
  return [columns === 0 ? 0 : x.size / columns, columns];
};

/** e^x / sum e^x over the last axis. A cross-entropy behind it computes from x (see losses). */
export function softmax(x: Tensor): Tensor {
  const [rows, columns] = rowsOf(x);
  const y = op({
    name: "softmax",
    inputs: [x],
    shape: x.shape,
    forward: (k, y) => k.softmax(y, x.buffer, rows, columns),
    backward: (dy, y) => [
      () => compute("softmax", [dy, y], x.shape, (k, dx) => k.softmaxGrad(dx, dy.buffer, y.buffer, rows, columns)),
    ],
  });
  return withLogits(y, x, "softmax");
}

/** x - ln sum e^x over the last axis. */
export function logSoftmax(x: Tensor): Tensor {
  const [rows, columns] = rowsOf(x);
  return op({
    name: "logSoftmax",
    inputs: [x],
    shape: x.shape,
    forward: (k, y) => k.logSoftmax(y, x.buffer, rows, columns),
    backward: (dy, y) => [
      () =>
        compute("logSoftmax", [dy, y], x.shape, (k, dx) => k.logSoftmaxGrad(dx, dy.buffer, y.buffer, rows, columns)),
    ],
  });
}
