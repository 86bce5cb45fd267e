/** Ops on frames, on tensors and symbolic tensors. */
import { ArgumentError, checkOptions } from "../../errors.js";
import type { SymbolicTensor } from "../../layer.js";
import * as ops from "../../ops/index.js";
import type { ResizeOptions } from "../../ops/resize2d.js";
import type { WindowOptions } from "../../shape.js";
import * as definitions from "../definitions.js";
import { callOperation, lifted, type OperationDefinition } from "../operation.js";
import type { UnaryOperation } from "./types.js";

const resizeOf = (x: SymbolicTensor, size: readonly number[], options: ResizeOptions | null = {}) => {
  checkOptions("resize2d", options ?? {}, ["interpolation", "antialias"]);
  const { interpolation = "bilinear", antialias = false } = options ?? {};
  return callOperation(definitions.resize, [x, size, interpolation, antialias]);
};

const poolOf =
  (name: string, definition: OperationDefinition) =>
  (x: SymbolicTensor, pool: readonly number[], options: WindowOptions | null = {}) => {
    checkOptions(name, options ?? {}, ["strides", "padding", "dilation"]);
    const { strides, padding = "valid", dilation = 1 } = options ?? {};
    if ([dilation].flat().some((step) => step !== 1)) throw new ArgumentError(`${name}: a dilation of symbolic tensors, which no file could hold; expected 1.`); // prettier-ignore
    return callOperation(definition, [x, pool, strides ?? null, padding]);
  };

/**
 * Averages the elements in each window over x: [batch, height, width, channels]; padding does not count.
 *
 * Of a symbolic tensor it makes one more in its graph.
 *
 * The result is [batch, outHeight, outWidth, channels]. It is computed as a depthwise convolution with equal weights.
 *
 * @param pool Height and width of the window.
 * @param options Strides are the size of the window by default, padding is "valid", dilation 1.
 * @throws ShapeError when x has not four axes or the window does not fit; ArgumentError when an option is not allowed.
 */
export const averagePool2d: UnaryOperation<[pool: readonly [number, number], options?: WindowOptions]> =
  /* @__PURE__ */ lifted(ops.averagePool2d, definitions.averagePool, poolOf("averagePool2d", definitions.averagePool));

/**
 * Takes the largest element in each window over x: [batch, height, width, channels]; padding does not count.
 *
 * Of a symbolic tensor it makes one more in its graph.
 *
 * The result is [batch, outHeight, outWidth, channels]. The gradient goes to the first largest element of a window.
 *
 * @param pool Height and width of the window.
 * @param options Strides are the size of the window by default, padding is "valid", dilation 1.
 * @throws ShapeError when x has not four axes or the window does not fit; ArgumentError when an option is not allowed.
 */
export const maxPool2d: UnaryOperation<[pool: readonly [number, number], options?: WindowOptions]> =
  /* @__PURE__ */ lifted(ops.maxPool2d, definitions.maxPool, poolOf("maxPool2d", definitions.maxPool));

/**
 * Resizes frames x: [batch, height, width, channels] to [batch, ...size, channels].
 *
 * Of a symbolic tensor it makes one more in its graph.
 *
 * Positions are as in TensorFlow 2: the centre of pixel i of n lies at (i + 0.5) / n. The weights of a new pixel are
 * those of the pixels inside the frame, scaled to a sum of 1.
 *
 * @throws ShapeError when x has not four axes.
 * @example
 * resize2d(frames, [224, 224], { interpolation: "bilinear", antialias: true });
 */
export const resize2d: UnaryOperation<[size: readonly [height: number, width: number], options?: ResizeOptions]> =
  /* @__PURE__ */ lifted(ops.resize2d, definitions.resize, resizeOf);
