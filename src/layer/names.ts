/** The names that layers are given by default. */
import { ArgumentError, shown } from "../errors.js";

const counts = new Map<string, number>();

/**
 * Gives the next name for a class: dense, dense_1, dense_2; ConvLSTM2D becomes conv_lstm2d and ReLU re_lu, as in Keras.
 */
function automaticName(className: string): string {
  const base = className
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
  const count = counts.get(base) ?? 0;
  counts.set(base, count + 1);
  return count === 0 ? base : `${base}_${count}`;
}

/** Gives the name of a layer, by default the next one for its class. @throws ArgumentError for one that is no text. */
export function nameFor(className: string, given?: string | null): string {
  if (given == null) return automaticName(className);
  if (typeof given === "string") return given;
  throw new ArgumentError(`${className}: name ${shown(given)}; expected a text.`);
}

/**
 * Restarts the numbers in the names of new layers: the next Dense is "dense" again. Layers that exist keep their names.
 */
export const clearNames = (): void => counts.clear();
