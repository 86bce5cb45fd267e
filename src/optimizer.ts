/** The base class of optimizers: a learning rate, slots beside the weights, clipping and weight decay. */
import { provideGradients } from "./backends/wasm/gradients/provide.js";
import { ArgumentError, checkNumber, checkNumbers, checkOptions, ShapeError, shapeText } from "./errors.js";
import { checkTensors } from "./op.js";
import { add, divide, maximum, multiply } from "./ops/arithmetic.js";
import { clip, sqrt, square } from "./ops/elementwise.js";
import { sum } from "./ops/reduce.js";
import { sameShape, type Shape } from "./shape.js";
import { scope, transaction, undoable } from "./scope.js";
import { overwrite, saveElements, type Tensor, Variable } from "./tensor.js";

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
/** The names of the options that all optimizers have. */
export const commonOptions: readonly (keyof OptimizerOptions)[] = ["learningRate", "weightDecay", ...clippings];

/** Gradients with the weights that they belong to, as `valueAndGrad` gives them. */
type GradientList = readonly Tensor[] & { readonly weights?: readonly Tensor[] };

/** What optimizers of this package do beside their rule; see optimizers/extension.ts. */
export interface Extension {
  /** The names of the slots that it keeps beside each weight, after those of the rule. */
  readonly slotNames: readonly string[];
  /** The number of calls of `apply` that make one update. */
  readonly every: number;
  /**
   * One call of `apply`, whose changes are undone where it fails.
   * @param calls how many came before it.
   * @param update clips gradients and updates the weights by them.
   */
  step(
    calls: number,
    weights: readonly Tensor[],
    slots: readonly (readonly Variable[])[],
    grads: readonly Tensor[],
    update: (grads: readonly Tensor[]) => void,
  ): void;
  /** The end of `fit`. */
  finish(slots: ReadonlyMap<Tensor, readonly Variable[]>): void;
}

/** The base class; its public docstring is in optimizers/index.ts. */
export abstract class Optimizer {
  /** Calls of `apply` so far, each of which makes an update unless gradients are accumulated. */
  iterations = 0;
  #learningRate: LearningRate;
  /** The slots of each weight that was updated; see `slotsOf`. */
  readonly slots = new Map<Tensor, Variable[]>();

  /** Whether `update` is one kernel that works in place: it needs no memory, so that it never fails halfway. */
  protected readonly isInPlace: boolean = false;
  /** How many of the first slots Keras lists weight by weight; the others kind by kind. 0 by default. */
  readonly interleaved: number = 0;
  /** @internal What it does beside its rule. */
  extension: Extension | undefined;

  /**
   * @throws ArgumentError for unknown options, several kinds of clipping, or a learning rate that is no finite number
   * from 0.
   */
  constructor(
    readonly name: string,
    /** @internal The options that `getConfig` gives. */
    public options: OptimizerOptions,
    defaultRate: number,
    known: readonly string[],
    /** The names of the variables that are kept beside each weight. */
    public slotNames: readonly string[],
  ) {
    checkOptions(name, options, [...commonOptions, ...known]);
    checkNumbers(name, options, "a number above 0", clippings);
    checkNumbers(name, options, "a number from 0", ["weightDecay"]);
    const clips = clippings.filter((key) => options[key] !== undefined);
    if (clips.length > 1) throw new ArgumentError(`${name}: received ${clips.join(" and ")}; give one of them.`);
    this.#learningRate = options.learningRate ?? defaultRate;
    if (typeof this.#learningRate !== "function") this.#checkRate(this.#learningRate);
  }

  /** The learning rate of the next update. @throws ArgumentError on setting a number where a schedule was given. */
  get learningRate(): number {
    const rate = this.#learningRate;
    return typeof rate === "number" ? rate : this.#checkRate(rate(this.iterations));
  }

  set learningRate(value: LearningRate) {
    if (typeof value !== "function") {
      this.#checkRate(value);
      if (typeof this.#learningRate === "function") {
        throw new ArgumentError(`${this.name}: the learning rate follows a schedule; it cannot be set to ${value}.`);
      }
    }
    this.#learningRate = value;
  }

  #checkRate(rate: unknown): number {
    return checkNumber(this.name, "learningRate", rate, "a number from 0");
  }

  /** Whether an update was made, or slots exist because they were loaded. */
  get built(): boolean {
    return this.iterations > 0 || this.slots.size > 0;
  }

