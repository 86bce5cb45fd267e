/**
 * What every optimizer of this package can do beside its rule, as in Keras: averages of the weights, accumulated
 * gradients, and the scales of a loss, of which a file tells.
 */
import { checkNumbers } from "../errors.js";
import type { Extension, Optimizer, OptimizerOptions } from "../optimizer.js";
import { add, affine } from "../ops/index.js";
import { scope } from "../scope.js";
import { type DynamicLossScale, LossScale } from "./lossScale.js";
import { overwrite, saveElements, type Tensor, type Variable, zeros } from "../tensor.js";

/** The options that all optimizers of this package have. */
export interface BuiltInOptimizerOptions extends OptimizerOptions {
  /**
   * Whether a moving average of each weight is kept, which replaces the weight at the end of `fit`; false by default.
   * `trainOnBatch` and `apply` only keep it.
   */
  useEma?: boolean;
  /** The share of the old average in the new one, from 0 to 1; 0.99 by default. */
  emaMomentum?: number;
  /** The number of updates after which weights are replaced by their averages each time; never by default. */
  emaOverwriteFrequency?: number | null;
  /**
   * The number of calls of `apply`, from 2, whose gradients are averaged for one update; by default each is an update. A
   * schedule of the learning rate counts the calls.
   */
  gradientAccumulationSteps?: number | null;
  /**
   * The factor of the loss in Keras, by which gradients are divided again. It has no effect in the 32-bit arithmetic here,
   * and is kept for files; none by default.
   */
  lossScaleFactor?: number | null;
  /**
   * The growing scale of Keras's `LossScaleOptimizer`: a step whose gradients, times the scale, are not all finite leaves
   * weights as they are, is not counted, and halves the scale. The scale has no other effect in the 32-bit arithmetic
   * here. That a step was left out is known once its loss was read (in a loop of your own: after an `await`). None by
   * default.
   */
  dynamicLossScale?: DynamicLossScale | null;
}

type Extra = Exclude<keyof BuiltInOptimizerOptions, keyof OptimizerOptions>;

/** The names of the options above. */
export const extensionOptions: readonly Extra[] = [
  ...(["useEma", "emaMomentum", "emaOverwriteFrequency"] as const),
  ...(["gradientAccumulationSteps", "lossScaleFactor", "dynamicLossScale"] as const),
];

/** Averages, accumulated gradients and scales; made by `extend`. */
export class StepExtension implements Extension {
  readonly slotNames: readonly string[];
  readonly every: number;
  readonly #frequency: number;
  readonly #momentum: number;
  /** The growing scale of the loss; undefined where there is none. */
  readonly lossScale: LossScale | undefined;

  /** @param leaveOut takes a step that was left out from the count of steps. */
  constructor(name: string, options: Pick<BuiltInOptimizerOptions, Extra>, leaveOut: () => void) {
    const { useEma, emaMomentum = 0.99, emaOverwriteFrequency, gradientAccumulationSteps, dynamicLossScale } = options;
    checkNumbers(name, options, "a number from 0 to 1", ["emaMomentum"]);
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null));
    checkNumbers(name, given, "a whole number from 1", ["emaOverwriteFrequency"]);
    checkNumbers(name, given, "a whole number from 2", ["gradientAccumulationSteps"]);
    checkNumbers(name, given, "a number above 0", ["lossScaleFactor"]);
    this.every = gradientAccumulationSteps ?? 1;
    this.#momentum = emaMomentum;
    this.#frequency = (useEma && emaOverwriteFrequency) || Infinity;
    this.slotNames = [...(useEma ? ["average"] : []), ...(this.every > 1 ? ["gradientAccumulator"] : [])];
    this.lossScale = dynamicLossScale ? new LossScale(name, dynamicLossScale, leaveOut) : undefined;
  }

  step(
    calls: number,
    weights: readonly Tensor[],
    slots: readonly (readonly Variable[])[],
    grads: readonly Tensor[],
    update: (grads: readonly Tensor[]) => void,
  ): void {
    this.lossScale?.guard(grads, [...weights, ...slots.flat()]);
    if (this.every > 1) this.#accumulate(calls, slots, grads, update);
    else update(grads);
    this.#average(Math.floor(calls / this.every), weights, slots);
  }

  #accumulate(
    calls: number,
    slots: readonly (readonly Variable[])[],
    grads: readonly Tensor[],
    update: (grads: readonly Tensor[]) => void,
  ): void {
    const sums = slots.map((own) => own.at(-1)!);
    const isLast = (calls + 1) % this.every === 0;
    if (isLast) update(grads.map((g, i) => affine(add(g, sums[i]), 1 / this.every, 0)));
    sums.forEach((sum, i) => change(sum, () => (isLast ? zeros(sum.shape) : add(sum, grads[i]))));
  }

  /** The first average is the weight itself. */
  #average(updates: number, weights: readonly Tensor[], slots: readonly (readonly Variable[])[]): void {
    if (!this.slotNames.includes("average")) return;
    const share = updates === 0 ? 0 : this.#momentum;
    weights.forEach((weight, i) => {
      const average = slots[i].at(-this.slotNames.length)!;
      change(average, () => add(affine(average, share, 0), affine(weight, 1 - share, 0)));
      if ((updates + 1) % this.#frequency === 0) change(weight, () => average);
    });
  }

  finish(slots: ReadonlyMap<Tensor, readonly Variable[]>): void {
    if (!this.slotNames.includes("average")) return;
    for (const [weight, own] of slots) overwrite(weight, own.at(-this.slotNames.length)!);
  }
}

/** Sets the elements of a tensor, so that it is undone where the step fails. */
function change(target: Tensor, make: () => Tensor): void {
  scope(() => {
    const value = make();
    saveElements(target);
    overwrite(target, value);
  });
}

/** Gives an optimizer what these options ask for. @throws ArgumentError for a value that none of them takes. */
export function extend(optimizer: Optimizer, options: Pick<BuiltInOptimizerOptions, Extra>): Optimizer {
  const extension = new StepExtension(optimizer.name, options, () => {
    optimizer.iterations = Math.max(optimizer.iterations - 1, 0); // 0 where it was disposed meanwhile
  });
  optimizer.extension = extension;
  optimizer.options = { ...optimizer.options, ...options };
  optimizer.slotNames = [...optimizer.slotNames, ...extension.slotNames];
  return optimizer;
}

/** The extension of an optimizer that has one. */
export const extensionOf = ({ extension }: Optimizer): StepExtension | undefined =>
  extension instanceof StepExtension ? extension : undefined;
