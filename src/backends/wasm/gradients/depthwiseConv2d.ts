/** Gradients of convolutions of each channel separately. With several filters per channel they are grouped convolutions. */
import { adjoint } from "../../../convolutionRoad.js";
import type { Kernels } from "../../../kernels.js";
import { asGroups, type DepthwiseConv2dSize } from "../../../shape.js";
import { depthwiseConv2dGradFilterParts } from "../../../sumParts.js";
import * as outputs from "../conv2d.js";
import type { WasmBuffer } from "../heap.js";
import type { Runner } from "../runner.js";
import { conv2d } from "./conv2d.js";

export const depthwiseConv2d = (run: Runner) => {
  const grouped = { ...outputs.conv2d(run), ...conv2d(run) };
  return {
    depthwiseConv2dGradInput(dx, dy, kernel, s) {
      if (s.depthMultiplier !== 1) return grouped.conv2dGradInput(dx, dy, kernel, asGroups(s));
      const lines = s.batch * s.height;
      if (s.strideHeight === 1 && s.strideWidth === 1) {
        return withRotated(run, kernel, s, (rotated) =>
          run.withWindow(adjoint(s), s.channels, (window) =>
            run.rows("depthwiseConv2d", lines, dx.ptr, dy.ptr, rotated, 0, window, -Infinity, Infinity),
          ),
        );
      }
      run.withWindow(s, s.channels, (window) =>
        run.rows("depthwiseConv2dGradInput", lines, dx.ptr, dy.ptr, kernel.ptr, window),
      );
    },

    depthwiseConv2dGradFilter(dKernel, x, dy, s) {
      if (s.depthMultiplier !== 1) return grouped.conv2dGradFilter(dKernel, x, dy, asGroups(s));
      const parts = depthwiseConv2dGradFilterParts(s);
      const lines = s.batch * s.outHeight;
      const rows = parts * run.blocks(s.channels);
      run.withWindow(s, s.channels, (window) =>
        run.inParts(dKernel.ptr, taps(s) * s.channels, parts, 1, (partials) =>
          run.rows("depthwiseConv2dGradFilter", rows, partials, x.ptr, dy.ptr, window, lines, parts),
        ),
      );
    },
  } satisfies Partial<Kernels<WasmBuffer>>;
};

const taps = (s: DepthwiseConv2dSize): number => s.kernelHeight * s.kernelWidth;

/** Calls `use` with a copy of the kernel rotated by 180 degrees: its taps in reverse order. */
function withRotated(run: Runner, kernel: WasmBuffer, s: DepthwiseConv2dSize, use: (rotated: number) => void): void {
  const [n, c] = [taps(s), s.channels];
  const rows = n * Math.ceil(c / run.constants.CHUNK);
  run.withMemory(n * c * 4, (rotated) => {
    run.rows("copy", rows, rotated, kernel.ptr + (n - 1) * c * 4, 1, 1, n, c, 0, 0, c, 1, 0, 0, -c, 1);
    use(rotated);
  });
}
