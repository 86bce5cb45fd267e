/**
 * The road that a convolution takes on the wasm backend: a pure function of its size, so that equal sizes give equal bits, and a plan can
 * print it. The numbers in it were measured (docs/convolution.md).
 */
import { type Conv2dSize, isPointwise, type WindowSize } from "./shape.js";
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
 * directly, with nine products in place of 25 or 36. A turned kernel is read less evenly; a kernel's gradient is summed up at all points
 * and then transformed.
 */
const rowsOfReading = { output: 5, input: 8, filter: 40 };

/** Gives the road of a convolution of this size. */
export function convolutionRoad(s: Conv2dSize, options: RoadOptions): ConvolutionRoad {
  if (isPointwise(s)) return "pointwise";
  const side = winogradTile(s, options);
  return side ? (side === 4 ? "winograd 4x4" : "winograd 3x3") : "windows";
}

/** The side of the tiles of Winograd's minimal filtering. */
export type WinogradTile = 3 | 4;

/**
 * Gives the side of the tiles with which a convolution of this size is computed by Winograd's minimal filtering, or undefined where it
 * takes another road.
 * @param of What is computed: the output, the gradient of the filter, or that of the input, where s is the `turned` size.
 */
export function winogradTile(
  s: Conv2dSize,
  { winograd }: RoadOptions,
  of: keyof typeof rowsOfReading = "output",
): WinogradTile | undefined {
  if (!winograd || !isWinogradSize(s)) return;
  const more = rowsOfReading[of];
  const cost = (side: number) => (side + 2) * (side + 2) * (winogradTiles(s, side) + more);
  const side = cost(4) < cost(3) ? 4 : 3;
  return cost(side) < 9 * (pixelsOf(s) + more) ? side : undefined;
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

/**
 * The window of the adjoint of a convolution of stride 1, which is a convolution with the kernel rotated by 180 degrees.
 */
export const adjoint = <S extends WindowSize>(s: S): S => ({
  ...s,
  ...{ height: s.outHeight, width: s.outWidth, outHeight: s.height, outWidth: s.width },
  padTop: s.dilationHeight * (s.kernelHeight - 1) - s.padTop,
  padLeft: s.dilationWidth * (s.kernelWidth - 1) - s.padLeft,
});

/** The adjoint of a convolution with stride 1, as which the gradient of the input is computed: channels and filters change places. */
export const turned = (s: Conv2dSize): Conv2dSize => ({ ...adjoint(s), channels: s.filters, filters: s.channels });

/** Tiles of `side` x `side` outputs that cover the output, over the whole batch. */
export const winogradTiles = (s: Conv2dSize, side: number): number =>
  s.batch * Math.ceil(s.outHeight / side) * Math.ceil(s.outWidth / side);
