/** Host-side views in and out, by the package `ndarray` (an optional peer). */
import ndarray, { type NdArray } from "ndarray";
import { ArgumentError } from "./errors.js";
import { sizeOf } from "./shape.js";
import { type Tensor, tensor } from "./tensor.js";

/**
 * The elements of a view as a tensor of its shape. Views of any strides do: a channels-first image comes in channels-last by
 * `fromNdarray(image.transpose(1, 2, 0))`.
 * @throws ArgumentError for what is not an ndarray of numbers.
 */
export function fromNdarray(view: NdArray): Tensor {
  const { data, shape, stride, offset } = view;
  if (!Array.isArray(shape) || !Array.isArray(stride) || data === undefined) {
    throw new ArgumentError("fromNdarray: expected an ndarray; make one with ndarray(values, shape).");
  }
  const read = "get" in data ? (place: number) => data.get(place) : (place: number) => data[place];
  const values = new Float32Array(sizeOf(shape));
  const index = shape.map(() => 0);
  let place = offset;
  for (let i = 0; i < values.length; i++) {
    values[i] = read(place);
    // The next place: one step along the last axis, and along the axis before wherever an axis is at its end.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += stride[axis];
      if (++index[axis] < shape[axis]) break;
      place -= shape[axis] * stride[axis];
      index[axis] = 0;
    }
  }
  return tensor(values, shape);
}

/** A copy of a tensor's elements as an ndarray. @throws DisposedError */
export async function toNdarray(x: Tensor): Promise<NdArray<Float32Array>> {
  return ndarray(await x.data(), [...x.shape]);
}
