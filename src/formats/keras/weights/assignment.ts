/** Values of a file for the weights of a layer or model, and the checks that all of Keras's files share. */
import { allFinite } from "../../../finite.js";
import { ArgumentError, FileError } from "../../../errors.js";
import type { Layer } from "../../../layer.js";
import type { Variable } from "../../../tensor.js";

/** A weight, and the values that it will be given. */
export type Assignment = [weight: Variable, data: ArrayLike<number>];

/** @throws FileError where a value is not finite as a 32-bit float. */
export function checkFinite(where: string, name: string, layer: Layer, data: ArrayLike<number>): void {
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(Math.fround(data[i]))) continue;
    throw new FileError(`${where} holds "${name}" of ${layer.label} with values that are not finite.`);
  }
}

/** @throws ArgumentError where a value is not finite. */
export function checkFiniteToWrite(where: string, name: string, data: Float32Array): void {
  if (allFinite(data)) return;
  throw new ArgumentError(`${where}: "${name}" holds values that are not finite; check the training that led to them.`);
}
