/** 3x3 convolutions of stride 1 by Winograd's minimal filtering (assembly/winograd.ts). */
import { winogradTiles, type WinogradTile } from "../../convolutionRoad.js";
import type { Conv2dSize } from "../../shape.js";
import { type Operand, panelBytes, withDerived } from "./panels.js";
import type { Runner } from "./runner.js";

/**
 * Of a kernel that fits the second-level cache, few tiles are transformed together, which then fit it too; of a larger one many, as it is
 * read anew for each block of tiles.
 */
const [SMALL_KERNEL, FEW_TILES, MANY_TILES] = [2 ** 14, 24, 128];

/** Planes are so far apart that the same place in each is in another set of the cache. */
const PLANE_GAP = 320;
/** The same for rows of transformed tiles; four floats are read and written at a time. */
const rowBytes = (n: number): number => Math.ceil(n / 4) * 16 + 16;

/** The matrices of a convolution's tiles: how many, how large, and the scratch memory that they take. */
export function matrices(run: Runner, side: WinogradTile, s: Conv2dSize) {
  const [k, n] = [s.channels / s.groups, s.filters / s.groups];
  const points = (side + 2) * (side + 2);
  const tiles = winogradTiles(s, side);
  // Blocks of about equal size, so that none is almost empty.
  const block = Math.ceil(tiles / Math.ceil(tiles / (k * n > SMALL_KERNEL ? MANY_TILES : FEW_TILES)));
  const [ldv, ldp] = [rowBytes(k), rowBytes(n)];
  const scratch = run.constants.WINOGRAD_SCRATCH_BYTES + points * block * (ldv + ldp);
  return [k, n, points, tiles, block, ldv, ldp, scratch] as const;
}

/**
 * One group of a convolution, or of the gradient of its input. y, x, bias: the addresses of the group's first filter and channel; bias 0
 * is none.
 * @param s the size of the convolution that is computed: of a gradient, the `turned` one.
 * @param operand the group's kernel, [9 channels, filters]; of a gradient, its transpose.
 */
export function winograd(
  run: Runner,
  side: WinogradTile,
  s: Conv2dSize,
  { buffer, shift, rowBytes: stored, transposed }: Operand,
  window: number,
  y: number,
  x: number,
  bias = 0,
  low = -Infinity,
  high = Infinity,
): void {
  const [k, n, points, tiles, block, ldv, ldp, scratch] = matrices(run, side, s);
  const { WINOGRAD_SCRATCH_BYTES, CHUNK } = run.constants;
  const plane = panelBytes(run, k, n) + PLANE_GAP;
  const end = points * plane;
  const from = buffer.ptr + shift;
  // A kernel that is to be turned is copied behind its transform.
  const [kernelOf, ldk, more] = transposed
    ? [(to: number) => to + end, n * 4, (9 * k + 1) * n * 4]
    : [() => from, stored, 0];
  const transform = (to: number) => {
    const step = stored / 4;
    if (transposed) {
      run.rows(
        "copy", 9 * k * Math.ceil(n / CHUNK),
        to + end, from + 8 * n * stored, 1, 9, k, n, 0, k * n, n, 1, 0, -n * step, 1, step,
      ); // prettier-ignore
    }
    run.rowsWithScratch(
      "winogradKernel", Math.ceil(n / run.constants.PANEL), WINOGRAD_SCRATCH_BYTES,
      to, plane, kernelOf(to), ldk, k, side,
    ); // prettier-ignore
  };
  withDerived(run, buffer, `winograd ${side} ${shift} ${n} ${transposed}`, end + more, transform, (to) =>
    run.rowsWithScratch(
      "winograd", tiles, scratch,
      y, s.filters * 4, x, to, plane, kernelOf(to), ldk, bias, window, n, k, side, block, ldv, ldp, low, high,
    ),
  ); // prettier-ignore
}
