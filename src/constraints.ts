/** Constraints of weights after each update by name: one table. Functions and defaults are those of Keras 3. */
import { checkNumber, checkOptions } from "./errors.js";
import { type Named, named, resolve } from "./named.js";
import { add, affine, clip, divide, multiply, relu, sqrt, square, sum } from "./ops/index.js";
import { scope } from "./scope.js";
import type { Tensor } from "./tensor.js";

/** Computes the weight that fulfils the constraint, of the same shape. */
export type ConstraintFunction = (w: Tensor) => Tensor;
/**
 * A constraint: a name of the table, `{ className: "MaxNorm", config: { maxValue: 2 } }`, or a function, as `MaxNorm()`
 * gives one.
 */
export type Constraint = string | Named | ConstraintFunction;

/** The options of `UnitNorm`, and of every constraint of norms. */
export interface NormOptions {
  /**
   * The axes that a norm goes over, 0 by default: the inputs of each unit of a Dense. For the filters of a Conv2D give
   * [0, 1, 2].
   */
  axis?: number | readonly number[];
}
/** The options of `MaxNorm`. */
export interface MaxNormOptions extends NormOptions {
  /** The largest norm, 2 by default. */
  maxValue?: number;
}
/** The options of `MinMaxNorm`. */
export interface MinMaxNormOptions extends NormOptions {
  /** The least norm, 0 by default. */
  minValue?: number;
  /** The largest norm, 1 by default. */
  maxValue?: number;
  /** The fraction of its distance from the bound that a norm moves at each update, 1 by default. */
  rate?: number;
}

/** Makes a constraint that scales w to the norms that `targetNorms` computes from the norms of w. */
function withNorms(
  className: string,
  { axis = 0, ...rest }: NormOptions,
  targetNorms: (norms: Tensor) => Tensor | number,
) {
  for (const [name, value] of Object.entries(rest)) checkNumber(className, name, value, "a finite number");
  const work = (w: Tensor) =>
    scope(() => {
      const norms = sqrt(sum(square(w), axis, true));
      return multiply(w, divide(targetNorms(norms), affine(norms, 1, 1e-7)));
    });
  return named(work, className, { ...rest, axis });
}

/** Makes the constraint that norms are at most maxValue (2 by default). @throws ArgumentError for an unknown option. */
export function MaxNorm(options: MaxNormOptions = {}): ConstraintFunction {
  checkOptions("MaxNorm", options, ["maxValue", "axis"]);
  const { maxValue = 2 } = options;
  return withNorms("MaxNorm", { maxValue, ...options } as NormOptions, (norms) => clip(norms, 0, maxValue));
}

/** Makes the constraint that no element is below 0. @throws ArgumentError for any option. */
export function NonNeg(options: object = {}): ConstraintFunction {
  checkOptions("NonNeg", options, []);
  return named((w: Tensor) => relu(w), "NonNeg", {});
}

/** Makes the constraint that norms are 1. @throws ArgumentError for an unknown option. */
export function UnitNorm(options: NormOptions = {}): ConstraintFunction {
  checkOptions("UnitNorm", options, ["axis"]);
  return withNorms("UnitNorm", options, () => 1);
}

/**
 * Makes the constraint that norms are from minValue (0 by default) to maxValue (1 by default), or that they
 * move towards those bounds by the fraction `rate` of the distance.
 * @throws ArgumentError for an unknown option.
 */
export function MinMaxNorm(options: MinMaxNormOptions = {}): ConstraintFunction {
  checkOptions("MinMaxNorm", options, ["minValue", "maxValue", "rate", "axis"]);
  const { minValue = 0, maxValue = 1, rate = 1 } = options;
  return withNorms("MinMaxNorm", { minValue, maxValue, rate, ...options } as NormOptions, (norms) =>
    add(affine(clip(norms, minValue, maxValue), rate), affine(norms, 1 - rate)),
  );
}

/** The functions that make constraints from their options, by name. */
export const constraints = {
  maxNorm: MaxNorm,
  nonNeg: NonNeg,
  unitNorm: UnitNorm,
  minMaxNorm: MinMaxNorm,
};

/** Gives the constraint that an option names; undefined for none. @throws ArgumentError for an unknown name. */
export const getConstraint = (where: string, given: Constraint | null | undefined): ConstraintFunction | undefined =>
  resolve<ConstraintFunction>(where, "constraint", constraints, given);
