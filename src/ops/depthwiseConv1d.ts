/** Convolution of each channel separately, over time. */
import type { Tensor } from "../tensor.js";
import type { ConvOptions } from "./conv2d.js";
import { depthwiseConv2d } from "./depthwiseConv2d.js";
import { onOneRow } from "./oneRow.js";

/**
 * Convolves each channel of x [batch, time, channels] separately, with a kernel [size, channels, depthMultiplier]. The
 * result is [batch, time', channels * depthMultiplier].
 *
 * @param options As those of `depthwiseConv2d`, for one axis.
 */
export const depthwiseConv1d = (x: Tensor, kernel: Tensor, options: ConvOptions = {}): Tensor =>
  onOneRow("depthwiseConv1d", x, kernel, options, depthwiseConv2d);
