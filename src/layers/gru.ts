import { type ActivationParts, getActivation } from "../activations/table.js";
import { type ComputeOptions, callable, type Layer } from "../layer.js";
import { gatePart } from "../ops/gates.js";
import { gruSteps } from "../ops/gru.js";
import { dense, gruStep, reshape, slice } from "../ops/index.js";
import type { RandomStream } from "../random.js";
import type { PartialShape, Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { SequenceWatch } from "../watch.js";
import { Cell, type CellRun, oneStep, ownCell } from "./cell.js";
import { positiveInteger } from "./check.js";
import { checkFeatures } from "./features.js";
import {
  hasGateKernels,
  maskedProduct,
  projectionOptions,
  Projections,
  type ProjectionOptions,
} from "./projections.js";
import { type MakeRecurrent, RecurrentLayer, type RecurrentOptions } from "./recurrent.js";

/** The options of `GRUCell`. */
export interface GRUCellOptions extends ProjectionOptions {
  /** Size of the state. Required. */
  units: number;
  /**
   * Whether the reset gate takes effect after the product of state and weights (true by default; as in cuDNN, with a
   * second row of bias for the state), or before it (as in the paper).
   */
  resetAfter?: boolean;
}
/** The options of `GRU`. */
export interface GRUOptions extends GRUCellOptions, RecurrentOptions {}

const known = ["units", "resetAfter", ...projectionOptions];
const parts = ["z", "r", "g"] as const;

/** The class of `GRUCell` cells, for subclasses and `instanceof`. */
export class GRUCellLayer extends Cell {
  static override className = "GRUCell";
  /** Number of units, the size of each state. */
  readonly units: number;
  readonly stateSize: number;
  /** Whether the reset gate takes effect after the product of state and weights. */
  readonly resetAfter: boolean;
  /** The activation function of the candidate. */
  readonly activation: ActivationParts;
  /** The activation function of the gates. */
  readonly recurrentActivation: ActivationParts;
  /** The weights and their dropout. */
  override readonly projections: Projections<(typeof parts)[number]>;
  /** The random stream of the dropout masks, which advances with each and is saved with the model. */
  random: RandomStream | undefined;

  constructor(options: GRUCellOptions, owner?: Layer) {
    super(options, known, owner);
    this.units = this.stateSize = positiveInteger(this.label, "units", options.units);
    this.resetAfter = options.resetAfter ?? true;
    this.activation = getActivation(this.label, options.activation ?? "tanh");
    this.recurrentActivation = getActivation(this.label, options.recurrentActivation ?? "sigmoid");
    this.projections = new Projections(this.label, parts, options);
    this.random = this.projections.randomStream(options.seed);
  }

  override checkSequence(shape: PartialShape): void {
    checkFeatures(this.label, shape, this.projections.kernel);
  }

  override build([step]: PartialShape[]): void {
    const { units, resetAfter } = this;
    const sizes = { inputs: step.at(-1)!, units, bias: resetAfter ? [2, 3 * units] : [3 * units] };
    this.projections.build((...weight) => this.addWeight(...weight), sizes);
  }

  override begin(stepShape: Shape, options: ComputeOptions, watch?: SequenceWatch): CellRun {
    const { projections, units, resetAfter, activation, recurrentActivation } = this;
    const { kernel, recurrentKernel, recurrentDropout } = projections;
    const [inputMasks, stateMasks] = projections.masks(options, this.random, {
      input: { shape: stepShape, count: recurrentDropout === 0 ? 1 : 3 }, // as in Keras
      state: { shape: [stepShape[0], units], count: 3 },
    });
    const [inputBias, stateBias] = this.#biases();
    const kernels = [gatePart(recurrentKernel, 0, 3, 2), gatePart(recurrentKernel, 2, 3)];
    const biases = stateBias ? [gatePart(stateBias, 0, 3, 2), gatePart(stateBias, 2, 3)] : [];
    const cell = {
      projectGates: maskedProduct(dense, kernels[0], stateMasks?.slice(0, 2), biases[0]),
      projectCandidate: maskedProduct(dense, kernels[1], stateMasks?.slice(2), biases[1]),
      resetAfter,
      activation: activation.apply,
      recurrentActivation: recurrentActivation.apply,
    };
    const hook = watch?.hookFor(this);
    return {
      project: maskedProduct(dense, kernel, inputMasks, inputBias),
      steps:
        stateMasks || !hasGateKernels(this)
          ? undefined
          : (z, sequences, initial, mask) => {
              const [gates, candidate] = resetAfter ? [recurrentKernel] : kernels;
              const { hs, h } = gruSteps(z, { gates, candidate, bias: stateBias }, sequences, initial?.[0], mask);
              return { outputs: hs, states: [h] };
            },
      step: (x, [h]) => {
        const next = gruStep(x, h, cell, hook).h;
        return [next, [next]];
      },
    };
  }

  /** Gives the bias of the input, and that of the state where there is one. */
  #biases(): (Tensor | undefined)[] {
    const { bias } = this.projections;
    if (!bias || !this.resetAfter) return [bias];
    return [0, 1].map((row) => reshape(slice(bias, [row], [1]), bias.shape.slice(1)));
  }

  override call(inputs: Tensor[], options: ComputeOptions): Tensor[] {
    return oneStep(this, inputs, options);
  }
}

/** Makes a cell that computes one time step of `GRU`. x: [batch, features], states [h]: [batch, units]. */
export const GRUCell = ownCell(GRUCellLayer);

/** The class of `GRU` layers, for subclasses and `instanceof`. */
export class GRULayer extends RecurrentLayer<GRUCellLayer> {
  static override className = "GRU";

  constructor(options: GRUOptions) {
    super((owner) => new GRUCellLayer(options, owner), options, known);
  }
}

/**
 * Makes a layer of gated recurrent units (Cho et al., 2014). x: [batch, time, features]; the result is the last state
 * [batch, units], with `returnSequences` all of them [batch, time, units], with `returnState` a list [output, h].
 * Weights: kernel [features, 3 units], recurrent_kernel [units, 3 units], bias [2, 3 units] (with `resetAfter: false`
 * [3 units]), gates in the order update, reset, candidate. `gruStep` has the formulas of one time step.
 *
 * @throws ArgumentError for an unknown option or an option of another kind.
 * @example
 *     const last = GRU({ units: 8 })(x);
 */
export const GRU = callable(GRULayer) as MakeRecurrent<GRUOptions, GRULayer>;
