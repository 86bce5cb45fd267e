/** Losses of how little two sets overlap, for segmentation. */
import { ArgumentError, checkNumbers, checkOptions, shown } from "../errors.js";
import { type Loss, lossFrom, targetLike, epsilon } from "../loss.js";
import { add, divide, multiply } from "../ops/arithmetic.js";
import { affine } from "../ops/elementwise.js";
import { sum } from "../ops/reduce.js";

/** The options of `Dice`. */
export interface DiceOptions {
  /**
   * The axes over which overlaps are summed; null (the default) for all, which gives one number for the whole batch,
   * so that samples cannot be weighted. `[1, 2, 3]` gives one for each of a batch of pictures.
   */
  axis?: number | readonly number[] | null;
}
/** The options of `Tversky`. */
export interface TverskyOptions extends DiceOptions {
  /** The weight of what is in the target only, 0.5 by default. */
  alpha?: number;
  /** The weight of what is in the output only, 0.5 by default. */
  beta?: number;
}

/** @throws ArgumentError for what is no axis. */
function checkAxis(where: string, axis: unknown): void {
  const isAxis = axis == null || [axis].flat().every((a) => Number.isSafeInteger(a));
  if (!isAxis)
    throw new ArgumentError(`${where}: axis ${shown(axis)}; expected a whole number, a list of them, or null.`);
}

export function Dice(options: DiceOptions = {}): Loss {
  checkOptions("Dice", options, ["axis"]);
  const { axis } = options;
  checkAxis("Dice", axis);
  return lossFrom(
    "dice",
    (yTrue, y) => {
      const t = targetLike("dice", yTrue, y);
      const both = affine(add(sum(t, axis), sum(y, axis)), 1, epsilon);
      return affine(divide(sum(multiply(t, y), axis), both), -2, 1);
    },
    options,
  );
}

export function Tversky(options: TverskyOptions = {}): Loss {
  checkOptions("Tversky", options, ["axis", "alpha", "beta"]);
  checkNumbers("Tversky", options, "a finite number", ["alpha", "beta"]);
  const { axis, alpha = 0.5, beta = 0.5 } = options;
  checkAxis("Tversky", axis);
  return lossFrom(
    "tversky",
    (yTrue, y) => {
      const t = targetLike("tversky", yTrue, y);
      const common = sum(multiply(t, y), axis);
      const missed = affine(sum(multiply(affine(y, -1, 1), t), axis), alpha);
      const invented = affine(sum(multiply(y, affine(t, -1, 1)), axis), beta, epsilon);
      return affine(divide(common, add(add(common, missed), invented)), -1, 1);
    },
    options,
  );
}

export const dice = /* @__PURE__ */ Dice();
export const tversky = /* @__PURE__ */ Tversky();
