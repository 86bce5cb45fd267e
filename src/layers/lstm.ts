import { callable, type Layer } from "../layer.js";
import { dense, lstm } from "../ops/index.js";
import type { LstmResult, LstmState } from "../ops/lstmSteps.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { callableCell } from "./cell.js";
import { positiveInteger } from "./check.js";
import { checkFeatures } from "./features.js";
import { gatedOptions } from "./gatedCell.js";
import { MemoryCell, type MemoryOptions } from "./memoryCell.js";
import { GatedLayer } from "./gatedLayer.js";
import type { MakeRecurrent, RecurrentOptions } from "./recurrent.js";

export interface LSTMCellOptions extends MemoryOptions {
  /** Size of each state. */
  units: number;
}
export interface LSTMOptions extends LSTMCellOptions, RecurrentOptions {}

export class LSTMCellLayer extends MemoryCell {
  static override className = "LSTMCell";
  readonly units: number;
  readonly stateSize: readonly [number, number];
  /** As in Keras: one mask, unless `recurrentDropout` is given. */
  protected readonly maskCount: number;

  constructor(options: LSTMCellOptions, owner?: Layer) {
    super(options, ["units"], owner);
    this.units = positiveInteger(this.label, "units", options.units);
    this.stateSize = [this.units, this.units];
    this.maskCount = this.recurrentDropout === 0 ? 1 : 4;
  }

  override checkSequence(shape: PartialShape): void {
    checkFeatures(this.label, shape, this.kernel);
  }

  override build([step]: PartialShape[]): void {
    this.addGateWeights([], step.at(-1)!, this.units, [4 * this.units]);
  }

  override projectInput(x: Tensor, kernel: Tensor): Tensor {
    return dense(x, kernel);
  }

  override projectState(h: Tensor, recurrentKernel: Tensor): Tensor {
    return dense(h, recurrentKernel);
  }

  protected override runFused(x: Tensor, sequences: boolean, initial: LstmState | undefined): LstmResult {
    return lstm(x, this.kernel, this.recurrentKernel, this.bias, sequences, initial);
  }
}

/** One step of `LSTM`. x: [batch, features], states [h, c], each [batch, units]. */
export const LSTMCell = callableCell(LSTMCellLayer);

export class LSTMLayer extends GatedLayer<LSTMCellLayer> {
  static override className = "LSTM";

  constructor(options: LSTMOptions) {
    super((owner) => new LSTMCellLayer(options, owner), options, ["units", "unitForgetBias", ...gatedOptions]);
  }
}

/**
 * An LSTM (Hochreiter and Schmidhuber, 1997). x: [batch, time, features]; result the last state h [batch, units], with
 * `returnSequences` all of them [batch, time, units], with `returnState` a list [output, h, c].
 * Weights: kernel [features, 4 units], recurrent_kernel [units, 4 units], bias [4 units], gates in the order i f g o.
 *
 *     const { forget } = layer.gates(); // forget.kernel, forget.recurrentKernel, forget.bias
 */
export const LSTM = callable(LSTMLayer) as MakeRecurrent<LSTMOptions, LSTMLayer>;
