/** Penalties on weights and activities, by name: one table. Functions and defaults as Keras 3 has them. */
import { ArgumentError, checkOptions, ShapeError, shapeText } from "./errors.js";
import { type Named, named, resolve } from "./named.js";
import { abs, add, affine, divide, matMul, maximum, sqrt, square, subtract, sum, transpose } from "./ops/index.js";
import { scope } from "./scope.js";
import type { Tensor } from "./tensor.js";

/** Gives the penalty of a weight (or of a layer's output): a tensor of one element. */
export type RegularizerFunction = (x: Tensor) => Tensor;
/** A name of the table, `{ className: "L2", config: { l2: 0.01 } }`, or a function, as `L2({ l2: 0.01 })` gives one. */
export type Regularizer = string | Named | RegularizerFunction;

export interface L1L2Options {
  /** Factor of the sum of absolute values. */
  l1?: number;
  /** Factor of the sum of squares. */
  l2?: number;
}

export interface OrthogonalRegularizerOptions {
  /** 0.01 unless given. */
  factor?: number;
  /** What shall be orthogonal to each other: "rows" (the default) or "columns" of a matrix. */
  mode?: "rows" | "columns";
}

function penalty(className: string, known: readonly string[], options: L1L2Options): RegularizerFunction {
  checkOptions(className, options, known);
  const { l1 = 0, l2 = 0 } = options;
  checkFactor(className, l1);
  checkFactor(className, l2);
  const work = (x: Tensor) =>
    scope(() => {
      const squares = affine(sum(square(x)), l2);
      return l1 === 0 ? squares : add(affine(sum(abs(x)), l1), squares);
    });
  return named(work, className, options);
}

function checkFactor(className: string, factor: number): void {
  if (Number.isFinite(factor) && factor >= 0) return;
  throw new ArgumentError(`${className}: factor ${factor}; expected a finite number from 0.`);
}

/** l1 sum |x|; l1 is 0.01 unless given. */
export const L1 = (options: Pick<L1L2Options, "l1"> = {}): RegularizerFunction =>
  penalty("L1", ["l1"], { l1: 0.01, ...options });

/** l2 sum x^2; l2 is 0.01 unless given. */
export const L2 = (options: Pick<L1L2Options, "l2"> = {}): RegularizerFunction =>
  penalty("L2", ["l2"], { l2: 0.01, ...options });

/**
 * l1 sum |x| + l2 sum x^2. Where one is given the other is 0; where none is, both are 0.01, as Keras's documentation has it for
 * the name (its code takes 0 then, and penalizes nothing).
 */
export const L1L2 = (options: L1L2Options = {}): RegularizerFunction =>
  penalty("L1L2", ["l1", "l2"], Object.keys(options).length > 0 ? options : { l1: 0.01, l2: 0.01 });

/** `L1({ l1 })`. */
export const l1 = (factor = 0.01): RegularizerFunction => L1({ l1: factor });
/** `L2({ l2 })`. */
export const l2 = (factor = 0.01): RegularizerFunction => L2({ l2: factor });

/**
 * factor times the mean |cosine| between different rows (or columns) of a matrix.
 * @throws ShapeError for what is no matrix.
 */
export function OrthogonalRegularizer(options: OrthogonalRegularizerOptions = {}): RegularizerFunction {
  checkOptions("OrthogonalRegularizer", options, ["factor", "mode"]);
  const { factor = 0.01, mode = "rows" } = options;
  checkFactor("OrthogonalRegularizer", factor);
  if (mode !== "rows" && mode !== "columns") {
    throw new ArgumentError(`OrthogonalRegularizer: mode "${mode as string}"; expected "rows" or "columns".`);
  }
  const work = (x: Tensor) =>
    scope(() => {
      if (x.shape.length !== 2) {
        throw new ShapeError(`OrthogonalRegularizer: expected a matrix, received ${shapeText(x.shape)}.`);
      }
      const rows = mode === "rows" ? x : transpose(x);
      const count = rows.shape[0];
      const units = divide(rows, maximum(sqrt(sum(square(rows), 1, true)), 1e-7));
      const cosines = abs(matMul(units, transpose(units)));
      const others = subtract(sum(cosines), sum(square(units))); // without those of each row with itself
      return affine(others, factor / (count * (count - 1)));
    });
  return named(work, "OrthogonalRegularizer", { factor, mode });
}

/** Name -> what makes the function. */
export const regularizers = {
  l1: L1,
  l2: L2,
  l1l2: L1L2,
  l1L2: L1L2, // what the class name L1L2 begins small as
  orthogonalRegularizer: OrthogonalRegularizer,
};

/** The regularizer that an option stands for; undefined for none. @throws ArgumentError for an unknown name. */
export const getRegularizer = (where: string, given: Regularizer | null | undefined): RegularizerFunction | undefined =>
  resolve<RegularizerFunction>(where, "regularizer", regularizers, given);
