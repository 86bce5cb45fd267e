import { compute, op } from "../op.js";
import { type WindowOptions, windowSize } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** The largest value under each window over x: [batch, height, width, channels]. Its first occurrence has the gradient. */
export function maxPool2d(x: Tensor, pool: readonly [number, number], options: WindowOptions = {}): Tensor {
  const size = windowSize("maxPool2d", x.shape, pool, { strides: pool, ...options });
  return op({
    name: "maxPool2d",
    inputs: [x],
    shape: [size.batch, size.outHeight, size.outWidth, size.channels],
    forward: (k, y) => k.maxPool2d(y, x.buffer, size),
    backward: (dy) => [
      () => compute("maxPool2d", [dy, x], x.shape, (k, dx) => k.maxPool2dGrad(dx, dy.buffer, x.buffer, size)),
    ],
  });
}
