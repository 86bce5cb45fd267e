/** The names that layers are given by default. */
const counts = new Map<string, number>();

/**
 * Gives the next name for a class: dense, dense_1, dense_2; ConvLSTM2D becomes conv_lstm2d and ReLU re_lu, as in Keras.
 */
export function automaticName(className: string): string {
  const base = className
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
  const count = counts.get(base) ?? 0;
  counts.set(base, count + 1);
  return count === 0 ? base : `${base}_${count}`;
}

/**
 * Restarts the numbers in the names of new layers: the next Dense is "dense" again. Layers that exist keep their names.
 */
export const clearNames = (): void => counts.clear();