  /** Updates made so far: the number of the present one, from 0. */
  protected get updates(): number {
    return Math.floor(this.iterations / (this.extension?.every ?? 1));
  }

  /** The slots of all weights, in Keras's order: all first slots, then all second ones (Adam: weight by weight). */
  get variables(): Variable[] {
    const { interleaved } = this;
    const slots = [...this.slots.values()];
    const apart = this.slotNames.slice(interleaved).flatMap((_, i) => slots.map((own) => own[interleaved + i]));
    return [...slots.flatMap((own) => own.slice(0, interleaved)), ...apart];
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
    return this.slots.get(weight) ?? transaction(() => this.#makeSlots(weight));
  }

  #makeSlots(weight: Tensor): readonly Variable[] {
    const slots: Variable[] = [];
    checkTensors(this.name, [weight]);
    undoable(() => (failed) => {
      if (!failed) return;
      for (const slot of slots) slot.dispose();
      this.slots.delete(weight);
    });
    const weightName = (weight as Partial<Variable>).name ?? "weight";
    for (const name of this.slotNames) {
      const slot = new Variable(
        `${this.name}/${weightName}/${name}`,
        this.slotShape(name, weight),
        false,
        weight.backend,
      );
      slots.push(slot);
      slot.backend.kernels.fill(slot.buffer, 0);
    }
    this.slots.set(weight, slots);
    return slots;
  }

  /** @internal The shape of a slot, by default that of the weight; [] for a slot that this weight does without. */
  slotShape(_name: string, weight: Tensor): Shape {
    return weight.shape;
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
   * @throws ShapeError or ArgumentError where gradients and weights do not match, OutOfMemoryError; nothing has changed
   * then, and the gradients are kept.
   */
  apply(grads: GradientList, weights: readonly Tensor[] | undefined = grads.weights): void {
    provideGradients();
    const list = this.#checkPairs(grads, weights);
    const { extension, learningRate } = this;
    const { weightDecay } = this.options;
    // Kernels that work in place need no memory: what they change is only kept where something that may fail follows them.
    const mayFail = !this.isInPlace || extension || list.some(constraintOf);
    transaction(() => {
      const slots = list.map((weight) => this.slotsOf(weight));
      const update = (ready: readonly Tensor[]) => {
        const clipped = this.#clip(ready);
        list.forEach((weight, i) => {
          const { backend, buffer } = weight;
          if (mayFail) [weight, ...slots[i]].forEach(saveElements);
          if (weightDecay) backend.kernels.affine(buffer, buffer, 1 - weightDecay * learningRate, 0);
          scope(() => this.update(weight, slots[i], clipped[i], learningRate));
        });
      };
      if (extension) extension.step(this.iterations, list, slots, grads, update);
      else update(grads);
      for (const weight of list) if (constraintOf(weight)) (weight as Variable).assign(constraintOf(weight)!(weight));
    });
    this.iterations++;
    for (const gradient of grads) gradient.dispose();
  }

  #checkPairs(grads: GradientList, weights: readonly Tensor[] | undefined): readonly Tensor[] {
    if (weights?.length !== grads.length) {
      throw new ArgumentError(
        `${this.name}.apply: received ${weights ? `${grads.length} gradients for ${weights.length}` : "no"} weights; give one for each.`,
      );
    }
    weights.forEach((weight, i) => {
      checkTensors(`${this.name}.apply`, [weight, grads[i]]);
      void grads[i].buffer;
      void weight.buffer;
      if (!sameShape(weight.shape, grads[i].shape)) {
        throw new ShapeError(
          `${this.name}.apply: gradient ${i} is ${shapeText(grads[i].shape)}, its weight ${shapeText(weight.shape)}.`,
        );
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
    // A norm that is not finite makes all steps NaN, as in Keras, so that it is seen.
    const seen = add(total, multiply(total, 0));
    return grads.map((g) => scaleDown(g, seen, globalClipnorm));
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

const constraintOf = (weight: Tensor) => (weight as Partial<Variable>).constraint;

const sumOfSquares = (x: Tensor): Tensor => sum(square(x));

/** g times limit / max(norm, limit), where the norm's square is given. */
const scaleDown = (g: Tensor, normSquared: Tensor, limit: number): Tensor =>
  multiply(g, divide(limit, maximum(sqrt(normSquared), limit)));
