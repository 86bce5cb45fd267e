/**
 * The number of parts into which a long sum is cut. The partial sums are computed separately and added in order. The number of
 * parts depends only on the shape, so that results are the same to the bit however the work is split over threads.
 * These are the `parts` of the kernel table.
 */
import {
  asGroups,
  type Conv2dSize,
  type DepthwiseConv2dSize,
  type NormSize,
  type ReduceSize,
  type WindowSize,
} from "./shape.js";

/** Sums of fewer terms than this, over all results together, are not cut: a part would cost more than it saves. */
const LEAST_TERMS = 1 << 16;
/** With at least so many results, threads can share out the results, so that the sums need no cutting. */
const FEW_RESULTS = 64;
/** The most parts that a sum is cut into. */
const MOST_PARTS = 8;
/** The fewest output pixels in a part of a filter gradient's sums: several blocks of the matrix kernel. */
const LEAST_PIXELS = 2048;

/**
 * Parts of the sums for `results` results, each over `length` units that cannot be cut; `terms`: of all sums together.
 */
const partsOf = (results: number, length: number, terms: number): number =>
  results >= FEW_RESULTS || terms < LEAST_TERMS ? 1 : Math.max(1, Math.min(MOST_PARTS, Math.floor(length)));

/** Products that one output of a convolution sums up. */
export const depthOf = (s: Conv2dSize): number => (s.kernelHeight * s.kernelWidth * s.channels) / s.groups;
/** Pixels of the output, over the whole batch. */
export const pixelsOf = (s: WindowSize): number => s.batch * s.outHeight * s.outWidth;

/** For the kernel `sum`. */
export const sumParts = (s: ReduceSize): number => partsOf(s.outer * s.inner, s.length, s.outer * s.length * s.inner);

/** For the gradient of a convolution's kernel. */
export const conv2dGradFilterParts = (s: Conv2dSize): number =>
  partsOf(depthOf(s), pixelsOf(s) / LEAST_PIXELS, pixelsOf(s) * s.filters * depthOf(s));

/** For the gradient of a depthwise convolution's kernel. With several filters per channel it is a grouped convolution. */
export const depthwiseConv2dGradFilterParts = (s: DepthwiseConv2dSize): number =>
  s.depthMultiplier === 1
    ? partsOf(s.channels, s.batch * s.outHeight, pixelsOf(s) * s.channels)
    : conv2dGradFilterParts(asGroups(s));

/** For batch normalization's statistics and the sums of its gradient. */
export const normParts = (s: NormSize): number =>
  partsOf(s.groups * s.channels, s.outer, s.outer * s.groups * s.inner * s.channels);
