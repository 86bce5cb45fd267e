/** Shapes, and the sizes that kernels take. Only this file defines what the paddings "same" and "valid" mean. */
import {
  ArgumentError,
  checkList,
  checkNumber,
  checkOptions,
  ShapeError,
  shapeText,
  shown,
  unknownName,
} from "./errors.js";

/** Size of each axis, outermost first; [] for a scalar. */
export type Shape = readonly number[];

/** A shape in which null is a size that is not known before there is data, mostly that of the batch. */
export type PartialShape = readonly (number | null)[];

/**
 * The padding around the input of a window. "valid": no padding, so that only whole windows count. "same": zeros, so that
 * there are ceil(size / stride) windows along each axis.
 */
export type Padding = "valid" | "same";

/** Number of elements of a shape. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

/** The same, of what may be no shape. @throws ShapeError where it is none, or where that number is no exact one. */
export function checkedSize(where: string, shape: Shape): number {
  let size = Array.isArray(shape) ? 1 : NaN;
  for (let i = 0; i < shape?.length; i++) size *= Number.isSafeInteger(shape[i]) && shape[i] >= 0 ? shape[i] : NaN;
  if (Number.isSafeInteger(size)) return size;
  throw new ShapeError(`${where}: ${shown(shape)} is not a shape; expected whole numbers from 0.`);
}

/** Number of elements of a shape; NaN if a size is not known yet. */
export const elements = (shape: PartialShape): number =>
  shape.reduce<number>((product, size) => product * (size ?? NaN), 1);

/** Whether two shapes are equal; null only equals null. */
export const sameShape = (a: PartialShape, b: PartialShape): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  for (let axis = shape.length - 1, stride = 1; axis >= 0; stride *= shape[axis--]) strides[axis] = stride;
  return strides;
}

/**
 * An axis as a number from 0; -1 is the last axis.
 * @throws ArgumentError when the axis does not exist.
 */
export function normalizeAxis(where: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ArgumentError(
      `${where}: axis ${shown(axis)} does not exist in ${rank} dimensions; expected ${-rank} to ${rank - 1}.`,
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/**
 * Two operands traversed together. An operand's stride is 0 along the axes on which it repeats. Axes are merged where
 * possible.
 */
export interface BroadcastSize {
  /** The sizes of the merged axes, outermost first. */
  readonly shape: Shape;
  /** The stride of operand a along each axis, in elements. */
  readonly aStrides: Shape;
  /** The stride of operand b along each axis, in elements. */
  readonly bStrides: Shape;
}

/**
 * The shape to which two shapes broadcast by NumPy's rule: axes are aligned at the end, and a size of 1 repeats.
 * @throws ShapeError when two sizes differ and neither is 1.
 */
export function broadcastShapes(where: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [m, n] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    if (m !== n && m !== 1 && n !== 1) {
      throw new ShapeError(`${where}: ${shapeText(a)} and ${shapeText(b)} do not broadcast; sizes must be equal or 1.`);
    }
    return m === 1 ? n : m;
  });
}

const repeatStrides = (shape: Shape, rank: number): number[] => {
  const padded = [...new Array<number>(rank - shape.length).fill(1), ...shape];
  return stridesOf(padded).map((stride, axis) => (padded[axis] === 1 ? 0 : stride));
};

/** Joins neighbouring axes that are contiguous on both sides. `otherStrides`: row-major by default. */
export function joinAxes(shape: Shape, strides: Shape, otherStrides: Shape = stridesOf(shape)): [Shape, Shape, Shape] {
  const sizes: number[] = [];
  const first: number[] = [];
  const second: number[] = [];
  for (let axis = 0; axis < shape.length; axis++) {
    const size = shape[axis];
    if (size === 1) continue;
    const last = sizes.length - 1;
    const joins = last >= 0 && first[last] === strides[axis] * size && second[last] === otherStrides[axis] * size;
    if (joins) {
      sizes[last] *= size;
      first[last] = strides[axis];
      second[last] = otherStrides[axis];
    } else {
      sizes.push(size);
      first.push(strides[axis]);
      second.push(otherStrides[axis]);
    }
  }
  return [sizes, first, second];
}

/** How operands of shapes a and b are traversed for a result of shape `out`. */
export function broadcastSize(out: Shape, a: Shape, b: Shape): BroadcastSize {
  const [shape, aStrides, bStrides] = joinAxes(out, repeatStrides(a, out.length), repeatStrides(b, out.length));
  return shape.length > 0 ? { shape, aStrides, bStrides } : { shape: [1], aStrides: [1], bStrides: [1] };
}

/** A reduction over the middle of `[outer, length, inner]`. */
export interface ReduceSize {
  /** The number of elements along the axes before those that are reduced. */
  readonly outer: number;
  /** The number of elements along the axes that are reduced. */
  readonly length: number;
  /** The number of elements along the axes after those that are reduced. */
  readonly inner: number;
}

/** The reduction over the neighbouring axes `from` to `to` (exclusive). */
export const reduceSize = (shape: Shape, from: number, to: number): ReduceSize => ({
  outer: sizeOf(shape.slice(0, from)),
  length: sizeOf(shape.slice(from, to)),
  inner: sizeOf(shape.slice(to)),
});

