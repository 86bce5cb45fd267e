import { checkTensors } from "../op.js";
import { type WindowOptions, windowAxis, windowSize } from "../shape.js";
import { scope } from "../scope.js";
import { full, type Tensor, tensor } from "../tensor.js";
import { multiply } from "./arithmetic.js";
import { depthwiseConv2d } from "./depthwiseConv2d.js";

/**
 * Averages the elements in each window over x: [batch, height, width, channels]; padding does not count.
 *
 * The result is [batch, outHeight, outWidth, channels]. It is computed as a depthwise convolution with equal weights.
 *
 * @param pool Height and width of the window.
 * @param options Strides are the size of the window by default, padding is "valid", dilation 1.
 * @throws ShapeError when x has not four axes or the window does not fit; ArgumentError when an option is not allowed.
 */
export function averagePool2d(x: Tensor, pool: readonly [number, number], options: WindowOptions = {}): Tensor {
  checkTensors("averagePool2d", [x]);
  const window: WindowOptions = { strides: pool, padding: "valid", ...options };
  const size = windowSize("averagePool2d", x.shape, pool, window);
  const { kernelHeight, kernelWidth } = size;
  const kernelShape = [kernelHeight, kernelWidth, size.channels, 1];
  return scope(() => {
    if (window.padding === "valid")
      return depthwiseConv2d(x, full(kernelShape, 1 / (kernelHeight * kernelWidth)), window);
    const sums = depthwiseConv2d(x, full(kernelShape, 1), window);
    const rows = reciprocalCounts(size.height, kernelHeight, size.strideHeight);
    const columns = reciprocalCounts(size.width, kernelWidth, size.strideWidth);
    const each = Float32Array.from({ length: rows.length * columns.length }, (_, i) => {
      return rows[Math.floor(i / columns.length)] * columns[i % columns.length];
    });
    return multiply(sums, tensor(each, [1, rows.length, columns.length, 1]));
  });
}

/** Computes 1 / (number of elements inside the input) for each "same" window along an axis. */
function reciprocalCounts(size: number, kernel: number, stride: number): number[] {
  const { out, before } = windowAxis(size, kernel, stride, 1, "same");
  return Array.from({ length: out }, (_, i) => {
    const start = i * stride - before;
    return 1 / (Math.min(start + kernel, size) - Math.max(start, 0));
  });
}
