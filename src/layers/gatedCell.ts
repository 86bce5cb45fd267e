/** What the cells of LSTM, GRU, SimpleRNN and ConvLSTM share: gates side by side in their weights, and dropout. */
import type { ActivationFunction } from "../activation.js";
import { type ActivationParts, getActivation } from "../activations/table.js";
import type { CallOptions, Layer, LayerOptions } from "../layer.js";
import { add, concat, multiply } from "../ops/index.js";
import { gatePart } from "../ops/gates.js";
import { type RandomStream, randomStream } from "../random.js";
import { elements, type PartialShape, type Shape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import { Cell } from "./cell.js";
import { dropoutMask } from "./dropoutMask.js";
import { weightOptions, type WeightOptions, type WeightRules, weightRules } from "./weightOptions.js";

/** Initializers unless given: kernel "glorotUniform", recurrent "orthogonal", bias "zeros". */
export interface GatedOptions
  extends LayerOptions, WeightOptions<"kernel">, WeightOptions<"recurrent">, WeightOptions<"bias"> {
  /** Of the candidate and the output: a name or a function; "tanh" unless given. */
  activation?: string | ActivationFunction | null;
  /** Of the gates: "sigmoid" unless given. */
  recurrentActivation?: string | ActivationFunction | null;
  useBias?: boolean;
  /** The share of the input that is dropped in training, the same elements at every step of a call; 0 unless given, 1 drops nothing. */
  dropout?: number;
  /** The same of the state, where it enters a product. */
  recurrentDropout?: number;
  /** Of the masks of dropout; without one, the next stream of the global seed (`setSeed`). */
  seed?: number | null;
}

const roles = [
  ["kernel", "glorotUniform"],
  ["recurrent", "orthogonal"],
  ["bias", "zeros"],
] as const;

export const gatedOptions: readonly string[] = [
  ...["activation", "recurrentActivation", "useBias", "dropout", "recurrentDropout", "seed"],
  ...weightOptions(...roles.map(([role]) => role)),
];

/** The weights of one gate. */
export interface GateWeights {
  kernel: Tensor;
  recurrentKernel: Tensor;
  bias: Tensor | undefined;
}

export abstract class GatedCell<Gate extends string = string> extends Cell {
  /** In the order in which they stand in the weights. */
  abstract readonly gateNames: readonly Gate[];
  readonly activation: ActivationParts;
  readonly recurrentActivation: ActivationParts;
  readonly useBias: boolean;
  readonly dropout: number;
  readonly recurrentDropout: number;
  /** Weights; the gates stand side by side along the last axis. */
  kernel!: Variable;
  recurrentKernel!: Variable;
  bias: Variable | undefined;
  /** In the order of `roles`. */
  readonly #rules: WeightRules[];
  /** Moves on with every mask; kept with the model. */
  random: RandomStream | undefined;

  constructor(options: GatedOptions, known: readonly string[], owner?: Layer) {
    super(options, [...known, ...gatedOptions], owner);
    this.activation = getActivation(this.label, options.activation ?? "tanh");
    this.recurrentActivation = getActivation(this.label, options.recurrentActivation ?? "sigmoid");
    this.useBias = options.useBias ?? true;
    this.dropout = share(options.dropout);
    this.recurrentDropout = share(options.recurrentDropout);
    this.#rules = roles.map(([role, initializer]) => weightRules(this.label, options, role, initializer));
    if (this.dropout || this.recurrentDropout) this.random = randomStream(options.seed);
  }

  /** kernel [...window, inputs, gates units], recurrent_kernel [...window, units, gates units], and a bias. */
  protected addGateWeights(window: Shape, inputs: number, units: number, biasShape: Shape): void {
    const all = this.gateNames.length * units;
    const [kernel, recurrent, bias] = this.#rules;
    this.kernel = this.addWeight("kernel", [...window, inputs, all], kernel);
    this.recurrentKernel = this.addWeight("recurrent_kernel", [...window, units, all], recurrent);
    const initializer = (shape: Shape) => this.firstBias(shape, bias.initializer);
    if (this.useBias) this.bias = this.addWeight("bias", biasShape, { ...bias, initializer });
  }

  protected firstBias(shape: Shape, initializer: WeightRules["initializer"]): ArrayLike<number> {
    return initializer(shape);
  }

  /** The weights gate by gate, as copies: `layer.gates().forget.kernel`. */
  gates(): Record<Gate, GateWeights> {
    const { gateNames, kernel, recurrentKernel, bias } = this;
    const parts = gateNames.map((name, g) => {
      const part = (weight: Tensor) => gatePart(weight, g, gateNames.length);
      return [name, { kernel: part(kernel), recurrentKernel: part(recurrentKernel), bias: bias && part(bias) }];
    });
    return Object.fromEntries(parts) as Record<Gate, GateWeights>;
  }

  /** One step: x [batch, ...], states as a list; gives [output, newStates]. */
  override call(x: any, states: any, options: CallOptions = {}): any {
    const run = this.begin(x.shape, options);
    return run.step(run.project(x), states);
  }

  /** Whether a rate drops anything: in Keras 1 does not, but for SimpleRNN. */
  protected drops(rate: number, { training }: CallOptions): boolean {
    return !!training && rate > 0 && rate < 1;
  }

  /** Masks for as many gates as have one of their own, or none. */
  protected masks(rate: number, shape: Shape, count: number, options: CallOptions): Tensor[] | undefined {
    if (!this.drops(rate, options)) return undefined;
    return Array.from({ length: count }, () => dropoutMask(shape, rate, this.random!));
  }

  override macs(_steps: PartialShape[], [output]: PartialShape[]): number {
    return elements(output.slice(1, -1)) * (this.kernel.size + this.recurrentKernel.size);
  }
}

/** Keras holds rates between 0 and 1. */
const share = (rate = 0): number => Math.min(1, Math.max(0, rate));

/** x to product(x, weights); with masks each gate sees x times its own. */
export function masked(
  product: (x: Tensor, weights: Tensor) => Tensor,
  weights: Tensor,
  masks: readonly Tensor[] | undefined,
): (x: Tensor) => Tensor {
  if (!masks) return (x) => product(x, weights);
  const parts = masks.map((_, g) => gatePart(weights, g, masks.length));
  return (x) => concat(masks.map((mask, g) => product(multiply(x, mask), parts[g])));
}

/** y, with the bias if there is one. */
export const withBias = (y: Tensor, bias: Tensor | undefined): Tensor => (bias ? add(y, bias) : y);
