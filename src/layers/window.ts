/** The options and shapes of layers that slide a window over space: convolutions and pooling. */
import { ArgumentError, shapeText } from "../errors.js";
import { checkPadding, type Padding, type PartialShape, windowMisfit, windowOut } from "../shape.js";
import { positiveIntegers } from "./check.js";

/** The options of a window that slides over space. */
export interface WindowLayerOptions {
  /**
   * How far the window moves from one result to the next: a number, or one for each axis ([height, width]); 1 by
   * default.
   */
  strides?: number | readonly number[];
  /** "valid" (whole windows only, the default) or "same" (size / stride, rounded up). */
  padding?: Padding | (string & {});
  /** Distance between the elements of the kernel, 1 by default. Not together with strides above 1. */
  dilationRate?: number | readonly number[];
}

/** The names of `WindowLayerOptions`. */
export const windowOptions: readonly (keyof WindowLayerOptions)[] = ["strides", "padding", "dilationRate"];

/** A window over axes of space, read from the options of a layer. */
export interface Window {
  /** The size along each axis: [height, width]. */
  readonly kernel: readonly number[];
  /** The options of the ops. */
  readonly options: {
    readonly strides: readonly number[];
    readonly padding: Padding;
    readonly dilation: readonly number[];
  };
}

/**
 * Reads the window over `rank` axes of space from a layer's options.
 * @throws ArgumentError for sizes that are no whole numbers from 1, and for strides beside dilation.
 */
export function readWindow(
  label: string,
  kernelOption: string,
  kernelSize: number | readonly number[],
  { strides = 1, padding = "valid", dilationRate = 1 }: WindowLayerOptions,
  rank = 2,
): Window {
  const kernel = positiveIntegers(label, kernelOption, kernelSize, rank);
  const stride = positiveIntegers(label, "strides", strides, rank);
  const dilation = positiveIntegers(label, "dilationRate", dilationRate, rank);
  if (Math.max(...stride) > 1 && Math.max(...dilation) > 1) {
    throw new ArgumentError(
      `${label}: strides ${shapeText(stride)} beside dilationRate ${shapeText(dilation)}; one of them must be 1.`,
    );
  }
  return { kernel, options: { strides: stride, padding: checkPadding(label, padding), dilation } };
}

/**
 * Gives the size of the result along each axis of space, with which `frame` begins; null stays null.
 * @throws ShapeError where the window does not fit.
 */
export function windowShape(label: string, frame: PartialShape, { kernel, options }: Window): (number | null)[] {
  const { strides, padding, dilation } = options;
  const out = kernel.map((k, i) => windowOut(frame[i], k, strides[i], dilation[i], padding));
  if (out.some((size) => size !== null && size < 1)) {
    throw windowMisfit(label, kernel, frame.slice(0, kernel.length));
  }
  return out;
}
