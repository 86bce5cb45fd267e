/**
 * Weights that Keras's `model.quantize` has changed, as the floats that they stand for. An int8 layer holds its kernel
 * as whole numbers and behind its other weights a scale for each unit: kernel = whole numbers / scale. A float8 layer
 * holds its weights as 32-bit floats, and behind them what it knows of the sizes of numbers.
 */
import type { H5Dataset } from "../../hdf5/read.js";

/** The axis of an int8 kernel that each scale belongs to, by the class of the layer. */
const scaledAxis: Readonly<Record<string, number>> = { Dense: 1, Embedding: 0 };

/** A float8 layer has a scale and a history of largest values for each of input, kernel and gradient. */
const numFloat8States = 6;

/**
 * The arrays of a layer as floats: those of the file where it is not quantized.
 * @param className the class of the layer.
 * @param arrays those of the file, in order.
 * @param count how many weights the layer has here.
 */
export function dequantized(className: string, arrays: readonly H5Dataset[], count: number): readonly H5Dataset[] {
  const [kernel, ...rest] = arrays;
  if (arrays.length === count + numFloat8States && isFloat8(arrays.slice(count))) return arrays.slice(0, count);
  if (arrays.length !== count + 1 || !kernel.isInt8 || !Object.hasOwn(scaledAxis, className)) return arrays;
  const scale = rest.pop()!;
  const [rows, columns] = kernel.shape;
  const axis = scaledAxis[className];
  if (kernel.shape.length !== 2 || scale.shape.length !== 1 || scale.shape[0] !== [rows, columns][axis]) return arrays;
  const scaleOf = (i: number) => scale.data[axis === 0 ? Math.floor(i / columns) : i % columns];
  return [{ shape: kernel.shape, data: Float32Array.from(kernel.data, (n, i) => n / scaleOf(i)) }, ...rest];
}

const isFloat8 = (states: readonly H5Dataset[]): boolean => states.every(({ shape }, i) => shape.length === i % 2);
