import { log } from "../elementary.js";
import { ArgumentError, checkNumbers, checkOptions } from "../errors.js";
import type { Layer } from "../layer.js";
import { isBatches } from "../layers/adaptData.js";
import { slice } from "../ops/index.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { cellNames } from "./cells.js";
import { findTarget, type InspectOptions, type Target } from "./find.js";
import { asTensors, type InspectData } from "./pass.js";
import { notSeen, traceCalls } from "./trace.js";

/** Options of `saturation`. */
export interface SaturationOptions extends InspectOptions {
  /** The number of samples in a batch, if the data are not an iterable of batches; 8 by default. */
  batchSize?: number;
}

/** The saturation of a gate, for each unit or filter. */
export interface GateSaturation {
  /** The number of values below 0.1. */
  low: number[];
  /** The number of values above 0.9. */
  high: number[];
  /** The mean of all values. */
  mean: number[];
  /** The least of all values. */
  min: number[];
  /** The largest of all values. */
  max: number[];
}

/** The result of `saturation`. */
export interface Saturation {
  /** The number of values of each unit that were counted: samples times time steps (times pixels), without masked time steps. */
  count: number;
  /** The gates by name: i f o, in a GRU z r. */
  gates: Record<string, GateSaturation>;
  /**
   * The half-life of the memory of each unit, in time steps, if each time step multiplies it by the mean of f (in a GRU z):
   * -ln 2 / ln(mean f), infinite where f is 1.
   */
  halfLife: number[];
}

/**
 * Counts how often the gates of a recurrent layer are nearly closed (below 0.1) or nearly open (above 0.9), unit by unit (Karpathy,
 * Johnson and Fei-Fei, 2015). Only counts are kept from batch to batch. All calls of the layer count.
 *
 * @param data the same data as for `trace`, which are computed in batches of `batchSize` samples; or an iterable (also asynchronous) of
 * batches of such data, without targets.
 * @throws ArgumentError when the layer does not exist or has no gates, and for data without a sample.
 * @example
 *     const { gates, count } = await saturation(model, clips, { layer: "memory" });
 *     const shareOpen = gates.f.high.map((n) => n / count);
 */
export async function saturation(
  model: Layer,
  data: InspectData | Iterable<InspectData> | AsyncIterable<InspectData>,
  options: SaturationOptions = {},
): Promise<Saturation> {
  checkOptions("saturation", options, ["layer", "batchSize"]);
  const { batchSize = 8 } = options;
  checkNumbers("saturation", options, "a whole number from 1", ["batchSize"]);
  const target = findTarget("saturation", model, options.layer);
  return countGates("saturation", model, target, isBatches<InspectData>(data) ? data : pieces(data, batchSize));
}

/** Counts the gates of a layer over batches. @throws ArgumentError for a layer without gates, and for no samples. */
export async function countGates(
  where: string,
  model: Layer,
  target: Target,
  batches: Iterable<InspectData> | AsyncIterable<InspectData>,
): Promise<Saturation> {
  const { gates, keeps } = cellNames(target.cell);
  if (!keeps) throw new ArgumentError(`${where}: ${target.layer.label} has no gates; give an LSTM, GRU or ConvLSTM.`);
  const counters = new Map(gates.map((gate) => [gate, new Counter()]));
  for await (const batch of batches) await countBatch(where, model, batch, target, counters);
  const { count } = counters.get(keeps)!;
  if (count === 0) throw new ArgumentError(`${where}: received no samples.`);
  const results = Object.fromEntries([...counters].map(([gate, counter]) => [gate, counter.result()]));
  return { count, gates: results, halfLife: results[keeps].mean.map((mean) => Math.LN2 / log(1 / mean)) };
}

class Counter {
  count = 0;
  #low: number[] = [];
  #high: number[] = [];
  #sums: number[] = [];
  #min: number[] = [];
  #max: number[] = [];

  /** values: [rows, units]. Each time step of each sample has `rowsEach` rows; `isUsed` decides for each such group whether it counts. */
  add(values: Float32Array, units: number, rowsEach: number, isUsed: (row: number) => boolean): void {
    for (let unit = this.#low.length; unit < units; unit++) {
      this.#low[unit] = this.#high[unit] = this.#sums[unit] = 0;
      [this.#min[unit], this.#max[unit]] = [Infinity, -Infinity];
    }
    for (let row = 0; row * units < values.length; row++) {
      if (!isUsed(Math.floor(row / rowsEach))) continue;
      this.count++;
      for (let unit = 0; unit < units; unit++) {
        const value = values[row * units + unit];
        if (value < 0.1) this.#low[unit]++;
        if (value > 0.9) this.#high[unit]++;
        this.#sums[unit] += value;
        this.#min[unit] = Math.min(this.#min[unit], value);
        this.#max[unit] = Math.max(this.#max[unit], value);
      }
    }
  }

  result(): GateSaturation {
    const mean = this.#sums.map((sum) => sum / this.count);
    return { low: this.#low, high: this.#high, mean, min: this.#min, max: this.#max };
  }
}

/** Splits the data into batches of `size` samples. */
export function* pieces(data: InspectData, size: number): Generator<Tensor[]> {
  const list = scope(() => asTensors(data)); // of what cannot be a tensor, none is left
  const given = [data].flat();
  const own = list.filter((x) => !given.includes(x));
  try {
    for (let from = 0; from < list[0].shape[0]; from += size) {
      const piece = list.map((x) => slice(x, [from], [Math.min(size, x.shape[0] - from)]));
      own.push(...piece);
      yield piece;
      for (const x of piece) x.dispose();
    }
  } finally {
    for (const x of own) x.dispose();
  }
}

async function countBatch(
  where: string,
  model: Layer,
  x: InspectData,
  target: Target,
  counters: ReadonlyMap<string, Counter>,
) {
  const calls = scope(() => traceCalls(model, x, target, [...counters.keys()]));
  if (calls.length === 0) throw notSeen(where, target);
  try {
    for (const { gates, mask } of calls) {
      const used = await mask?.data(); // [batch, time], while gates are [time, batch, ...]
      for (const [gate, counter] of counters) {
        const { shape } = gates[gate];
        const [steps, batch, ...rest] = shape;
        const units = rest.at(-1)!;
        const rowsEach = rest.slice(0, -1).reduce((product, n) => product * n, 1);
        const isUsed = (place: number) => !used || used[(place % batch) * steps + Math.floor(place / batch)] === 1;
        counter.add(await gates[gate].data(), units, rowsEach, isUsed);
      }
    }
  } finally {
    for (const { gates, mask } of calls) for (const y of [...Object.values(gates), mask]) y?.dispose();
  }
}
