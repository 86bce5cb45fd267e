/** Weights by class, turned into weights of samples or of their steps. */
import { ArgumentError } from "../errors.js";
import type { PartialShape } from "../shape.js";
import { onHost, type ReadyBatch } from "./data.js";
import { binary } from "./targets.js";
import type { TrainedModel } from "./trainedModel.js";

/** The weight of each class by its number; 1 for classes that are not named. */
export type ClassWeight = Readonly<Record<number, number>>;

/**
 * The batch with a weight for each target, by its class: the largest of a one-hot row, or the number itself. Targets
 * with a time axis or pixels have a weight for each of these.
 */
export async function withClassWeights(
  where: string,
  model: TrainedModel,
  batch: ReadyBatch,
  classWeight: ClassWeight,
): Promise<ReadyBatch> {
  if (batch.y.length !== 1 || batch.weights.length > 0) {
    throw new ArgumentError(`${where}: classWeight goes with one output and without sampleWeight; weigh the samples.`);
  }
  const { data, shape } = await onHost(batch.y[0]);
  const outputs: PartialShape = model.outputs[0].shape;
  const columns = shape.at(-1)!;
  const isOneHot = shape.length > 1 && shape.length === outputs.length && columns > 1;
  const isLabels = isOneHot && model.needCompiled(where).losses.some(({ loss }) => binary.test(loss.name));
  const values = data as ArrayLike<number>;
  const width = isOneHot ? columns : 1;
  const weights = Float32Array.from({ length: values.length / width }, (_, i) => {
    const k = isOneHot ? largestPlace(values, i * width, width) : values[i];
    if (Number.isInteger(k) && !isLabels) return classWeight[k] ?? 1;
    throw new ArgumentError(`${where}: classWeight with targets that are not one class each; weigh the samples.`);
  });
  const isColumn = shape.length > 1 && (isOneHot || columns === 1);
  return { ...batch, weights: [{ data: weights, shape: isColumn ? shape.slice(0, -1) : shape }] };
}

function largestPlace(values: ArrayLike<number>, from: number, count: number): number {
  let best = from;
  for (let i = from; i < from + count; i++) if (values[i] > values[best]) best = i;
  return best - from;
}
