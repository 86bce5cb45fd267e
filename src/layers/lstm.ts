import { type ActivationParts, getActivation } from "../activations/table.js";
import { ArgumentError, kindOf } from "../errors.js";
import { type ComputeOptions, callable, type Layer } from "../layer.js";
import { dense } from "../ops/index.js";
import type { LstmStep } from "../ops/lstm.js";
import { matrixProjection } from "../ops/lstmSteps.js";
import type { RandomStream } from "../random.js";
import type { PartialShape, Shape } from "../shape.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import type { SequenceWatch } from "../watch.js";
import { Cell, type CellRun, oneStep, ownCell } from "./cell.js";
import { positiveInteger } from "./check.js";
import type { ConvLSTMCellLayer } from "./convLstm.js";
import { checkFeatures } from "./features.js";
import {
  type LstmPart,
  lstmParts,
  type LstmProjectionOptions,
  lstmRun,
  projectionOptions,
  Projections,
} from "./projections.js";
import { type MakeRecurrent, RecurrentLayer, type RecurrentOptions } from "./recurrent.js";

/** The options of `LSTMCell`. */
export interface LSTMCellOptions extends LstmProjectionOptions {
  /** Size of each state. Required. */
  units: number;
}
/** The options of `LSTM`. */
export interface LSTMOptions extends LSTMCellOptions, RecurrentOptions {}

const known = ["units", "unitForgetBias", ...projectionOptions];

/** The class of `LSTMCell` cells, for subclasses and `instanceof`. */
export class LSTMCellLayer extends Cell {
  static override className = "LSTMCell";
  /** Number of units, the size of each state. */
  readonly units: number;
  readonly stateSize: readonly [number, number];
  /** The activation function of the candidate and the output. */
  readonly activation: ActivationParts;
  /** The activation function of the gates. */
  readonly recurrentActivation: ActivationParts;
  /** The weights and their dropout. */
  override readonly projections: Projections<LstmPart>;
  /** The random stream of the dropout masks, which advances with each and is saved with the model. */
  random: RandomStream | undefined;

  constructor(options: LSTMCellOptions, owner?: Layer) {
    super(options, known, owner);
    this.units = positiveInteger(this.label, "units", options.units);
    this.stateSize = [this.units, this.units];
    this.activation = getActivation(this.label, options.activation ?? "tanh");
    this.recurrentActivation = getActivation(this.label, options.recurrentActivation ?? "sigmoid");
    this.projections = new Projections(this.label, lstmParts, options);
    this.random = this.projections.randomStream(options.seed);
  }

  override checkSequence(shape: PartialShape): void {
    checkFeatures(this.label, shape, this.projections.kernel);
  }

  override build([step]: PartialShape[]): void {
    this.projections.build((...weight) => this.addWeight(...weight), {
      inputs: step.at(-1)!,
      units: this.units,
      bias: [4 * this.units],
    });
  }

  override begin(stepShape: Shape, options: ComputeOptions, watch?: SequenceWatch): CellRun {
    const { projections, units } = this;
    const count = projections.recurrentDropout === 0 ? 1 : 4; // masks, as in Keras
    const masks = { input: { shape: stepShape, count }, state: { shape: [stepShape[0], units], count } };
    return lstmRun(this, { input: dense, state: dense, all: matrixProjection }, masks, options, watch);
  }

  override call(inputs: Tensor[], options: ComputeOptions): Tensor[] {
    return oneStep(this, inputs, options);
  }
}

/** Makes a cell that computes one time step of `LSTM`. x: [batch, features], states [h, c], each [batch, units]. */
export const LSTMCell = ownCell(LSTMCellLayer);

/**
 * Computes one step of an LSTM's or ConvLSTM's cell with all its intermediate values: gates i f o, candidate g, and
 * the new states c and h; see `lstmStep`. x: [batch, ...]; states: [h, c].
 *
 *     const { f, c } = stepGates(layer.cell, frame, [h, c]);
 *
 * @throws ArgumentError for another cell, and for what are no tensors.
 */
export function stepGates(cell: LSTMCellLayer | ConvLSTMCellLayer, x: Tensor, states: readonly Tensor[]): LstmStep {
  if (!(cell instanceof Cell)) {
    throw new ArgumentError(`stepGates: expected the cell of an LSTM or ConvLSTM layer, received ${kindOf(cell)}.`);
  }
  cell.buildFor(x, states);
  return scope(() => {
    const values: Record<string, Tensor> = {};
    const run = cell.begin(
      x.shape,
      { training: false, timeSteps: 1, masks: [] },
      {
        begin: () => {},
        hookFor: () => (name, y) => (values[name] = y),
      },
    );
    run.step(run.project(x), [...states]);
    return values as unknown as LstmStep;
  });
}

/** The class of `LSTM` layers, for subclasses and `instanceof`. */
export class LSTMLayer extends RecurrentLayer<LSTMCellLayer> {
  static override className = "LSTM";

  constructor(options: LSTMOptions) {
    super((owner) => new LSTMCellLayer(options, owner), options, known);
  }
}

/**
 * Makes an LSTM layer (Hochreiter and Schmidhuber, 1997). x: [batch, time, features]; the result is the last state h
 * [batch, units], with `returnSequences` all of them [batch, time, units], with `returnState` a list [output, h, c].
 * Weights: kernel [features, 4 units], recurrent_kernel [units, 4 units], bias [4 units], gates in the order i f g o.
 * `lstmStep` has the formulas of one time step.
 *
 * @throws ArgumentError for an unknown option or an option of another kind.
 * @example
 *     const layer = LSTM({ units: 8, returnSequences: true });
 *     const hs = layer(x);
 *     const { f } = layer.gates(); // of the forget gate: f.kernel, f.recurrentKernel, f.bias
 */
export const LSTM = callable(LSTMLayer) as MakeRecurrent<LSTMOptions, LSTMLayer>;
