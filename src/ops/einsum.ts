/** Sums of products over named axes, of two operands. */
import { ArgumentError, ShapeError, shapeText, shown } from "../errors.js";
import { checkTensors } from "../op.js";
import { scope } from "../scope.js";
import { type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { matMul } from "./matMul.js";
import { reshape, transpose } from "./move.js";
import { sum } from "./reduce.js";

/** The axes of two operands and of the result of a sum of products, a letter for each. */
export interface EinsumAxes {
  readonly a: string;
  readonly b: string;
  readonly out: string;
}

/** Reads "ab,bc->ac". @throws ArgumentError for another form, for a letter that comes twice, or is only in the result. */
export function readEinsum(where: string, equation: string): EinsumAxes {
  const [, a, b, out] = /^([a-z]+),([a-z]+)->([a-z]*)$/i.exec(equation) ?? [];
  const isOnce = (letters: string) => new Set(letters).size === letters.length;
  if (a !== undefined && [a, b, out].every(isOnce) && [...out].every((letter) => (a + b).includes(letter))) {
    return { a, b, out };
  }
  throw new ArgumentError(
    `${where}: equation ${shown(equation)}; expected two operands and a result, as "ab,bc->ac", each letter once in each.`,
  );
}

/**
 * Computes a sum of products over the axes that the result lacks: of each axis of the result and each that is summed,
 * the letters in `equation` say where it lies in a and in b. It is one matrix product, between transposed operands.
 *
 * @throws ShapeError where the operands have other ranks, or two sizes for a letter; ArgumentError for an equation that
 * is none.
 * @example
 * einsum("bij,bjk->bik", a, b); // matMul(a, b)
 */
export function einsum(equation: string, a: Tensor, b: Tensor): Tensor {
  checkTensors("einsum", [a, b]);
  const axes = readEinsum("einsum", equation);
  const sizes = letterSizes(axes, a.shape, b.shape);
  const inOut = (letter: string) => axes.out.includes(letter);
  const inA = (letter: string) => axes.a.includes(letter);
  const inB = (letter: string) => axes.b.includes(letter);
  return scope(() => {
    // What only one operand has, and the result has not, is summed first.
    const [x, ofX] = summed(a, axes.a, (letter) => inB(letter) || inOut(letter));
    const [y, ofY] = summed(b, axes.b, (letter) => inA(letter) || inOut(letter));
    const both = ofX.filter((letter) => inB(letter) && inOut(letter));
    const inner = ofX.filter((letter) => inB(letter) && !inOut(letter));
    const rows = ofX.filter((letter) => !inB(letter));
    const columns = ofY.filter((letter) => !inA(letter));
    const size = (letters: readonly string[]) => sizeOf(letters.map((letter) => sizes.get(letter)!));
    const batch = both.length > 0 ? [size(both)] : [];
    const left = reshape(ordered(x, ofX, [...both, ...rows, ...inner]), [...batch, size(rows), size(inner)]);
    const right = reshape(ordered(y, ofY, [...both, ...inner, ...columns]), [...batch, size(inner), size(columns)]);
    const made = [...both, ...rows, ...columns];
    const product = reshape(matMul(left, right), made.map((letter) => sizes.get(letter)!)); // prettier-ignore
    return ordered(product, made, [...axes.out]);
  });
}

function letterSizes({ a, b }: EinsumAxes, aShape: Shape, bShape: Shape): Map<string, number> {
  const sizes = new Map<string, number>();
  const add = (letters: string, shape: Shape) => {
    const fits = letters.length === shape.length && shape.every((n, i) => (sizes.get(letters[i]) ?? n) === n);
    if (!fits) {
      throw new ShapeError(
        `einsum: ${shapeText(aShape)} and ${shapeText(bShape)} do not fit "${a},${b}"; a letter has one size.`,
      );
    }
    shape.forEach((n, i) => sizes.set(letters[i], n));
  };
  add(a, aShape);
  add(b, bShape);
  return sizes;
}

/** Sums x over the axes that are not kept; gives the letters that are left too. */
function summed(x: Tensor, letters: string, isKept: (letter: string) => boolean): [Tensor, string[]] {
  const gone = [...letters].flatMap((letter, axis) => (isKept(letter) ? [] : [axis]));
  return [gone.length > 0 ? sum(x, gone) : x, [...letters].filter(isKept)];
}

/** Transposes x, whose axes are `from`, to the order `to`. */
function ordered(x: Tensor, from: readonly string[], to: readonly string[]): Tensor {
  const order = to.map((letter) => from.indexOf(letter));
  return order.every((axis, i) => axis === i) ? x : transpose(x, order);
}
