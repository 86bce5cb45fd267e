/** What LSTM and ConvLSTM2D share: gates, their weights, and which states are given back. */
import { type ActivationFunction, type ActivationParts, getActivation } from "../activations.js";
import { getInitializer, type Initializer, type InitializerFunction } from "../initializers.js";
import { Layer, type LayerCall, type LayerCallMany, type LayerOptions, type OneOrMany } from "../layer.js";
import { reshape } from "../ops/index.js";
import type { PartialShape, Shape } from "../shape.js";
import type { Tensor, Variable } from "../tensor.js";

export interface RecurrentOptions extends LayerOptions {
  /** Of the candidate and the output: a name or a function; "tanh" unless given. */
  activation?: string | ActivationFunction | null;
  /** Of the gates i, f and o; "sigmoid" unless given. */
  recurrentActivation?: string | ActivationFunction | null;
  useBias?: boolean;
  /** "glorotUniform" unless given. */
  kernelInitializer?: Initializer;
  /** "orthogonal" unless given. */
  recurrentInitializer?: Initializer;
  /** "zeros" unless given; of the gates i, c and o alone where `unitForgetBias` is true. */
  biasInitializer?: Initializer;
  /** Whether the forget gate's bias begins at 1, so that a new cell remembers; true unless given. */
  unitForgetBias?: boolean;
  /** Whether the result holds the state after every step or only after the last. */
  returnSequences?: boolean;
  /** Whether the result is a list: [output, h, c]. */
  returnState?: boolean;
}

export const recurrentOptions: readonly (keyof RecurrentOptions)[] = [
  ...(["activation", "recurrentActivation", "useBias", "kernelInitializer", "recurrentInitializer"] as const),
  ...(["biasInitializer", "unitForgetBias", "returnSequences", "returnState"] as const),
];

/** With `returnState: true` a layer gives a list. */
export interface MakeRecurrent<Options, L> {
  (options: Options & { returnState: true }): L & LayerCallMany;
  (options: Options): L & LayerCall;
}

export abstract class RecurrentLayer extends Layer {
  readonly activation: ActivationParts;
  readonly recurrentActivation: ActivationParts;
  readonly useBias: boolean;
  readonly unitForgetBias: boolean;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly #kernelInitializer: InitializerFunction;
  readonly #recurrentInitializer: InitializerFunction;
  readonly #biasInitializer: InitializerFunction;
  /** Weights; the gates stand side by side along the last axis, in the order i f g o. */
  kernel!: Variable;
  recurrentKernel!: Variable;
  bias: Variable | undefined;

  constructor(options: RecurrentOptions, known: readonly string[]) {
    super(options, [...known, ...recurrentOptions]);
    this.activation = getActivation(this.label, options.activation ?? "tanh");
    this.recurrentActivation = getActivation(this.label, options.recurrentActivation ?? "sigmoid");
    this.useBias = options.useBias ?? true;
    this.unitForgetBias = options.unitForgetBias ?? true;
    this.returnSequences = options.returnSequences ?? false;
    this.returnState = options.returnState ?? false;
    this.#kernelInitializer = getInitializer(this.label, options.kernelInitializer ?? "glorotUniform");
    this.#recurrentInitializer = getInitializer(this.label, options.recurrentInitializer ?? "orthogonal");
    this.#biasInitializer = getInitializer(this.label, options.biasInitializer ?? "zeros");
  }

  protected addGateWeights(kernel: Shape, recurrentKernel: Shape, units: number): void {
    this.kernel = this.addWeight("kernel", kernel, this.#kernelInitializer);
    this.recurrentKernel = this.addWeight("recurrent_kernel", recurrentKernel, this.#recurrentInitializer);
    if (this.useBias) this.bias = this.addWeight("bias", [4 * units], (shape) => this.#firstBias(shape, units));
  }

  #firstBias(shape: Shape, units: number): ArrayLike<number> {
    if (!this.unitForgetBias) return this.#biasInitializer(shape);
    const forget = new Array<number>(units).fill(1);
    return [
      ...Array.from(this.#biasInitializer([units])),
      ...forget,
      ...Array.from(this.#biasInitializer([2 * units])),
    ];
  }

  /** Whether the fused op computes these gates; others run step by step from ordinary ops. */
  protected get isFused(): boolean {
    return this.activation.name === "tanh" && this.recurrentActivation.name === "sigmoid";
  }

  /** The result from all states [batch, steps, ...] (if wanted) and the last ones [batch, ...]. */
  protected result({ hs, h, c }: { hs: Tensor | undefined; h: Tensor; c: Tensor }): OneOrMany<Tensor> {
    if (!this.returnState) return hs ?? h;
    return [hs ?? reshape(h, h.shape), h, c]; // a handle of its own, so that one may be disposed without the other
  }

  protected resultShape(
    batch: number | null,
    steps: number | null,
    state: PartialShape,
  ): PartialShape | PartialShape[] {
    const last = [batch, ...state];
    const output = this.returnSequences ? [batch, steps, ...state] : last;
    return this.returnState ? [output, last, last] : output;
  }
}
