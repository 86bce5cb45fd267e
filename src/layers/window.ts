/** The options and shapes of what slides a window over frames: convolutions and pooling. */
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { checkPadding, type Padding, type PartialShape, windowOut } from "../shape.js";
import { counts } from "./check.js";

export interface WindowLayerOptions {
  /** A number, or [height, width]; 1 unless given. */
  strides?: number | readonly number[];
  /** "valid" (whole windows only, the default) or "same" (size / stride, rounded up). */
  padding?: Padding | (string & {});
  /** Distance between the elements of the kernel, 1 unless given. Not beside strides above 1. */
  dilationRate?: number | readonly number[];
}

export interface Window {
  readonly kernel: readonly [height: number, width: number];
  /** As the ops take them. */
  readonly options: {
    readonly strides: readonly [number, number];
    readonly padding: Padding;
    readonly dilation: readonly [number, number];
  };
}

/** @throws ArgumentError for sizes that are not whole numbers from 1, and for strides beside dilation. */
export function readWindow(
  label: string,
  kernelOption: string,
  kernelSize: number | readonly number[],
  { strides = 1, padding = "valid", dilationRate = 1 }: WindowLayerOptions,
): Window {
  const kernel = counts(label, kernelOption, kernelSize);
  const stride = counts(label, "strides", strides);
  const dilation = counts(label, "dilationRate", dilationRate);
  if (Math.max(...stride) > 1 && Math.max(...dilation) > 1) {
    throw new ArgumentError(
      `${label}: strides ${shapeText(stride)} beside dilationRate ${shapeText(dilation)}; one of them must be 1.`,
    );
  }
  return { kernel, options: { strides: stride, padding: checkPadding(label, padding), dilation } };
}

/** [height', width'] of a window over [height, width]; null stays null. @throws ShapeError where it does not fit. */
export function windowShape(label: string, frame: PartialShape, { kernel, options }: Window): (number | null)[] {
  const { strides, padding, dilation } = options;
  const out = kernel.map((k, i) => windowOut(frame[i], k, strides[i], dilation[i], padding));
  if (out.some((size) => size !== null && size < 1)) {
    throw new ShapeError(
      `${label}: a ${kernel.join("x")} window does not fit into frames of ${shapeText(frame.slice(0, 2))}; use padding "same" or larger frames.`,
    );
  }
  return out;
}
