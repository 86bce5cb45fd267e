/** Values of a file for the weights of a layer or model, and the checks that all of Keras's files share. */
import { allFinite } from "../../../finite.js";
import { ArgumentError, FileError } from "../../../errors.js";
import type { Layer } from "../../../layer.js";
import type { Variable } from "../../../tensor.js";

export type Assignment = [weight: Variable, data: ArrayLike<number>];

export interface MatchOptions {
  /** Layers by their names, not by their places; those that the file lacks stay as they are. */
  readonly byName?: boolean;
  /** Layers whose weights do not fit those of the file stay as they are. */
  readonly skipMismatch?: boolean;
}

/** @throws FileError */
export function checkFinite(where: string, name: string, layer: Layer, data: ArrayLike<number>): void {
  for (let i = 0; i < data.length; i++) {
    // As 32-bit floats, which larger numbers are not finite as.
    if (Number.isFinite(Math.fround(data[i]))) continue;
    throw new FileError(`${where} holds "${name}" of ${layer.label} with values that are not finite.`);
  }
}

/** @throws ArgumentError */
export function checkFiniteToWrite(where: string, name: string, data: Float32Array): void {
  if (allFinite(data)) return;
  throw new ArgumentError(`${where}: "${name}" holds values that are not finite; training has gone astray before.`);
}
