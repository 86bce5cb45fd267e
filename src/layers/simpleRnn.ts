import { type CallOptions, callable, type Layer } from "../layer.js";
import { add, dense } from "../ops/index.js";
import type { PartialShape, Shape } from "../shape.js";
import { scope } from "../scope.js";
import { callableCell, type CellRun } from "./cell.js";
import { count } from "./check.js";
import { checkFeatures } from "./features.js";
import { GatedCell, type GatedOptions, gatedOptions, masked, withBias } from "./gatedCell.js";
import { GatedLayer } from "./gatedLayer.js";
import type { MakeRecurrent, RecurrentOptions } from "./recurrent.js";

export interface SimpleRNNCellOptions extends Omit<GatedOptions, "recurrentActivation"> {
  /** Size of the state. */
  units: number;
}
export interface SimpleRNNOptions extends SimpleRNNCellOptions, RecurrentOptions {}

const known = ["units", ...gatedOptions.filter((option) => option !== "recurrentActivation")];

export class SimpleRNNCellLayer extends GatedCell<"state"> {
  static override className = "SimpleRNNCell";
  override readonly gateNames = ["state"] as const;
  readonly units: number;
  readonly stateSize: number;

  constructor(options: SimpleRNNCellOptions, owner?: Layer) {
    super(options, known, owner);
    this.units = this.stateSize = count(this.label, "units", options.units);
  }

  override checkSequence(shape: PartialShape): void {
    checkFeatures(this.label, shape, this.kernel);
  }

  override build(step: PartialShape): void {
    this.addGateWeights([], step.at(-1)!, this.units, [this.units]);
  }

  protected override drops(rate: number, { training }: CallOptions): boolean {
    return !!training && rate > 0;
  }

  override begin(stepShape: Shape, options: CallOptions): CellRun {
    const input = masked(dense, this.kernel, this.masks(this.dropout, stepShape, 1, options));
    const stateMasks = this.masks(this.recurrentDropout, [stepShape[0], this.units], 1, options);
    const state = masked(dense, this.recurrentKernel, stateMasks);
    return {
      project: (x) => withBias(input(x), this.bias),
      step: (z, [h]) => {
        const next = scope(() => this.activation.apply(add(z, state(h))));
        return [next, [next]];
      },
    };
  }
}

/** One step of `SimpleRNN`. x: [batch, features], states [h]: [batch, units]. */
export const SimpleRNNCell = callableCell(SimpleRNNCellLayer);

export class SimpleRNNLayer extends GatedLayer<SimpleRNNCellLayer> {
  static override className = "SimpleRNN";

  constructor(options: SimpleRNNOptions) {
    super((owner) => new SimpleRNNCellLayer(options, owner), options, known);
  }
}

/**
 * h' = activation(x kernel + h recurrent_kernel + bias) (Elman, 1990). x: [batch, time, features]; result the last state
 * [batch, units], with `returnSequences` all of them [batch, time, units], with `returnState` a list [output, h].
 * Weights: kernel [features, units], recurrent_kernel [units, units], bias [units].
 */
export const SimpleRNN = callable(SimpleRNNLayer) as MakeRecurrent<SimpleRNNOptions, SimpleRNNLayer>;