/** A strided walk over a larger buffer: element i, j, ... lies at offset + i * strides[0] + j * strides[1] + ... */
export interface StridedSize {
  /** The number of elements along each axis of the walk. */
  readonly shape: Shape;
  /** The stride of each axis, in elements of the larger buffer. */
  readonly strides: Shape;
  /** The place of the first element in the larger buffer. */
  readonly offset: number;
}

/** The walk over `length` neighbouring elements from `offset` on. */
export const flatSize = (length: number, offset = 0): StridedSize => ({ shape: [length], strides: [1], offset });

/** Matrix products c[m,n] = a[m,k] b[k,n], `batch` of them. A batch stride of 0 repeats an operand. */
export interface GemmSize {
  /** The number of rows of c. */
  readonly m: number;
  /** The number of columns of c. */
  readonly n: number;
  /** The number of products in an element of c. */
  readonly k: number;
  /** Whether a is stored as [k, m]. */
  readonly transA: boolean;
  /** Whether b is stored as [n, k]. */
  readonly transB: boolean;
  /** The number of matrix products. */
  readonly batch: number;
  /** The number of elements between two matrices a; 0 where all products use one. */
  readonly aBatchStride: number;
  /** The number of elements between two matrices b; 0 where all products use one. */
  readonly bBatchStride: number;
}

/** The size of one matrix product. */
export const gemmSize = (m: number, k: number, n: number, transA = false, transB = false): GemmSize => ({
  m, n, k, transA, transB, batch: 1, aBatchStride: 0, bBatchStride: 0,
}); // prettier-ignore

/** A window that slides over [batch, height, width, channels], for convolution and pooling. */
export interface WindowSize {
  /** The number of frames. */
  readonly batch: number;
  /** The height of a frame of the input. */
  readonly height: number;
  /** The width of a frame of the input. */
  readonly width: number;
  /** The number of channels of the input. */
  readonly channels: number;
  /** The height of the window, in elements of it. */
  readonly kernelHeight: number;
  /** The width of the window, in elements of it. */
  readonly kernelWidth: number;
  /** The rows between two windows, from the top of one to that of the next. */
  readonly strideHeight: number;
  /** The columns between two windows, from the left edge of one to that of the next. */
  readonly strideWidth: number;
  /** The rows between two elements of a window. */
  readonly dilationHeight: number;
  /** The columns between two elements of a window. */
  readonly dilationWidth: number;
  /** The rows of padding above the input. */
  readonly padTop: number;
  /** The columns of padding to the left of the input. */
  readonly padLeft: number;
  /** The number of windows along the height. */
  readonly outHeight: number;
  /** The number of windows along the width. */
  readonly outWidth: number;
}

/**
 * A convolution of x [batch, height, width, channels] with a kernel [kernelHeight, kernelWidth, channels / groups,
 * filters].
 */
export interface Conv2dSize extends WindowSize {
  /** The number of channels of the result. */
  readonly filters: number;
  /** The number of groups that channels and filters are split into. */
  readonly groups: number;
}

/**
 * A convolution of each channel of x [batch, height, width, channels] by itself, with a kernel [kernelHeight,
 * kernelWidth, channels, depthMultiplier].
 */
export interface DepthwiseConv2dSize extends WindowSize {
  /** The number of filters for each channel. */
  readonly depthMultiplier: number;
}

/** Whether a convolution is one matrix product over the pixels. */
export const isPointwise = (s: Conv2dSize): boolean =>
  s.kernelHeight === 1 && s.kernelWidth === 1 && s.strideHeight === 1 && s.strideWidth === 1 && s.groups === 1;

/** A depthwise convolution as a grouped convolution. Both have their kernels in the same memory layout. */
export const asGroups = (s: DepthwiseConv2dSize): Conv2dSize => ({
  ...s,
  filters: s.channels * s.depthMultiplier,
  groups: s.channels,
});

/** The options of a moving window; a number applies to all axes. */
export interface WindowOptions {
  /** The distance from one window to the next, 1 by default. */
  strides?: number | readonly number[];
  /** The padding around the input, "valid" by default. */
  padding?: Padding;
  /** The distance between the elements of a window, 1 by default. */
  dilation?: number | readonly number[];
}

/**
 * Number of windows along one axis, and the padding before the first, as in TensorFlow. "valid": only whole windows.
 * "same": ceil(size / stride) windows; the padding that they need is split in two halves, and an odd element goes to
 * the end.
 */
export function windowAxis(size: number, kernel: number, stride: number, dilation: number, padding: Padding) {
  const reach = dilation * (kernel - 1) + 1;
  if (padding === "valid") return { out: Math.floor((size - reach) / stride) + 1, before: 0 };
  const out = Math.ceil(size / stride);
  return { out, before: Math.floor(Math.max((out - 1) * stride + reach - size, 0) / 2) };
}

/** The output size along one axis; null for a size that is null. */
export function windowOut(
  size: number | null,
  kernel: number,
  stride: number,
  dilation: number,
  padding: Padding,
): number | null {
  return size === null ? null : windowAxis(size, kernel, stride, dilation, padding).out;
}

