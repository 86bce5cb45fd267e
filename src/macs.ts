/** The multiply-adds of kernels that sum products. */
import type { Conv2dSize, DepthwiseConv2dSize, GemmSize } from "./shape.js";
import { depthOf, pixelsOf } from "./sumParts.js";

export const gemmMacs = (s: GemmSize): number => s.batch * s.m * s.n * s.k;
export const convMacs = (s: Conv2dSize): number => pixelsOf(s) * s.filters * depthOf(s);
export const depthwiseMacs = (s: DepthwiseConv2dSize): number =>
  pixelsOf(s) * s.channels * s.depthMultiplier * s.kernelHeight * s.kernelWidth;
