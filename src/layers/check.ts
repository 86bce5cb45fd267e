/** Checks of options and shapes that several layers share. */
import { checkList, checkNumber, ShapeError, shapeText } from "../errors.js";
import type { PartialShape } from "../shape.js";

/** Gives the option back if it is a whole number from 1. @throws ArgumentError */
export const positiveInteger = (label: string, option: string, value: unknown): number =>
  checkNumber(label, option, value, "a whole number from 1");

/** Gives the option back if it is a number from 0 to 1. @throws ArgumentError */
export const share = (label: string, option: string, value: unknown): number =>
  checkNumber(label, option, value, "a number from 0 to 1");

/** Gives the option as `rank` whole numbers from 1; one number applies to all axes. @throws ArgumentError */
export const positiveIntegers = (label: string, option: string, value: unknown, rank: number): number[] =>
  checkList(label, option, value, rank, "a whole number from 1");

/**
 * Gives the shape back if it has as many axes as `dimensions` names: "batch, height, width, channels".
 * @param advice what to do about a shape of another rank, by rank.
 * @throws ShapeError
 */
export function checkRank(
  label: string,
  shape: PartialShape,
  dimensions: string,
  advice: Readonly<Record<number, string>> = {},
): PartialShape {
  if (shape.length === dimensions.split(",").length) return shape;
  const hint = advice[shape.length];
  throw new ShapeError(`${label}: expected [${dimensions}], received ${shapeText(shape)}${hint ? `; ${hint}` : ""}.`);
}

const spaces = ["time", "height, width", "depth, height, width"];

/** Gives the shape back if it is [batch, ...space, channels] with `rank` axes of space. @throws ShapeError */
export const checkSpace = (label: string, shape: PartialShape, rank: number): PartialShape =>
  checkRank(label, shape, `batch, ${spaces[rank - 1]}, channels`, {
    [rank + 1]: "the batch or the channels are missing",
    [rank + 3]: "wrap the layer in TimeDistributed",
  });

/**
 * Gives the size of an axis, the last by default, on which the weights depend.
 * @param what the axis counts: "channels".
 * @param built the size that the weights were made for; undefined before they are made.
 * @throws ShapeError where the size is not known, or not the one that the weights were made for.
 */
export function knownSize(label: string, shape: PartialShape, what: string, built?: number, axis = -1): number {
  const size = shape.at(axis) ?? null;
  if (size === null) throw new ShapeError(`${label}: the number of ${what} in ${shapeText(shape)} must be known.`);
  if (built !== undefined && built !== size) {
    throw new ShapeError(`${label}: was built for ${built} ${what}, received ${shapeText(shape)}.`);
  }
  return size;
}
