/** What weights are held to after each update, by name: one table. Functions and defaults as Keras 3 has them. */
import { checkOptions } from "./errors.js";
import { type Named, named, resolve } from "./named.js";
import { add, affine, clip, divide, multiply, relu, sqrt, square, sum } from "./ops/index.js";
import { scope } from "./scope.js";
import type { Tensor } from "./tensor.js";

/** Gives the weight as it shall be, of the same shape. */
export type ConstraintFunction = (w: Tensor) => Tensor;
/** A name of the table, `{ className: "MaxNorm", config: { maxValue: 2 } }`, or a function, as `MaxNorm()` gives one. */
export type Constraint = string | Named | ConstraintFunction;

export interface NormOptions {
  /**
   * The axes that a norm goes over; 0 unless given: the inputs of each unit of a Dense. [0, 1, 2] means the filters of a Conv2D.
   */
  axis?: number | readonly number[];
}
export interface MaxNormOptions extends NormOptions {
  /** 2 unless given. */
  maxValue?: number;
}
export interface MinMaxNormOptions extends NormOptions {
  /** 0 unless given. */
  minValue?: number;
  /** 1 unless given. */
  maxValue?: number;
  /** How much of the way a norm goes at each update; 1 unless given. */
  rate?: number;
}

/** w with the norms that `wanted` makes of its own. */
function withNorms(className: string, { axis = 0, ...rest }: NormOptions, wanted: (norms: Tensor) => Tensor) {
  const work = (w: Tensor) =>
    scope(() => {
      const norms = sqrt(sum(square(w), axis, true));
      return multiply(w, divide(wanted(norms), affine(norms, 1, 1e-7)));
    });
  return named(work, className, { ...rest, axis });
}

/** Norms of at most maxValue. */
export function MaxNorm(options: MaxNormOptions = {}): ConstraintFunction {
  checkOptions("MaxNorm", options, ["maxValue", "axis"]);
  const { maxValue = 2 } = options;
  return withNorms("MaxNorm", { maxValue, ...options } as NormOptions, (norms) => clip(norms, 0, maxValue));
}

/** Nothing below 0. */
export function NonNeg(options: object = {}): ConstraintFunction {
  checkOptions("NonNeg", options, []);
  return named((w: Tensor) => relu(w), "NonNeg", {});
}

/** Norms of 1. */
export function UnitNorm(options: NormOptions = {}): ConstraintFunction {
  checkOptions("UnitNorm", options, ["axis"]);
  return withNorms("UnitNorm", options, (norms) => affine(norms, 0, 1));
}

/** Norms from minValue to maxValue, or `rate` of the way there. */
export function MinMaxNorm(options: MinMaxNormOptions = {}): ConstraintFunction {
  checkOptions("MinMaxNorm", options, ["minValue", "maxValue", "rate", "axis"]);
  const { minValue = 0, maxValue = 1, rate = 1 } = options;
  return withNorms("MinMaxNorm", { minValue, maxValue, rate, ...options } as NormOptions, (norms) =>
    add(affine(clip(norms, minValue, maxValue), rate), affine(norms, 1 - rate)),
  );
}

/** Name -> what makes the function. */
export const constraints = {
  maxNorm: MaxNorm,
  nonNeg: NonNeg,
  unitNorm: UnitNorm,
  minMaxNorm: MinMaxNorm,
};

/** The constraint that an option stands for; undefined for none. @throws ArgumentError for an unknown name. */
export const getConstraint = (where: string, given: Constraint | null | undefined): ConstraintFunction | undefined =>
  resolve<ConstraintFunction>(where, "constraint", constraints, given);
