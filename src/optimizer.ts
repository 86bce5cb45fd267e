/** The base class of optimizers: a learning rate, slots beside the weights, clipping and weight decay. */
import { ArgumentError, checkOptions, ShapeError, shapeText } from "./errors.js";
import { add, divide, maximum, multiply } from "./ops/arithmetic.js";
import { clip, sqrt, square } from "./ops/elementwise.js";
import { sum } from "./ops/reduce.js";
import { sameShape } from "./shape.js";
import { scope } from "./scope.js";
import { overwrite, type Tensor, Variable } from "./tensor.js";

/** A learning rate: a number, or a function of the number of updates made so far (0 at the first). */
export type LearningRate = number | ((step: number) => number);

/** The options that all optimizers have. */
export interface OptimizerOptions {
  /** The learning rate, or a schedule of it; the default is that of the optimizer. */
  learningRate?: LearningRate;
  /** Before each update every weight is multiplied by 1 - weightDecay learningRate; 0 by default, 0.004 for AdamW. */
  weightDecay?: number;
  /**
   * The largest norm of the gradient of one weight; longer gradients are scaled down. None by default; give one kind of
   * clipping.
   */
  clipnorm?: number;
  /**
   * The largest norm of all gradients together; longer ones are scaled down. None by default; give one kind of
   * clipping.
   */
  globalClipnorm?: number;
  /** Elements of gradients are bounded by -clipvalue and clipvalue. None by default; give one kind of clipping. */
  clipvalue?: number;
}

const clippings = ["clipnorm", "globalClipnorm", "clipvalue"] as const;
const commonOptions: readonly (keyof OptimizerOptions)[] = ["learningRate", "weightDecay", ...clippings];

/** Gradients with the weights that they belong to, as `valueAndGrad` gives them. */
type GradientList = readonly Tensor[] & { readonly weights?: readonly Tensor[] };

/** A function that makes an optimizer from its options; a row of the table of optimizers. */
export interface OptimizerFactory<Options extends OptimizerOptions = OptimizerOptions> {
  (options?: Options): Optimizer;
  /** The names of all options, those of every optimizer included. */
  readonly optionNames: readonly string[];
}

/** Makes a row of the table from a function that makes the optimizer, and the names of the options that only it has. */
export function optimizerFactory<Options extends OptimizerOptions>(
  make: (options: Options) => Optimizer,
  ownOptions: readonly (keyof Options & string)[],
): OptimizerFactory<Options> {
  const factory = (options: Options = {} as Options): Optimizer => make(options);
  return Object.assign(factory, { optionNames: [...commonOptions, ...ownOptions] });
}

/** The base class; its public docstring is in optimizers/index.ts. */
export abstract class Optimizer {
  /** Updates made so far. */
  iterations = 0;
  #learningRate: LearningRate;
  /** The slots of each weight that was updated; see `slotsOf`. */
  readonly slots = new Map<Tensor, Variable[]>();

  /**
   * @throws ArgumentError for unknown options, several kinds of clipping, or a learning rate that is no finite number
   * from 0.
   */
  constructor(
    readonly name: string,
    private readonly options: OptimizerOptions,
    defaultRate: number,
    known: readonly string[],
    /** The names of the variables that are kept beside each weight. */
    readonly slotNames: readonly string[],
  ) {
    checkOptions(name, options, [...commonOptions, ...known]);
    const clips = clippings.filter((key) => options[key] !== undefined);
    if (clips.length > 1) throw new ArgumentError(`${name}: received ${clips.join(" and ")}; give one of them.`);
    this.#learningRate = options.learningRate ?? defaultRate;
    if (typeof this.#learningRate === "number") this.#checkRate(this.#learningRate);
  }

  /** The learning rate of the next update. @throws ArgumentError on setting a number where a schedule was given. */
  get learningRate(): number {
    const rate = this.#learningRate;
    return typeof rate === "number" ? rate : this.#checkRate(rate(this.iterations));
  }

  set learningRate(value: LearningRate) {
    if (typeof this.#learningRate === "function" && typeof value === "number") {
      throw new ArgumentError(`${this.name}: the learning rate follows a schedule; it cannot be set to ${value}.`);
    }
    this.#learningRate = typeof value === "number" ? this.#checkRate(value) : value;
  }

  #checkRate(rate: number): number {
    if (Number.isFinite(rate) && rate >= 0) return rate;
    throw new ArgumentError(`${this.name}: learning rate ${rate}; expected a finite number from 0.`);
  }

  /** Whether an update was made, or slots exist because they were loaded. */
  get built(): boolean {
    return this.iterations > 0 || this.slots.size > 0;
  }

