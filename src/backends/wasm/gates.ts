/** The gates of the cells of LSTM and GRU, one time step. The arguments are those of the exports, in the same order. */
import type { Kernels } from "../../kernels.js";
import type { GateSize } from "../../shape.js";
import type { Ranged } from "./exports.js";
import type { WasmBuffer } from "./heap.js";
import type { Runner } from "./runner.js";

type Name = "lstmGates" | "lstmGatesGrad" | "gruGates" | "gruGatesGrad";

export const gates = (run: Runner): Pick<Kernels<WasmBuffer>, Name> => {
  const call =
    <N extends Name>(name: N) =>
    (...args: (WasmBuffer | boolean | GateSize | undefined)[]) => {
      const { rows, units } = args.pop() as GateSize;
      const numbers = args.map((x) => (x as WasmBuffer | undefined)?.ptr ?? +(x ?? 0));
      run.rows<N>(name, rows, ...([...numbers, rows, units] as Ranged[N]));
    };
  return {
    lstmGates: call("lstmGates"),
    lstmGatesGrad: call("lstmGatesGrad"),
    gruGates: call("gruGates"),
    gruGatesGrad: call("gruGatesGrad"),
  };
};
