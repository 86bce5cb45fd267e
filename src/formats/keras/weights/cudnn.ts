/**
 * Weights of CuDNNLSTM and CuDNNGRU of Keras 1 and 2 as those of LSTM and of GRU with `resetAfter`, which compute the same.
 * cuDNN keeps the kernels of the gates transposed, and two biases for each gate, those of the input and of the state.
 */
import type { Layer } from "../../../layer.js";
import { GRUCellLayer, LSTMCellLayer } from "../../../layers/index.js";
import { sameShape } from "../../../shape.js";
import type { Variable } from "../../../tensor.js";
import type { H5Dataset } from "../../hdf5/read.js";

/** The arrays for some weights of a layer, with those that are in the form of cuDNN as the layer has them. */
export function withoutCudnn(
  layer: Layer,
  weights: readonly Variable[],
  values: readonly H5Dataset[],
): readonly H5Dataset[] {
  const result = [...values];
  for (const { gates, kernel, recurrentKernel, bias } of cellsIn(layer)) {
    const places = [kernel, recurrentKernel, bias].map((weight) => weights.indexOf(weight));
    const [input, state, both] = places.map((place) => values[place]);
    const units = recurrentKernel.shape[0];
    const isCudnn =
      input && state && both && sameShape(both.shape, [2 * gates * units]) && !sameShape(both.shape, bias.shape);
    if (!isCudnn || ![input, state].every(({ shape }, i) => sameShape(shape, weights[places[i]].shape))) continue;
    result[places[0]] = reordered(input, gates);
    result[places[1]] = reordered(state, gates);
    result[places[2]] = { ...both, shape: [...bias.shape], data: biasOf(both, bias) };
  }
  return result;
}

interface CellWeights {
  readonly gates: number;
  readonly kernel: Variable;
  readonly recurrentKernel: Variable;
  readonly bias: Variable;
}

/** The weights of the cells in a layer that cuDNN has too. */
function cellsIn(layer: Layer): CellWeights[] {
  const gates = layer instanceof LSTMCellLayer ? 4 : layer instanceof GRUCellLayer && layer.resetAfter ? 3 : undefined;
  if (gates === undefined) return layer.sublayers.flatMap(cellsIn);
  const { kernel, recurrentKernel, bias } = (layer as LSTMCellLayer | GRUCellLayer).projections;
  return layer.built && bias ? [{ gates, kernel, recurrentKernel, bias }] : [];
}

/** Reads the block of each gate, [rows, units] among the columns, as if its elements lay column by column. */
function reordered({ shape, data, ...rest }: H5Dataset, gates: number): H5Dataset {
  const [rows, columns] = shape;
  const units = columns / gates;
  const made = Float32Array.from(data, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const [gate, unit] = [Math.floor(column / units), column % units];
    const from = row + unit * rows;
    return data[Math.floor(from / units) * columns + gate * units + (from % units)];
  });
  return { ...rest, shape, data: made };
}

/** LSTM has the sum of both biases, GRU has them as two rows. */
function biasOf({ data }: H5Dataset, bias: Variable): Float32Array {
  const half = data.length / 2;
  return bias.shape.length === 2
    ? Float32Array.from(data)
    : Float32Array.from({ length: half }, (_, i) => data[i] + data[i + half]);
}
