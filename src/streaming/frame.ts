/** One frame that a user gives a stream, as the inputs of one step. */
import { ShapeError, shapeText } from "../errors.js";
import type { SymbolicTensor } from "../layer.js";
import { type Shape, sizeOf } from "../shape.js";
import { readInputs } from "../strings.js";
import { asTensor, type Tensor } from "../tensor.js";
import { type DataList, valueList } from "../training/data.js";

/** The inputs of one step. */
export interface Frame {
  /** A tensor for each input, `[batch, 1, ...]` where it has a time axis. */
  readonly inputs: Tensor[];
  readonly batch: number;
  /** Whether it was given without the axis of the batch. */
  readonly isSingle: boolean;
}

/** A frame of a sequence of numbers is one of them. */
const isScalar = (x: unknown) => typeof x === "number";

/** Reads a frame for each input, with or without the batch. @throws ShapeError or ArgumentError */
export function readFrame(
  where: string,
  given: DataList | number,
  inputs: readonly SymbolicTensor[],
  timed: readonly boolean[],
): Frame {
  const isList = inputs.length > 1 && Array.isArray(given);
  const scalars = (isList ? (given as unknown[]) : [given]).map(isScalar);
  const inRows = (item: unknown, i: number) => (scalars[i] ? [item] : item);
  const x = (isList ? (given as unknown[]).map(inRows) : inRows(given, 0)) as DataList;
  const ends = { inputs, outputs: [] };
  const values = valueList(where, "a frame", readInputs?.(where, x, ends) ?? x, inputs.length);
  const batches = values.map(({ shape }, i) => {
    const [rows, ...rest] = inputs[i].shape;
    const sample = timed[i] ? rest.slice(1) : rest;
    const fits = (one: Shape) => one.length === sample.length && one.every((n, k) => n === (sample[k] ?? n));
    const isFlat = sample.length > 1 && shape.length === 1 && shape[0] === sizeOf(sample as Shape);
    const isSingle = scalars[i] || isFlat || fits(shape);
    const batch = isSingle ? 1 : shape[0];
    if ((!isSingle && !fits(shape.slice(1))) || batch === 0 || batch !== (rows ?? batch)) {
      throw new ShapeError(
        `${where}: expected ${shapeText(sample)} or [batch, ...] of them for input "${inputs[i].node.layer.name}", received ${shapeText(shape)}; give one frame at a time.`, // prettier-ignore
      );
    }
    return { batch, isSingle, sample: isFlat ? (sample as Shape) : shape.slice(isSingle && !scalars[i] ? 0 : 1) };
  });
  const [{ batch, isSingle }] = batches;
  if (batches.some((one) => one.batch !== batch || one.isSingle !== isSingle)) {
    throw new ShapeError(`${where}: the inputs have batches of ${batches.map((one) => (one.isSingle ? "none" : one.batch)).join(", ")}; expected one batch for all.`); // prettier-ignore
  }
  return {
    inputs: values.map((value, i) => asTensor(value).as([batch, ...(timed[i] ? [1] : []), ...batches[i].sample])),
    batch,
    isSingle,
  };
}

/** The shape of an output of one step for the caller: without the axis of time, and of a single frame without the batch. */
export function resultShape([batch, ...rest]: Shape, isTimed: boolean, isSingle: boolean): Shape {
  const sample = isTimed ? rest.slice(1) : rest;
  return isSingle && batch === 1 ? sample : [batch, ...sample];
}