  /** The slots of all weights, in Keras's order: all first slots, then all second ones (Adam: weight by weight). */
  get variables(): Variable[] {
    const slots = [...this.slots.values()];
    return this.slotNames.flatMap((_, i) => slots.map((own) => own[i]));
  }

  /**
   * The number of elements in all slots, counted as Keras does: with the number of updates, and the rate if it is a
   * number.
   */
  countParams(): number {
    const numScalars = typeof this.#learningRate === "number" ? 2 : 1;
    return this.variables.reduce((sum, slot) => sum + slot.size, numScalars);
  }

  /** The slots of one weight, zeros at first. */
  slotsOf(weight: Tensor): readonly Variable[] {
    let slots = this.slots.get(weight);
    if (!slots) {
      const weightName = weight instanceof Variable ? weight.name : "weight";
      slots = this.slotNames.map((slot) => {
        const variable = new Variable(`${this.name}/${weightName}/${slot}`, weight.shape, false, weight.backend);
        variable.backend.kernels.fill(variable.buffer, 0);
        return variable;
      });
      this.slots.set(weight, slots);
    }
    return slots;
  }

  /** The options that make an optimizer like this one, with its present learning rate and without its slots. */
  getConfig(): OptimizerOptions {
    return { ...this.options, learningRate: this.#learningRate };
  }

  /** Disposes all slots and sets the number of updates to 0. */
  dispose(): void {
    for (const slot of this.variables) slot.dispose();
    this.slots.clear();
    this.iterations = 0;
  }

  /**
   * Updates `weights`, by default those that `valueAndGrad` was given: gradients are clipped, weights decay, then the
   * rule and the weights' constraints are applied. Disposes the gradients.
   * @throws ShapeError or ArgumentError where gradients and weights do not match; nothing has changed then.
   */
  apply(grads: GradientList, weights: readonly Tensor[] | undefined = grads.weights): void {
    const list = this.#checkPairs(grads, weights);
    const { learningRate } = this;
    const { weightDecay } = this.options;
    const slots = list.map((weight) => this.slotsOf(weight));
    scope(() => {
      const clipped = this.#clip(grads);
      list.forEach((weight, i) => {
        const { backend, buffer } = weight;
        if (weightDecay) backend.kernels.affine(buffer, buffer, 1 - weightDecay * learningRate, 0);
        this.update(weight, slots[i], clipped[i], learningRate);
        if (weight instanceof Variable && weight.constraint) weight.assign(weight.constraint(weight));
      });
    });
    this.iterations++;
    for (const gradient of grads) gradient.dispose();
  }

  #checkPairs(grads: GradientList, weights: readonly Tensor[] | undefined): readonly Tensor[] {
    if (!weights) throw new ArgumentError(`${this.name}.apply: received no weights; give them as the second argument.`);
    if (weights.length !== grads.length) {
      throw new ArgumentError(
        `${this.name}.apply: received ${grads.length} gradients for ${weights.length} weights; give one each.`,
      );
    }
    weights.forEach((weight, i) => {
      void grads[i].buffer;
      void weight.buffer;
      if (!sameShape(weight.shape, grads[i].shape)) {
        throw new ShapeError(
          `${this.name}.apply: gradient ${i} is ${shapeText(grads[i].shape)}, its weight ${shapeText(weight.shape)}; give the gradients of these weights.`,
        );
      }
      if (weight.backend !== grads[i].backend) {
        throw new ArgumentError(`${this.name}.apply: gradient ${i} and its weight live on two backends.`);
      }
    });
    return weights;
  }

  #clip(grads: readonly Tensor[]): readonly Tensor[] {
    const { clipnorm, globalClipnorm, clipvalue } = this.options;
    if (clipvalue) return grads.map((g) => clip(g, -clipvalue, clipvalue));
    if (clipnorm) return grads.map((g) => scaleDown(g, sumOfSquares(g), clipnorm));
    if (!globalClipnorm || grads.length === 0) return grads;
    const total = grads.map(sumOfSquares).reduce(add);
    return grads.map((g) => scaleDown(g, total, globalClipnorm));
  }

  /**
   * The rule: changes `weight` and its slots in place, by a kernel made for it or by ops and `assign`. Other tensors
   * that it makes are disposed.
   */
  protected abstract update(weight: Tensor, slots: readonly Variable[], gradient: Tensor, learningRate: number): void;

  /** Sets the elements of `target` (the weight or a slot) to those of `value`, for a rule that is composed of ops. */
  protected assign(target: Tensor, value: Tensor): void {
    overwrite(target, value);
  }
}

const sumOfSquares = (x: Tensor): Tensor => sum(square(x));

/** g times limit / max(norm, limit), where the norm's square is given. */
const scaleDown = (g: Tensor, normSquared: Tensor, limit: number): Tensor =>
  multiply(g, divide(limit, maximum(sqrt(normSquared), limit)));
