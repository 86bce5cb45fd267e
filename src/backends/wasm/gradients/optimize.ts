/** Optimizer updates, in place. */
import type { Kernels } from "../../../kernels.js";
import type { WasmBuffer } from "../heap.js";
import type { Runner } from "../runner.js";

export const optimize = (run: Runner) =>
  ({
    sgd(w, velocity, g, { learningRate, momentum, nesterov }) {
      run.rows("sgd", run.blocks(w.length), w.ptr, velocity?.ptr ?? 0, g.ptr, learningRate, momentum, +nesterov);
    },

    adam(w, m, v, g, { alpha, beta1, beta2, epsilon }) {
      run.rows("adam", run.blocks(w.length), w.ptr, m.ptr, v.ptr, g.ptr, alpha, 1 - beta1, 1 - beta2, epsilon);
    },

    rmsprop(w, v, buffer, g, { learningRate, rho, momentum, epsilon }) {
      run.rows(
        "rmsprop", run.blocks(w.length),
        w.ptr, v.ptr, buffer?.ptr ?? 0, g.ptr, learningRate, rho, 1 - rho, momentum, epsilon,
      ); // prettier-ignore
    },
  }) satisfies Partial<Kernels<WasmBuffer>>;
