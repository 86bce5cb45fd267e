/** Conversion from and to arrays of the package `ndarray`, an optional peer dependency: subpath `zoetrope/ndarray`. */
import ndarray, { type NdArray } from "ndarray";
import { ArgumentError, kindOf } from "./errors.js";
import { sizeOf } from "./shape.js";
import { Tensor, tensor } from "./tensor.js";

/**
 * Copies the elements of an ndarray, of any strides, into a tensor of its shape.
 *
 * @throws ArgumentError when `view` is not an ndarray of numbers.
 * @example
 * const image = fromNdarray(channelsFirst.transpose(1, 2, 0)); // [height, width, channels]
 */
export function fromNdarray(view: NdArray): Tensor {
  const { data, shape, stride, offset } = Object(view) as NdArray;
  if (!Array.isArray(shape) || !Array.isArray(stride) || Object(data) !== data) {
    throw new ArgumentError("fromNdarray: expected an ndarray; make one with ndarray(values, shape).");
  }
  const read = "get" in data ? (place: number) => data.get(place) : (place: number) => data[place];
  const values = new Float32Array(sizeOf(shape));
  const index = shape.map(() => 0);
  let place = offset;
  for (let i = 0; i < values.length; i++) {
    values[i] = read(place);
    // The next place: one step along the last axis; where an axis is at its end, one along the axis before it.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += stride[axis];
      if (++index[axis] < shape[axis]) break;
      place -= shape[axis] * stride[axis];
      index[axis] = 0;
    }
  }
  return tensor(values, shape);
}

/**
 * Copies a tensor's elements into an ndarray of its shape.
 * @throws DisposedError when the tensor has been disposed; ArgumentError for what is no tensor.
 */
export async function toNdarray(x: Tensor): Promise<NdArray<Float32Array>> {
  if (!(x instanceof Tensor)) throw new ArgumentError(`toNdarray: expected a tensor, received ${kindOf(x)}.`);
  return ndarray(await x.data(), [...x.shape]);
}
