/** Convolution over volumes, or over clips as volumes. */
import { checkList, checkOptions, ShapeError, shapeText } from "../errors.js";
import { checkTensors } from "../op.js";
import { checkPadding, windowAxis, type WindowOptions } from "../shape.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { add } from "./arithmetic.js";
import { conv2d } from "./conv2d.js";
import { pad, reshape, slice } from "./move.js";

/** Options of `conv3d`. */
export interface Conv3dOptions extends WindowOptions {
  /** The bias that is added to each element of the result: [filters]. None by default. */
  bias?: Tensor | undefined;
  /** Number of groups that channels and filters are split into, 1 by default. */
  groups?: number;
}

/** Gives the three numbers of an option for three axes. @throws ArgumentError */
const triple = (option: string, value: unknown = 1): number[] =>
  checkList("conv3d", option, value, 3, "a whole number from 1");

/**
 * Convolves volumes x: [batch, depth, height, width, channels] with a kernel [depth, height, width, channels / groups,
 * filters].
 *
 * The result is [batch, outDepth, outHeight, outWidth, filters]. It is the sum of the 2D convolutions of the kernel's
 * slices.
 *
 * @param options Strides 1, padding "valid", dilation 1, groups 1 and no bias by default.
 * @throws ShapeError when the shapes do not fit; ArgumentError when an option is not allowed.
 */
export function conv3d(x: Tensor, kernel: Tensor, options: Conv3dOptions = {}): Tensor {
  checkTensors("conv3d", [x, kernel]);
  checkOptions("conv3d", options, ["strides", "padding", "dilation", "groups", "bias"]);
  if (x.shape.length !== 5 || kernel.shape.length !== 5) {
    throw new ShapeError(
      `conv3d: expected [batch, depth, height, width, channels] and [depth, height, width, channels, filters], received ${shapeText(x.shape)} and ${shapeText(kernel.shape)}.`,
    );
  }
  const padding = checkPadding("conv3d", options.padding ?? "valid");
  const { groups = 1, bias } = options;
  const [stride, ...strides] = triple("strides", options.strides);
  const [spacing, ...dilation] = triple("dilation", options.dilation);
  const [numTaps, ...tapShape] = kernel.shape as [number, ...number[]];
  const { out, before } = windowAxis(x.shape[1], numTaps, stride, spacing, padding);
  if (out < 1) {
    throw new ShapeError(`conv3d: a kernel ${shapeText(kernel.shape)} does not fit into ${shapeText(x.shape)}.`);
  }
  return scope(() => {
    const [batch, , ...frame] = x.shape as [number, number, ...number[]];
    const padded = padDepth(x, before, (numTaps - 1) * spacing + out * stride);
    const taps = Array.from({ length: numTaps }, (_, i) => {
      const frames = reshape(everyNth(padded, i * spacing, out, stride), [batch * out, ...frame]);
      const tap = reshape(slice(kernel, [i], [1]), tapShape);
      return conv2d(frames, tap, { padding, groups, strides, dilation, bias: i === 0 ? bias : undefined });
    });
    const y = taps.reduce((sum, tap) => add(sum, tap));
    return reshape(y, [batch, out, ...y.shape.slice(1)]);
  });
}

/** Pads x along its depth to `length` frames: with `before` zeros in front, and the others behind. */
function padDepth(x: Tensor, before: number, length: number): Tensor {
  const after = Math.max(0, length - before - x.shape[1]);
  return before + after === 0 ? x : pad(x, [0, before, 0, 0, 0], [0, after, 0, 0, 0]);
}

/** Takes `count` slices of x: [batch, depth, ...], every `stride`-th from `start` on. */
function everyNth(x: Tensor, start: number, count: number, stride: number): Tensor {
  const [batch, , ...frame] = x.shape as [number, number, ...number[]];
  const run = slice(x, [0, start], [batch, count * stride]);
  return stride === 1 ? run : slice(reshape(run, [batch, count, stride, ...frame]), [0, 0, 0], [batch, count, 1]);
}
