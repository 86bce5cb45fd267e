/**
 * The growing scale of the loss, as of Keras's `LossScaleOptimizer` (Micikevicius et al., "Mixed precision training",
 * 2018). A step whose gradients, times the scale, are not all finite is left out, and halves the scale.
 */
import { checkNumbers, checkOptions } from "../errors.js";
import { add, affine, equal, subtract, sum } from "../ops/index.js";
import { keep, scope, undoable } from "../scope.js";
import { allocate, overwrite, type Tensor } from "../tensor.js";

/** The growing scale of the loss that Keras's `LossScaleOptimizer` has. */
export interface DynamicLossScale {
  /** The first scale, 32768 by default. */
  initialScale?: number;
  /** The number of steps after which the scale is doubled, 2000 by default. */
  growthSteps?: number;
}

/** The state of a growing scale. */
export interface LossScaleState {
  /** The present scale. */
  scale: number;
  /** The steps since it was changed. */
  steps: number;
}

/** Watches the gradients of an optimizer. */
export class LossScale {
  /** The state after the steps of which it is known whether they were left out. */
  #known: LossScaleState;
  /** How many steps came after these. */
  #waiting = 0;
  /** Resolves when the gradients of all steps were read, as memory of a backend cannot be read at once; none if they were. */
  settled: Promise<void> | undefined;
  readonly #growthSteps: number;

  /** @param leaveOut takes a step that was left out from the count of steps. */
  constructor(
    name: string,
    options: DynamicLossScale,
    readonly leaveOut: () => void,
  ) {
    checkOptions(`${name}: dynamicLossScale`, options, ["initialScale", "growthSteps"]);
    checkNumbers(`${name}: dynamicLossScale`, options, "a number above 0", ["initialScale"]);
    checkNumbers(`${name}: dynamicLossScale`, options, "a whole number from 1", ["growthSteps"]);
    this.#known = { scale: options.initialScale ?? 2 ** 15, steps: 0 };
    this.#growthSteps = options.growthSteps ?? 2000;
  }

  /** The present scale, and the steps since it was changed. */
  get state(): LossScaleState {
    let state = this.#known;
    for (let i = 0; i < this.#waiting; i++) state = this.#after(state);
    return state;
  }

  set state(state: LossScaleState) {
    this.#known = state;
  }

  /**
   * Makes the step that follows leave `targets` (weights and slots) as they are where a gradient is not finite. It is
   * undone at the end of the transaction, so that constraints of weights are undone, too.
   */
  guard(grads: readonly Tensor[], targets: readonly Tensor[]): void {
    if (grads.length === 0) return;
    const isOdd = keep(scope(() => oddness(grads, this.state.scale)));
    undoable(() => (failed) => (failed ? isOdd.dispose() : this.#settle(isOdd)));
    for (const target of targets) {
      undoable(() => {
        const before = keep(allocate(target.shape, target.backend));
        overwrite(before, target);
        return (failed) => {
          const size = { shape: [target.size], aStrides: [1], bStrides: [0] };
          if (!failed && !target.isDisposed) {
            target.backend.kernels.copyWhere(target.buffer, before.buffer, isOdd.buffer, size);
          }
          before.dispose();
        };
      });
    }
  }

  /** Counts a step, and again once it is known whether it was left out. */
  #settle(isOdd: Tensor): void {
    this.#waiting++;
    const settled = Promise.all([isOdd.data(), this.settled])
      .then(([[odd]]) => {
        this.#waiting--;
        this.#known = odd === 0 ? this.#after(this.#known) : { scale: this.#known.scale / 2, steps: 0 };
        if (odd === 1) this.leaveOut();
      })
      .finally(() => {
        isOdd.dispose();
        if (this.settled === settled) this.settled = undefined;
      });
    this.settled = settled;
  }

  /** The state after a step that was not left out. */
  #after({ scale, steps }: LossScaleState): LossScaleState {
    return steps === this.#growthSteps - 1 ? { scale: 2 * scale, steps: 0 } : { scale, steps: steps + 1 };
  }
}

/** 1 where an element, times the scale, is infinite or NaN: then its difference from itself is not 0. */
function oddness(grads: readonly Tensor[], scale: number): Tensor {
  const differences = grads.map((g) => {
    const scaled = affine(g, scale);
    return sum(subtract(scaled, scaled));
  });
  return affine(equal(differences.reduce(add), 0), -1, 1);
}
