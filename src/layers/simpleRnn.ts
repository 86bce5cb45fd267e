import { type ActivationParts, getActivation } from "../activations/table.js";
import { type ComputeOptions, callable, type Layer } from "../layer.js";
import { noHook } from "../ops/gates.js";
import { add, dense } from "../ops/index.js";
import { simpleRnnSteps, stepActivations } from "../ops/simpleRnn.js";
import type { RandomStream } from "../random.js";
import type { PartialShape, Shape } from "../shape.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import type { SequenceWatch } from "../watch.js";
import { Cell, type CellRun, oneStep, ownCell } from "./cell.js";
import { positiveInteger } from "./check.js";
import { checkFeatures } from "./features.js";
import { projectionOptions, Projections, type ProjectionOptions } from "./projections.js";
import { type MakeRecurrent, RecurrentLayer, type RecurrentOptions } from "./recurrent.js";

/** The options of `SimpleRNNCell`. */
export interface SimpleRNNCellOptions extends Omit<ProjectionOptions, "recurrentActivation"> {
  /** Size of the state. Required. */
  units: number;
}
/** The options of `SimpleRNN`. */
export interface SimpleRNNOptions extends SimpleRNNCellOptions, RecurrentOptions {}

const known = ["units", ...projectionOptions.filter((option) => option !== "recurrentActivation")];

/** The class of `SimpleRNNCell` cells, for subclasses and `instanceof`. */
export class SimpleRNNCellLayer extends Cell {
  static override className = "SimpleRNNCell";
  /** Number of units, the size of each state. */
  readonly units: number;
  readonly stateSize: number;
  /** The activation function of the state. */
  readonly activation: ActivationParts;
  /** The weights and their dropout. */
  override readonly projections: Projections<"h">;
  /** The random stream of the dropout masks, which advances with each and is saved with the model. */
  random: RandomStream | undefined;

  constructor(options: SimpleRNNCellOptions, owner?: Layer) {
    super(options, known, owner);
    this.units = this.stateSize = positiveInteger(this.label, "units", options.units);
    this.activation = getActivation(this.label, options.activation ?? "tanh");
    const fullDropout = true; // as in Keras
    this.projections = new Projections(this.label, ["h"], options, fullDropout);
    this.random = this.projections.randomStream(options.seed);
  }

  override checkSequence(shape: PartialShape): void {
    checkFeatures(this.label, shape, this.projections.kernel);
  }

  override build([step]: PartialShape[]): void {
    const { units } = this;
    this.projections.build((...weight) => this.addWeight(...weight), { inputs: step.at(-1)!, units, bias: [units] });
  }

  override begin(stepShape: Shape, options: ComputeOptions, watch?: SequenceWatch): CellRun {
    const { projections, units, activation } = this;
    const masks = { input: { shape: stepShape, count: 1 }, state: { shape: [stepShape[0], units], count: 1 } };
    const [inputMasks, stateMasks] = projections.masks(options, this.random, masks);
    const state = projections.state(dense, stateMasks);
    const hook = watch?.hookFor(this) ?? noHook;
    const known = !stateMasks && activation.name && stepActivations[activation.name];
    return {
      project: projections.input(dense, inputMasks),
      steps: known
        ? (z, sequences, initial, mask) => {
            const { hs, h } = simpleRnnSteps(z, projections.recurrentKernel, known, sequences, initial?.[0], mask);
            return { outputs: hs, states: [h] };
          }
        : undefined,
      step: (x, [h]) => {
        const next = scope(() => hook("h", activation.apply(add(x, state(h))), h));
        return [next, [next]];
      },
    };
  }

  override call(inputs: Tensor[], options: ComputeOptions): Tensor[] {
    return oneStep(this, inputs, options);
  }
}

/** Makes a cell that computes one time step of `SimpleRNN`. x: [batch, features], states [h]: [batch, units]. */
export const SimpleRNNCell = ownCell(SimpleRNNCellLayer);

/** The class of `SimpleRNN` layers, for subclasses and `instanceof`. */
export class SimpleRNNLayer extends RecurrentLayer<SimpleRNNCellLayer> {
  static override className = "SimpleRNN";

  constructor(options: SimpleRNNOptions) {
    super((owner) => new SimpleRNNCellLayer(options, owner), options, known);
  }
}

/**
 * Makes a layer that computes h' = activation(x kernel + h recurrent_kernel + bias) (Elman, 1990). x: [batch, time,
 * features]; the result is the last state [batch, units], with `returnSequences` all of them [batch, time, units], with
 * `returnState` a list [output, h]. Weights: kernel [features, units], recurrent_kernel [units, units], bias [units].
 *
 * @throws ArgumentError for an unknown option or an option of another kind.
 * @example
 *     const last = SimpleRNN({ units: 8 })(x);
 */
export const SimpleRNN = callable(SimpleRNNLayer) as MakeRecurrent<SimpleRNNOptions, SimpleRNNLayer>;
