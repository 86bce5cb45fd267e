/** What the cells of LSTM and ConvLSTM share: a memory c behind four gates. */
import type { CallOptions, Layer } from "../layer.js";
import { type ComposedCell, lstmStep, type LstmStep } from "../ops/composedLstm.js";
import type { LstmResult, LstmState } from "../ops/lstmSteps.js";
import type { RecurrenceResult } from "../ops/recurrence.js";
import { reshape } from "../ops/index.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { CellRun } from "./cell.js";
import { GatedCell, type GatedOptions, masked, withBias } from "./gatedCell.js";
import type { WeightRules } from "./weightOptions.js";

export interface MemoryOptions extends GatedOptions {
  /** Whether the forget gate's bias begins at 1, so that a new cell remembers; true unless given. `biasInitializer` is of the others then. */
  unitForgetBias?: boolean;
}

const gateNames = ["input", "forget", "candidate", "output"] as const;

export abstract class MemoryCell extends GatedCell<(typeof gateNames)[number]> {
  override readonly gateNames = gateNames;
  readonly unitForgetBias: boolean;
  /** How many masks dropout has: one a gate, or one for all. */
  protected abstract readonly maskCount: number;

  constructor(options: MemoryOptions, known: readonly string[], owner?: Layer) {
    super(options, [...known, "unitForgetBias"], owner);
    this.unitForgetBias = options.unitForgetBias ?? true;
  }

  /** x [..., batch, ...] times (a gate's part of) the kernel. */
  abstract projectInput(x: Tensor, kernel: Tensor): Tensor;
  /** h [batch, ...] times (a gate's part of) the recurrent kernel. */
  abstract projectState(h: Tensor, recurrentKernel: Tensor): Tensor;
  /** All steps by the op that does just that, for tanh and sigmoid. x: [batch, time, ...]. */
  protected abstract runFused(x: Tensor, sequences: boolean, initial: LstmState | undefined): LstmResult | undefined;

  protected override firstBias(shape: Shape, initializer: WeightRules["initializer"]): ArrayLike<number> {
    if (!this.unitForgetBias) return initializer(shape);
    const units = shape[0] / 4;
    const part = (size: number) => Array.from(initializer([size]));
    return [...part(units), ...new Array<number>(units).fill(1), ...part(2 * units)];
  }

  /** The arithmetic of a step, for `lstmStep`. */
  composed(masks?: readonly Tensor[]): ComposedCell {
    return {
      project: masked((h, weights) => this.projectState(h, weights), this.recurrentKernel, masks),
      activation: this.activation.apply,
      recurrentActivation: this.recurrentActivation.apply,
    };
  }

  override begin(stepShape: Shape, options: CallOptions): CellRun {
    const inputMasks = this.masks(this.dropout, stepShape, this.maskCount, options);
    const input = masked((x, weights) => this.projectInput(x, weights), this.kernel, inputMasks);
    const stateShape = this.stateShapes(stepShape)[0] as Shape;
    const cell = this.composed(this.masks(this.recurrentDropout, stateShape, this.maskCount, options));
    return {
      project: (x) => withBias(input(x), this.bias),
      step: (z, [h, c]) => {
        const next = lstmStep(z, { h, c }, cell);
        return [next.h, [next.h, next.c]];
      },
    };
  }

  override fused(
    x: Tensor,
    sequences: boolean,
    initial: readonly Tensor[] | undefined,
    options: CallOptions,
  ): RecurrenceResult | undefined {
    const isUsual = this.activation.name === "tanh" && this.recurrentActivation.name === "sigmoid";
    if (!isUsual || this.drops(this.dropout, options) || this.drops(this.recurrentDropout, options)) return undefined;
    const result = this.runFused(x, sequences, initial && { h: initial[0], c: initial[1] });
    // The output has a handle of its own, so that it may be disposed without the state.
    return result && { outputs: result.hs, output: reshape(result.h, result.h.shape), states: [result.h, result.c] };
  }
}

/**
 * One step of an LSTM's or ConvLSTM's cell with all that is computed on the way, as tensors: gates i f o, candidate g, and
 * the new states c and h. x: [batch, ...]; states: [h, c].
 *
 *     const { f, c } = stepGates(layer.cell, frame, [h, c]);
 */
export function stepGates(cell: MemoryCell, x: Tensor, [h, c]: readonly Tensor[]): LstmStep {
  return lstmStep(withBias(cell.projectInput(x, cell.kernel), cell.bias), { h, c }, cell.composed());
}
