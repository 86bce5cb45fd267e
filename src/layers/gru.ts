import { type CallOptions, callable, type Layer } from "../layer.js";
import { dense, reshape, slice } from "../ops/index.js";
import { gatePart } from "../ops/gates.js";
import { gruStep } from "../ops/gruStep.js";
import type { PartialShape, Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { callableCell, type CellRun } from "./cell.js";
import { positiveInteger } from "./check.js";
import { checkFeatures } from "./features.js";
import { GatedCell, type GatedOptions, gatedOptions, masked, withBias } from "./gatedCell.js";
import { GatedLayer } from "./gatedLayer.js";
import type { MakeRecurrent, RecurrentOptions } from "./recurrent.js";

export interface GRUCellOptions extends GatedOptions {
  /** Size of the state. */
  units: number;
  /**
   * Whether the reset gate takes effect after the product of state and weights (true unless given; as in cuDNN, with a second row
   * of bias for the state), or before it (as in the paper).
   */
  resetAfter?: boolean;
}
export interface GRUOptions extends GRUCellOptions, RecurrentOptions {}

const gateNames = ["update", "reset", "candidate"] as const;

export class GRUCellLayer extends GatedCell<(typeof gateNames)[number]> {
  static override className = "GRUCell";
  override readonly gateNames = gateNames;
  readonly units: number;
  readonly stateSize: number;
  readonly resetAfter: boolean;

  constructor(options: GRUCellOptions, owner?: Layer) {
    super(options, ["units", "resetAfter"], owner);
    this.units = this.stateSize = positiveInteger(this.label, "units", options.units);
    this.resetAfter = options.resetAfter ?? true;
  }

  override checkSequence(shape: PartialShape): void {
    checkFeatures(this.label, shape, this.kernel);
  }

  override build([step]: PartialShape[]): void {
    const { units, resetAfter } = this;
    this.addGateWeights([], step.at(-1)!, units, resetAfter ? [2, 3 * units] : [3 * units]);
  }

  override begin(stepShape: Shape, options: CallOptions): CellRun {
    const { kernel, recurrentKernel, units, resetAfter, recurrentDropout } = this;
    const maskCount = recurrentDropout === 0 ? 1 : 3; // as in Keras
    const input = masked(dense, kernel, this.masks(this.dropout, stepShape, maskCount, options));
    const masks = this.masks(recurrentDropout, [stepShape[0], units], 3, options);
    const gates = masked(dense, gatePart(recurrentKernel, 0, 3, 2), masks?.slice(0, 2));
    const candidate = masked(dense, gatePart(recurrentKernel, 2, 3), masks?.slice(2));
    const [inputBias, stateBias] = this.#biases();
    const cell = {
      projectGates: (h: Tensor) => withBias(gates(h), stateBias && gatePart(stateBias, 0, 3, 2)),
      projectCandidate: (h: Tensor) => withBias(candidate(h), stateBias && gatePart(stateBias, 2, 3)),
      resetAfter,
      activation: this.activation.apply,
      recurrentActivation: this.recurrentActivation.apply,
    };
    return {
      project: (x) => withBias(input(x), inputBias),
      step: (z, [h]) => {
        const next = gruStep(z, h, cell).h;
        return [next, [next]];
      },
    };
  }

  /** Of the input, and of the state where it has one. */
  #biases(): (Tensor | undefined)[] {
    const { bias } = this;
    if (!bias || !this.resetAfter) return [bias];
    return [0, 1].map((row) => reshape(slice(bias, [row], [1]), bias.shape.slice(1)));
  }
}

/** One step of `GRU`. x: [batch, features], states [h]: [batch, units]. */
export const GRUCell = callableCell(GRUCellLayer);

export class GRULayer extends GatedLayer<GRUCellLayer> {
  static override className = "GRU";

  constructor(options: GRUOptions) {
    super((owner) => new GRUCellLayer(options, owner), options, ["units", "resetAfter", ...gatedOptions]);
  }
}

/**
 * Gated recurrent units (Cho et al., 2014). x: [batch, time, features]; result the last state [batch, units], with
 * `returnSequences` all of them [batch, time, units], with `returnState` a list [output, h].
 * Weights: kernel [features, 3 units], recurrent_kernel [units, 3 units], bias [2, 3 units] (with `resetAfter: false` [3 units]),
 * gates in the order update, reset, candidate.
 */
export const GRU = callable(GRULayer) as MakeRecurrent<GRUOptions, GRULayer>;
