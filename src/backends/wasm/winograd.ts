/** 3x3 convolutions of stride 1 by Winograd's minimal filtering (assembly/winograd.ts). */
import { winogradTiles } from "../../convolutionRoad.js";
import type { Conv2dSize } from "../../shape.js";
import { type Operand, panelBytes, withDerived } from "./panels.js";
import type { Runner } from "./runner.js";

/** The side of the tiles. */
export type WinogradTile = 3 | 4;

/**
 * Of a kernel that fits the second-level cache, few tiles are transformed together, which then fit it too; of a larger one many, as it is
 * read anew for each block of tiles.
 */
const [SMALL_KERNEL, FEW_TILES, MANY_TILES] = [2 ** 14, 24, 128];

/** Tiles that are transformed together: blocks of about equal size, so that none is almost empty. */
function tilesOfBlock(tiles: number, { k, n }: Operand): number {
  const most = (k / 9) * n > SMALL_KERNEL ? MANY_TILES : FEW_TILES;
  return Math.ceil(tiles / Math.ceil(tiles / most));
}

/** Planes are so far apart that the same place in each is in another set of the cache. */
const PLANE_GAP = 320;
/** The same for rows of transformed tiles; four floats are read and written at a time. */
const rowBytes = (n: number): number => Math.ceil(n / 4) * 16 + 16;

/**
 * One group of a convolution. y, x, bias: the addresses of the group's first filter and channel; bias 0 is none.
 * @param operand the group's kernel, [9 channels, filters].
 */
export function winograd(
  run: Runner,
  side: WinogradTile,
  s: Conv2dSize,
  operand: Operand,
  window: number,
  [y, x, bias, low, high]: readonly [y: number, x: number, bias: number, low: number, high: number],
): void {
  const { buffer, shift, n } = operand;
  const [kernel, ldk, k] = [buffer.ptr + shift, operand.rowBytes, operand.k / 9];
  const points = (side + 2) * (side + 2);
  const plane = panelBytes(run, k, n) + PLANE_GAP;
  const tiles = winogradTiles(s, side);
  const block = tilesOfBlock(tiles, operand);
  const [ldv, ldp] = [rowBytes(k), rowBytes(n)];
  const { WINOGRAD_SCRATCH_BYTES } = run.constants;
  const transform = (to: number) =>
    run.rowsWithScratch(
      "winogradKernel", Math.ceil(n / run.constants.PANEL), WINOGRAD_SCRATCH_BYTES,
      to, plane, kernel, ldk, k, side,
    ); // prettier-ignore
  withDerived(run, buffer, `winograd ${side} ${shift} ${n}`, points * plane, transform, (transformed) =>
    run.rowsWithScratch(
      "winograd", tiles, WINOGRAD_SCRATCH_BYTES + points * block * (ldv + ldp),
      y, s.filters * 4, x, transformed, plane, kernel, ldk, bias, window, n, k, side, block, ldv, ldp, low, high,
    ),
  ); // prettier-ignore
}
