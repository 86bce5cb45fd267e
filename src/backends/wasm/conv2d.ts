/** Convolutions and the gradients of their inputs, as matrix products over blocks of pixels or by Winograd's minimal filtering. */
import { turned, winogradTile } from "../../convolutionRoad.js";
import type { Kernels } from "../../kernels.js";
import { type Conv2dSize, isPointwise } from "../../shape.js";
import { depthOf, pixelsOf } from "../../sumParts.js";
import { bounds, finish } from "./epilogue.js";
import { product } from "./gemm.js";
import type { WasmBuffer } from "./heap.js";
import { type Operand, withPanels } from "./panels.js";
import type { Runner } from "./runner.js";
import { winograd } from "./winograd.js";

/** `options.winograd`: whether Winograd's minimal filtering may be used. */
export const conv2d = (run: Runner, options = { winograd: false }) =>
  ({
    conv2d(y, x, kernel, bias, s, activation = "linear") {
      const rows = pixelsOf(s);
      if (isPointwise(s)) {
        const from = { ptr: x.ptr, rowBytes: s.channels * 4, transposed: false };
        product(run, y.ptr, from, groupKernel(kernel, s, 0), rows, bias, activation);
      } else {
        const [low, high] = bounds[activation];
        const side = winogradTile(s, options);
        forGroups(run, s, (window, g, channelShift, filterShift) => {
          const operand = groupKernel(kernel, s, g);
          const [to, from, biasAt] = [y.ptr + filterShift, x.ptr + channelShift, bias ? bias.ptr + filterShift : 0];
          if (side) return winograd(run, side, s, operand, window, to, from, biasAt, low, high);
          withPanels(run, operand, (panels) => {
            run.rowsWithScratch(
              "conv2d", rows, run.constants.CONV_SCRATCH_BYTES,
              to, s.filters * 4, from, panels, biasAt,
              window, operand.n, operand.k, low, high,
            ); // prettier-ignore
          });
        });
      }
      finish(run, y.ptr, rows * s.filters, activation);
    },

    conv2dGradInput(dx, dy, kernel, s) {
      if (isPointwise(s)) {
        const from = { ptr: dy.ptr, rowBytes: s.filters * 4, transposed: false };
        return product(run, dx.ptr, from, transpose(groupKernel(kernel, s, 0)), pixelsOf(s), undefined, "linear");
      }
      const t = turned(s);
      const side = winogradTile(t, options, "input");
      if (side) {
        return forGroups(run, t, (window, g, from, to) =>
          winograd(run, side, t, transpose(groupKernel(kernel, s, g)), window, dx.ptr + to, dy.ptr + from),
        );
      }
      run.fill(dx, 0);
      forGroups(run, s, (window, g, channelShift, filterShift) => {
        const operand = transpose(groupKernel(kernel, s, g));
        withPanels(run, operand, (panels) => {
          run.rowsWithScratch(
            "conv2dGradInput", s.batch, run.constants.CONV_SCRATCH_BYTES,
            dx.ptr + channelShift, dy.ptr + filterShift, s.filters * 4, panels, window, operand.k, operand.n,
          ); // prettier-ignore
        });
      });
    },
  }) satisfies Partial<Kernels<WasmBuffer>>;

/** Calls `each` for every group, with the window, and the offsets in bytes of its channels and of its filters in a pixel. */
export function forGroups(
  run: Runner,
  s: Conv2dSize,
  each: (window: number, g: number, channelShift: number, filterShift: number) => void,
): void {
  const channels = s.channels / s.groups;
  run.withWindow(s, channels, (window) => {
    for (let g = 0; g < s.groups; g++) each(window, g, g * channels * 4, (g * s.filters * 4) / s.groups);
  });
}

/** The kernel of group g as a matrix [depth, filters of the group]. */
function groupKernel(kernel: WasmBuffer, s: Conv2dSize, g: number): Operand {
  const n = s.filters / s.groups;
  return { buffer: kernel, shift: g * n * 4, rowBytes: s.filters * 4, k: depthOf(s), n, transposed: false };
}

const transpose = ({ buffer, shift, rowBytes, k, n }: Operand): Operand => ({
  buffer,
  shift,
  rowBytes,
  k: n,
  n: k,
  transposed: true,
});
