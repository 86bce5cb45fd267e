/** Gradients of the kernels of convolutions. */
import { turned, winogradTile, type WinogradTile } from "../../../convolutionRoad.js";
import type { Kernels } from "../../../kernels.js";
import type { Conv2dSize } from "../../../shape.js";
import { conv2dGradFilterParts, depthOf, pixelsOf } from "../../../sumParts.js";
import { forGroups } from "../conv2d.js";
import type { WasmBuffer } from "../heap.js";
import { panelBytes } from "../panels.js";
import type { Runner } from "../runner.js";
import { matrices } from "../winograd.js";

/** `options.winograd`: whether Winograd's minimal filtering may be used. */
export const conv2d = (run: Runner, options = { winograd: false }) =>
  ({
    conv2dGradFilter(dKernel, x, dy, s) {
      if (pixelsOf(s) === 0) return run.fill(dKernel, 0);
      const side = winogradTile(s, options, "filter");
      const filters = s.filters / s.groups;
      const parts = conv2dGradFilterParts(s);
      const numbers = depthOf(s) * s.filters;
      const { CONV_SCRATCH_BYTES, ROWS } = run.constants;
      const scratchBytes = CONV_SCRATCH_BYTES + panelBytes(run, ROWS, filters);
      run.inParts(dKernel.ptr, numbers, parts, 1, (partials) =>
        forGroups(run, s, (window, _, channelShift, filterShift) => {
          const [to, from, dyAt] = [partials + filterShift, x.ptr + channelShift, dy.ptr + filterShift];
          if (side) {
            return run.withWindow(turned(s), filters, (dyWindow) =>
              winogradGradFilter(run, side, s, window, dyWindow, to, from, dyAt),
            );
          }
          run.rowsWithScratch(
            "conv2dGradFilter", parts * depthOf(s), scratchBytes,
            to, s.filters * 4, from, dyAt, s.filters * 4,
            window, filters, depthOf(s), pixelsOf(s), parts, numbers * 4,
          ); // prettier-ignore
        }),
      );
    },
  }) satisfies Partial<Kernels<WasmBuffer>>;

/** One group of the gradient of a kernel. dKernel, x, dy: the addresses of the group's first filter and channel. */
function winogradGradFilter(
  run: Runner,
  side: WinogradTile,
  s: Conv2dSize,
  window: number,
  dyWindow: number,
  dKernel: number,
  x: number,
  dy: number,
): void {
  const [k, n, points, tiles, block, ldv, ldp, scratch] = matrices(run, side, s);
  const { WINOGRAD_CHANNELS, CONV_SCRATCH_BYTES, ROWS } = run.constants;
  run.rowsWithScratch(
    "winogradGradFilter", Math.ceil(k / WINOGRAD_CHANNELS),
    scratch + points * k * ldp + CONV_SCRATCH_BYTES + panelBytes(run, ROWS, n),
    dKernel, s.filters * 4, x, dy, window, dyWindow, side, tiles, block, ldv, ldp, pixelsOf(s),
  ); // prettier-ignore
}
