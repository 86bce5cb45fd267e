/** Max pooling over frames. */
import { checkTensors, computeLike, op } from "../op.js";
import { type WindowOptions, windowSize } from "../shape.js";
import type { Tensor } from "../tensor.js";

/**
 * Takes the largest element in each window over x: [batch, height, width, channels]; padding does not count.
 *
 * The result is [batch, outHeight, outWidth, channels]. The gradient goes to the first largest element of a window.
 *
 * @param pool Height and width of the window.
 * @param options Strides are the size of the window by default, padding is "valid", dilation 1.
 * @throws ShapeError when x has not four axes or the window does not fit; ArgumentError when an option is not allowed.
 */
export function maxPool2d(x: Tensor, pool: readonly [number, number], options: WindowOptions = {}): Tensor {
  checkTensors("maxPool2d", [x]);
  const size = windowSize("maxPool2d", x.shape, pool, { strides: pool, ...options });
  return op({
    name: "maxPool2d",
    inputs: [x],
    shape: [size.batch, size.outHeight, size.outWidth, size.channels],
    forward: (k, y) => k.maxPool2d(y, x.buffer, size),
    backward: (dy) => [() => computeLike(x, (k, dx) => k.maxPool2dGrad(dx, dy.buffer, x.buffer, size))],
  });
}
