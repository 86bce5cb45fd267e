/** The options and shapes of what slides a window over frames: convolutions and pooling. */
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { checkPadding, type Padding, type PartialShape, windowOut } from "../shape.js";
import { counts } from "./check.js";

export interface WindowLayerOptions {
  /** A number, or one for each axis ([height, width]); 1 unless given. */
  strides?: number | readonly number[];
  /** "valid" (whole windows only, the default) or "same" (size / stride, rounded up). */
  padding?: Padding | (string & {});
  /** Distance between the elements of the kernel, 1 unless given. Not beside strides above 1. */
  dilationRate?: number | readonly number[];
}

export interface Window {
  /** One number for each axis: [height, width]. */
  readonly kernel: readonly number[];
  /** As the ops take them. */
  readonly options: {
    readonly strides: readonly number[];
    readonly padding: Padding;
    readonly dilation: readonly number[];
  };
}

/**
 * The window over `rank` axes of space.
 * @throws ArgumentError for sizes that are not whole numbers from 1, and for strides beside dilation.
 */
export function readWindow(
  label: string,
  kernelOption: string,
  kernelSize: number | readonly number[],
  { strides = 1, padding = "valid", dilationRate = 1 }: WindowLayerOptions,
  rank = 2,
): Window {
  const kernel = counts(label, kernelOption, kernelSize, rank);
  const stride = counts(label, "strides", strides, rank);
  const dilation = counts(label, "dilationRate", dilationRate, rank);
  if (Math.max(...stride) > 1 && Math.max(...dilation) > 1) {
    throw new ArgumentError(
      `${label}: strides ${shapeText(stride)} beside dilationRate ${shapeText(dilation)}; one of them must be 1.`,
    );
  }
  return { kernel, options: { strides: stride, padding: checkPadding(label, padding), dilation } };
}

/** The sizes that a window leaves of each axis of space (what `frame` begins with): null stays null. @throws ShapeError where it does not fit. */
export function windowShape(label: string, frame: PartialShape, { kernel, options }: Window): (number | null)[] {
  const { strides, padding, dilation } = options;
  const out = kernel.map((k, i) => windowOut(frame[i], k, strides[i], dilation[i], padding));
  if (out.some((size) => size !== null && size < 1)) {
    throw new ShapeError(
      `${label}: a ${kernel.join("x")} window does not fit into frames of ${shapeText(frame.slice(0, kernel.length))}; use padding "same" or larger frames.`,
    );
  }
  return out;
}
