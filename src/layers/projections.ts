/**
 * The weights that LSTM, GRU, SimpleRNN and ConvLSTM have in common: they project the input and the state to the gates.
 * The dropout before these projections is here too. Next file: ../ops/lstm.ts, the computation.
 */
import { checkNumber } from "../errors.js";
import type { ActivationOption, ActivationParts } from "../activations/table.js";
import type { ComputeOptions, LayerOptions } from "../layer.js";
import { gatePart } from "../ops/gates.js";
import { add, concat, lstmStep, multiply } from "../ops/index.js";
import { lstmSteps, type StateProjection } from "../ops/lstmSteps.js";
import { type RandomStream, randomStream } from "../random.js";
import { elements, type PartialShape, type Shape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";
import type { SequenceWatch } from "../watch.js";
import { dropoutMask } from "./dropoutMask.js";
import { weightOptions, type WeightOptions, type WeightRules, weightRules } from "./weightOptions.js";

/**
 * The options of all cells; by default kernels are "glorotUniform", recurrent kernels "orthogonal" and biases "zeros".
 */
export interface ProjectionOptions
  extends LayerOptions, WeightOptions<"kernel">, WeightOptions<"recurrent">, WeightOptions<"bias"> {
  /** The activation function of the candidate and the output: a name or a function, "tanh" by default. */
  activation?: ActivationOption | null;
  /** The activation function of the gates: a name or a function, "sigmoid" by default. */
  recurrentActivation?: ActivationOption | null;
  /** Whether there is a bias, true by default. */
  useBias?: boolean;
  /**
   * The fraction of the input that is dropped in training, the same elements at every time step of a call; 0 by
   * default. As in Keras, 1 drops nothing (but everything in SimpleRNN).
   */
  dropout?: number;
  /**
   * The fraction of the state that is dropped in training before it is multiplied by weights; 0 by default. As in
   * Keras, 1 drops nothing (but everything in SimpleRNN).
   */
  recurrentDropout?: number;
  /** The seed of the dropout masks; the next stream of the global seed (`setSeed`) by default. */
  seed?: number | null;
}

const roles = [
  ["kernel", "glorotUniform"],
  ["recurrent", "orthogonal"],
  ["bias", "zeros"],
] as const;

export const projectionOptions: readonly string[] = [
  ...["activation", "recurrentActivation", "useBias", "dropout", "recurrentDropout", "seed"],
  ...weightOptions(...roles.map(([role]) => role)),
];

/** The weights of one gate. */
export interface GateWeights {
  /** The weights of the input: `[inputs, units]`, in a ConvLSTM `[...window, channels, filters]`. */
  kernel: Tensor;
  /** The weights of the state: `[units, units]`, in a ConvLSTM `[...window, filters, filters]`. */
  recurrentKernel: Tensor;
  /** The bias, `[units]`, in a GRU with `resetAfter` `[2, units]`; undefined without `useBias`. */
  bias: Tensor | undefined;
}

/** Multiplies x [..., batch, ...] by weights, or convolves it with them, and adds the bias. */
type Product = (x: Tensor, weights: Tensor, bias?: Tensor) => Tensor;

/**
 * The weights of a cell (kernel, recurrent kernel and bias) and the dropout of its input and state. The parts of a weight
 * (gates and candidate) are next to each other along the last axis.
 */
export class Projections<Part extends string = string> {
  kernel!: Variable;
  recurrentKernel!: Variable;
  bias: Variable | undefined;
  readonly dropout: number;
  readonly recurrentDropout: number;
  readonly #useBias: boolean;
  /** The rules of kernel, recurrent kernel and bias, in the order of `roles`. */
  readonly #rules: WeightRules[];

  /**
   * @param parts the names of the parts, in the order in which the weights store them.
   * @param fullDropout whether a rate of 1 drops everything, as in Keras only for SimpleRNN; false by default.
   * @throws ArgumentError when an initializer, regularizer or constraint is unknown.
   */
  constructor(
    label: string,
    readonly parts: readonly Part[],
    options: LstmProjectionOptions,
    readonly fullDropout = false,
  ) {
    // Limited to 0 ... 1, as in Keras.
    const rate = (option: "dropout" | "recurrentDropout") =>
      Math.min(1, Math.max(0, checkNumber(label, option, options[option] ?? 0, "a finite number")));
    this.dropout = rate("dropout");
    this.recurrentDropout = rate("recurrentDropout");
    this.#useBias = options.useBias ?? true;
    this.#rules = roles.map(([role, initializer]) => weightRules(label, options, role, initializer));
    const isLstm = (parts as readonly string[]).includes("f");
    if (isLstm && (options.unitForgetBias ?? true)) this.#rules[2] = withForgetBias(this.#rules[2]);
  }

  /**
   * Makes kernel [...window, inputs, parts * units], recurrent_kernel [...window, units, parts * units], and bias.
   * @param addWeight the cell's method.
   */
  build(
    addWeight: (name: string, shape: Shape, rules: WeightRules) => Variable,
    sizes: { window?: Shape; inputs: number; units: number; bias: Shape },
  ): void {
    const { window = [], inputs, units } = sizes;
    const all = this.parts.length * units;
    const [kernel, recurrent, bias] = this.#rules;
    this.kernel = addWeight("kernel", [...window, inputs, all], kernel);
    this.recurrentKernel = addWeight("recurrent_kernel", [...window, units, all], recurrent);
    if (this.#useBias) this.bias = addWeight("bias", sizes.bias, bias);
  }

  /** Gives the weights part by part, as copies. */
  gates(): Record<Part, GateWeights> {
    const { parts, kernel, recurrentKernel, bias } = this;
    const entries = parts.map((name, g) => {
      const part = (weight: Tensor) => gatePart(weight, g, parts.length);
      return [name, { kernel: part(kernel), recurrentKernel: part(recurrentKernel), bias: bias && part(bias) }];
    });
    return Object.fromEntries(entries) as Record<Part, GateWeights>;
  }

  /**
   * Projects the input to its part of all gates, with bias: x [..., batch, ...] to [..., batch, ..., parts * units].
   */
  input(product: Product, masks: Masks): (x: Tensor) => Tensor {
    return maskedProduct(product, this.kernel, masks, this.bias);
  }

  /** Projects the state to its part of all gates: h [batch, ..., units] to [batch, ..., parts * units]. */
  state(product: Product, masks: Masks): (h: Tensor) => Tensor {
    return maskedProduct(product, this.recurrentKernel, masks);
  }

  /** Draws the dropout masks of one sequence: first those of the input, then those of the state. */
  masks(
    { training }: ComputeOptions,
    random: RandomStream | undefined,
    sizes: { input: MaskSize; state: MaskSize },
  ): [input: Masks, state: Masks] {
    const draw = (rate: number, { shape, count }: MaskSize): Masks => {
      if (!training || !this.#drops(rate)) return undefined;
      return Array.from({ length: count }, () => dropoutMask(shape, rate, random!));
    };
    return [draw(this.dropout, sizes.input), draw(this.recurrentDropout, sizes.state)];
  }

  /** Makes the random stream of the dropout masks; undefined for a cell without dropout. */
  randomStream(seed: number | null | undefined): RandomStream | undefined {
    return this.dropout > 0 || this.recurrentDropout > 0 ? randomStream(seed) : undefined;
  }

  #drops(rate: number): boolean {
    return rate > 0 && (rate < 1 || this.fullDropout);
  }

  /** Counts the multiply-adds of one step for each sample. output: the shape [batch, ..., units] of the state. */
  macs(output: PartialShape): number {
    return elements(output.slice(1, -1)) * (this.kernel.size + this.recurrentKernel.size);
  }
}

/** The shape and number of masks: one for each part, or one for all. */
interface MaskSize {
  shape: Shape;
  count: number;
}

/** Dropout masks, one for each part or one for all; undefined where nothing is dropped. */
type Masks = readonly Tensor[] | undefined;

/**
 * Makes the function from x to product(x, weights) + bias; with several masks each part is the product of x times its
 * mask.
 */
export function maskedProduct(product: Product, weights: Tensor, masks: Masks, bias?: Tensor): (x: Tensor) => Tensor {
  if (!masks) return (x) => product(x, weights, bias);
  const parts = masks.map((_, g) => gatePart(weights, g, masks.length));
  return (x) => {
    const y = concat(masks.map((mask, g) => product(multiply(x, mask), parts[g])));
    return bias ? add(y, bias) : y;
  };
}

// ── LSTM and ConvLSTM ───────────────────────────────────────────────────────────────────────────────────────────────────

/** The options of the cells of LSTM and ConvLSTM. */
export interface LstmProjectionOptions extends ProjectionOptions {
  /**
   * Whether the bias of the forget gate starts at 1, as in Jozefowicz et al. (2015), and the others by
   * `biasInitializer`; true by default.
   */
  unitForgetBias?: boolean;
}

/** The names of the parts of the weights of LSTM and ConvLSTM. */
export const lstmParts = ["i", "f", "g", "o"] as const;
export type LstmPart = (typeof lstmParts)[number];

/** Changes the initializer of the bias [4 units]: the bias of the forget gate starts at 1. */
const withForgetBias = ({ initializer, ...rules }: WeightRules): WeightRules => ({
  ...rules,
  initializer: (shape) => {
    const units = shape[0] / 4;
    const part = (size: number) => Array.from(initializer([size]));
    return [...part(units), ...new Array<number>(units).fill(1), ...part(2 * units)];
  },
});

/** What LSTMCell and ConvLSTM2DCell have in common. */
interface LstmCellParts {
  readonly projections: Projections;
  readonly activation: ActivationParts;
  readonly recurrentActivation: ActivationParts;
  readonly random: RandomStream | undefined;
}

/** Whether a cell has the activations of the kernels for gates. */
export const hasGateKernels = (cell: { activation: ActivationParts; recurrentActivation: ActivationParts }): boolean =>
  cell.activation.name === "tanh" && cell.recurrentActivation.name === "sigmoid";

/**
 * Computes a sequence by `lstmStep`, with the products that the cell has for its input and its state, or by one op, for
 * which `products.all` has the kernels of the state's product; it has no dropout of the state. `masks` gives the shapes
 * and counts of the dropout masks.
 */
export function lstmRun(
  cell: LstmCellParts,
  products: { input: Product; state: Product; all?: ((weights: Tensor) => StateProjection) | undefined },
  masks: { input: MaskSize; state: MaskSize },
  options: ComputeOptions,
  watch: SequenceWatch | undefined,
) {
  const { projections, activation, recurrentActivation } = cell;
  const [inputMasks, stateMasks] = projections.masks(options, cell.random, masks);
  const functions = {
    project: projections.state(products.state, stateMasks),
    activation: activation.apply,
    recurrentActivation: recurrentActivation.apply,
  };
  const hook = watch?.hookFor(cell);
  const all = stateMasks || !hasGateKernels(cell) ? undefined : products.all?.(projections.recurrentKernel);
  return {
    steps:
      all &&
      ((z: Tensor, sequences: boolean, initial?: readonly Tensor[], mask?: Tensor) => {
        const { hs, h, c } = lstmSteps(z, all, sequences, initial && { h: initial[0], c: initial[1] }, mask);
        return { outputs: hs, states: [h, c] };
      }),
    project: projections.input(products.input, inputMasks),
    step: (x: Tensor, [h, c]: Tensor[]): [output: Tensor, states: Tensor[]] => {
      const next = lstmStep(x, { h, c }, functions, hook);
      return [next.h, [next.h, next.c]];
    },
  };
}
