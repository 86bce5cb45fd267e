import { callable, type OneOrMany } from "../layer.js";
import { composedLstm, dense, lstm, reshape } from "../ops/index.js";
import type { LstmResult } from "../ops/lstmSteps.js";
import { batchMajor, timeMajor } from "../ops/timeMajor.js";
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkRank, count, lastSize } from "./check.js";
import { type MakeRecurrent, RecurrentLayer, type RecurrentOptions } from "./recurrent.js";

export interface LSTMOptions extends RecurrentOptions {
  /** Size of the state. */
  units: number;
}

const advice = {
  2: "a layer before it needs returnSequences: true, or the data a time axis",
  5: "flatten the frames, or use ConvLSTM2D",
};

export class LSTMLayer extends RecurrentLayer {
  static override className = "LSTM";
  readonly units: number;

  constructor(options: LSTMOptions) {
    super(options, ["units"]);
    this.units = count(this.label, "units", options.units);
  }

  override build(shape: PartialShape): void {
    const inputs = lastSize(this.label, shape, "features", undefined);
    this.addGateWeights([inputs, 4 * this.units], [this.units, 4 * this.units], this.units);
  }

  override call(x: Tensor): OneOrMany<Tensor> {
    const { kernel, recurrentKernel, bias, returnSequences } = this;
    return this.result(this.isFused ? lstm(x, kernel, recurrentKernel, bias, returnSequences) : this.#composed(x));
  }

  #composed(x: Tensor): LstmResult {
    const [batch, steps] = x.shape;
    const z = reshape(dense(timeMajor(x), this.kernel, this.bias), [steps, batch, 4 * this.units]);
    const cell = {
      project: (h: Tensor) => dense(h, this.recurrentKernel),
      activation: this.activation.apply,
      recurrentActivation: this.recurrentActivation.apply,
    };
    const { hs, h, c } = composedLstm(z, cell, this.returnSequences);
    return { hs: hs && batchMajor(hs), h, c };
  }

  override computeOutputShape(shape: PartialShape): PartialShape | PartialShape[] {
    const x = checkRank(this.label, shape, "batch, time, features", advice);
    lastSize(this.label, x, "features", this.built ? this.kernel.shape[0] : undefined);
    return this.resultShape(x[0], x[1], [this.units]);
  }

  override macs([, steps, features]: PartialShape): number {
    return (steps ?? NaN) * (features! + this.units) * 4 * this.units;
  }
}

/**
 * An LSTM (Hochreiter and Schmidhuber, 1997). x: [batch, time, features]; result the last state h [batch, units], with
 * `returnSequences` all of them [batch, time, units], with `returnState` a list [output, h, c].
 * Weights: kernel [features, 4 units], recurrent_kernel [units, 4 units], bias [4 units], gates in the order i f g o.
 */
export const LSTM = callable(LSTMLayer) as MakeRecurrent<LSTMOptions, LSTMLayer>;
