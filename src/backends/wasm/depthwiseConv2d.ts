/** Convolutions of each channel separately. With several filters per channel they are grouped convolutions. */
import type { Kernels } from "../../kernels.js";
import { asGroups } from "../../shape.js";
import { conv2d } from "./conv2d.js";
import { bounds, finish } from "./epilogue.js";
import type { WasmBuffer } from "./heap.js";
import type { Runner } from "./runner.js";

export const depthwiseConv2d = (run: Runner) => {
  const grouped = conv2d(run);
  return {
    depthwiseConv2d(y, x, kernel, bias, s, activation = "linear") {
      if (s.depthMultiplier !== 1) return grouped.conv2d(y, x, kernel, bias, asGroups(s), activation);
      const [low, high] = bounds[activation];
      const lines = s.batch * s.outHeight;
      run.withWindow(s, s.channels, (window) =>
        run.rows("depthwiseConv2d", lines, y.ptr, x.ptr, kernel.ptr, bias?.ptr ?? 0, window, low, high),
      );
      finish(run, y.ptr, lines * s.outWidth * s.channels, activation);
    },
  } satisfies Partial<Kernels<WasmBuffer>>;
};
