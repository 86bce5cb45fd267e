/** Transposed convolutions over time and over volumes, composed of those over frames. */
import { ShapeError, shapeText } from "../errors.js";
import { scope } from "../scope.js";
import { checkPadding, windowAxis } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add } from "./arithmetic.js";
import { conv2dTranspose, type Conv2dTransposeOptions } from "./conv2dTranspose.js";
import { pad, reshape, slice } from "./move.js";
import { onOneRow } from "./oneRow.js";

/** The options of a window over any number of axes, one number for each. */
export interface ConvTransposeOptions {
  readonly strides: readonly number[];
  readonly padding: string;
  readonly dilation: readonly number[];
  readonly bias?: Tensor | undefined;
}

const frameOptions = (options: ConvTransposeOptions, strides: readonly number[], dilation: readonly number[]) =>
  ({ ...options, strides, dilation }) as unknown as Conv2dTransposeOptions;

/**
 * The gradient of `conv1d` with respect to its input: x [batch, time, channels], kernel [size, filters, channels]; the
 * result is [batch, length, filters].
 * @throws ShapeError where a convolution of `length` steps would not give the shape of x.
 */
export function conv1dTranspose(x: Tensor, kernel: Tensor, length: number, options: ConvTransposeOptions): Tensor {
  return onOneRow("conv1dTranspose", x, kernel, options, (frames, window, { strides, dilation }) =>
    conv2dTranspose(frames, window, [1, length], frameOptions(options, strides, dilation)),
  );
}

/**
 * The gradient of `conv3d` with respect to its input: x [batch, depth, height, width, channels], kernel [depth, height,
 * width, filters, channels]; the result is [batch, ...size, filters]. Each slice of the kernel gives a volume by
 * `conv2dTranspose`, whose frames are spread over the depth.
 * @throws ShapeError where a convolution of volumes of `size` would not give the shape of x.
 */
export function conv3dTranspose(
  x: Tensor,
  kernel: Tensor,
  [depth, height, width]: readonly [number, number, number],
  options: ConvTransposeOptions,
): Tensor {
  const [batch, given, ...frame] = x.shape as [number, number, ...number[]];
  const [stride, ...strides] = options.strides;
  const [spacing, ...dilation] = options.dilation;
  const [numTaps, ...tapShape] = kernel.shape as [number, ...number[]];
  const { out, before } = windowAxis(depth, numTaps, stride, spacing, checkPadding("conv3dTranspose", options.padding));
  if (out !== given) {
    throw new ShapeError(
      `conv3dTranspose: a convolution of ${depth} frames gives ${out}, received ${shapeText(x.shape)}.`,
    );
  }
  return scope(() => {
    const frames = reshape(x, [batch * given, ...frame]);
    const inner = frameOptions({ ...options, bias: undefined }, strides, dilation);
    const taps = Array.from({ length: numTaps }, (_, i) => {
      const tap = reshape(slice(kernel, [i], [1]), tapShape);
      const y = conv2dTranspose(frames, tap, [height, width], inner);
      return spread(reshape(y, [batch, given, ...y.shape.slice(1)]), stride, i * spacing - before, depth);
    });
    const y = taps.reduce((sum, tap) => add(sum, tap));
    return options.bias ? add(y, options.bias) : y;
  });
}

/** Puts frame i of x [batch, depth, ...] at i * stride + offset, among zeros, and cuts what lies outside of `length`. */
function spread(x: Tensor, stride: number, offset: number, length: number): Tensor {
  const [batch, depth, ...frame] = x.shape as [number, number, ...number[]];
  const rest = frame.map(() => 0);
  const apart = pad(reshape(x, [batch, depth, 1, ...frame]), [0, 0, 0, ...rest], [0, 0, stride - 1, ...rest]);
  const all = reshape(apart, [batch, depth * stride, ...frame]);
  const after = Math.max(0, length - offset - depth * stride);
  const wide = pad(all, [0, Math.max(0, offset), ...rest], [0, after, ...rest]);
  return slice(wide, [0, Math.max(0, -offset)], [batch, length]);
}