/** Makes the error for a window that is larger than what it slides over. */
export const windowMisfit = (where: string, kernel: Shape, x: PartialShape): ShapeError =>
  new ShapeError(
    `${where}: a ${kernel.join("x")} window does not fit into ${shapeText(x)}; use padding "same" or larger frames.`,
  );

/**
 * Computes the window over x [batch, height, width, channels].
 * @param known the names of the options beside those of the window.
 * @throws ShapeError when x has not four axes or the window does not fit; ArgumentError when an option is not allowed.
 */
export function windowSize(
  where: string,
  x: Shape,
  kernel: readonly [number, number],
  options: WindowOptions,
  known: readonly string[] = [],
): WindowSize {
  checkOptions(where, options, ["strides", "padding", "dilation", ...known]);
  if (x.length !== 4) {
    throw new ShapeError(`${where}: expected [batch, height, width, channels], received ${shapeText(x)}.`);
  }
  const padding = checkPadding(where, options.padding ?? "valid");
  const two = (option: string, value: unknown) => checkList(where, option, value, 2, "a whole number from 1");
  const sides = two("kernel size", kernel);
  const strides = two("strides", options.strides ?? 1);
  const dilation = two("dilation", options.dilation ?? 1);
  const [batch, height, width, channels] = x as [number, number, number, number];
  const down = windowAxis(height, sides[0], strides[0], dilation[0], padding);
  const across = windowAxis(width, sides[1], strides[1], dilation[1], padding);
  if (down.out < 1 || across.out < 1) throw windowMisfit(where, sides, x);
  return {
    batch, height, width, channels,
    kernelHeight: sides[0], kernelWidth: sides[1],
    strideHeight: strides[0], strideWidth: strides[1],
    dilationHeight: dilation[0], dilationWidth: dilation[1],
    padTop: down.before, padLeft: across.before,
    outHeight: down.out, outWidth: across.out,
  }; // prettier-ignore
}

/**
 * Gives the name of a padding in lower case; Keras accepts any case.
 * @throws ArgumentError when it is neither "valid" nor "same".
 */
export function checkPadding(where: string, padding: string): Padding {
  const lower = typeof padding === "string" ? padding.toLowerCase() : "";
  if (lower === "same" || lower === "valid") return lower;
  throw unknownName(where, "padding", padding, ["valid", "same"]);
}

/**
 * The size of a convolution of x [batch, height, width, channels] with a kernel [height, width, channels / groups,
 * filters].
 * @throws ShapeError when they do not fit; ArgumentError when an option is not allowed.
 */
export function conv2dSize(
  where: string,
  x: Shape,
  kernel: Shape,
  options: WindowOptions & {
    /** The number of groups of channels, each with filters of its own, 1 by default. */
    groups?: number;
  },
): Conv2dSize {
  const groups = checkNumber(where, "groups", options?.groups ?? 1, "a whole number from 1");
  const window = kernelWindow(where, x, kernel, options, "filters", ["groups"], groups);
  return { ...window, filters: kernel[3], groups };
}

/**
 * The size of a depthwise convolution of x with a kernel [height, width, channels, depthMultiplier].
 * @throws ShapeError when they do not fit; ArgumentError when an option is not allowed.
 */
export const depthwiseConv2dSize = (
  where: string,
  x: Shape,
  kernel: Shape,
  options: WindowOptions,
): DepthwiseConv2dSize => ({
  ...kernelWindow(where, x, kernel, options, "depthMultiplier"),
  depthMultiplier: kernel[3],
});

function kernelWindow(
  where: string,
  x: Shape,
  kernel: Shape,
  options: WindowOptions,
  last: string,
  known: readonly string[] = [],
  groups = 1,
): WindowSize {
  if (kernel.length !== 4) {
    throw new ShapeError(
      `${where}: expected a kernel [height, width, channels, ${last}], received ${shapeText(kernel)}.`,
    );
  }
  const window = windowSize(where, x, [kernel[0], kernel[1]], options, ["bias", "activation", ...known]);
  const channels = kernel[2] * groups;
  if (channels === window.channels && kernel[3] % groups === 0) return window;
  throw new ShapeError(
    `${where}: the kernel ${shapeText(kernel)} takes ${channels} channels in ${groups} groups, received ${shapeText(x)}.`,
  );
}

/**
 * Rows of `channels` in `groups` groups: row r belongs to group floor(r / inner) mod groups. Rows = outer * groups *
 * inner.
 */
export interface NormSize {
  /** The number of times that the groups repeat. */
  readonly outer: number;
  /** The number of groups, each with its own moments. */
  readonly groups: number;
  /** The number of neighbouring rows of one group. */
  readonly inner: number;
  /** The number of elements in a row. */
  readonly channels: number;
}

/** One step of an LSTM: `rows` cells (batch, or batch * height * width) of `units` each. */
export interface GateSize {
  /** The number of cells. */
  readonly rows: number;
  /** The number of units of a cell. */
  readonly units: number;
}
