/** The gates of an LSTM cell, one time step. */
import type { Kernels } from "../../kernels.js";
import type { WasmBuffer } from "./heap.js";
import type { Runner } from "./runner.js";

const address = (buffer: WasmBuffer | undefined): number => buffer?.ptr ?? 0;

export const lstmGates = (run: Runner) =>
  ({
    lstmGates(states, zx, zh, c, keep, { rows, units }) {
      run.rows("lstmGates", rows, states.ptr, zx.ptr, address(zh), address(c), +keep, rows, units);
    },

    lstmGatesGrad(grads, dh, dc, states, c, { rows, units }) {
      run.rows("lstmGatesGrad", rows, grads.ptr, dh.ptr, address(dc), states.ptr, address(c), rows, units);
    },
  }) satisfies Partial<Kernels<WasmBuffer>>;
