/** Numbers that `adapt` of layers is given. */
import { type HostArray, type NestedArray, Tensor, toHostArray, type TypedArray } from "../tensor.js";

/** Samples for `adapt`, `[samples, ...]`. */
export type AdaptData = Tensor | HostArray | TypedArray | NestedArray;

/** Gives the numbers with their shape. @throws ShapeError for what are no numbers in rows. */
export async function hostNumbers(where: string, data: AdaptData): Promise<HostArray> {
  if (data instanceof Tensor) return { data: await data.data(), shape: data.shape };
  const { data: flat, shape } = Object(data) as HostArray;
  return Array.isArray(shape)
    ? toHostArray(flat as TypedArray, shape, where)
    : toHostArray(data as NestedArray, undefined, where);
}

/** Whether data give batches, and are no samples themselves. Numbers without a shape are neither. */
export const isBatches = <Batch>(data: unknown): data is Iterable<Batch> | AsyncIterable<Batch> =>
  data instanceof Object &&
  !Array.isArray(data) &&
  !ArrayBuffer.isView(data) &&
  !("shape" in data) &&
  (Symbol.iterator in data || Symbol.asyncIterator in data);
