/**
 * The road that a convolution takes on the wasm backend: a pure function of its size, so that equal sizes give equal bits, and a plan can
 * print it. The numbers in it were measured (docs/convolution.md).
 */
import { type Conv2dSize, isPointwise } from "./shape.js";
import { pixelsOf } from "./sumParts.js";

/**
 * - "pointwise": one matrix product over the pixels.
 * - "windows": matrix products over blocks of windows, each of which is copied into a row (im2col).
 * - "winograd 3x3", "winograd 4x4": Winograd's minimal filtering, for tiles of so many outputs.
 */
export type ConvolutionRoad = "pointwise" | "windows" | "winograd 3x3" | "winograd 4x4";

/** What decides about a road besides the size. */
export interface RoadOptions {
  /** Whether Winograd's minimal filtering may be used. */
  readonly winograd: boolean;
}

/** With fewer channels or filters than this, the transforms cost more than the products save. */
const LEAST_WIDTH = 8;
/** With fewer channels than this, the transform of more than four times as many filters does. */
const FEW_CHANNELS = 16;
/**
 * Reading the kernel costs as much as this number of rows in each of its products: that is why maps of very few pixels are computed
 * directly, with nine products in place of 25 or 36.
 */
const ROWS_OF_READING = 5;

/** Gives the road of a convolution of this size. */
export function convolutionRoad(s: Conv2dSize, { winograd }: RoadOptions): ConvolutionRoad {
  if (isPointwise(s)) return "pointwise";
  if (!winograd || !isWinogradSize(s)) return "windows";
  const costs = {
    windows: 9 * (pixelsOf(s) + ROWS_OF_READING),
    "winograd 3x3": 25 * (winogradTiles(s, 3) + ROWS_OF_READING),
    "winograd 4x4": 36 * (winogradTiles(s, 4) + ROWS_OF_READING),
  };
  const roads = Object.keys(costs) as (keyof typeof costs)[];
  return roads.reduce((best, road) => (costs[road] < costs[best] ? road : best));
}

function isWinogradSize(s: Conv2dSize): boolean {
  const ones = [s.strideHeight, s.strideWidth, s.dilationHeight, s.dilationWidth];
  const [channels, filters] = [s.channels / s.groups, s.filters / s.groups];
  return (
    s.kernelHeight === 3 &&
    s.kernelWidth === 3 &&
    ones.every((one) => one === 1) &&
    Math.min(channels, filters) >= LEAST_WIDTH &&
    (channels >= FEW_CHANNELS || filters <= 4 * channels)
  );
}

/** Tiles of `side` x `side` outputs that cover the output, over the whole batch. */
export const winogradTiles = (s: Conv2dSize, side: number): number =>
  s.batch * Math.ceil(s.outHeight / side) * Math.ceil(s.outWidth / side);
