/**
 * Into how many parts long sums are cut, whose partial sums are computed apart and added in order: a number fixed by the shape
 * alone, so that the bits do not depend on who computes them. These are the `parts` of the kernel table.
 */
import {
  asGroups,
  type Conv2dSize,
  type DepthwiseConv2dSize,
  type NormSize,
  type ReduceSize,
  type WindowSize,
} from "./shape.js";

/** Sums of fewer terms than this (over all results together) are not cut: a part must be worth its way. */
const LEAST_TERMS = 1 << 16;
/** So many results give every thread its own; their sums are not cut either. */
const FEW_RESULTS = 64;
/** The most parts that a sum is cut into. */
const MOST_PARTS = 8;
/** Output pixels that a part of a filter gradient's sums has at least: several blocks of the matrix kernel. */
const LEAST_PIXELS = 2048;

/** Parts of sums over `length` pieces for each of so many results; `terms`: over all of them. */
const partsOf = (results: number, length: number, terms: number): number =>
  results >= FEW_RESULTS || terms < LEAST_TERMS ? 1 : Math.max(1, Math.min(MOST_PARTS, Math.floor(length)));

/** Numbers that one output of a convolution is summed from. */
export const depthOf = (s: Conv2dSize): number => (s.kernelHeight * s.kernelWidth * s.channels) / s.groups;
/** Pixels of the output. */
export const pixelsOf = (s: WindowSize): number => s.batch * s.outHeight * s.outWidth;

export const sumParts = (s: ReduceSize): number => partsOf(s.outer * s.inner, s.length, s.outer * s.length * s.inner);

export const conv2dGradFilterParts = (s: Conv2dSize): number =>
  partsOf(depthOf(s), pixelsOf(s) / LEAST_PIXELS, pixelsOf(s) * s.filters * depthOf(s));

/** With several filters a channel it is a grouped convolution. */
export const depthwiseConv2dGradFilterParts = (s: DepthwiseConv2dSize): number =>
  s.depthMultiplier === 1
    ? partsOf(s.channels, s.batch * s.outHeight, pixelsOf(s) * s.channels)
    : conv2dGradFilterParts(asGroups(s));

/** Of batch normalization's statistics and of its gradient's sums. */
export const normParts = (s: NormSize): number =>
  partsOf(s.groups * s.channels, s.outer, s.outer * s.groups * s.inner * s.channels);
