/** Penalties on weights and activities by name: one table. Functions and defaults are those of Keras 3. */
import { checkNumber, checkNumbers, checkOptions, ShapeError, shapeText, unknownName } from "./errors.js";
import { type Named, named, resolve } from "./named.js";
import { abs, add, affine, divide, matMul, maximum, sqrt, square, subtract, sum, transpose } from "./ops/index.js";
import { scope } from "./scope.js";
import type { Tensor } from "./tensor.js";

/** Computes the penalty of a weight (or of a layer's output): a tensor of one element. */
export type RegularizerFunction = (x: Tensor) => Tensor;
/**
 * A penalty: a name of the table, `{ className: "L2", config: { l2: 0.01 } }`, or a function, as `L2({ l2: 0.01 })`
 * gives one.
 */
export type Regularizer = string | Named | RegularizerFunction;

/** The options of `L1`, `L2` and `L1L2`. */
export interface L1L2Options {
  /** The factor of the sum of absolute values; 0.01 by default, but 0 in `L1L2({ l2 })`. */
  l1?: number;
  /** The factor of the sum of squares; 0.01 by default, but 0 in `L1L2({ l1 })`. */
  l2?: number;
}

/** The options of `OrthogonalRegularizer`. */
export interface OrthogonalRegularizerOptions {
  /** The factor of the penalty, 0.01 by default. */
  factor?: number;
  /** The vectors of a matrix that shall be orthogonal to each other: "rows" (by default) or "columns". */
  mode?: "rows" | "columns";
}

function penalty(className: string, known: readonly string[], options: L1L2Options): RegularizerFunction {
  checkOptions(className, options, known);
  checkNumbers(className, options, "a number from 0", known);
  const { l1 = 0, l2 = 0 } = options;
  const work = (x: Tensor) =>
    scope(() => {
      const squares = affine(sum(square(x)), l2);
      return l1 === 0 ? squares : add(affine(sum(abs(x)), l1), squares);
    });
  return named(work, className, options);
}

/**
 * Makes the penalty l1 sum |x|; l1 is 0.01 by default.
 * @throws ArgumentError for an unknown option or a negative factor.
 */
export const L1 = (options: Pick<L1L2Options, "l1"> = {}): RegularizerFunction =>
  penalty("L1", ["l1"], { l1: 0.01, ...options });

/**
 * Makes the penalty l2 sum x^2; l2 is 0.01 by default.
 * @throws ArgumentError for an unknown option or a negative factor.
 * @example
 * Dense({ units: 10, kernelRegularizer: L2({ l2: 1e-4 }) });
 */
export const L2 = (options: Pick<L1L2Options, "l2"> = {}): RegularizerFunction =>
  penalty("L2", ["l2"], { l2: 0.01, ...options });

/**
 * Makes the penalty l1 sum |x| + l2 sum x^2. If only one factor is given, the other is 0. If none is given, both are
 * 0.01, as the documentation of Keras says (its code uses 0, which penalizes nothing).
 * @throws ArgumentError for an unknown option or a negative factor.
 */
export const L1L2 = (options: L1L2Options = {}): RegularizerFunction =>
  penalty("L1L2", ["l1", "l2"], Object.keys(Object(options)).length > 0 ? options : { l1: 0.01, l2: 0.01 });

/** Makes the penalty `L1({ l1: factor })`; the factor is 0.01 by default. @throws ArgumentError for a negative one. */
export const l1 = (factor = 0.01): RegularizerFunction => L1({ l1: factor });
/** Makes the penalty `L2({ l2: factor })`; the factor is 0.01 by default. @throws ArgumentError for a negative one. */
export const l2 = (factor = 0.01): RegularizerFunction => L2({ l2: factor });

/**
 * Makes the penalty factor times the mean |cosine| between different rows (or columns) of a matrix; the factor is 0.01
 * by default.
 * @throws ArgumentError for unknown options or modes and a negative factor; the penalty throws ShapeError for what is
 * no matrix.
 */
export function OrthogonalRegularizer(options: OrthogonalRegularizerOptions = {}): RegularizerFunction {
  checkOptions("OrthogonalRegularizer", options, ["factor", "mode"]);
  const { factor = 0.01, mode = "rows" } = options;
  checkNumber("OrthogonalRegularizer", "factor", factor, "a number from 0");
  const modes = ["rows", "columns"];
  if (!modes.includes(mode)) throw unknownName("OrthogonalRegularizer", "mode", mode, modes);
  const work = (x: Tensor) =>
    scope(() => {
      const rows = mode === "rows" ? x : transpose(x);
      const squares = square(rows);
      if (x.shape.length !== 2) {
        throw new ShapeError(`OrthogonalRegularizer: expected a matrix, received ${shapeText(x.shape)}.`);
      }
      const count = rows.shape[0];
      const units = divide(rows, maximum(sqrt(sum(squares, 1, true)), 1e-7));
      const cosines = abs(matMul(units, transpose(units)));
      const others = subtract(sum(cosines), sum(square(units))); // without those of each row with itself
      return affine(others, factor / (count * (count - 1)));
    });
  return named(work, "OrthogonalRegularizer", { factor, mode });
}

/** The functions that make penalties from their options, by name. */
export const regularizers = {
  l1: L1,
  l2: L2,
  l1l2: L1L2,
  l1L2: L1L2, // the class name L1L2 with a small first letter
  orthogonalRegularizer: OrthogonalRegularizer,
};

/** Gives the penalty that an option names; undefined for none. @throws ArgumentError for an unknown name. */
export const getRegularizer = (where: string, given: Regularizer | null | undefined): RegularizerFunction | undefined =>
  resolve<RegularizerFunction>(where, "regularizer", regularizers, given);
