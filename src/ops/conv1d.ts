/** Convolution over time. */
import { checkOptions, ShapeError, shapeText } from "../errors.js";
import { checkTensors } from "../op.js";
import type { Tensor } from "../tensor.js";
import { conv2d, type GroupedConvOptions } from "./conv2d.js";
import { onOneRow } from "./oneRow.js";

/**
 * Convolves sequences x: [batch, time, channels] with a kernel [size, channels / groups, filters].
 *
 * The result is [batch, outTime, filters]. It is computed by `conv2d`, on frames of one row.
 *
 * @param options Strides 1, padding "valid", dilation 1, groups 1, no bias and no activation by default.
 * @throws ShapeError when the shapes do not fit; ArgumentError when an option is not allowed.
 */
export function conv1d(x: Tensor, kernel: Tensor, options: GroupedConvOptions = {}): Tensor {
  checkTensors("conv1d", [x, kernel]);
  if (x.shape.length !== 3 || kernel.shape.length !== 3) {
    throw new ShapeError(
      `conv1d: expected [batch, time, channels] and [size, channels, filters], received ${shapeText(x.shape)} and ${shapeText(kernel.shape)}.`,
    );
  }
  checkOptions("conv1d", options, ["strides", "padding", "dilation", "groups", "bias", "activation"]);
  return onOneRow("conv1d", x, kernel, options, conv2d);
}
