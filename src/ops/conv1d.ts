import { ShapeError, shapeText } from "../errors.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { conv2d, type ConvOptions } from "./conv2d.js";
import { reshape } from "./move.js";

/** The one number of an option over one axis. */
const only = (value: number | readonly number[] = 1): number => (typeof value === "number" ? value : value[0]);

/**
 * Convolution over [batch, steps, channels]: one over frames of one row. kernel: [size, channels / groups, filters].
 * @throws ShapeError where kernel and x do not meet.
 */
export function conv1d(x: Tensor, kernel: Tensor, options: ConvOptions & { groups?: number } = {}): Tensor {
  if (x.shape.length !== 3 || kernel.shape.length !== 3) {
    throw new ShapeError(
      `conv1d: expected [batch, steps, channels] and [size, channels, filters], received ${shapeText(x.shape)} and ${shapeText(kernel.shape)}.`,
    );
  }
  const [batch, steps, channels] = x.shape;
  return scope(() => {
    const y = conv2d(reshape(x, [batch, 1, steps, channels]), reshape(kernel, [1, ...kernel.shape]), {
      ...options,
      strides: [1, only(options.strides)],
      dilation: [1, only(options.dilation)],
    });
    return reshape(y, [batch, ...y.shape.slice(2)]);
  });
}
