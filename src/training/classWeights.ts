/** Weights by class, turned into weights of samples. */
import { ArgumentError } from "../errors.js";
import { sizeOf } from "../shape.js";
import { onHost, type ReadyBatch } from "./data.js";

/** The weight of each class by its number; 1 for classes that are not named. */
export type ClassWeight = Readonly<Record<number, number>>;

/** The batch with a weight for each sample, by its class: the largest of a one-hot row, or the number itself. */
export async function withClassWeights(
  where: string,
  batch: ReadyBatch,
  classWeight: ClassWeight,
): Promise<ReadyBatch> {
  if (batch.y.length !== 1 || batch.weights.length > 0) {
    throw new ArgumentError(`${where}: classWeight goes with one output and without sampleWeight; weigh the samples.`);
  }
  const { data, shape } = await onHost(batch.y[0]);
  const columns = sizeOf(shape.slice(1));
  const classOf = (row: ArrayLike<number>) => (row.length > 1 ? largestPlace(row) : Math.round(row[0]));
  const weights = Float32Array.from({ length: batch.size }, (_, i) => {
    return classWeight[classOf(Array.from(data.slice(i * columns, (i + 1) * columns)))] ?? 1;
  });
  return { ...batch, weights: [{ data: weights, shape: [batch.size] }] };
}

function largestPlace(row: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < row.length; i++) if (row[i] > row[best]) best = i;
  return best;
}
