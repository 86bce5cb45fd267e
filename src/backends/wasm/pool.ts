/** Max pooling. */
import type { Kernels } from "../../kernels.js";
import type { WasmBuffer } from "./heap.js";
import type { Runner } from "./runner.js";

export const pool = (run: Runner) =>
  ({
    maxPool2d(y, x, size) {
      run.withWindow(size, size.channels, (window) =>
        run.rows("maxPool2d", size.batch * size.outHeight, y.ptr, x.ptr, window),
      );
    },

    maxPool2dGrad(dx, dy, x, size) {
      run.fill(dx, 0);
      run.withWindow(size, size.channels, (window) =>
        run.rows("maxPool2dGrad", size.batch, dx.ptr, dy.ptr, x.ptr, window),
      );
    },
  }) satisfies Partial<Kernels<WasmBuffer>>;
