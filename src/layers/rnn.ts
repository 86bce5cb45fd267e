import { layerFrom } from "../registry.js";
import { ArgumentError } from "../errors.js";
import { callable, type LayerCall, type LayerCallMany } from "../layer.js";
import type { Named } from "../named.js";
import { Cell } from "./cell.js";
import { RecurrentLayer, type RecurrentOptions } from "./recurrent.js";
import { StackedRNNCellsLayer } from "./stackedRnnCells.js";

/** The class of `RNN` layers, for subclasses and `instanceof`. */
export class RNNLayer extends RecurrentLayer {
  static override className = "RNN";

  /**
   * @param cell a cell, or a list of cells, which are stacked.
   * @throws ArgumentError when it is neither, or an option is unknown.
   */
  constructor(cell: Cell | readonly Cell[], options: RecurrentOptions = {}) {
    // Stacked here, so that the stack and its name are part of the config.
    const whole: unknown = Array.isArray(cell) ? new StackedRNNCellsLayer(cell as Cell[]) : cell;
    super(
      (owner) => {
        if (whole instanceof Cell) return whole;
        throw new ArgumentError(
          `${owner.label}: expected a cell or a list of cells, as in RNN(LSTMCell({ units: 8 })).`,
        );
      },
      { ...options, cell: whole } as RecurrentOptions,
      ["cell"],
    );
  }

  static override fromConfig({ cell, ...options }: Record<string, unknown>): RNNLayer {
    return new this(layerFrom(cell as Named) as Cell, options);
  }
}

interface MakeRNN {
  (cell: Cell | readonly Cell[], options: RecurrentOptions & { returnState: true }): RNNLayer & LayerCallMany;
  (cell: Cell | readonly Cell[], options?: RecurrentOptions): RNNLayer & LayerCall;
}

/**
 * Makes a layer that repeats any cell over time; see `Cell` for how to write one. x: [batch, time, ...]; the result is
 * the last output [batch, ...], with `returnSequences` all outputs [batch, time, ...], with `returnState` a list
 * [output, ...states]. A list of cells is stacked.
 *
 * @throws ArgumentError when `cell` is not a cell or a list of cells, or an option is unknown.
 * @example
 *     RNN([LSTMCell({ units: 16 }), LSTMCell({ units: 8 })], { returnSequences: true })(x)
 */
export const RNN = callable(RNNLayer) as unknown as MakeRNN;
